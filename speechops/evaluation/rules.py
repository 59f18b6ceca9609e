"""The rules that a model is judged by, as its settings and their files have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from speechops import corpus, scoring
from speechops.errors import DataError, Place, UsageError, reason
from speechops.evaluation import patterns
from speechops.inputs import (
    KEY_TERMS,
    LEAKS,
    METRIC,
    NUMBERS_WITH_AND,
    OPTIONAL_MARKS,
    REFERENCE_ALTERNATIVES,
    REPLACEMENTS,
    TRAINING_PRONUNCIATION,
    TRANSCRIBER_MARKS,
)
from speechops.scoring import Metric, OtherMetric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from speechops.registry.documents import TestResult
    from speechops.scoring import Normaliser, Unit
    from speechops.settings import ModelSettings
    from speechops.values import Grouping


def normaliser(model: ModelSettings, unit: Unit | None = None) -> Normaliser:
    """Return the rules of the model's locale with its own choices and replacements.

    ``unit`` is what is counted, if it is not that of the locale.
    Raises :class:`UsageError` if their file cannot be read, :class:`DataError` where it cannot be applied.
    """
    marks, says_and, path = model[OPTIONAL_MARKS], model[NUMBERS_WITH_AND], model[REPLACEMENTS]
    choices: dict[str, Any] = {
        "unit": unit,
        "optional_marks": "" if marks == "locale" else marks,
        "drop_transcriber_marks": model[TRANSCRIBER_MARKS] == "drop",
        "alternatives": model[REFERENCE_ALTERNATIVES],
        "says_and": None if says_and == "locale" else says_and == "true",
    }
    if path is None:
        return scoring.normaliser(model.locale, **choices)
    try:
        return scoring.normaliser(model.locale, _text(model, "replacements", path), **choices)
    except DataError as error:
        raise DataError(
            f"{path.name}: {error.message}",
            hint=error.hint,
            place=Place(file=str(path), line=error.place.line if error.place else None),
        ) from None


def measure(model: ModelSettings, metric: Metric | None = None) -> Normaliser:
    """Return the rules of a metric, that of the gate unless another is named: of words, or of tokens."""
    if (metric or model[METRIC]) is Metric.TOKENS:
        return scoring.display_tokens(model.locale)
    return normaliser(model)


def measure_of(model: ModelSettings, result: TestResult) -> Normaliser:
    """Return the rules of the metric that a stored result was judged by."""
    tokens = scoring.display_tokens(model.locale)
    return tokens if result.normalization == tokens.key else normaliser(model)


def fingerprint(model: ModelSettings) -> str:
    """Return the fingerprint of all that decides a verdict besides the data: gate, normalization, grouping.

    Key terms count only where the gate judges them.

    Raises :class:`UsageError` if one of their files cannot be read.
    """
    tables = (model.groups, model.clusters)
    files = [_text(model, "groups", grouping.table) for grouping in tables if grouping.table]
    settings = (repr(model.gate), model[LEAKS], *map(str, tables), normaliser(model).digest)
    terms = key_terms(model) if model.gate.key_terms_recall is not None else ()
    return corpus.fingerprint(("rules", *settings, *files, *terms))


def rate_label(model: ModelSettings) -> str:
    """Return what the error rate of the model's locale is called, as the verdict calls it: WER or another."""
    return measure(model).unit.rate


def group_of(model: ModelSettings) -> Callable[[str], str]:
    """Return the function from an audio file's name to its group. Raises :class:`UsageError`."""
    return _grouping(model, "groups", model.groups)


def cluster_of(model: ModelSettings) -> Callable[[str], str]:
    """Return the function from an audio file's name to its cluster: a speaker, a recording.

    Raises :class:`UsageError`.
    """
    return _grouping(model, "clusters", model.clusters)


def key_terms(model: ModelSettings) -> tuple[str, ...]:
    """Return the terms to report on: those of the model's file, else those with a pronunciation.

    Raises :class:`UsageError` if the model's own file cannot be read.
    """
    if (path := model[KEY_TERMS]) is not None:
        return scoring.read_terms(_text(model, "key-terms", path))
    if not model.reads(TRAINING_PRONUNCIATION):
        return ()
    try:
        texts = [path.read_text(encoding="utf-8-sig") for path in model[TRAINING_PRONUNCIATION]]
    except (OSError, UnicodeDecodeError):
        return ()  # validate says what is wrong with training data
    return tuple(dict.fromkeys(term for text in texts for term in scoring.read_terms(text)))


