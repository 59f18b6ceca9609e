"""The score of a model on a test set: one alignment per utterance, and their sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from . import alignment
from .counts import Counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .normalise import Normaliser


class Utterance(NamedTuple):
    """What was said and what one model recognised.

    ``group`` is what rates are reported by (a device, a folder). ``block`` is what belongs together by
    chance (a speaker, a recording): blocks, where given, are drawn whole when two models are compared.
    """

    id: str
    reference: str
    hypothesis: str
    group: str = ""
    block: str = ""


class UtteranceScore(NamedTuple):
    """How one utterance was recognised: the path of its alignment (see :mod:`.alignment`)."""

    id: str
    path: str
    group: str = ""
    block: str = ""

    @property
    def counts(self) -> Counts:
        """The counts of this utterance."""
        return alignment.count(self.path)


@dataclass(frozen=True)
class Scores:
    """The scores of one model, under one normaliser (``normaliser`` is its :attr:`~.Normaliser.key`)."""

    normaliser: str
    utterances: tuple[UtteranceScore, ...]

    @property
    def total(self) -> Counts:
        """The counts of all utterances together."""
        return sum((utterance.counts for utterance in self.utterances), Counts())

    @property
    def sentence_error_rate(self) -> float | None:
        """The share of utterances with at least one error; None without utterances."""
        if not self.utterances:
            return None
        return sum(one.counts.errors > 0 for one in self.utterances) / len(self.utterances)

    def by_group(self) -> dict[str, Counts]:
        """Return the counts of each group, in the order of their names."""
        groups: dict[str, Counts] = {}
        for one in self.utterances:
            groups[one.group] = groups.get(one.group, Counts()) + one.counts
        return dict(sorted(groups.items()))

    def to_json(self) -> dict[str, Any]:
        """Return the scores for ``json.dumps``: the sums, and one path per utterance."""
        return {
            "normaliser": self.normaliser,
            "total": self.total.to_json(),
            "utterances": [one._asdict() for one in self.utterances],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Scores:
        """Read what :meth:`to_json` wrote."""
        return cls(value["normaliser"], tuple(UtteranceScore(**one) for one in value["utterances"]))


def score(utterances: Iterable[Utterance], normaliser: Normaliser) -> Scores:
    """Align each utterance under ``normaliser``; both models must be scored with the same one."""
    return Scores(
        normaliser.key,
        tuple(
            UtteranceScore(
                one.id,
                alignment.path(normaliser.words(one.reference), normaliser.words(one.hypothesis)),
                one.group,
                one.block,
            )
            for one in utterances
        ),
    )
