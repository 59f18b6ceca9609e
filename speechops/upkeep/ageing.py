"""Ageing: what expires when, and what an endpoint really serves.

Models expire by dates that the service sets. An endpoint whose model is past its date still answers, with
the newest base model and without a word: only the dates of the model it has can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from speechops.registry.documents import Benchmark, Release
    from speechops.speech import Endpoint, SpeechClient


@dataclass(frozen=True, slots=True)
class Dated:
    """A thing that ends: what it is, when, and what to do about it."""

    what: str
    until: datetime | None
    advice: str


def warnings(dated: Iterable[Dated], days: Sequence[int], now: datetime) -> Iterator[str]:
    """Yield a sentence for everything that ends within the largest of ``days``, or has ended."""
    for item in dated:
        if item.until is None:
            continue
        left = (item.until - now).total_seconds() / 86400
        if left <= 0:
            yield f"{item.what} expired on {item.until:%Y-%m-%d}. {item.advice}"
        elif reached := [limit for limit in days if left <= limit]:
            yield (
                f"{item.what} expires on {item.until:%Y-%m-%d}, in less than {min(reached)} days. "
                f"{item.advice}"
            )


def of_benchmark(client: SpeechClient, benchmark: Benchmark) -> tuple[list[Dated], list[str]]:
    """Return the dates of the benchmark and its base model, and what is already wrong with them."""
    name = benchmark.reference.name
    model = client.find_model(benchmark.reference.id, base=benchmark.reference.base)
    if model is None:
        way_out = "Run rollback, or train-data, which then judges against the base model."
        return [], [f"The benchmark {name} is gone from the service. {way_out}"]
    dated = [
        Dated(
            f"The benchmark {name}",
            model.transcription_until,
            "Run train-data with a newer base model before: a candidate cannot be tested beside it after.",
        )
    ]
    base_id = getattr(model, "base_model_id", "")
    base = client.find_model(base_id, base=True) if base_id else None
    if base is not None:
        dated.append(
            Dated(
                f"Training on {base.display_name}, the base model of the benchmark,",
                getattr(base, "adaptation_until", None),
                "Set base-model to newest, or to a newer one.",
            )
        )
    return dated, []


def of_endpoint(
    client: SpeechClient, release: Release, endpoints: Sequence[Endpoint], now: datetime
) -> tuple[list[Dated], list[str]]:
    """Return the date of the released model's service, and what is wrong with its endpoint."""
    endpoint = next((endpoint for endpoint in endpoints if endpoint.id == release.endpoint), None)
    if endpoint is None:
        return [], [
            (
                f"Endpoint {release.endpoint} of release {release.version} is gone; "
                "the free tier deletes endpoints after seven days. Run deploy."
            )
        ]
    served = endpoint.model
    if served is None or served.id != release.reference.id:
        has = served.id if served else "no model"
        return [], [
            (
                f"Endpoint {endpoint.id} has {has}, but release {release.version} is {release.reference.id}. "
                "Run deploy, or rollback to the release that is meant."
            )
        ]
    model = client.find_model(served.id, base=served.base)
    what = f"The model {release.reference.name} on endpoint {endpoint.id}"
    if model is None:
        return [], [f"{what} is gone: the endpoint answers with a base model, without a word. Run deploy."]
    advice = "The endpoint then answers with the newest base model, without a word: deploy a newer one."
    if model.transcription_until and model.transcription_until <= now:
        advice = "The endpoint answers with the newest base model, without a word: deploy a newer one."
    return [Dated(what, model.transcription_until, advice)], []
