"""The rules that a model is judged by, as its settings and their files have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import scoring
from speechops.corpus import Kind
from speechops.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from speechops.scoring import Normaliser
    from speechops.settings import Grouping, ModelSettings


def normaliser(model: ModelSettings) -> Normaliser:
    """Return the rules of the model's locale with its own replacements. Raises :class:`UsageError`."""
    text = _text("replacements", model.replacements) if model.replacements else ""
    return scoring.normaliser(model.locale, text)


def group_of(model: ModelSettings) -> Callable[[str], str]:
    """Return the function from an audio file's name to its group. Raises :class:`UsageError`."""
    return _grouping("groups", model.groups)


def block_of(model: ModelSettings) -> Callable[[str], str]:
    """Return the function from an audio file's name to what it hangs together with: a speaker, a recording.

    Raises :class:`UsageError`.
    """
    return _grouping("blocks", model.blocks)


def key_terms(model: ModelSettings) -> tuple[str, ...]:
    """Return the terms to report on: those of the model's file, else those with a pronunciation.

    Raises :class:`UsageError` where the model's own file cannot be read.
    """
    if model.key_terms is not None:
        return scoring.read_terms(_text("key-terms", model.key_terms))
    try:
        texts = [
            file.path.read_text(encoding="utf-8-sig")
            for file in model.training
            if file.kind is Kind.PRONUNCIATION
        ]
    except (OSError, UnicodeDecodeError):
        return ()  # validate says what is wrong with training data
    return tuple(dict.fromkeys(term for text in texts for term in scoring.read_terms(text)))


def check(model: ModelSettings, audio: Iterable[str]) -> None:
    """Read all there is: once training is paid for, it is too late to find a file missing.

    ``audio`` are the names of the test set. Raises :class:`UsageError`.
    """
    if model.replacements is not None:
        normaliser(model)
    if model.key_terms is not None:
        key_terms(model)
    names = tuple(audio)
    for name, rule in (("groups", model.groups), ("blocks", model.blocks)):
        group = _grouping(name, rule)
        if str(rule) and names and not any(map(group, names)):
            raise UsageError(
                f"{name}: {rule} finds no group for any audio file of the test data.",
                hint=f"They are named like {names[0]}.",
                place=Place(input=name),
            )


def _grouping(name: str, rule: Grouping) -> Callable[[str], str]:
    if rule.table is None:
        return scoring.grouping(rule.rule, name=name)
    delimiter = "," if rule.table.suffix == ".csv" else "\t"
    try:
        groups = scoring.read_groups(_text(name, rule.table).splitlines(), rule.column, delimiter=delimiter)
    except ValueError as error:
        raise UsageError(f"{name}: {rule.table} is of no use: {error}.", place=Place(input=name)) from None
    return lambda audio: groups.get(audio, "")


def _text(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name}: {path} cannot be read: {error}.", place=Place(input=name)) from error
