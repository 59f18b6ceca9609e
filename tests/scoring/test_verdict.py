from __future__ import annotations

import math
import random
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import UsageError
from speechops.scoring import (
    Action,
    Gate,
    Interval,
    Margin,
    OtherMetric,
    Outcome,
    Policy,
    RecallDemand,
    Scores,
    TermRecall,
    Unit,
    Verdict,
    compare,
    decide,
    display_tokens,
    in_percent,
    judge,
    normaliser,
    score,
)

from .samples import misheard, utterances, with_errors


def verdict(benchmark: Scores, candidate: Scores, gate: Gate | None = None, **run: object) -> Verdict:
    return judge(benchmark, candidate, gate or Gate(), **run)  # type: ignore[arg-type]


def comes_back(found: Verdict) -> Verdict:
    """Return a verdict as it is read again after it was stored."""
    return msgspec.json.decode(msgspec.json.encode(found.without_pairs()), type=Verdict)


def test_judge__clear_gain_is_better() -> None:
    said = utterances(200)
    found = verdict(misheard(said, 0.15, seed=2), misheard(said, 0.08, seed=3))
    assert found.outcome is Outcome.BETTER
    assert found.action is Action.PROMOTE
    assert found.promotes


def test_judge__twenty_utterances_and_thirty_points_are_better() -> None:
    said = utterances(20, 10)
    found = verdict(misheard(said, 0.5, seed=2), misheard(said, 0.18, seed=3))
    assert found.outcome is Outcome.BETTER


def test_judge__swapped_is_worse() -> None:
    said = utterances(200)
    found = verdict(misheard(said, 0.08, seed=3), misheard(said, 0.15, seed=2))
    assert found.outcome is Outcome.WORSE
    assert found.action is Action.FAIL
    assert not found.promotes


def test_judge__one_long_utterance_decides_nothing() -> None:
    said = utterances(1, 117)
    found = verdict(misheard(said, 0.3, seed=2), misheard(said, 0.1, seed=3))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.action is Action.FAIL
    assert found.sentence().startswith(
        "inconclusive: 1 utterance cannot tell progress from chance; it takes 10 or more; WER "
    )
    assert "interval" not in found.sentence()


def test_judge__even_if_the_user_asks_for_less() -> None:
    said = utterances(1, 117)
    gate = Gate(min_utterances=0, min_words=0)
    found = verdict(misheard(said, 0.3, seed=2), misheard(said, 0.1, seed=3), gate)
    assert found.outcome is Outcome.INCONCLUSIVE


def test_judge__identical_models() -> None:
    same = misheard(utterances(100), 0.1, seed=2)
    found = verdict(same, same)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reasons == ("no difference: both models made the same number of errors in each utterance",)


def test_judge__few_changes_are_no_proof() -> None:
    benchmark, candidate = with_errors([1] * 5 + [0] * 95), with_errors([0] * 100)
    found = verdict(benchmark, candidate)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reasons == ("only 5 of 100 utterances changed; fewer than 6 could all be chance",)
    six = with_errors([1] * 6 + [0] * 94)
    assert verdict(six, candidate).outcome is Outcome.BETTER
    surer = verdict(six, candidate, Gate(confidence=0.99))
    assert surer.reasons == ("only 6 of 100 utterances changed; fewer than 8 could all be chance",)


def test_judge__the_same_gain_everywhere_is_better() -> None:
    found = verdict(with_errors([1] * 12), with_errors([0] * 12))
    assert found.outcome is Outcome.BETTER
    assert verdict(with_errors([1] * 9), with_errors([0] * 9)).outcome is Outcome.INCONCLUSIVE


def test_judge__few_words() -> None:
    found = verdict(with_errors([1] * 20, words=4), with_errors([0] * 20, words=4))
    assert found.reasons == ("80 words cannot tell progress from chance; it takes 100 or more",)


def test_judge__clusters_are_what_counts() -> None:
    said = utterances(200)
    one, other = misheard(said, 0.15, seed=2), misheard(said, 0.08, seed=3)
    found = verdict(one._replace(clusters=tuple(f"speaker{index % 4}" for index in range(200))), other)
    assert found.reasons == ("4 clusters cannot tell progress from chance; it takes 10 or more",)


