"""Expiry: what expires when, and what an endpoint really serves.

Models expire by dates that the service sets. An endpoint whose model has expired still answers, but
silently with the newest base model: only the dates of its model reveal it.
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
    """Something that expires: what it is, when, and what to do about it, before and once it is ``over``."""

    what: str
    until: datetime | None
    advice: str
    over: str = ""


def warnings(dated: Iterable[Dated], days: Sequence[int], now: datetime) -> Iterator[str]:
    """Yield a sentence for everything that expires within the largest of ``days``, or has expired."""
    for item in dated:
        if item.until is None:
            continue
        left = (item.until - now).total_seconds() / 86400
        if left <= 0:
            yield f"{item.what} expired on {item.until:%Y-%m-%d}. {item.over or item.advice}"
        elif reached := [limit for limit in days if left <= limit]:
            yield (
                f"{item.what} expires on {item.until:%Y-%m-%d}, in less than {min(reached)} days. "
                f"{item.advice}"
            )


def of_benchmark(client: SpeechClient, benchmark: Benchmark) -> tuple[list[Dated], list[str]]:
    """Return the dates of the benchmark and its base model, and existing problems with them."""
    name = benchmark.reference.name
    model = client.find_model(benchmark.reference.id, base=benchmark.reference.base)
    if model is None:
        advice = "Run rollback, or train-data, which then compares with the base model."
        return [], [f"The benchmark {name} is gone from the service. {advice}"]
    dated = [
        Dated(
            f"The benchmark {name}",
            model.transcription_until,
            "Run train-data with a newer base model before that: afterwards no candidate can be "
            "compared with it.",
            "Run train-data with a newer base model; the base model is then the one to beat.",
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
    """Return the expiry date of the released model in a target, and problems with it or its endpoint."""
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
                "Run deploy, or rollback to the intended release."
            )
        ]
    model = client.find_model(served.id, base=served.base)
    what = f"The model {release.reference.name} on endpoint {endpoint.id}{where}"
    if model is None:
        return [], [f"{what} is gone: the endpoint silently answers with a base model. Run deploy."]
    advice = "The endpoint then silently answers with the newest base model: deploy a newer one."
    if model.transcription_until and model.transcription_until <= now:
        advice = "The endpoint silently answers with the newest base model: deploy a newer one."
    return [Dated(what, model.transcription_until, advice)], []


def _of_model(client: SpeechClient, what: str, identity: str) -> tuple[list[Dated], list[str]]:
    """Return the date of a model that serves batch transcription without an endpoint."""
    model = client.find_model(identity, base=False)
    if model is None:
        return [], [f"{what} is gone: batch transcription with it fails. Run deploy."]
    advice = "Batch transcription with it then fails: deploy a newer one."
    return [Dated(what, model.transcription_until, advice)], []
