"""Who put the model on an endpoint that it serves, and what it served before: written on the endpoint itself.

A swap and its note are one request, so a run that dies right after has said what it did: no document of ours
could be written in the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from speechops.speech import ModelReference

if TYPE_CHECKING:
    from speechops.speech import Endpoint

PROPERTY = "speechops-swap"

_MOST_PROPERTIES = 10  # that the service keeps of one entity


@dataclass(frozen=True, slots=True)
class Swap:
    """The operation and the run that put ``model`` (an id) on an endpoint.

    ``before`` is what the endpoint served before, None where the releases tell that.
    """

    operation: str
    run: str
    model: str
    before: ModelReference | None = None

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self | None:
        """Read the note of an endpoint; None where it has none, or serves another model by now."""
        match endpoint.custom_properties.get(PROPERTY, "").split():
            case [operation, run, model]:
                swap = cls(operation, run, model)
            case [operation, run, model, "base" | "custom" as sort, before]:
                swap = cls(operation, run, model, ModelReference(before, base=sort == "base"))
            case _:
                return None
        return swap if endpoint.model and endpoint.model.id == swap.model else None

    def noted(self, properties: dict[str, str]) -> dict[str, str]:
        """Return the custom properties with this note, or as they are where there is no room for it."""
        words = [self.operation, self.run, self.model]
        if self.before:
            words += ["base" if self.before.base else "custom", self.before.id]
        noted = {**properties, PROPERTY: " ".join(words)}
        return noted if len(noted) <= _MOST_PROPERTIES else properties
