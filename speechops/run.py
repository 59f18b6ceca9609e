"""One run: what every operation is handed, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.github.event import Event
from speechops.registry.documents import Ending
from speechops.speech.entities import STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from speechops.clock import Clock
    from speechops.console import Console
    from speechops.github.api import GitHub
    from speechops.registry.documents import Cause, Deletion, State, TestResult
    from speechops.registry.registry import Registry
    from speechops.report import Report
    from speechops.settings import ModelSettings, Settings
    from speechops.speech import SpeechClient
    from speechops.speech.entities import Entity

OUTSIDE = Event("")
"""The event of a run that GitHub did not start."""

_MARKS = ("speechops-model", "speechops-fingerprint", "speechops-run")


@dataclass(frozen=True, slots=True)
class Platform:
    """GitHub, where a token lets us speak to it, and the event of the run."""

    github: GitHub
    event: Event


@dataclass(frozen=True, slots=True)
class Run:
    """One operation on one model: what was asked, and the means to do it.

    ``id`` names the run, ``commit`` the commit that caused it (empty outside git), ``event`` what started it
    (without a name outside of GitHub). ``platform`` is None if the run may not speak to GitHub. ``state`` is
    what determines the results in the commit that is checked out. ``note`` writes to the run's record what is
    about to be deleted.
    """

    settings: Settings
    model: ModelSettings
    speech: SpeechClient
    registry: Registry
    clock: Clock
    console: Console
    id: str
    commit: str
    platform: Platform | None = None
    state: State | None = None
    event: Event = OUTSIDE
    note: Callable[[tuple[Deletion, ...]], None] = lambda _deletions: None

    @property
    def branch(self) -> str:
        """The branch that the run is for; for a tag the default branch; empty outside of GitHub."""
        return self.event.branch or self.event.default_branch

    def now(self) -> str:
        """Return the time of day as the documents write it."""
        return timestamp(self.speech.now())

    def name(self, cause: Cause, fingerprint: str) -> str:
        """Return the name of an entity: model, cause, commit and fingerprint, both short."""
        return f"{self.model.name}-{cause}-{self.commit[:7] or 'local'}-{fingerprint[:8]}"

    def properties(self, cause: Cause, fingerprint: str) -> dict[str, str]:
        """Return the custom properties of an entity: its marks, and why it was made."""
        return {**self.marks(fingerprint), "speechops-cause": cause}

    def marks(self, fingerprint: str) -> dict[str, str]:
        """Return the custom properties by which an entity is known as ours and traced to its commit."""
        return {
            "speechops-model": self.model.name,
            "speechops-fingerprint": fingerprint,
            "speechops-commit": self.commit or "local",
            "speechops-run": self.id,
            STORE: self.registry.identity(),
        }

    def owns(self, entity: Entity) -> bool:
        """Whether SpeechOps made the entity for this model of this store: its custom properties say so."""
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
    ``NOT_PROMOTED`` becomes exit code 3.
    """

    message: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = Ending.DONE
    result: TestResult | None = None
    trained: bool = False
    reused: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    report: Report | None = None


def timestamp(moment: datetime) -> str:
    """Return ISO 8601 in UTC with microseconds, which sorts as text."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def percent(rate: float | None) -> str:
    """Return a rate for people; an undefined one as a dash."""
    return "-" if rate is None else f"{rate * 100:.1f} %"