def test_judge__chance_says_how_much_is_missing() -> None:
    said = utterances(200)
    found = verdict(misheard(said, 0.12, seed=2), misheard(said, 0.11, seed=3))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "more words of test audio would be needed to see a difference of this size" in found.sentence()
    hopeless = verdict(with_errors([1, 0] * 500 + [1]), with_errors([0, 1] * 500 + [0]))
    assert "no realistic amount of test audio" in hopeless.sentence()


def test_judge__a_few_utterances_that_decide_are_said_aloud() -> None:
    one, other = with_errors([1] * 17 + [0] * 3, 60), with_errors([0] * 17 + [1] * 3, 60)
    found = verdict(one, other, Gate(confidence=0.999))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.sentence().endswith("; a few utterances decide it: check those that changed most")


def test_judge__words_needed_are_those_of_the_demand() -> None:
    said = utterances(200)
    one, other = misheard(said, 0.12, seed=2), misheard(said, 0.11, seed=3)
    found = verdict(one, other, Gate(min_improvement=Margin(0.1)))
    assert found.sentence().endswith(" would be needed to show an improvement of more than 0.1 points")
    found = verdict(one, other, Gate(min_improvement=Margin(9)))
    assert found.sentence().endswith("; an improvement of this size is not the 9 points required")
    assert "this size" in verdict(other, one, Gate(min_improvement=Margin(9))).sentence()


def test_judge__relative_demand_is_of_the_benchmark() -> None:
    # Four errors fewer: 7.7 % of the benchmark's 52, 8.3 % of the candidate's 48.
    one, other = with_errors([1] * 52 + [0] * 48), with_errors([0] * 52 + [1] * 48)
    found = verdict(one, other, Gate(min_improvement=Margin(8, relative=True)))
    assert found.sentence().endswith(
        "; an improvement of this size is not the 8 % of the error rate required"
    )


def test_judge__relative_margin_is_of_the_benchmark() -> None:
    benchmark, candidate = with_errors([1] * 200), with_errors([2] * 190 + [1] * 10)
    gate = Gate(Policy.NON_INFERIORITY, margin=Margin(100, relative=True))
    found = verdict(benchmark, candidate, gate)
    assert not found.promotes
    assert "points, more than the 100 % of the error rate allowed; WER" in found.sentence()
    wider = verdict(benchmark, candidate, replace(gate, margin=Margin(130, relative=True)))
    assert wider.promotes
    assert wider.sentence().startswith("worse: but surely by no more than 130 % of the error rate; WER")


def test_judge__least_improvement() -> None:
    said = utterances(300)
    one, other = misheard(said, 0.15, seed=2), misheard(said, 0.08, seed=3)
    assert verdict(one, other, Gate(min_improvement=Margin(2))).outcome is Outcome.BETTER
    found = verdict(one, other, Gate(min_improvement=Margin(7)))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reasons == ("an improvement, but not surely one of 7 points",)
    relative = verdict(one, other, Gate(min_improvement=Margin(60, relative=True)))
    assert relative.reasons == ("an improvement, but not surely one of 60 % of the error rate",)
    assert verdict(one, other, Gate(min_improvement=Margin(10, relative=True))).promotes


def test_judge__non_inferiority() -> None:
    said = utterances(400)
    same = misheard(said, 0.12, seed=2)
    gate = Gate(policy=Policy.NON_INFERIORITY, margin=Margin(2))
    equal = verdict(same, misheard(said, 0.12, seed=3), gate)
    assert equal.outcome is Outcome.INCONCLUSIVE
    assert equal.promotes
    assert "; surely not worse by more than 2 points; WER" in equal.sentence()
    strict = verdict(
        same, misheard(said, 0.12, seed=3), Gate(policy=Policy.NON_INFERIORITY, margin=Margin(0.1))
    )
    assert not strict.promotes
    assert "; a loss of up to 0.92 % of utterances could be hidden in 400, more than" in strict.sentence()
    assert " more than the 0.1 points allowed; it takes 3,688; WER" in strict.sentence()
    between = verdict(same, misheard(said, 0.13, seed=3), Gate(Policy.NON_INFERIORITY, margin=Margin(1)))
    assert "; could be worse by up to " in between.sentence()
    assert " points, more than the 1 point allowed; WER" in between.sentence()
    assert "more words" not in equal.sentence() + strict.sentence()
    assert verdict(same, same, gate).promotes
    worse = verdict(same, misheard(said, 0.2, seed=3), gate)
    assert (worse.outcome, worse.action) == (Outcome.WORSE, Action.FAIL)
    wide = verdict(same, misheard(said, 0.2, seed=3), Gate(policy=Policy.NON_INFERIORITY, margin=Margin(12)))
    assert wide.promotes
    assert wide.sentence().startswith("worse: but surely by no more than 12 points; WER ")
    small = verdict(with_errors([0] * 5), with_errors([0] * 5), gate)
    assert not small.promotes
    assert "allowed" not in small.sentence()