def check(model: ModelSettings, audio: Iterable[str], transcripts: Iterable[str] = ()) -> None:
    """Read everything: after paying for the training it is too late to find a file missing.

    ``audio`` are the names of the test set, ``transcripts`` their texts. Raises :class:`UsageError`.
    """
    if model[REPLACEMENTS] is not None:
        normaliser(model)
    if model[KEY_TERMS] is not None:
        key_terms(model)
    if model.gate.key_terms_recall is not None and not key_terms(model):
        raise UsageError(
            "key-terms-recall: the model has no key terms.",
            hint="Name a file of them as key-terms, or train with pronunciations.",
            place=_place(model, "key-terms-recall"),
        )
    names = tuple(audio)
    for name, rule in (("groups", model.groups), ("clusters", model.clusters)):
        if rule.is_pattern and patterns.is_slow(rule.rule, names):
            raise UsageError(
                f"{name}: the pattern {rule} takes more than {patterns.SECONDS:.0f} s for the names of the "
                "test data.",
                hint="Write it without a repetition in a repetition, or name a table, FILE.tsv:COLUMN.",
                place=_place(model, name),
            )
    grouping, clustering = group_of(model), cluster_of(model)
    if not names:
        return
    _check_metrics(model, transcripts)
    model.gate.refuse_strangers(names, _place(model, "must-pass"))
    if str(model.groups) and not any(map(grouping, names)):
        raise UsageError(
            f"groups: {model.groups} matches no group for any audio file of the test data.",
            hint=f"They are named like {names[0]}.",
            place=_place(model, "groups"),
        )
    alone = [name for name in names if not clustering(name)] if str(model.clusters) else []
    if alone:
        # Utterances without a cluster would count as independent: the verdict would be too confident.
        which = (
            "any audio file" if len(alone) == len(names) else f"{len(alone):,} of {len(names):,} audio files"
        )
        raise UsageError(
            f"clusters: {model.clusters} matches no cluster for {which} of the test data,"
            f" the first is {alone[0]}.",
            hint="Name the speaker or the recording of every audio file.",
            place=_place(model, "clusters"),
        )


def _check_metrics(model: ModelSettings, transcripts: Iterable[str]) -> None:
    for name, wanted in (
        ("metric", model.gate.metric is Metric.TOKENS),
        ("other-metric", model.gate.other_metric is OtherMetric.NOT_WORSE),
    ):
        if wanted and not scoring.are_display(transcripts):
            raise UsageError(
                f"{name}: the token error rate needs transcripts in display form, and these are not.",
                hint="Write them as readers expect them, with capitals and punctuation: "
                "at least half have to end as sentences do.",
                place=_place(model, name),
            )


def _grouping(model: ModelSettings, name: str, rule: Grouping) -> Callable[[str], str]:
    if rule.table is None:
        try:
            return scoring.grouping(rule.rule, name=name)
        except UsageError as error:
            raise UsageError(error.message, hint=error.hint, place=_place(model, name)) from None
    delimiter = "," if rule.table.suffix == ".csv" else "\t"
    lines = _text(model, name, rule.table).splitlines()
    try:
        groups = scoring.read_groups(lines, rule.column, delimiter=delimiter)
    except ValueError as error:
        raise UsageError(
            f"{name}: {rule.table} cannot be used: {error}.",
            hint="Its first column names the audio files; write FILE.tsv:COLUMN for another of its columns.",
            place=_place(model, name),
        ) from None
    return lambda audio: groups.get(audio, "")


def _text(model: ModelSettings, name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{name}: {path} cannot be read: {reason(error)}.",
            hint="Use a UTF-8 text file, with a path relative to speechops.yml.",
            place=_place(model, name),
        ) from error


def _place(model: ModelSettings, name: str) -> Place:
    return model.places.get(name, Place(input=name))
