from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechops.embedded.engine import Material
from speechops.embedded.recogniser import corpus
from speechops.embedded.recogniser.corpus import Form, TrainingCorpus
from tests.embedded.recogniser.test_datasets import fill

if TYPE_CHECKING:
    from pathlib import Path

STRUCTURED = """@ list pet =
- cat
- H2O
@ speech:phoneticlexicon
- H2O/EI CH T U O
- cat/qq
# Sentences
- my {@pet} sleeps
- no {@such} list
stray
"""


@pytest.fixture
def material(tmp_path: Path) -> Material:
    (tmp_path / "text.txt").write_text("Meet 3CPO!\n--\nMeet the API.\n", "utf-8-sig")
    (tmp_path / "structured.md").write_text(STRUCTURED, "utf-8-sig")
    (tmp_path / "forms.txt").write_text("3CPO\tthree c p o\nno tab\n(f)\tff\n\tno form\n", "utf-8-sig")
    fill(tmp_path / "audio")
    return Material(
        language=(tmp_path / "text.txt",),
        markdown=(tmp_path / "structured.md",),
        pronunciation=(tmp_path / "forms.txt",),
        acoustic=(tmp_path / "audio",),
    )


def test_forms__of_pronunciation_files_and_lexicons(material: Material) -> None:
    assert TrainingCorpus(material).forms == [
        Form("3CPO", spoken=("three", "c", "p", "o")),
        Form("(f)", spoken=("ff",)),
        Form("H2O", phones="EY CH T UW OW"),
    ]


def test_sentences__of_every_kind(material: Material) -> None:
    assert [" ".join(words) for words in TrainingCorpus(material).sentences()] == [
        "3cpo",
        "_f_",
        "h2o",
        "meet 3cpo",
        "meet the api",
        "my cat sleeps",
        "my h2o sleeps",
        "some words",
    ]


def test_sentences__no_more_words_than_the_limit(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "WORD_LIMIT", 5)
    read = TrainingCorpus(material)
    assert len(list(read.sentences())) == 4
