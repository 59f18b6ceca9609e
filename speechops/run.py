"""One run: what every operation receives, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from speechops.inputs import ALLOW_DIRTY
from speechops.operations.table import Need
from speechops.registry.documents import DIRTY, Ending, short
from speechops.speech.entities import LOOP, STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from speechops.clock import Clock
    from speechops.connections import Connections
    from speechops.console import Console
    from speechops.errors import SpeechOpsError
    from speechops.github.event import Event
    from speechops.github.platform import Platform
    from speechops.output import Output
    from speechops.registry.documents import Cause, Deletion, State, TestResult
    from speechops.registry.registry import Registry
    from speechops.report import Report
    from speechops.scoring import Scores
    from speechops.settings import ModelSettings, Settings
    from speechops.speech import SpeechClient
    from speechops.speech.entities import Entity

_MARKS = ("speechops-model", "speechops-fingerprint", "speechops-run")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an operation: its settings and connections.

    ``id`` names the run. While an operation works on one model, ``for_model`` names it. ``connections`` opens
    a connection when it is first used. ``state`` is what determines the results in the commit that is
    checked out, and ``uncommitted`` names the files of the model that are not as in that commit. ``note``
    writes to the run's record what is about to be deleted, ``perform`` performs another command line and
    returns its exit code. ``console`` shows its progress.
    """

    settings: Settings
    connections: Connections
    console: Console
    id: str
    perform: Callable[[Sequence[str]], int]
    for_model: ModelSettings | None = None
    state: State | None = None
    uncommitted: tuple[str, ...] = ()
    note: Callable[[tuple[Deletion, ...]], None] = lambda _deletions: None

    def of(self, model: ModelSettings) -> Run:
        """Return the same run for one of its models."""
        return replace(self, for_model=model)

    @property
    def model(self) -> ModelSettings:
        """The current model."""
        if self.for_model is None:
            raise AssertionError(f"{self.settings.operation} is performed once for all models")
        return self.for_model

    @property
    def output(self) -> Output:
        """Where the run shows findings and warnings; removes secrets."""
        return self.connections.output

    @property
    def clock(self) -> Clock:
        """The clock."""
        return self.connections.clock

    @property
    def speech(self) -> SpeechClient:
        """The speech service."""
        return self.connections.speech

    @property
    def registry(self) -> Registry:
        """The registry: benchmark, results, records and releases."""
        return self.connections.registry

    @property
    def platform(self) -> Platform | None:
        """GitHub; None if the run has no token or no repository there."""
        return self.connections.platform

    @property
    def event(self) -> Event:
        """What started the run; without a name outside of GitHub."""
        return self.connections.event

    @property
    def branch(self) -> str:
        """The branch that the run is for: for a tag the default branch, for a pull request its reference.

        Empty outside of GitHub.
        """
        if self.event.ref.startswith("refs/pull/"):
            return self.event.ref
        return self.event.branch or self.event.default_branch

    @property
    def commit(self) -> str:
        """The commit that caused the run, marked if its data is not that of the commit; empty outside git."""
        commit = self.connections.commit
        return commit + DIRTY if commit and self.uncommitted else commit

    @property
    def withheld(self) -> str:
        """Why nothing may be promoted into a shared store; empty if it may."""
        settings = self.settings
        if not self.uncommitted or settings[ALLOW_DIRTY] or not settings.storage.is_account:
            return ""
        more = f" and {len(self.uncommitted) - 1} more" if len(self.uncommitted) > 1 else ""
        return (
            f"Nothing is promoted: {self.uncommitted[0]}{more} is not committed. "
            "Commit the data, or set allow-dirty: true."
        )

    def now(self) -> str:
        """Return the current time as documents store it."""
        serviced = Need.SERVICE in self.settings.operation.needs
        return timestamp(self.speech.now() if serviced else self.clock.now())

    def name(self, cause: Cause, fingerprint: str, *, commit: str | None = None) -> str:
        """Return the name of an entity: model, cause, commit (the run's) and fingerprint, both short."""
        temporary = "temporary-" if self.connections.loop else ""
        of = short(self.commit if commit is None else commit) or "local"
        return f"{temporary}{self.model.name}-{cause}-{of}-{fingerprint[:8]}"

    def properties(self, cause: Cause, fingerprint: str) -> dict[str, str]:
        """Return the custom properties of an entity: its owner, and why it was created."""
        return {**self.marks(fingerprint), "speechops-cause": cause}

    def marks(self, fingerprint: str) -> dict[str, str]:
        """Return the custom properties by which an entity is recognized as ours and traced to its commit."""
        return {
            "speechops-model": self.model.name,
            "speechops-fingerprint": fingerprint,
            "speechops-commit": self.commit or "local",
            "speechops-run": self.id,
            STORE: self.registry.identity(),
            **({LOOP: self.connections.loop} if self.connections.loop else {}),
        }

    def owns(self, entity: Entity) -> bool:
        """Whether SpeechOps created the entity for this model of this store, by its custom properties."""
        properties = entity.custom_properties
        return (
            all(properties.get(mark) for mark in _MARKS)
            and properties["speechops-model"] == self.model.name
            and entity.store == self.registry.identity()
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ended.

    ``message`` is the sentence for people, ``outputs`` what the next step of a workflow reads. An ending of
    ``NOT_PROMOTED`` becomes exit code 3; ``error`` is raised once all outputs are written. ``scores`` are
    those of ``result``, if this run has scored it: the report then scores nothing again. ``used`` is a
    sentence on what it consumed of the Speech resource. ``trouble`` is why its record or its report is not
    complete: it ends the run once all else is handed over, and is a warning beside another error.
    """

    message: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = Ending.DONE
    result: TestResult | None = None
    trained: bool = False
    reused: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    scores: tuple[Scores, Scores | None] | None = None
    report: Report | None = None
    used: str = ""
    error: SpeechOpsError | None = None
    trouble: SpeechOpsError | None = None


def timestamp(moment: datetime) -> str:
    """Return ISO 8601 in UTC with microseconds, which sorts as text."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def percent(rate: float | None) -> str:
    """Return a rate for display; an undefined one as a dash."""
    return "-" if rate is None else f"{rate * 100:.1f} %"
