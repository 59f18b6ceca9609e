"""Find or create: a step looks for its entity before it creates one, and before it retries the creation.

Two entities are the same if they carry the same fingerprint (:data:`FINGERPRINT`) and belong to
the same store (:data:`STORE`), whatever their names: a merge finds what its pull request trained. Drafts
without a fingerprint, such as projects, are identified by their display name. Failed entities are
skipped: a run after a failure creates a new one. If several match, all runs choose the oldest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from speechops.speech.entities import Entity, Status
from speechops.speech.transport import AnswerLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from speechops.speech.drafts import Draft

E = TypeVar("E", bound=Entity)
E_co = TypeVar("E_co", bound=Entity, covariant=True)

_CREATES = 4  # maximum requests for one creation


class Found(NamedTuple, Generic[E]):
    """An entity, and whether this call created it."""

    entity: E
    made: bool


class Listing(Protocol[E_co]):
    """Lists entities; what is not given matches all."""

    def __call__(self, *, name: str = "", locale: str = "", since: datetime | None = None) -> Sequence[E_co]:
        """Return the entities of a display name and a locale that were created since a moment."""
        ...


def match(draft: Draft, entities: Iterable[E]) -> E | None:
    """Return the entity that matches ``draft``, or None."""
    matching = [entity for entity in entities if _is_same(draft, entity)]
    return min(matching, key=lambda entity: entity.seniority, default=None)


def find(draft: Draft, listing: Listing[E]) -> E | None:
    """Look for the entity of ``draft``: by name first, which the service filters, then by fingerprint."""
    found = match(draft, listing(name=draft.display_name, locale=draft.locale))
    if found is None and draft.fingerprint:
        found = match(draft, listing(locale=draft.locale, since=draft.since))
    return found


def find_or_create(
    draft: Draft, *, listing: Listing[E], create: Callable[[], E], pause: Callable[[float], None]
) -> Found[E]:
    """Return the entity of ``draft``, created if necessary, never twice.

    After a lost answer to ``create`` the entity is looked for after each pause of ``draft.looks``; only if it
    never appears is the creation requested again.
    """
    found = find(draft, listing)
    if found is not None:
        return Found(found, made=False)
    attempt = 1
    while True:
        try:
            return Found(create(), made=True)
        except AnswerLost:
            for seconds in draft.looks:
                pause(seconds)
                # The entity that was just requested has the draft's own name.
                found = match(draft, listing(name=draft.display_name, locale=draft.locale))
                if found is not None:
                    return Found(found, made=True)
            if attempt == _CREATES:
                raise
            attempt += 1


def _is_same(draft: Draft, entity: Entity) -> bool:
    if entity.status is Status.FAILED or entity.locale.casefold() != draft.locale.casefold():
        return False
    if draft.fingerprint:
        return entity.fingerprint == draft.fingerprint and draft.suits(entity)
    return entity.display_name == draft.display_name
