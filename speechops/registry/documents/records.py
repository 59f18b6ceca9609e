"""Run records: what each run did, from its start."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from speechops.registry.documents.schema import SCHEMA


class Ending(StrEnum):
    """How a run ended."""

    DONE = "done"
    REFUSED = "refused"
    STILL_RUNNING = "still-running"
    INTERRUPTED = "interrupted"
    NOT_PROMOTED = "not-promoted"


@dataclass(frozen=True, slots=True)
class Deletion:
    """An entity of the service that retention deletes, or would delete, and why.

    ``done`` says whether it is deleted; one that is only listed is deleted in a later run.
    """

    noun: str
    id: str
    name: str
    reason: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class DataObject:
    """A file or folder of a model's data in one commit.

    ``role`` is the input that names it, ``path`` is from the root of the repository, and ``id`` names its
    content: git's own object id, or a digest of several; empty if the commit has no such file.
    """

    role: str
    path: str
    id: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What determines one kind of work: data, and the values of settings by their names."""

    data: tuple[DataObject, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """What determines the results of a model in one commit: of a test, of a training, of its verdict."""

    test: Basis
    training: Basis
    judging: Basis


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of one operation on one model; written at its start, completed at its end.

    A record without an ``ending`` is of a run that is in progress or was killed. ``branch`` is the one that
    the run was for, empty outside of GitHub. ``state`` is what the run was made from, absent outside of git
    and for data that is not committed.
    """

    id: str
    operation: str
    model: str
    commit: str
    started: str
    ended: str = ""
    ending: Ending | None = None
    message: str = ""
    result: str = ""
    trained: bool = False
    reused: tuple[str, ...] = ()
    outputs: dict[str, str] = field(default_factory=dict)
    deletions: tuple[Deletion, ...] = ()
    branch: str = ""
    state: State | None = None
    schema: int = SCHEMA

    @property
    def name(self) -> str:
        """The document's name: model, then start, operation and run, so that names sort by time."""
        stamp = self.started.replace(":", "").replace("-", "")
        return f"{self.model}/{stamp}-{self.operation}-{self.id}.json"
