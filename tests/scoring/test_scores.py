from __future__ import annotations

import subprocess
import sys

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops import scoring
from speechops.scoring import Counts, Scores, Unit, Utterance, normaliser, score
from speechops.scoring.counts import DELETION, INSERTION

from . import nist_alignment

ENGLISH = normaliser("en-US")
SENTENCES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=9).map(" ".join)
SETS = st.lists(st.tuples(SENTENCES, SENTENCES), max_size=40)


def scores_of(pairs: list[tuple[str, str]]) -> Scores:
    return score(((str(index), *pair) for index, pair in enumerate(pairs)), ENGLISH)


@given(pairs=SETS)
def test_score__equals_jiwer(pairs: list[tuple[str, str]]) -> None:
    pairs = [pair for pair in pairs if pair[0]]  # jiwer refuses empty references
    if not pairs:
        return
    total = scores_of(pairs).total
    said, heard = map(list, zip(*pairs, strict=True))
    oracle = jiwer.process_words(said, heard)
    assert total == Counts(oracle.hits, oracle.substitutions, oracle.deletions, oracle.insertions)
    assert total.error_rate == pytest.approx(oracle.wer)


@given(pairs=SETS)
def test_score__characters_equal_jiwer(pairs: list[tuple[str, str]]) -> None:
    pairs = [(one.replace(" ", ""), other.replace(" ", "")) for one, other in pairs if one]
    if not pairs:
        return
    rules = normaliser("en-US", unit=Unit.CHARACTER)
    total = score((("", *pair) for pair in pairs), rules).total
    said, heard = map(list, zip(*pairs, strict=True))
    oracle = jiwer.process_characters(said, heard)
    assert total == Counts(oracle.hits, oracle.substitutions, oracle.deletions, oracle.insertions)


@given(pairs=SETS)
def test_score__has_the_errors_of_kaldialign(pairs: list[tuple[str, str]]) -> None:
    kaldialign = pytest.importorskip("kaldialign")
    for utterance, (said, heard) in zip(scores_of(pairs).utterances, pairs, strict=True):
        oracle = kaldialign.edit_distance(said.split(), heard.split())
        counts = utterance.counts
        assert counts.errors == oracle["total"]
        assert counts.deletions - counts.insertions == oracle["del"] - oracle["ins"]


@given(pairs=SETS)
def test_score__counts_add_up(pairs: list[tuple[str, str]]) -> None:
    scores = scores_of(pairs)
    for one, (reference, hypothesis) in zip(scores.utterances, pairs, strict=True):
        counts = one.counts
        assert counts.hits + counts.substitutions + counts.deletions == len(reference.split())
        assert counts.hits + counts.substitutions + counts.insertions == len(hypothesis.split())
        assert counts.hits + counts.substitutions + counts.insertions == len(hypothesis.split())
    assert sum((one.counts for one in scores.utterances), Counts()) == scores.total


@given(pairs=SETS)
def test_score__nist_alignment_costs_no_more_and_has_no_fewer_errors(pairs: list[tuple[str, str]]) -> None:
    def cost(counts: Counts) -> int:
        return 4 * counts.substitutions + 3 * (counts.deletions + counts.insertions)

    said, heard = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    oracle = nist_alignment.paths(said, heard, str.split)
    for utterance, path in zip(scores_of(pairs).utterances, oracle, strict=True):
        nist = Counts.of(path)
        assert cost(nist) <= cost(utterance.counts)
        assert nist.errors >= utterance.counts.errors


@given(pair=st.tuples(SENTENCES, SENTENCES))
def test_score__reference_and_hypothesis_mirror(pair: tuple[str, str]) -> None:
    one, other = scores_of([pair]).total, scores_of([pair[::-1]]).total
    assert one.errors == other.errors
    assert one.deletions - one.insertions == other.insertions - other.deletions


def test_score__the_least_errors_not_nists_split() -> None:
    assert scores_of([("a b c d", "b c d e")]).paths == ("D===I",)
    assert nist_alignment.paths(["x a"], ["a y"], str.split) == ["D=I"]


def test_score__empty_reference_has_no_rate_but_counts() -> None:
    assert Counts(insertions=2).error_rate is None
    scores = scores_of([("", "a b"), ("a b c d", "a b c d"), ("", "")])
    assert scores.total.error_rate == 0.5
    assert scores.sentence_error_rate == pytest.approx(1 / 3)
    assert scores_of([]).sentence_error_rate is None


def test_score__rates_are_sums_over_sums() -> None:
    assert scores_of([("a", "b"), ("a b c d e f g h i", "a b c d e f g h i")]).total.error_rate == 0.1


def test_score__more_than_one_batch() -> None:
    scores = score((Utterance(str(index), "a b", "a c") for index in range(1000)), ENGLISH)
    assert scores.total == Counts(hits=1000, substitutions=1000)
    assert scores.ids == tuple(map(str, range(1000)))


def test_score__counts_transcripts_with_digits() -> None:
    said = ["five", "5", "it is 5.", "6 7"]
    assert scores_of([(text, "five") for text in said]).numerals == 3


def test_align__lays_out_the_columns() -> None:
    columns = scoring.align("The big cat sat down", "the cat sat up here", ENGLISH)
    assert [tuple(column) for column in columns] == [
        ("=", "the", "the"),
        ("D", "big", ""),
        ("=", "cat", "cat"),
        ("=", "sat", "sat"),
        ("I", "", "up"),
        ("S", "down", "here"),
    ]


@given(pair=st.tuples(SENTENCES, SENTENCES))
def test_align__keeps_every_word(pair: tuple[str, str]) -> None:
    columns = scoring.align(*pair, ENGLISH)
    assert [one.reference for one in columns if one.kind != INSERTION] == pair[0].split()
    assert [one.hypothesis for one in columns if one.kind != DELETION] == pair[1].split()
    assert all((one.reference == one.hypothesis) == (one.kind == "=") for one in columns)


def test_score__an_hour_in_one_utterance() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    said = [letters[index % 26] + letters[index % 25] + letters[index % 23] for index in range(20_000)]
    heard = [word if index % 9 else "x" for index, word in enumerate(said)]
    assert scores_of([(" ".join(said), " ".join(heard))]).total.errors <= 2223


def test_import__counting_needs_no_numpy_and_help_nothing() -> None:
    code = (
        "import sys, speechops.scoring as s\n"
        "assert not {'numpy', 'rapidfuzz', 'unicode_rbnf', 'dataclasses'} & set(sys.modules)\n"
        "s.Gate(), s.decide\n"
        "assert not {'numpy', 'rapidfuzz', 'unicode_rbnf'} & set(sys.modules)\n"
        "a = s.score([('1', 'a b', 'a'), ('2', 'c', 'c')], s.normaliser('en-US'))\n"
        "assert not {'numpy', 'scipy', 'jiwer'} & set(sys.modules)\n"
        "s.judge(a, a, s.Gate())\n"
        "assert 'numpy' in sys.modules and not {'scipy', 'jiwer'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_public_names__are_all_there() -> None:
    homes = [name for names in scoring._HOMES.values() for name in names]
    assert sorted(homes) == sorted(scoring.__all__)
    assert all(getattr(scoring, name) for name in scoring.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = scoring.nothing
