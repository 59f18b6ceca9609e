"""The evidence: every error region of both models, collected in one pass over the utterances."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from speechops.advice.regions import Kind, Region, regions
from speechops.scoring.counts import HIT

if TYPE_CHECKING:
    from collections.abc import Iterable


class Aligned(Protocol):
    """One utterance: normalized words joined by spaces, and the path of each model's alignment."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def group(self) -> str: ...  # noqa: D102
    @property
    def reference(self) -> str: ...  # noqa: D102
    @property
    def benchmark(self) -> str: ...  # noqa: D102
    @property
    def benchmark_path(self) -> str: ...  # noqa: D102
    @property
    def candidate(self) -> str | None: ...  # noqa: D102
    @property
    def candidate_path(self) -> str | None: ...  # noqa: D102


class Mistake(NamedTuple):
    """One region of one model. ``new`` tells that the benchmark recognized at least one of its words."""

    utterance: Aligned
    region: Region
    new: bool = False


@dataclass(slots=True)
class Side:
    """What one model got wrong: its regions in order, and how often each word was in one."""

    mistakes: list[Mistake] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)

    def words(self, kind: Kind) -> int:
        """Return the words in regions of one kind; of the recognized side for what is extra."""
        return sum(
            len(mistake.region.heard if kind is Kind.EXTRA else mistake.region.said)
            for mistake in self.mistakes
            if mistake.region.kind is kind
        )

    def count(self, kind: Kind) -> int:
        """Return the number of regions of one kind."""
        return sum(mistake.region.kind is kind for mistake in self.mistakes)


@dataclass(slots=True)
class Evidence:
    """All utterances of a test that count, and the errors of both models; ``said`` counts each word."""

    utterances: list[Aligned] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    words: int = 0
    benchmark: Side = field(default_factory=Side)
    candidate: Side | None = None

    @property
    def tested(self) -> Side:
        """The model that the test is about: the candidate, or the benchmark when it was tested alone."""
        return self.candidate or self.benchmark

    def right(self, word: str) -> int:
        """Return how often the tested model recognized a word."""
        return self.said[word] - self.tested.wrong[word]


def collect(utterances: Iterable[Aligned]) -> Evidence:
    """Collect the error regions of ``utterances``; those without an error cost next to nothing."""
    found = Evidence()
    for utterance in utterances:
        said = utterance.reference.split()
        found.utterances.append(utterance)
        found.said.update(said)
        found.words += len(said)
        before = _add(found.benchmark, utterance, said, utterance.benchmark, utterance.benchmark_path, None)
        if utterance.candidate_path is not None:
            found.candidate = found.candidate or Side()
            _add(
                found.candidate, utterance, said, utterance.candidate or "", utterance.candidate_path, before
            )
    return found


def _add(
    side: Side, utterance: Aligned, said: list[str], text: str, path: str, before: list[Region] | None
) -> list[Region]:
    if not path.strip(HIT):
        return []
    found = regions(path, said, text.split())
    known = {
        position
        for region in before or ()
        for position in range(region.start, region.start + len(region.said))
    }
    insertions = {region.start for region in before or () if not region.said}
    for region in found:
        side.wrong.update(region.said)
        positions = range(region.start, region.start + len(region.said))
        new = (
            not known.issuperset(positions)
            if region.said
            else region.start not in insertions and region.start not in known
        )
        side.mistakes.append(Mistake(utterance, region, new and before is not None))
    return found