def test_judge__what_hardly_changed_may_still_be_worse() -> None:
    half = Gate(policy=Policy.NON_INFERIORITY, margin=Margin(0.5))
    few, many = [0] * 400, [0] * 740
    found = verdict(with_errors(few), with_errors(few), half)
    assert not found.promotes  # 3.7 in 400 utterances could be lost
    assert (
        "; a loss of up to 0.92 % of utterances could be hidden in 400, more than the 0.5 points allowed;"
        " it takes 736; WER" in found.sentence()
    )
    assert verdict(with_errors(many), with_errors(many), half).promotes
    assert not verdict(with_errors(many), with_errors([12, *many[1:]]), half).promotes
    clusters = tuple(f"speaker {index // 2}" for index in range(740))
    drawn = verdict(with_errors(many)._replace(clusters=clusters), with_errors(many), half)
    assert "a loss of up to 1.00 % of clusters could be hidden in 370" in drawn.sentence()
    nothing = Gate(policy=Policy.NON_INFERIORITY, margin=Margin(0))
    assert "0 points allowed; WER" in verdict(with_errors(many), with_errors(many), nothing).sentence()


def test_decide__a_bound_of_exactly_zero_is_no_proof() -> None:
    found = compare(with_errors([1] * 20), with_errors([0] * 20))
    for interval in (Interval(-0.1, 0.0), Interval(0.0, 0.1)):
        assert decide(replace(found, interval=interval), Gate()).outcome is Outcome.INCONCLUSIVE
    assert decide(replace(found, interval=Interval(-0.1, -1e-9)), Gate()).outcome is Outcome.BETTER
    assert decide(replace(found, interval=Interval(1e-9, 0.1)), Gate()).outcome is Outcome.WORSE


@pytest.mark.parametrize(("low", "stops"), [(0.0, False), (1e-9, True)])
def test_decide__a_bound_of_exactly_what_is_allowed_is_no_blocker(low: float, stops: bool) -> None:
    found = compare(with_errors([1] * 20)._replace(groups=("far",) * 20), with_errors([0] * 20))
    worse = Interval(low, 0.1)
    groups = tuple(replace(group, interval=worse) for group in found.groups)
    of_group = decide(replace(found, groups=groups), Gate(max_regression=Margin(0)))
    gate = Gate(other_metric=OtherMetric.NOT_WORSE)
    otherwise = decide(found, gate, second=replace(found, interval=worse))
    assert [bool(judged.blockers) for judged in (of_group, otherwise)] == [stops, stops]


def test_judge__lost_utterances_need_the_second_key() -> None:
    # Four utterances that the benchmark lost whole, and small changes either way: once in sixteen the four
    # agree by chance, once in eight on either side.
    benchmark = with_errors([14] * 4 + [1] * 2 + [0] * 60, 14)
    found = verdict(benchmark, with_errors([0] * 6 + [1] * 2 + [0] * 58, 14))
    assert found.comparison.permutation_p == pytest.approx(1 / 16, rel=0.2)
    assert found.outcome is Outcome.INCONCLUSIVE


def test_judge__without_most_texts_no_policy_promotes() -> None:
    missing = [f"lost {index}" for index in range(9)]
    for policy in Policy:
        gate = Gate(policy=policy, margin=Margin(50), min_words=0, min_utterances=0)
        found = verdict(with_errors([9] * 3), with_errors([0] * 3), gate, missing=missing)
        assert not found.promotes
        assert "the service has no text for 9 of 12 utterances" in found.sentence()


