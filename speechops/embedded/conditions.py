"""The conditions under which the service works: how soon a result appears, and what fails.

The service itself shows a result as soon as it is there and lets nothing fail on purpose. The test kit
(``tests/kit``, not part of the package) gives it other conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from speechops.embedded.entities import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Request, Response


class Activity(StrEnum):
    """What the service works on."""

    IMPORT = "import"
    TRAINING = "training"
    EVALUATION = "evaluation"
    DEPLOYMENT = "deployment"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class PlannedFailure:
    """A failure of work: its error, and the line that the report of an import names."""

    code: str
    message: str
    line: str = ""


class Conditions:
    """The ordinary conditions.

    An answer is held back for work that may end but has not, ``patience`` seconds at most: clients then see
    the result a moment after it is available, and a test with an instant engine sees the same states in each
    run. ``retry_after`` is the minimum wait in seconds that answers name.
    """

    retry_after: int = 1
    patience: float = 1.0

    def stage(self, activity: Activity, entity_id: str, age: float) -> Status:  # noqa: ARG002
        """Return the apparent progress of work; ``SUCCEEDED`` shows the real outcome.

        ``age`` is in seconds of the service's clock since the work was requested.
        """
        return Status.SUCCEEDED

    def failure(self, activity: Activity, name: str) -> PlannedFailure | None:  # noqa: ARG002
        """Return the failure of the work on the entity ``name``, None if it is to be done."""
        return None

    def answer(self, request: Request, respond: Callable[[], Response]) -> Response:  # noqa: ARG002
        """Answer a request to the API; ``respond`` gives the right answer and has its effect."""
        return respond()

    def requested(self, entity_id: str) -> None:
        """Note that work on an entity was requested."""

    def read(self, entity_id: str) -> None:
        """Note that a client reads an entity."""

    def answered(self, request: Request, status: int) -> None:
        """Note the status of an answer to any request, 0 if the connection was closed."""
