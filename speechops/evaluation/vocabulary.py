"""What a model is trained on, word by word, kept with its record, to explain later changes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from speechops import scoring
from speechops.advice import words as classes
from speechops.corpus import Kind
from speechops.registry.documents import Sentence, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from speechops.corpus import DataFile
    from speechops.registry.registry import Registry
    from speechops.scoring import Normaliser
    from speechops.settings import ModelSettings

_MOST_WORDS = 100_000
_MOST_SENTENCES = 4_000
_MOST_LETTERS = 20_000_000
"""Text beyond this is not counted: then absence proves nothing, and is not used as proof."""

_EXAMPLES = 2
_LINE = 400


def remember(registry: Registry, model: ModelSettings, training: str, files: Sequence[DataFile]) -> None:
    """Store what the model with the fingerprint ``training`` is trained on, unless it is stored already."""
    if registry.vocabulary(model.name, training) is None:
        registry.store_vocabulary(of_files(model.name, model.locale, training, files))


def of_files(model: str, locale: str, training: str, files: Sequence[DataFile]) -> Vocabulary:
    """Count the words of training data, under the rules of the locale alone."""
    rules = scoring.normaliser(locale)
    counts: Counter[str] = Counter()
    sentences: list[Sentence] = []
    shown: Counter[str] = Counter()
    letters = 0
    whole = True
    for file in files:
        name = file.path.as_posix()
        for line, text in file.sentences():
            letters += len(text)
            if letters > _MOST_LETTERS:
                whole = False
                break
            words = rules.words(text)
            counts.update(words)
            if len(sentences) < _MOST_SENTENCES and len(text) <= _LINE and _is_wanted(words, shown):
                sentences.append(Sentence(name, line, text, tuple(words)))
    if len(counts) > _MOST_WORDS:
        whole = False
    return Vocabulary(
        model,
        training,
        dict(counts.most_common(_MOST_WORDS)),
        tuple(sentences),
        tuple(_pronounced(files, rules)),
        _first(files, Kind.LANGUAGE, Kind.LANGUAGE_MARKDOWN),
        _first(files, Kind.PRONUNCIATION),
        whole,
    )


def _is_wanted(words: Iterable[str], shown: Counter[str]) -> bool:
    """Whether a sentence has a word of the subject that has too few examples yet; count it if so."""
    rare = [word for word in set(words) if not classes.is_everyday(word)]
    if all(shown[word] >= _EXAMPLES for word in rare):
        return False
    shown.update(rare)
    return True


def _pronounced(files: Iterable[DataFile], rules: Normaliser) -> list[str]:
    """Return the display forms of the pronunciation files, normalized."""
    terms: dict[str, None] = {}
    for file in files:
        if file.kind is Kind.PRONUNCIATION:
            terms.update((rules(term), None) for term in scoring.read_terms(_text(file)))
    return list(terms)


def _text(file: DataFile) -> str:
    try:
        with file.open() as stream:
            return stream.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""  # in another encoding that the service reads: the words count all the same


def _first(files: Iterable[DataFile], *kinds: Kind) -> str:
    return next((file.path.as_posix() for file in files if file.kind in kinds), "")


def of_model(registry: Registry, model: str, training: str, *, base: bool) -> Vocabulary | None:
    """Return what a model was trained on: nothing for a base model, None if that is not known."""
    return Vocabulary(model, "", {}) if base else registry.vocabulary(model, training)
