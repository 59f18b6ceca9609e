"""References and recognized text in the formats of other tools."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.corpus import transcripts
from speechops.errors import DataError, SpeechOpsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
TEXTS = st.lists(NAMES, max_size=5).map(" ".join)
UTTERANCES = st.dictionaries(NAMES, st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts")


def write(folder: Path, name: str, *lines: object) -> Path:
    path = folder / name
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return path


def pairs(reference: Path, hypotheses: Path) -> dict[str, tuple[str, str]]:
    references = transcripts.read_references(reference)
    heard = transcripts.read_hypotheses(hypotheses, references)
    return {item.name: (item.text, heard[item.name]) for item in references.transcripts}


def as_tsv(name: str, text: str) -> str:
    return f"{name}\t{text}"


def as_trn(name: str, text: str) -> str:
    return f"{text} ({name})"


def as_nemo(name: str, text: str) -> dict[str, object]:
    return {"audio_filepath": name, "duration": 1.5, "text": "said", "pred_text": text}


def as_hugging_face(name: str, text: str) -> dict[str, object]:
    return {"audio": {"path": name}, "sentence": text}


@pytest.mark.parametrize(
    ("ending", "row"), [("tsv", as_tsv), ("trn", as_trn), ("jsonl", as_nemo)], ids=["tsv", "trn", "nemo"]
)
@given(utterances=UTTERANCES)
def test_read__gives_back_what_was_written(
    folder: Path, ending: str, row: Callable[[str, str], object], utterances: dict[str, tuple[str, str]]
) -> None:
    reference = write(folder, "said.tsv", *(as_tsv(name, said) for name, (said, _) in utterances.items()))
    backwards = reversed(utterances.items())
    heard = write(folder, f"heard.{ending}", *(row(name, text) for name, (_, text) in backwards))
    assert pairs(reference, heard) == utterances


@given(utterances=UTTERANCES)
def test_read__stm_and_ctm_by_the_middle_of_each_word(
    folder: Path, utterances: dict[str, tuple[str, str]]
) -> None:
    stm, ctm, expected = [";; a comment"], [], {}
    for index, (said, heard) in enumerate(utterances.values()):
        start = 10.0 * index
        stm.append(f"call 1 ann {start} {start + 8} <o,f0,female> {said}")
        words = heard.split()
        ctm += [
            f"call 1 {start + 8 * at / len(words)} {7 / len(words)} {word}" for at, word in enumerate(words)
        ]
        expected[f"call-1-ann-{start:09.3f}"] = (said, heard)
    found = pairs(write(folder, "said.stm", *stm), write(folder, "heard.ctm", *reversed(ctm)))
    assert found == expected


def test_read__what_is_to_be_ignored_is_in_neither_text(folder: Path) -> None:
    stm = write(
        folder, "i.stm", "c 1 a 0 1 hello", "c 1 a 1 2 ignore_time_segment_in_scoring", "c 1 a 2 3 you"
    )
    ctm = write(folder, "i.ctm", "c 1 0.2 0.2 hello", "c 1 1.4 0.2 cough", "c 1 3.5 0.1 you")
    assert list(pairs(stm, ctm).values()) == [("hello", "hello"), ("you", "you")]


def test_read__one_manifest_has_both_texts(folder: Path) -> None:
    path = write(folder, "m.json", {"audio_filepath": "a.wav", "text": "One.", "pred_text": "won"})
    assert pairs(path, path) == {"a.wav": ("One.", "won")}


def test_read__without_names_the_order_counts(folder: Path) -> None:
    reference = write(folder, "o.jsonl", as_hugging_face("a", "one"), as_hugging_face("b", "two"))
    heard = write(folder, "p.jsonl", {"text": "won"}, {"text": "too"})
    assert pairs(reference, heard) == {"a": ("one", "won"), "b": ("two", "too")}
    with pytest.raises(DataError, match="has 1 utterances"):
        pairs(reference, write(folder, "q.jsonl", {"text": "won"}))


def test_read__brackets_in_a_trn_belong_to_the_text(folder: Path) -> None:
    path = write(folder, "b.trn", "(uh) hello (laughs) (s-1)")
    assert pairs(path, path) == {"s-1": ("(uh) hello (laughs)", "(uh) hello (laughs)")}


@pytest.mark.parametrize(
    ("name", "lines", "line"),
    [
        ("x.tsv", ["a\tone", "two"], 2),
        ("x.tsv", ["a\tone", "a\ttwo"], 2),
        ("x.trn", ["one"], 1),
        ("x.stm", ["c 1 a 0"], 1),
        ("x.stm", ["c 1 a 0 late one"], 1),
        ("x.jsonl", ["[]"], 1),
        ("x.jsonl", [{"audio_filepath": "a", "text": 3}], 1),
        ("x.jsonl", [{"audio_filepath": "", "text": "a"}], 1),
        ("x.jsonl", [{"audio_filepath": "a", "words": "a"}], 1),
    ],
)
def test_read__a_damaged_file_is_refused_at_its_line(
    folder: Path, name: str, lines: list[object], line: int
) -> None:
    with pytest.raises(DataError) as refused:
        transcripts.read_references(write(folder, name, *lines))
    assert refused.value.place is not None
    assert refused.value.place.line == line


def test_read__utterances_that_only_one_file_has_are_refused(folder: Path) -> None:
    reference = write(folder, "r.tsv", "a\tone", "b\ttwo")
    with pytest.raises(DataError, match="has no text for b"):
        pairs(reference, write(folder, "h.tsv", "a\tone"))
    with pytest.raises(DataError, match="has text for c"):
        pairs(reference, write(folder, "h.tsv", "a\tone", "b\ttwo", "c\tthree"))


@pytest.mark.parametrize(("said", "heard"), [("r.stm", "h.tsv"), ("r.tsv", "h.ctm"), ("r.docx", "h.tsv")])
def test_read__formats_that_do_not_go_together_are_refused(folder: Path, said: str, heard: str) -> None:
    write(folder, said, "c 1 a 0 1 one" if said.endswith("stm") else "c\tone")
    with pytest.raises(UsageError):
        pairs(folder / said, write(folder, heard, "c 1 0 1 one" if heard.endswith("ctm") else "c\tone"))


@pytest.mark.parametrize("ending", ["tsv", "trn", "stm", "jsonl"])
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_read__any_bytes_are_read_or_refused(folder: Path, ending: str, content: bytes) -> None:
    path = folder / f"any.{ending}"
    path.write_bytes(content)
    with contextlib.suppress(SpeechOpsError):
        references = transcripts.read_references(path)
        transcripts.read_hypotheses(path.with_suffix(".ctm") if ending == "stm" else path, references)
