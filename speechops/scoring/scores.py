"""The score of one model on a test set: an alignment for each utterance, and their sums."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from .counts import HIT, Counts
from .normalise import Normaliser, count_numerals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_BATCH = 256
"""Utterances whose texts are processed together: too few to trigger the garbage collector."""


class Utterance(NamedTuple):
    """What was said and what one model recognized.

    ``group`` is what rates are reported by: a device, a folder. ``cluster`` marks dependent utterances:
    a speaker, a recording. If it is given, two models are compared by drawing whole clusters.
    """

    id: str
    reference: str
    hypothesis: str
    group: str = ""
    cluster: str = ""


class UtteranceScore(NamedTuple):
    """How one utterance was recognized: the path of its alignment (see :mod:`.counts`)."""

    id: str
    path: str
    group: str = ""
    cluster: str = ""

    @property
    def counts(self) -> Counts:
        """Hits and errors of this utterance."""
        return Counts.of(self.path)


class Scores(NamedTuple):
    """The scores of one model, kept as columns: entry i of each tuple belongs to utterance i.

    ``rules`` are those of the normalization; ``numerals`` counts the utterances whose reference was written
    with digits, which can be spoken in more ways than one.
    """

    rules: Normaliser
    ids: tuple[str, ...]
    paths: tuple[str, ...]
    groups: tuple[str, ...]
    clusters: tuple[str, ...]
    numerals: int = 0

    @property
    def total(self) -> Counts:
        """The counts of all utterances together."""
        return Counts.of("".join(self.paths))

    @property
    def utterances(self) -> tuple[UtteranceScore, ...]:
        """The same, utterance by utterance."""
        return tuple(map(UtteranceScore, self.ids, self.paths, self.groups, self.clusters))

    @property
    def sentence_error_rate(self) -> float | None:
        """The share of utterances with at least one error; None without utterances."""
        if not self.paths:
            return None
        return sum(path.count(HIT) < len(path) for path in self.paths) / len(self.paths)


class UtterancePair(NamedTuple):
    """What was said and what two models recognized."""

    id: str
    reference: str
    benchmark: str
    candidate: str
    group: str = ""
    cluster: str = ""


def score(
    utterances: Iterable[Utterance | tuple[str, str, str]],
    normaliser: Normaliser,
) -> Scores:
    """Align each utterance under ``normaliser``; a comparison needs both models scored alike.

    ``utterances`` may be triples (id, reference, hypothesis) without groups and clusters. It is
    read once, a batch at a time. A single utterance takes time with the square of its length, though 20,000
    words are done in a tenth of a second.
    """
    (scores,) = _score(utterances, normaliser, models=1)
    return scores


def score_pair(
    utterances: Iterable[UtterancePair | tuple[str, str, str, str]],
    normaliser: Normaliser,
) -> tuple[Scores, Scores]:
    """Score two models at once: as :func:`score` of each, but every reference is normalized once."""
    benchmark, candidate = _score(utterances, normaliser, models=2)
    return benchmark, candidate


def _score(
    utterances: Iterable[tuple[str, ...]], normaliser: Normaliser, *, models: int
) -> tuple[Scores, ...]:
    from . import alignment  # noqa: PLC0415 - rapidfuzz is for those who score

    ids: list[str] = []
    paths: tuple[list[str], ...] = tuple([] for _ in range(models))
    groups: list[str] = []
    clusters: list[str] = []
    numerals = 0
    for keys, references, *columns in _batches(utterances):
        said = normaliser.batch(references)
        if said != list(references):  # plain text has no digits
            numerals += count_numerals(references)
        ids += keys
        for found, hypotheses in zip(paths, columns[:models], strict=True):
            batch = alignment.paths(said, normaliser.batch(hypotheses), normaliser.cut)
            if normaliser.alternatives:
                _align_alternatives(batch, references, hypotheses, normaliser)
            found.extend(batch)
        labels = columns[models:]
        groups += labels[0] if labels else [""] * len(keys)
        clusters += labels[1] if labels else [""] * len(keys)
    return tuple(
        Scores(normaliser, tuple(ids), tuple(found), tuple(groups), tuple(clusters), numerals)
        for found in paths
    )


def _align_alternatives(
    paths: list[str],
    references: Sequence[str],
    hypotheses: Sequence[str],
    normaliser: Normaliser,
) -> None:
    """Insert the paths of references that have alternatives."""
    from . import alternatives  # noqa: PLC0415 - on request only

    for index, reference in enumerate(references):
        if alternatives.has_any(reference):
            paths[index] = alternatives.fit(reference, hypotheses[index], normaliser.words).path


def _batches(utterances: Iterable[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Yield the columns of some rows at a time."""
    source = iter(utterances)
    while columns := tuple(zip(*islice(source, _BATCH), strict=True)):
        yield columns