def test_judge__names_that_look_like_speakers_are_said_aloud() -> None:
    one, other = with_errors([1] * 30), with_errors([0] * 30)
    names = tuple(f"{'anna' if index < 15 else 'ben'}_{index:02}.wav" for index in range(30))
    named = one._replace(ids=names)
    (note,) = verdict(named, other._replace(ids=names)).notes
    assert note.startswith(
        "the names look like those of 2 speakers or recordings (anna, ben): without clusters"
    )
    clusters = tuple(name.split("_")[0] for name in names)
    assert not any(
        "look like" in text
        for text in verdict(named._replace(clusters=clusters), other._replace(ids=names)).notes
    )


def test_sentence__kinds_that_move_against_each_other() -> None:
    before = with_errors([2] * 60)
    after = before._replace(paths=("=" * 12,) * 40 + ("D" + "=" * 11,) * 14 + ("S" + "=" * 11,) * 6)
    text = verdict(before, after).sentence()
    assert "; deletions +14; " in text
    assert "substitutions" not in text
    assert "deletions" not in verdict(before, with_errors([1] * 60)).sentence()


def test_sentence__words_heard_in_silence() -> None:
    rules = normaliser("en-US")
    said = [(f"{index}", "so it goes", "so it goes") for index in range(40)]
    one, other = ([*said, ("quiet", "", text)] for text in ("", "oh no"))
    text = verdict(score(one, rules), score(other, rules)).sentence()
    assert "; in 1 utterance without speech 0 \N{RIGHTWARDS ARROW} 2 words heard)" in text


def test_judge__any_improvement_is_the_original_rule() -> None:
    gate = Gate(policy=Policy.ANY_IMPROVEMENT)
    better = verdict(with_errors([1], 117), with_errors([0], 117), gate)
    assert (better.outcome, better.action) == (Outcome.BETTER, Action.PROMOTE)
    assert better.notes == (
        "the gate promotes any lower error rate: equal models pass it every second time",
        "1 utterance cannot tell progress from chance; it takes 10 or more",
    )
    assert verdict(with_errors([0], 117), with_errors([1], 117), gate).outcome is Outcome.WORSE
    same = verdict(with_errors([1], 117), with_errors([1], 117), gate)
    assert same.reasons == ("both models have the same error rate",)
    none = verdict(with_errors([]), with_errors([]), gate)
    assert none.sentence() == "inconclusive: the test set has no words; no error rate without words"


def test_judge__any_improvement_compares_numbers_not_strings() -> None:
    gate = Gate(policy=Policy.ANY_IMPROVEMENT)
    assert verdict(with_errors([10], 100), with_errors([9], 100), gate).promotes
    assert not verdict(with_errors([9], 100), with_errors([10], 100), gate).promotes


def test_judge__a_group_that_got_worse_stops_the_candidate() -> None:
    benchmark, candidate = with_errors([3] * 60 + [0] * 20), with_errors([0] * 60 + [1] * 20)
    benchmark = benchmark._replace(groups=("near",) * 60 + ("far",) * 20)
    assert verdict(benchmark, candidate).promotes  # groups alone are for reports
    found = verdict(benchmark, candidate, Gate(max_regression=Margin(0)))
    assert found.outcome is Outcome.BETTER
    assert found.action is Action.FAIL
    assert found.blockers[0].startswith("group far got worse: 0.0 % \N{RIGHTWARDS ARROW} 8.3 % (+8.3 points)")
    assert "group far got worse" in found.sentence()
    assert verdict(benchmark, candidate, Gate(max_regression=Margin(10))).promotes


@pytest.mark.parametrize(
    ("near", "far", "blocked"),
    [
        (([6] * 30, [3] * 30), ([0] * 27 + [1] * 3, [1] * 12 + [0] * 15 + [1] * 3), True),
        (([1] * 30, [0] * 30), ([6] * 30, [7] * 16 + [6] * 14), False),
    ],
    ids=["low rate", "high rate"],
)
def test_judge__relative_max_regression_is_of_the_rate_of_the_group(
    near: tuple[list[int], list[int]], far: tuple[list[int], list[int]], blocked: bool
) -> None:
    benchmark, candidate = (with_errors(one + other) for one, other in zip(near, far, strict=True))
    benchmark = benchmark._replace(groups=("near",) * 30 + ("far",) * 30)
    found = verdict(benchmark, candidate, Gate(max_regression=Margin(10, relative=True)))
    assert found.outcome is Outcome.BETTER
    assert [text.startswith("group far got worse: ") for text in found.blockers] == [True] * blocked


