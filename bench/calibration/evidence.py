"""What the verdict rests on and no more, so that many thousand test sets are judged in minutes.

The gate solves for both ends of the interval and finds what else a report has. Here its tests judge one rate
each. That the gate finds the same is checked on the way (:func:`agrees`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from speechops import scoring
from speechops.scoring import bootstrap, hidden_loss, permutation
from speechops.scoring.comparison import least_changes
from speechops.scoring.counts import HIT, INSERTION
from speechops.scoring.units import Units

from .sources import scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.scoring import Gate

TAIL = 0.025


@dataclass(frozen=True)
class Evidence:
    """Two models on the same utterances, and the chance of an error on each side."""

    units: Units
    tail: float = TAIL

    @classmethod
    def of(
        cls, before: Sequence[str], after: Sequence[str], clusters: Sequence[str] = (), tail: float = TAIL
    ) -> Evidence:
        """Take the paths of both models; with ``clusters``, those are the units."""
        pairs = list(zip(before, after, strict=True))
        differences = [errors(other) - errors(one) for one, other in pairs]
        words = [len(path) - path.count(INSERTION) for path in before]
        if clusters:
            sums = {name: [0, 0] for name in clusters}
            for name, difference, length in zip(clusters, differences, words, strict=True):
                sums[name][0] += difference
                sums[name][1] += length
            differences, words = (list(column) for column in zip(*sums.values(), strict=True))
        return cls(Units.of(differences, words), tail)

    @cached_property
    def has_interval(self) -> bool:
        """Whether enough units changed for one."""
        changed = self.units.times[self.units.differences != 0].sum()
        return bool(changed >= least_changes(1 - 2 * self.tail))

    def beyond(self, rate: float) -> int:
        """Tell whether ``rate`` lies above (1), in (0) or below (-1) the interval of the verdict."""
        places = (
            (bootstrap.position(self.units, rate), bootstrap.reach(self.units, self.tail)),
            (permutation.position(self.units, rate), permutation.reach(self.tail)),
        )
        return all(place > reach for place, reach in places) - all(place < -reach for place, reach in places)

    @property
    def is_better(self) -> bool:
        """Whether the candidate is surely better."""
        return self.has_interval and self.beyond(0.0) > 0

    def excludes_loss(self, margin: float) -> bool:
        """Whether the candidate is surely not worse by more than ``margin``, lost utterances included."""
        if hidden_loss.position(self.units, margin) < permutation.reach(self.tail):
            return False
        return not self.has_interval or self.beyond(margin) > 0


def errors(path: str) -> int:
    """Count the errors of a path."""
    return len(path) - path.count(HIT)


def agrees(
    evidence: Evidence,
    paths: tuple[Sequence[str], Sequence[str]],
    gate: Gate,
    *,
    promotes: bool,
    truth: float = 0.0,
    clusters: Sequence[str] = (),
) -> None:
    """Have the gate itself judge the same two models: it must promote, and cover the truth, alike."""
    before, after = map(list, paths)
    verdict = scoring.judge(scores(before, clusters), scores(after), gate)
    interval = verdict.comparison.interval
    assert verdict.promotes == promotes
    assert (interval is not None) == evidence.has_interval
    assert interval is None or (interval.low <= truth <= interval.high) == (not evidence.beyond(truth))
