"""What a model is trained on, as later advice reads it: counts, examples, names of files."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from speechops import corpus
from speechops.corpus import Kind, Purpose
from speechops.evaluation import vocabulary
from speechops.registry.folder import FolderStore
from speechops.registry.registry import Registry
from tests.corpus.making import make_folder, two_clips

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.corpus import DataFile
    from speechops.registry.documents import Vocabulary
    from speechops.settings import ModelSettings


def language(folder: Path, *lines: str, name: str = "text.txt") -> DataFile:
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    return corpus.read(path, kind=Kind.LANGUAGE, purpose=Purpose.TRAINING, locale="en-US")


def pronunciation(folder: Path, content: bytes) -> DataFile:
    path = folder / "words.txt"
    path.write_bytes(content)
    return corpus.read(path, kind=Kind.PRONUNCIATION, purpose=Purpose.TRAINING, locale="en-US")


def trained(*files: DataFile) -> Vocabulary:
    return vocabulary.of_files("m", "en-US", "f" * 64, files)


def test_words__are_counted_under_the_rules_of_the_locale(tmp_path: Path) -> None:
    found = trained(language(tmp_path, "Metformin, please.", "METFORMIN 5"))
    assert found.words == {"metformin": 2, "please": 1, "five": 1}
    assert (found.model, found.training, found.whole) == ("m", "f" * 64, True)


def test_sentences__two_for_each_word_of_the_subject_and_none_of_everyday_words(tmp_path: Path) -> None:
    lines = [
        "take the metformin",
        "please come in",
        "no metformin today",
        "more metformin then",
        "metformin or warfarin",
        f"warfarin {'and ' * 100}so on",
    ]
    file = language(tmp_path, *lines)
    found = trained(file).sentences
    assert [(item.line, item.text) for item in found] == [(1, lines[0]), (3, lines[2]), (5, lines[4])]
    assert {item.file for item in found} == {file.path.as_posix()}
    assert found[0].words == ("take", "the", "metformin")


def test_files__are_named_by_their_kind(tmp_path: Path) -> None:
    audio = corpus.read(
        make_folder(tmp_path / "audio", two_clips()),
        kind=Kind.ACOUSTIC,
        purpose=Purpose.TRAINING,
        locale="en-US",
    )
    words = pronunciation(tmp_path, "\ufeffMetformin\tm e t\nWarfarin\tw a r\nmetformin\tm t\n".encode())
    first, second = language(tmp_path, "one"), language(tmp_path, "two", name="other.txt")
    found = trained(audio, words, first, second)
    assert found.text_file == first.path.as_posix()
    assert found.pronunciation_file == words.path.as_posix()
    assert found.pronunciations == ("metformin", "warfarin")
    alone = trained(audio)
    assert (alone.text_file, alone.pronunciation_file, alone.pronunciations) == ("", "", ())
    assert trained(pronunciation(tmp_path, "\ufeffa\tb\n".encode("utf-16"))).pronunciations == ()


@pytest.mark.parametrize(
    ("limit", "most", "whole", "words", "sentences"),
    [
        ("_MOST_WORDS", 3, True, 3, 2),
        ("_MOST_WORDS", 2, False, 2, 2),
        ("_MOST_LETTERS", 36, True, 3, 2),
        ("_MOST_LETTERS", 35, False, 1, 1),
        ("_MOST_SENTENCES", 1, True, 3, 1),
    ],
)
def test_text_beyond_a_limit__is_left_out_and_proves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: int,
    whole: bool,
    words: int,
    sentences: int,
) -> None:
    monkeypatch.setattr(vocabulary, limit, most)
    found = trained(language(tmp_path, "metformin metformin", "warfarin atenolol"))
    assert (found.whole, len(found.words), len(found.sentences)) == (whole, words, sentences)
    assert found.words["metformin"] == 2


def test_letters__are_limited_over_all_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "_MOST_LETTERS", 20)
    files = [language(tmp_path, "metformin atenolol", name=f"{number}.txt") for number in (1, 2)]
    assert trained(files[0]).whole
    found = trained(*files)
    assert (found.whole, found.words["metformin"]) == (False, 1)


def test_markdown__is_text_too(tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_text("@ list x =\n- metformin\n# intent\n- take {@x}\n", encoding="utf-8-sig")
    file = corpus.read(path, kind=Kind.LANGUAGE_MARKDOWN, purpose=Purpose.TRAINING, locale="en-US")
    assert trained(file).text_file == path.as_posix()


def test_vocabulary__is_stored_once_and_known_of_every_base_model(tmp_path: Path) -> None:
    registry = Registry(FolderStore(tmp_path / "store"))
    known = trained(language(tmp_path, "metformin"))
    registry.store_vocabulary(known)
    model = cast("ModelSettings", SimpleNamespace(name="m", locale="en-US"))
    vocabulary.remember(registry, model, known.training, [language(tmp_path, "warfarin")])
    assert vocabulary.of_model(registry, "m", known.training, base=False) == known
    assert vocabulary.of_model(registry, "m", "0" * 64, base=False) is None
    base = vocabulary.of_model(registry, "m", "", base=True)
    assert base
    assert base.words == {}