def test_judge__few_changes_in_a_group_do_not_stop_it() -> None:
    gate = Gate(max_regression=Margin(0))
    for number in (6, 7):
        benchmark, candidate = with_errors([3] * 60 + [0] * number), with_errors([0] * 60 + [1] * number)
        benchmark = benchmark._replace(groups=("near",) * 60 + ("far",) * number)
        found = verdict(benchmark, candidate, gate)
        beyond = f"max-regression cannot judge group far ({number} utterances): it takes 7" in found.notes
        assert (found.promotes, beyond) == (number < 7, number < 7)
        assert not any("max-regression" in note for note in verdict(benchmark, candidate).notes)


def test_judge__few_clusters_in_a_group_are_said_aloud() -> None:
    benchmark, candidate = with_errors([3] * 100), with_errors([1] * 90 + [4] * 10)
    groups = ("near",) * 80 + ("far",) * 20
    clusters = tuple(str(index) for index in range(80)) + ("Ann",) * 20
    found = verdict(
        benchmark._replace(groups=groups, clusters=clusters), candidate, Gate(max_regression=Margin(0))
    )
    assert "max-regression cannot judge group far (1 cluster): it takes 7" in found.notes
    assert "; drawn as 81 clusters; 1,200 words)" in found.sentence()


def test_judge__groups_share_the_chance_of_an_error() -> None:
    benchmark, candidate = with_errors([3] * 60 + [0] * 60), with_errors([0] * 60 + [1] * 8 + [0] * 52)
    alone = benchmark._replace(groups=("",) * 60 + ("far",) * 60)
    gate = Gate(max_regression=Margin(0))
    assert verdict(alone, candidate, gate).blockers
    many = alone._replace(groups=tuple(f"near {index // 3}" for index in range(60)) + ("far",) * 60)
    found = verdict(many, candidate, gate)
    assert found.comparison.group_confidence == pytest.approx(1 - 0.05 / 21)
    assert not found.blockers


def test_judge__utterances_that_must_pass() -> None:
    benchmark, candidate = with_errors([2] * 30), with_errors([0] * 29 + [1])
    assert verdict(benchmark, candidate, Gate(must_pass=("0000.wav", "001*"))).promotes
    found = verdict(benchmark, candidate, Gate(must_pass=("002*.wav",)))
    assert found.blockers == ("0029.wav must pass and has errors",)
    assert found.action is Action.FAIL
    many = verdict(benchmark, benchmark, Gate(must_pass=("*",)))
    assert many.blockers[0].endswith("0009.wav and 20 more must pass and have errors")


def test_judge__key_terms_stop_a_candidate_that_finds_too_few() -> None:
    benchmark, candidate = with_errors([2] * 30), with_errors([0] * 30)
    fewer, more = TermRecall(45, 43, 41), TermRecall(45, 41, 43)
    alike = Gate(key_terms_recall=RecallDemand())
    found = verdict(benchmark, candidate, alike, key_terms=fewer)
    assert found.blockers == ("41 of 45 key terms found, the benchmark 43",)
    assert found.action is Action.FAIL
    assert comes_back(found).comparison.key_terms == fewer
    assert verdict(benchmark, candidate, alike, key_terms=more).promotes
    assert verdict(benchmark, candidate, Gate(key_terms_recall=RecallDemand(0.9)), key_terms=fewer).promotes
    share = verdict(benchmark, candidate, Gate(key_terms_recall=RecallDemand(0.95)), key_terms=fewer)
    assert share.blockers == ("41 of 45 key terms found, it takes 95%",)
    silent = verdict(benchmark, candidate, alike, key_terms=TermRecall(0, 0, 0))
    assert not silent.promotes
    with pytest.raises(ValueError, match="searched for"):
        verdict(benchmark, candidate, alike)


