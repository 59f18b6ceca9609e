"""What runs need to know of every document of a model, gathered in one, so that none reads each of them.

The summaries are a cache: the list of a container tells which of its documents have changed since, and those
alone are read. A cache that is lost or damaged is made again, at the price of these reads. It lies in the
container of its documents, so that only those who may write these can change what is believed of them.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec

from speechops.errors import StoreError
from speechops.registry.documents import SCHEMA, Cause, Form, ModelReference, Release
from speechops.scoring import Action, Counts, Interval, Outcome  # noqa: TC001 - types of fields to decode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speechops.registry.documents import TestResult
    from speechops.registry.store import Store

_FEW = 12
"""Documents that a run reads rather than writes the summaries again."""


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """What there is to know of a stored test without its texts: for histories, and to choose a candidate.

    ``name`` is the document of the whole result; ``utterances`` counts those that both models recognized.
    """

    name: str
    cause: Cause
    commit: str
    run: str
    created: str
    branch: str
    test: str
    form: Form
    normalization: str
    benchmark: ModelReference
    candidate: ModelReference | None
    utterances: int
    benchmark_counts: Counts
    candidate_counts: Counts | None
    outcome: Outcome | None
    action: Action | None
    interval: Interval | None

    @classmethod
    def of(cls, result: TestResult) -> ResultSummary:
        """Return the summary of a result."""
        verdict = result.verdict
        return cls(
            name=result.name,
            cause=result.cause,
            commit=result.commit,
            run=result.run,
            created=result.created,
            branch=result.branch,
            test=result.test,
            form=result.form,
            normalization=result.normalization,
            benchmark=result.benchmark,
            candidate=result.candidate,
            utterances=len(result.utterances),
            benchmark_counts=result.benchmark_counts,
            candidate_counts=result.candidate_counts,
            outcome=verdict.outcome if verdict else None,
            action=verdict.action if verdict else None,
            interval=verdict.comparison.interval if verdict else None,
        )


Summary = TypeVar("Summary", ResultSummary, Release)

_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(dict[str, tuple[str, kind]])  # type: ignore[valid-type]
    for kind in (ResultSummary, Release)
}


@dataclass(slots=True)
class Summaries(Generic[Summary]):
    """The summaries of the documents of one model in one container.

    ``read`` reads documents by their names and returns their summaries, but for those that are not ours.
    """

    store: Store
    container: str
    model: str
    kind: type[Summary]
    read: Callable[[Sequence[str]], list[Summary]]
    _known: dict[str, tuple[str, Summary]] | None = field(default=None, init=False)

    def current(self) -> list[Summary]:
        """Return the summaries of all documents as they are now, in the order of their names."""
        states = self.store.states(self.container, f"{self.model}/")
        known = self._load() if self._known is None and states else self._known or {}
        same = {name: entry for name, entry in known.items() if states.get(name) == entry[0]}
        read = self.read([name for name in states if name not in same])
        same |= {summary.name: (states[summary.name], summary) for summary in read}
        self._known = {name: same[name] for name in states if name in same}
        if len(read) > _FEW:
            self._save()
        return [summary for _, summary in self._known.values()]

    @property
    def _name(self) -> str:
        return f"{self.model}.summaries-{SCHEMA}.json"  # not below MODEL/, where its documents are

    def _load(self) -> dict[str, tuple[str, Summary]]:
        with contextlib.suppress(StoreError, msgspec.MsgspecError, ValueError):
            blob = self.store.read(self.container, self._name)
            if blob is not None:
                return cast("dict[str, tuple[str, Summary]]", _DECODERS[self.kind].decode(blob.data))
        return {}

    def _save(self) -> None:
        with contextlib.suppress(StoreError):  # costs reads alone, such as where the store is read-only
            self.store.write(self.container, self._name, msgspec.json.encode(self._known))
