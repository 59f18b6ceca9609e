"""Leaks: what is found, what is not, and that the index misses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from speechops import corpus
from speechops.corpus import DataFile, How, Kind, Leak, Purpose, Utterance, leakage
from speechops.corpus.leakage import SIMILARITY, fold, split_sentences
from tests.corpus.making import BOM, make_folder, make_zip, transcript, two_clips, wav

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Finder = Callable[[Sequence[str], Sequence[str]], list[tuple[str, int, How, float]]]


def spoken(folder: Path, sentences: Sequence[str]) -> DataFile:
    names = [f"{at:04}.wav" for at in range(len(sentences))]
    lines = [f"{name}\t{text}" for name, text in zip(names, sentences, strict=True)]
    members = {name: wav(0.001, fill=bytes([at % 256, at // 256])) for at, name in enumerate(names)}
    path = make_folder(folder / "test", {**members, "trans.txt": transcript(*lines)})
    return corpus.read(path, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")


def known(sentences: Sequence[str], purpose: Purpose) -> DataFile:
    """Return data as it is once it was read: a property tries hundreds, and writes no files."""
    utterances = tuple(
        Utterance(f"{at:04}.wav", text, at + 1, 1.0, f"{purpose} {at}") for at, text in enumerate(sentences)
    )
    return DataFile(Path(purpose), Kind.ACOUSTIC, purpose, "en-US", "0" * 64, 0, utterances, findings=())


def plain(folder: Path, lines: Sequence[str]) -> DataFile:
    path = folder / "text.txt"
    path.write_bytes(BOM + "\n".join(lines).encode())
    return corpus.read(path, kind=Kind.LANGUAGE, purpose=Purpose.TRAINING, locale="en-US")


@pytest.fixture
def find(tmp_path: Path) -> Finder:
    def found(test: Sequence[str], training: Sequence[str]) -> list[tuple[str, int, How, float]]:
        leaks = corpus.leaks(spoken(tmp_path, test), [plain(tmp_path, training)])
        return [(leak.sentence, leak.line, leak.how, round(leak.similarity, 3)) for leak in leaks]

    return found


TEN = "one two three four five six seven eight nine ten"


@pytest.mark.parametrize(
    ("test", "training", "how", "similarity"),
    [
        ("You'll see it, now!", "you\u2019ll SEE it now", How.SAME_TEXT, 1),
        ("the same words", "Other words. The same words. More.", How.SAME_TEXT, 1),
        ("the very same words", "and then the very same words follow it", How.SAME_TEXT, 1),
        (TEN, TEN.replace("five", "fife"), How.NEAR_DUPLICATE, 0.9),
        (TEN, TEN.replace("five ", ""), How.NEAR_DUPLICATE, 0.9),
        (TEN.replace("five ", ""), TEN, How.NEAR_DUPLICATE, 0.9),  # the shortest that allows an edit
        (TEN, TEN.replace("five", "five or so")[:-4], None, 0),
        (TEN, TEN.replace("five six", "six five"), None, 0),
        ("please open the side-by-side comparison now", "Side-by-side comparison", How.PHRASE, 0.5),
        ("turn the light on", "turn the light off", None, 0),
        ("yes please", "yes please", None, 0),
        ("say yes and go on", "Yes and", None, 0),
        (
            "\u4eca\u5929\u6211\u4eec\u53bb\u5b66\u6821",
            "\u4eca\u5929\u6211\u4eec\u53bb\u5b66\u6821\u3002",
            How.SAME_TEXT,
            1,
        ),
        ("\uff21\uff22\uff23 caf\u00e9 noir", "abc cafe\u0301 noir", How.SAME_TEXT, 1),
    ],
    ids=range(14),
)
def test_leak__of_one_sentence(
    find: Finder, test: str, training: str, how: How | None, similarity: float
) -> None:
    expected = [(test, 2, how, similarity)] if how else []
    assert find([test], ["some line that is before it", training]) == expected


def test_leak__is_by_sentence_not_by_utterance(find: Finder) -> None:
    assert find(["It is one thing. This is another thing! And this?"], ["This is another thing."]) == [
        ("This is another thing!", 1, How.SAME_TEXT, 1.0)
    ]


def test_leak__gives_the_first_line_and_the_nearest(find: Finder) -> None:
    long = f"{TEN} eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    far, near = long.replace("one ", "un ").replace("nine ", "neuf "), long.replace("one ", "un ")
    assert find([long], [far, near, far]) == [(long, 2, How.NEAR_DUPLICATE, 0.95)]
    assert find([long], [near, long, long]) == [(long, 2, How.SAME_TEXT, 1.0)]


def test_leak__of_audio_and_of_transcripts(tmp_path: Path) -> None:
    test = corpus.read(
        make_zip(tmp_path / "test.zip", two_clips()), kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US"
    )
    members = {
        "x.wav": two_clips()["a.wav"],
        "y.wav": wav(2),
        "trans.txt": transcript("y.wav\tThe second letter.", "x.wav\tother words"),
    }
    path = make_zip(tmp_path / "training.zip", members)
    training = corpus.read(path, kind=Kind.ACOUSTIC, purpose=Purpose.TRAINING, locale="en-US")
    assert corpus.leaks(test, [training]) == (
        Leak("a.wav", "the first letter", path.as_posix(), 2, How.SAME_AUDIO, 1.0),
        Leak("b.wav", "the second letter", path.as_posix(), 1, How.SAME_TEXT, 1.0),
    )


def test_leak__in_structured_text_with_its_lists_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_bytes(BOM + b"@ list food =\n- rice\n- ice cream\n# s\n- I like {@food} very much")
    training = corpus.read(path, kind=Kind.LANGUAGE_MARKDOWN, purpose=Purpose.TRAINING, locale="en-US")
    (leak,) = corpus.leaks(spoken(tmp_path, ["I like ice cream very much."]), [training])
    assert (leak.line, leak.how) == (5, How.SAME_TEXT)


WORDS = st.sampled_from(["red", "green", "blue", "white", "one", "two", "three", "four", "five"])
SENTENCES = st.lists(st.lists(WORDS, min_size=3, max_size=30).map(" ".join), min_size=1, max_size=6)
EDITS = st.lists(st.tuples(st.sampled_from("sdi"), st.integers(0, 40), WORDS), max_size=4)


def edited(sentence: str, edits: list[tuple[str, int, str]]) -> str:
    words = sentence.split()
    for kind, place, word in edits:
        at = place % len(words)
        if kind == "s":
            words[at] = word
        elif kind == "i":
            words.insert(at, word)
        elif len(words) > 3:
            del words[at]
    return " ".join(words)


@settings(deadline=None, max_examples=200)
@given(
    sentences=SENTENCES,
    edits=st.lists(EDITS, min_size=1, max_size=6),
    others=SENTENCES,
    most_shared=st.sampled_from([0, leakage.MOST_SHARED]),
)
def test_near_duplicates__are_those_that_comparing_all_pairs_finds(
    sentences: list[str],
    edits: list[list[tuple[str, int, str]]],
    others: list[str],
    most_shared: int,
) -> None:
    training = [edited(sentences[at % len(sentences)], change) for at, change in enumerate(edits)] + others
    with patch.object(leakage, "MOST_SHARED", most_shared):
        leaks = corpus.leaks(known(sentences, Purpose.TEST), [known(training, Purpose.TRAINING)])
    found = {leak.audio: (leak.how, leak.similarity) for leak in leaks if leak.how is not How.PHRASE}
    for number, sentence in enumerate(sentences):
        words = sentence.split()
        nearest = max(Levenshtein.normalized_similarity(words, other.split()) for other in training)
        inside = len(words) >= 4 and any(f" {sentence} " in f" {other} " for other in training)
        how, similarity = found.get(f"{number:04}.wav", (None, 0.0))
        if sentence in training or inside:
            assert how is How.SAME_TEXT
        elif nearest >= SIMILARITY:
            assert how is How.NEAR_DUPLICATE
            assert similarity == pytest.approx(nearest)
        else:
            assert how is None


def contains(words: Sequence[str], part: Sequence[str]) -> bool:
    return any(words[at : at + len(part)] == part for at in range(len(words) - len(part) + 1))


def is_long(words: Sequence[str], least: int, letters: int) -> bool:
    return len(words) >= least and len("".join(words)) >= letters


def plain_leaks(test: Sequence[str], training: Sequence[str]) -> list[tuple[str, int, How, float]]:
    """Compare each sentence with each: the same findings, found the slow way."""
    findings = []
    taught = [
        (line, fold(sentence))
        for line, text in enumerate(training, 1)
        for sentence in split_sentences(text)
        if len(fold(sentence)) >= 3
    ]
    tested = [
        (sentence, words)
        for text in test
        for sentence in split_sentences(text)
        if is_long(words := fold(sentence), 3, 6)
    ]
    for sentence, words in tested:
        inner = is_long(words, 4, 12)
        same = [
            line
            for line, other in taught
            if words == other or (inner and is_long(other, 4, 12) and contains(other, words))
        ]
        near = [(Levenshtein.normalized_similarity(words, other), -line) for line, other in taught]
        nearest, line = max(near, default=(0.0, 0))
        if same:
            findings.append((sentence, same[0], How.SAME_TEXT, 1.0))
        elif nearest >= SIMILARITY:
            findings.append((sentence, -line, How.NEAR_DUPLICATE, round(nearest, 3)))
    for sentence, words in tested:
        phrases: dict[tuple[str, ...], int] = {}
        for line, other in taught:
            if is_long(other, 4, 12) and other != words and contains(words, other):
                phrases.setdefault(tuple(other), line)
        for phrase, line in phrases.items():
            findings.append((sentence, line, How.PHRASE, round(len(phrase) / len(words), 3)))
    return findings


FEW_WORDS = st.sampled_from(["yes", "no", "please", "open", "window", "door", "light", "seven", "now"])
PARAGRAPHS = st.lists(
    st.lists(FEW_WORDS, min_size=1, max_size=28).flatmap(
        lambda words: st.sampled_from(
            [" ".join(words), " ".join(words) + ".", ", ".join(words).upper() + "!"]
        )
    ),
    min_size=1,
    max_size=3,
).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(
    test=st.lists(PARAGRAPHS, min_size=1, max_size=5),
    fresh=st.lists(PARAGRAPHS, max_size=4),
    changed=st.lists(st.tuples(st.integers(0, 9), EDITS), max_size=4),
    cuts=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 30)), max_size=4),
    most_shared=st.sampled_from([0, leakage.MOST_SHARED]),
)
def test_search__finds_what_comparing_each_with_each_finds(
    test: list[str],
    fresh: list[str],
    changed: list[tuple[int, list[tuple[str, int, str]]]],
    cuts: list[tuple[int, int, int]],
    most_shared: int,
) -> None:
    sentences = [sentence for text in test for sentence in split_sentences(text)]
    near = [edited(sentences[at % len(sentences)], edits) for at, edits in changed]
    parts = [" ".join(test[at % len(test)].split()[start : start + 3 + size]) for at, start, size in cuts]
    training = [*fresh, *near, *filter(None, parts), "nothing of this"]
    with patch.object(leakage, "MOST_SHARED", most_shared):
        leaks = corpus.leaks(known(test, Purpose.TEST), [known(training, Purpose.TRAINING)])
    found = [(leak.sentence, leak.line, leak.how, round(leak.similarity, 3)) for leak in leaks]
    assert sorted(found) == sorted(plain_leaks(test, training))


def test_search__measures_few_of_sentences_of_one_mould(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mould = "i would like to send the {} to the {} in the evening please"
    test = spoken(tmp_path, [mould.format(f"a{at}", f"b{at}") for at in range(500)])
    training = plain(tmp_path, [mould.format(f"c{at}", f"b{at}") for at in range(5_000)])
    measured = []
    measure = Levenshtein.normalized_similarity

    def counted(*args: str, score_cutoff: float) -> float:
        measured.append(args)
        return measure(*args, score_cutoff=score_cutoff)

    monkeypatch.setattr(Levenshtein, "normalized_similarity", counted)
    assert sum(leak.how is How.NEAR_DUPLICATE for leak in corpus.leaks(test, [training])) == 500
    assert len(measured) <= 2 * 500


def test_fold__leaves_nothing_but_words() -> None:
    assert fold("It's \u201c3.14\u201d, co-op\u2014OK?") == ["its", "3", "14", "co", "op", "ok"]
    assert fold("\u0e44\u0e17\u0e22 abc") == ["\u0e44", "\u0e17", "\u0e22", "abc"]
    assert fold("\u0915\u093f\u0924\u093e\u092c") == ["\u0915\u093f\u0924\u093e\u092c"]


def test_split_sentences__at_signs_that_end_a_word() -> None:
    assert split_sentences('It is 3.14. "So?" Yes\u2026 no') == ["It is 3.14.", '"So?"', "Yes\u2026", "no"]
    assert split_sentences("\u597d\u3002\u662f\uff01") == ["\u597d\u3002", "\u662f\uff01"]