def test_judge__must_pass_knows_the_test_set() -> None:
    scores = with_errors([0] * 20)
    with pytest.raises(UsageError, match=r"no utterance of the test set matches 'hello\.wav'") as caught:
        verdict(scores, scores, Gate(must_pass=("0001.wav", "hello.wav")))
    assert caught.value.place
    assert caught.value.place.input == "must-pass"
    assert verdict(scores, scores, Gate(must_pass=("0001.wav",)), exclude=["0001.wav"]).blockers == ()


def test_judge__leaked_utterances_must_pass_too() -> None:
    benchmark, candidate = with_errors([2] * 30), with_errors([0] * 29 + [1])
    found = verdict(benchmark, candidate, Gate(must_pass=("0029.wav",)), exclude=["0029.wav"])
    assert found.blockers == ("0029.wav must pass and has errors",)
    assert found.action is Action.FAIL


def test_judge__without_text_nothing_passes_and_nothing_is_a_stranger() -> None:
    benchmark, candidate = with_errors([2] * 30), with_errors([0] * 30)
    found = verdict(benchmark, candidate, Gate(must_pass=("lost.wav",)), missing=["lost.wav"])
    assert found.blockers == ("lost.wav must pass and has no text",)


def test_judge__only_the_star_is_special_in_names_that_must_pass() -> None:
    scores = with_errors([0] * 20)._replace(ids=tuple(f"take[{index}]?.wav" for index in range(20)))
    assert verdict(scores, scores, Gate(must_pass=("take[3]?.wav", "take[1*]?.wav"))).blockers == ()
    for pattern in ("take[[]3[]]?.wav", "take[3]?????", "take?3]?.wav"):
        with pytest.raises(UsageError, match="no utterance"):
            verdict(scores, scores, Gate(must_pass=(pattern,)))


def test_judge__utterances_without_text_are_said_aloud_and_many_decide_nothing() -> None:
    benchmark, candidate = with_errors([2] * 27), with_errors([0] * 27)
    few = verdict(benchmark, candidate, missing=["a.wav", "b.wav", "c.wav"])
    assert few.promotes
    assert few.sentence().endswith("; 324 words; 3 utterances without text)")
    missing = ["a.wav", "b.wav", "c.wav", "d.wav"]
    many = verdict(benchmark, candidate, missing=missing)
    assert many.reasons == ("the service has no text for 4 of 31 utterances",)
    assert not many.promotes
    lenient = Gate(policy=Policy.NON_INFERIORITY, margin=Margin(50))
    assert not verdict(benchmark, candidate, lenient, missing=missing).promotes


def test_judge__utterances_left_out_are_of_the_whole_that_may_lack_text() -> None:
    benchmark, candidate = with_errors([2] * 27), with_errors([0] * 27)
    leaked = benchmark.ids[:7]
    assert verdict(benchmark, candidate, exclude=leaked, missing=["a.wav", "b.wav", "c.wav"]).promotes
    many = verdict(benchmark, candidate, exclude=leaked, missing=["a.wav", "b.wav", "c.wav", "d.wav"])
    assert many.reasons == ("the service has no text for 4 of 31 utterances",)


def test_judge__excluded_utterances_are_said_aloud() -> None:
    found = verdict(with_errors([1] * 30), with_errors([0] * 30), exclude=["0001.wav", "0002.wav"])
    assert "; 336 words; 2 utterances left out)" in found.sentence()
    assert found.comparison.excluded == ("0001.wav", "0002.wav")


def test_judge__other_metric_is_of_the_same_utterances_at_the_same_confidence() -> None:
    one, other = with_errors([2] * 30), with_errors([0] * 30)
    tokens = display_tokens("en-US")
    second = (
        with_errors([0] * 30)._replace(rules=tokens),
        with_errors([3] * 8 + [0] * 22)._replace(rules=tokens),
    )
    gate = Gate(other_metric=OtherMetric.NOT_WORSE)
    assert verdict(one, other, gate, second=second).blockers == ("TER got worse",)
    found = verdict(one, other, gate, second=second, exclude=one.ids[:8], missing=["lost.wav"])
    assert found.promotes
    assert found.second
    assert (found.second.utterances, found.second.missing) == (22, ("lost.wav",))
    assert "; TER 0.0 % \N{RIGHTWARDS ARROW} 0.0 %" in found.sentence()
    surer = replace(gate, correct_for_repeated_tests=True)
    assert verdict(one, other, surer, second=second, test_number=5).promotes  # it takes ten changes


