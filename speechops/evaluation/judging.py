"""The verdict: recognized texts scored by the rules of a model, and the verdict on the candidate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from speechops import scoring
from speechops.evaluation import forms, rules
from speechops.evaluation.leaks import Leaked
from speechops.registry.documents import Ending
from speechops.run import Outcome
from speechops.scoring import Action, Metric, Unit

if TYPE_CHECKING:
    from speechops.registry.documents import TestResult
    from speechops.scoring import Counts, Scores
    from speechops.settings import ModelSettings

NO_LEAKS = Leaked()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judged result and the scores of benchmark and candidate that it was reached from, for the report."""

    result: TestResult
    scores: tuple[Scores, Scores | None]


def judge(
    model: ModelSettings, result: TestResult, leaks: Leaked = NO_LEAKS, *, test_number: int = 1
) -> Judgement:
    """Score the texts of ``result`` with the rules of today and, beside a candidate, reach the verdict.

    Both models are scored in a form that both have (:mod:`.forms`).

    The counts beside a verdict are those it was reached from: without what ``leaks: exclude`` keeps out.
    """
    metric = model.gate.metric
    result = replace(result, form=forms.choose(result, metric))
    benchmark, candidate = _scores(model, result, metric)
    scored = replace(
        result,
        benchmark_counts=benchmark.total,
        characters=_characters(model, result, leaks.excluded(model) if candidate else frozenset()),
        leaks=leaks.count,
        leaked=leaks.utterances,
        normalization=benchmark.rules.key,
    )
    if candidate is None:
        return Judgement(scored, (benchmark, None))
    judged = scoring.judge(
        benchmark,
        candidate,
        model.gate,
        test_number=test_number,
        exclude=leaks.excluded(model),
        missing=result.missing,
        key_terms=_key_terms(model, result, leaks.excluded(model)),
        second=_other_scores(model, result),
    )
    if note := forms.note(scored):
        judged = replace(judged, notes=(note, *judged.notes))
    judged_result = replace(
        scored,
        benchmark_counts=judged.comparison.benchmark,
        verdict=judged.without_pairs(),
    )
    return Judgement(judged_result, (benchmark, candidate))


def _characters(model: ModelSettings, result: TestResult, left_out: frozenset[str]) -> tuple[Counts, ...]:
    """Count the errors of each model by character, where they are reported beside those of the verdict."""
    if not scoring.has_character_rate(model.locale):
        return ()
    normaliser = rules.normaliser(model, Unit.CHARACTER)
    spoken = replace(result, form=forms.choose(result, Metric.WORDS))
    texts = [text for text in spoken.texts() if text[0] not in left_out]
    if result.candidate is None:
        return (scoring.score((text[:3] for text in texts), normaliser).total,)
    benchmark, candidate = scoring.score_pair(texts, normaliser)
    return benchmark.total, candidate.total


def _other_scores(model: ModelSettings, result: TestResult) -> tuple[Scores, Scores] | None:
    """Score both models by the metric that the gate does not judge, if all texts are in display form."""
    if not forms.has_display(result):
        return None
    metric = Metric.WORDS if model.gate.metric is Metric.TOKENS else Metric.TOKENS
    benchmark, candidate = _scores(model, replace(result, form=forms.choose(result, metric)), metric)
    return (benchmark, candidate) if candidate else None


def _scores(model: ModelSettings, result: TestResult, metric: Metric) -> tuple[Scores, Scores | None]:
    """Score the texts of the benchmark and, if there is one, of the candidate."""
    normaliser = rules.measure(model, metric)
    group, cluster = rules.group_of(model), rules.cluster_of(model)
    pairs = (scoring.UtterancePair(*texts, group(texts[0]), cluster(texts[0])) for texts in result.texts())
    if result.candidate is not None:
        return scoring.score_pair(pairs, normaliser)
    utterances = (
        scoring.Utterance(pair.id, pair.reference, pair.benchmark, pair.group, pair.cluster) for pair in pairs
    )
    return scoring.score(utterances, normaliser), None


def _key_terms(
    model: ModelSettings, result: TestResult, left_out: frozenset[str]
) -> scoring.TermRecall | None:
    """Search for the key terms in what is compared, if the gate judges them."""
    if model.gate.key_terms_recall is None:
        return None
    normaliser = rules.normaliser(model)
    index = scoring.TermIndex(rules.key_terms(model), normaliser)
    texts = (
        (
            normaliser.words(reference),
            scoring.counted_words(reference, benchmark, normaliser),
            scoring.counted_words(reference, candidate, normaliser),
        )
        for audio, reference, benchmark, candidate in result.texts()
        if audio not in left_out
    )
    return scoring.term_recall(texts, index)


def verdict(result: TestResult) -> scoring.Verdict:
    """Return the verdict of a test of two models."""
    if result.verdict is None:
        raise ValueError("the benchmark was tested alone")
    return result.verdict


def outcome(result: TestResult) -> Outcome:
    """Return how a run with a verdict ends: the gate decides."""
    judged = verdict(result)
    return Outcome(
        judged.sentence(),
        {
            "candidate": result.candidate.id if result.candidate else "",
            "improved": "true" if judged.promotes else "false",
            "verdict": judged.outcome,
            "decision": judged.action,
            **_rates(judged),
            **character_outputs(result),
            "result": result.name,
        },
        ending=Ending.NOT_PROMOTED if judged.action is Action.FAIL else Ending.DONE,
        result=result,
    )


def _rates(judged: scoring.Verdict) -> dict[str, str]:
    """Return the outputs of both models' rates, by word and, of display text, by token."""
    outputs = {}
    for comparison in (judged.comparison, judged.second):
        if comparison is not None:
            name = rate_output(comparison.unit)
            outputs[f"benchmark-{name}"] = fraction(comparison.benchmark.error_rate)
            outputs[name] = fraction(comparison.candidate.error_rate)
    return outputs


def rate_output(unit: scoring.Unit) -> str:
    """Return the name of the output that has an error rate over such units."""
    return str(Metric.TOKENS if unit is scoring.Unit.TOKEN else Metric.WORDS)


def character_outputs(result: TestResult) -> dict[str, str]:
    """Return the outputs of the character error rates, where they are reported."""
    rates = [fraction(counts.error_rate) for counts in result.characters]
    names = ("benchmark-character-error-rate", "character-error-rate")[-len(rates) :] if rates else ()
    return dict(zip(names, rates, strict=True))


def fraction(rate: float | None) -> str:
    """Return a rate as outputs have it; blank if there is none."""
    return "" if rate is None else f"{rate:.6f}"
