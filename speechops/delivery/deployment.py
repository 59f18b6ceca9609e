"""Which run put a model on an endpoint, and what the endpoint served before: written on the endpoint itself.

A change of the model and its note are one request, so a run that dies right after has said what it did: no
document of ours could be written in the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from speechops.speech import ModelReference

if TYPE_CHECKING:
    from speechops.speech import Endpoint

PROPERTY = "speechops-deployment"

MOST_PROPERTIES = 10  # that the service keeps of one entity


@dataclass(frozen=True, slots=True)
class Deployment:
    """The operation and the run that put ``model`` (an id) on an endpoint.

    ``before`` is what the endpoint served before, None if the releases say so.
    """

    operation: str
    run: str
    model: str
    before: ModelReference | None = None

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self | None:
        """Read the note of an endpoint; None if it has none, or serves another model by now."""
        match endpoint.custom_properties.get(PROPERTY, "").split():
            case [operation, run, model]:
                deployment = cls(operation, run, model)
            case [operation, run, model, "base" | "custom" as kind, before]:
                deployment = cls(operation, run, model, ModelReference(before, base=kind == "base"))
            case _:
                return None
        return deployment if endpoint.model and endpoint.model.id == deployment.model else None

    def noted(self, properties: dict[str, str]) -> dict[str, str]:
        """Return the custom properties with this note, or as they are if there is no room for it."""
        words = [self.operation, self.run, self.model]
        if self.before:
            words += ["base" if self.before.base else "custom", self.before.id]
        noted = {**properties, PROPERTY: " ".join(words)}
        return noted if len(noted) <= MOST_PROPERTIES else properties