def test_judge__repeated_tests() -> None:
    said = utterances(200)
    one, other = misheard(said, 0.15, seed=2), misheard(said, 0.12, seed=3)
    assert not any("judged" in note for note in verdict(one, other).notes)
    (note,) = [note for note in verdict(one, other, test_number=5).notes if "judged" in note]
    assert note == (
        "this test set has judged 5 candidates since it last changed:"
        " the risk that one of them was promoted by chance has grown to up to 12 %"
    )
    for policy in (Policy.ANY_IMPROVEMENT, Policy.NON_INFERIORITY):
        assert not any("judged" in note for note in verdict(one, other, Gate(policy), test_number=5).notes)
    (note,) = [note for note in verdict(one, other, test_number=500).notes if "judged" in note]
    assert note.endswith("has grown to up to 100 %")
    corrected = verdict(one, other, Gate(correct_for_repeated_tests=True), test_number=5)
    assert corrected.comparison.confidence == pytest.approx(1 - 0.05 / 20)
    assert any("at 99.75 % confidence to make up for it" in note for note in corrected.notes)


def test_judge__small_test_sets_are_said_aloud() -> None:
    said = utterances(30)
    small = verdict(misheard(said, 0.15, seed=2), misheard(said, 0.12, seed=3))
    assert any(note.startswith("a small test set: it finds differences of") for note in small.notes)
    said = utterances(2000)
    large = verdict(misheard(said, 0.15, seed=2), misheard(said, 0.12, seed=3))
    assert large.notes == ()


def test_judge__digits_in_transcripts_are_said_aloud() -> None:
    rules = normaliser("en-US")
    scores = score(((str(index), "take 5 pills now", "take five pills now") for index in range(40)), rules)
    (note,) = verdict(scores, scores).notes
    assert note.startswith("40 transcripts written with digits")


def test_decide__needs_the_confidence_that_the_gate_asks_for() -> None:
    scores = with_errors([1] * 20)
    with pytest.raises(ValueError, match=r"compared at 0\.9, but the gate asks for 0\.95"):
        decide(compare(scores, scores, confidence=0.9), Gate())


def test_decide__must_pass_needs_the_pairs() -> None:
    scores = with_errors([1] * 20)
    found = compare(scores, scores)
    with pytest.raises(ValueError, match="pairs"):
        decide(replace(found, pairs=()), Gate(must_pass=("*",)))


@pytest.mark.parametrize("action", [Action.PASS, Action.FAIL, Action.ASK])
def test_decide__what_happens_to_what_is_not_promoted(action: Action) -> None:
    scores, worse = with_errors([0] * 30), with_errors([1] * 30)
    assert verdict(scores, worse, Gate(on_worse=action)).action is action
    assert verdict(scores, scores, Gate(on_inconclusive=action)).action is action


def test_sentence__numbers() -> None:
    benchmark, candidate = with_errors([2] * 50 + [1] * 50), with_errors([1] * 60 + [2] * 10 + [1] * 30)
    assert verdict(benchmark, candidate).sentence() == (
        "better: WER 12.5 % \N{RIGHTWARDS ARROW} 9.2 % (\N{MINUS SIGN}3.3 points, 95 % interval"
        f" {interval(benchmark, candidate)}; 50 utterances improved, 10 got worse, 40 equal; 1,200 words)"
    )


def interval(benchmark: Scores, candidate: Scores) -> str:
    found = compare(benchmark, candidate).interval
    assert found
    return f"{found.low * 100:+.1f} to {found.high * 100:+.1f}".replace("-", "\N{MINUS SIGN}")


def test_sentence__small_numbers_keep_their_digits() -> None:
    benchmark = with_errors([1] * 8 + [0] * 5000)
    text = verdict(benchmark, with_errors([0] * 5008)).sentence()
    assert "(\N{MINUS SIGN}0.013 points" in text


