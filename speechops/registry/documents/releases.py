"""Releases: what an endpoint served, in each target."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from speechops.registry.documents.benchmark import ModelReference  # noqa: TC001 - read by msgspec
from speechops.registry.documents.schema import SCHEMA


class ReleaseKind(StrEnum):
    """Whether a release deployed a new model or rolled back to an earlier one."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"


class Delivery(StrEnum):
    """What became of a release in one target."""

    SERVED = "served"
    FAILED = "failed"  # the target keeps what it served before


@dataclass(frozen=True, slots=True)
class TargetRelease:
    """What one target serves by a release: a model of its own resource, on an endpoint if it has one.

    If the delivery failed, ``model`` and ``endpoint`` are what the target keeps, empty if it had nothing, and
    ``message`` says why. ``expires`` is the day from which the model no longer transcribes there.
    """

    target: str
    model: str
    endpoint: str
    state: Delivery = Delivery.SERVED
    expires: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What an endpoint serves since ``created``: the model, the evidence for it, the run that deployed it.

    ``version`` is a semantic version without prefix. ``commit`` promoted the model and holds its data;
    ``reference`` names the commit that it was trained from. ``approver`` is the person who approved, empty if
    no approval was required or GitHub does not report who published a draft. A rollback has a version of its
    own and names in ``rolled_back_to`` the version whose model it restored.

    ``owed`` says why GitHub has no public release of this yet, empty if it has one or none is wanted; ``tag``
    is the tag of that release. ``targets`` has a row for each target of ``speechops.yml``; without targets it
    is empty, and ``endpoint`` serves ``reference`` itself. With them, ``endpoint`` is the first one's.
    """

    version: str
    model: str
    kind: ReleaseKind
    created: str
    run: str
    commit: str
    endpoint: str
    reference: ModelReference
    error_rate: float | None
    outcome: str
    result: str
    rolled_back_to: str = ""
    approver: str = ""
    tag: str = ""
    owed: str = ""
    targets: tuple[TargetRelease, ...] = ()
    schema: int = SCHEMA

    def at(self, target: str) -> TargetRelease | None:
        """Return what the release is in a target; the resource that trains, without targets, is ``""``."""
        return next((row for row in self.rows if row.target == target), None)

    @property
    def rows(self) -> tuple[TargetRelease, ...]:
        """What it is in each target; without targets that is the resource that trains."""
        return self.targets or (TargetRelease("", self.reference.id, self.endpoint),)

    @property
    def places(self) -> tuple[str, ...]:
        """Where it is served, a line for each target: its endpoint, the model alone, or not yet."""
        if not self.targets:
            return (self.endpoint,)
        return tuple(
            f"{row.target}: {(row.endpoint or 'model alone') if row.state is Delivery.SERVED else 'not yet'}"
            for row in self.targets
        )

    @property
    def unserved(self) -> tuple[str, ...]:
        """The targets in which the delivery failed: the release is partial if there are any."""
        return tuple(row.target for row in self.targets if row.state is Delivery.FAILED)

    @property
    def name(self) -> str:
        """The document's name; versions are padded so that names sort by version."""
        padded = ".".join(f"{int(part):05d}" for part in self.version.split("."))
        return f"{self.model}/{padded}.json"
