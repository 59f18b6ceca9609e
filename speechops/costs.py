"""What work on a model consumes of a Speech resource, in hours, and in money if hourly prices are set.

SpeechOps has no built-in prices: they differ by region and change. Billed are the audio of a test once for
each of its two models, the time of a training, an endpoint for as long as it exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HOURS_A_MONTH = 730
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of an hour of tested audio, of training, of an endpoint; None if unknown."""

    testing: float | None = None
    training: float | None = None
    endpoint: float | None = None
    currency: str = ""

    def of(self, hours: float, price: float | None) -> str:
        """Return the money for some hours, in brackets after a space; empty if the price is unknown."""
        return "" if price is None else f" ({hours * price:,.2f} {self.currency})".replace(" )", ")")


@dataclass(frozen=True, slots=True)
class Usage:
    """What some work consumes. ``tested`` and ``trained`` are seconds of audio, None if unknown.

    ``tested`` counts the audio once for each model of an evaluation; ``text`` says that a model is trained
    from text; ``endpoint`` that it may get an endpoint afterwards.
    """

    tested: float | None = 0.0
    trained: float | None = 0.0
    text: bool = False
    endpoint: bool = False


def sentence(usages: Iterable[Usage], prices: Prices) -> str:
    """Return what the work consumes, as one sentence; empty if it consumes nothing."""
    found = list(usages)
    parts = [
        _audio("tested, for both models", [usage.tested for usage in found], prices, prices.testing),
        _audio("trained on", [usage.trained for usage in found], prices, prices.training),
    ]
    texts = sum(usage.text for usage in found)
    if texts:
        parts.append("one training from text" if texts == 1 else f"{texts} trainings from text")
    endpoints = sum(usage.endpoint for usage in found)
    if endpoints:
        number = "an endpoint" if endpoints == 1 else f"{endpoints} endpoints"
        parts.append(f"{number} for {of_endpoints(endpoints, prices)} once deployed")
    said = [part for part in parts if part]
    return f"This run uses {'; '.join(said)}." if said else ""


def of_endpoints(number: int, prices: Prices) -> str:
    """Return what endpoints consume in a month."""
    hours = HOURS_A_MONTH * number
    return f"{hours:,} hours a month{prices.of(hours, prices.endpoint)}"


def _audio(what: str, seconds: list[float | None], prices: Prices, price: float | None) -> str:
    known = [value for value in seconds if value is not None]
    if len(known) < len(seconds):
        return f"audio {what}: length unknown"
    hours = sum(known) / _HOUR
    return f"{hours:.2f} hours of audio {what}{prices.of(hours, price)}" if hours else ""


def parse_prices(text: str) -> Prices:
    """Read ``testing=1.00, training=10, endpoint=0.05, currency=EUR``. Raises ValueError."""
    values = dict(part.strip().split("=", 1) for part in text.split(",") if part.strip())
    currency = values.pop("currency", "").strip()
    if not values.keys() <= {"testing", "training", "endpoint"} or len(currency) > 8:  # noqa: PLR2004 - a name
        raise ValueError(text)
    numbers = {name: float(value) for name, value in values.items()}
    if any(not 0 <= number < 1e6 for number in numbers.values()):  # noqa: PLR2004 - also for what is no number
        raise ValueError(text)
    return Prices(**numbers, currency=currency)