def test_sentence__unit() -> None:
    rules = normaliser("zh-CN")
    scores = score([("1", "你好", "你号")], rules)
    assert "mixed error rate 50.0 %" in verdict(scores, scores).sentence()
    assert "2 characters cannot tell progress from chance" in verdict(scores, scores).sentence()
    assert "; 2 characters)" in verdict(scores, scores).sentence()
    scores = score([("1", "ab", "ac")], normaliser("en-US", unit=Unit.CHARACTER))
    assert "CER 50.0 %" in verdict(scores, scores).sentence()
    assert "2 characters)" in verdict(scores, scores).sentence()


@given(
    errors=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30),
    policy=st.sampled_from(Policy),
    test_number=st.integers(1, 20),
)
def test_verdict__json_comes_back_and_speaks(
    errors: list[tuple[int, int]], policy: Policy, test_number: int
) -> None:
    one, other = with_errors([a for a, _ in errors]), with_errors([b for _, b in errors])
    found = verdict(
        one,
        other,
        Gate(policy=policy, correct_for_repeated_tests=test_number > 10),
        test_number=test_number,
    )
    again = comes_back(found)
    assert again == found
    assert again.sentence() == found.sentence()
    assert "\n" not in found.sentence()
    assert found.sentence().startswith(f"{found.outcome}: ")
    assert found.promotes == (found.action is Action.PROMOTE)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0, "0"),
        (0.00013, "0.013"),
        (0.025, "2.5"),
        (0.995, "100"),
        (3.171, "317"),
        (40, "4,000"),
        (-0.1, "10"),
    ],
)
def test_in_percent__has_no_exponent(fraction: float, text: str) -> None:
    assert in_percent(fraction) == text


def test_in_percent__rounds_bounds_up() -> None:
    assert (in_percent(0.01004, up=True), in_percent(0.02, up=True)) == ("1.1", "2.0")


@pytest.mark.parametrize(("number", "margin"), [(80, 2), (200, 2), (400, 1)])
def test_judge__utterances_lost_by_the_margin_are_seldom_promoted(number: int, margin: int) -> None:
    rng = random.Random(number)  # noqa: S311 - a fixed sample
    gate = Gate(policy=Policy.NON_INFERIORITY, margin=Margin(margin))
    promoted = 0
    for _ in range(150):
        before = [sum(rng.random() < 0.05 for _ in range(12)) for _ in range(number)]
        lost = margin / 100 / 0.95
        after = [12 if rng.random() < lost else sum(rng.random() < 0.05 for _ in range(12)) for _ in before]
        promoted += verdict(with_errors(before), with_errors(after), gate).promotes
    assert promoted <= 150 * 0.025 + 3 * math.sqrt(150 * 0.025 * 0.975)


def lossy(rng: random.Random, words: int = 12) -> int:
    """Return the errors in an utterance of a model that now and then loses all of it or invents more."""
    kind = rng.random()
    if kind < 0.02:
        return words
    usual = sum(rng.random() < 0.1 for _ in range(words))
    return min(words, usual + rng.choice((5, 10)) if kind < 0.04 else usual)


def test_judge__equal_models_that_lose_and_invent_utterances_are_seldom_promoted() -> None:
    rng = random.Random(11)  # noqa: S311 - a fixed sample
    promoted = 0
    for _ in range(150):
        one, other = (with_errors([lossy(rng) for _ in range(60)]) for _ in range(2))
        promoted += verdict(one, other).promotes
    assert promoted <= 150 * 0.025 + 3 * math.sqrt(150 * 0.025 * 0.975)


def test_judge__intervals_of_many_small_groups_hold_together() -> None:
    rng = random.Random(20)  # noqa: S311 - a fixed sample
    groups = tuple(f"group {index % 20}" for index in range(400))
    held = 0
    for _ in range(20):
        one, other = ([sum(rng.random() < 0.3 for _ in range(12)) for _ in groups] for _ in range(2))
        compared = compare(with_errors(one)._replace(groups=groups), with_errors(other)).groups
        intervals = [group.interval for group in compared if group.interval]
        assert len(intervals) > 10
        held += all(found.low <= 0 <= found.high for found in intervals)
    assert held >= 20 * 0.95 - 3 * math.sqrt(20 * 0.95 * 0.05)
