"""GitHub as seen by a run: the API, as far as the token allows, and the event of the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speechops.github.api import GitHub
    from speechops.github.event import Event


@dataclass(frozen=True, slots=True)
class Platform:
    """The API of GitHub and the event of the run."""

    github: GitHub
    event: Event
