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

    from speechops.registry.documents import Benchmark, Release, TargetRelease
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


def of_target(
    client: SpeechClient, release: Release, row: TargetRelease, endpoints: Sequence[Endpoint], now: datetime
) -> tuple[list[Dated], list[str]]:
    """Return the date of the released model in a target, and what is wrong with it or its endpoint."""
    where = f" in {row.target}" if row.target else ""
    if not row.endpoint:
        return _of_model(client, f"The model {release.reference.name}{where}", row.model)
    endpoint = next((endpoint for endpoint in endpoints if endpoint.id == row.endpoint), None)
    if endpoint is None:
        return [], [
            (
                f"Endpoint {row.endpoint}{where} of release {release.version} is gone; "
                "the free tier deletes endpoints after seven days. Run deploy."
            )
        ]
    served = endpoint.model
    if served is None or served.id != row.model:
        has = served.id if served else "no model"
        return [], [
            (
                f"Endpoint {endpoint.id}{where} has {has}, but release {release.version} is {row.model}. "
                "Run deploy, or rollback to the release that is meant."
            )
        ]
    model = client.find_model(served.id, base=served.base)
    what = f"The model {release.reference.name} on endpoint {endpoint.id}{where}"
    if model is None:
        return [], [f"{what} is gone: the endpoint answers with a base model, without a word. Run deploy."]
    advice = "The endpoint then answers with the newest base model, without a word: deploy a newer one."
    if model.transcription_until and model.transcription_until <= now:
        advice = "The endpoint answers with the newest base model, without a word: deploy a newer one."
    return [Dated(what, model.transcription_until, advice)], []


def _of_model(client: SpeechClient, what: str, identity: str) -> tuple[list[Dated], list[str]]:
    """Return the date of a model that serves batch transcription without an endpoint."""
    model = client.find_model(identity, base=False)
    if model is None:
        return [], [f"{what} is gone: batch transcription with it fails. Run deploy."]
    advice = "Batch transcription with it then fails: deploy a newer one."
    return [Dated(what, model.transcription_until, advice)], []
