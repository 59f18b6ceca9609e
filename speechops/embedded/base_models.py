"""The service's own models: a new one each quarter, each with its two dates of expiry.

Quarters end on 15 January, April, July and October. A base model adapts until one year after the end of the
quarter it was made in and transcribes until two years after it; a custom model transcribes until two years
after the end of the quarter it was made in. All of the catalog's models are the same recognizer.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from functools import lru_cache

from speechops.embedded.entities import BaseModel, Kind

LOCALE = "en-US"
KINDS = (
    Kind.LANGUAGE,
    Kind.ACOUSTIC,
    Kind.PRONUNCIATION,
    Kind.LANGUAGE_MARKDOWN,
    Kind.OUTPUT_FORMATTING,
)

_RELEASE_MONTHS = (3, 6, 9, 12)
_QUARTER_ENDS = ((1, 15), (4, 15), (7, 15), (10, 15))
_NAMESPACE = uuid.UUID("6c5b1a52-6f5e-4f0a-9f2c-5d1f3f6f0b11")


def quarter_end(day: date) -> date:
    """Return the last day of the quarter that ``day`` is in."""
    ends = (date(year, *end) for year in (day.year, day.year + 1) for end in _QUARTER_ENDS)
    return next(end for end in ends if end >= day)


def years_after_quarter(moment: datetime, years: int) -> datetime:
    """Return the moment ``years`` after the end of the quarter that ``moment`` is in."""
    end = quarter_end(moment.date())
    return datetime(end.year + years, end.month, end.day, tzinfo=UTC)


@lru_cache(maxsize=64)
def catalogue(today: date) -> tuple[BaseModel, ...]:
    """Return the base models that are published on ``today`` and still transcribe, oldest first."""
    years = range(today.year - 3, today.year + 1)
    released = (date(year, month, 1) for year in years for month in _RELEASE_MONTHS)
    models = (_model(day) for day in released if day <= today)
    return tuple(model for model in models if model.transcription_until.date() > today)


def _model(released: date) -> BaseModel:
    created = datetime(released.year, released.month, released.day, tzinfo=UTC)
    name = f"{released:%Y%m%d}"
    return BaseModel(
        id=str(uuid.uuid5(_NAMESPACE, f"{LOCALE} {name}")),
        display_name=name,
        description=f"{LOCALE} base model",
        locale=LOCALE,
        created=created,
        adaptation_until=years_after_quarter(created, 1),
        transcription_until=years_after_quarter(created, 2),
        kinds=KINDS,
    )
