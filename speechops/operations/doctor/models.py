"""Each model: its locale and base model, and what expires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import IdentityError, SpeechOpsError, StoreError
from speechops.inputs import BASE_MODEL
from speechops.operations.doctor import storage
from speechops.operations.doctor.diagnosis import Diagnosis, State
from speechops.registry.registry import Unusable
from speechops.settings import NEWEST
from speechops.speech import choose_base_model
from speechops.upkeep import ageing
from speechops.upkeep.ageing import Dated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speechops.run import Run
    from speechops.settings import ModelSettings
    from speechops.speech import BaseModel, Endpoint

_DAYS = (90, 30, 7)


def check(run: Run, endpoints: Sequence[Endpoint]) -> Iterator[Diagnosis]:
    """Check each base model, benchmark and what its endpoint serves.

    What cannot be read of one model is its own error, unless the whole store cannot be read.
    """
    bases = run.speech.base_models()
    for model in run.settings.models:
        yield _base_model(run, model, bases)
        yield from _endpoint(model, endpoints)
    try:
        for model in run.settings.models:
            try:
                yield from _remembered(run, model, endpoints)
            except StoreError as error:
                if not isinstance(error, Unusable) and not storage.can_be_read(run):
                    raise
                yield Diagnosis.of(f"benchmark of {model.name}", error)
    except (IdentityError, StoreError) as error:
        yield Diagnosis("benchmarks", State.UNKNOWN, f"They cannot be read. {error.message}")


def _base_model(run: Run, model: ModelSettings, bases: Sequence[BaseModel]) -> Diagnosis:
    subject = f"base model of {model.name}"
    try:
        base = choose_base_model(
            bases,
            locale=model.locale,
            kinds=tuple(file.kind for file in model.training),
            today=run.clock.now(),
            pin="" if model[BASE_MODEL] == NEWEST else model[BASE_MODEL],
        )
    except SpeechOpsError as error:
        return Diagnosis.of(subject, error)
    if not base.has_lexical:
        return Diagnosis(
            subject,
            State.WARNING,
            f"{base.display_name} has no lexical output (a Whisper model): display text is scored.",
            "Set base-model to newest.",
        )
    dated = Dated(f"Training on {base.display_name}", base.adaptation_until, "Set base-model to newest.")
    for warning in ageing.warnings([dated], _DAYS if model[BASE_MODEL] != NEWEST else (), run.clock.now()):
        return Diagnosis(subject, State.WARNING, warning)
    return Diagnosis(subject, State.FINE, f"{base.display_name} for {model.locale}.")


def _endpoint(model: ModelSettings, endpoints: Sequence[Endpoint]) -> Iterator[Diagnosis]:
    if not model.endpoint_id:
        return
    found = next((endpoint for endpoint in endpoints if endpoint.id == model.endpoint_id), None)
    subject = f"endpoint-id of {model.name}"
    if found is None:
        listed = ", ".join(f"{endpoint.display_name} ({endpoint.id})" for endpoint in endpoints[:3])
        there = f"Its endpoints: {listed}." if listed else "It has no endpoints."
        gone = f"The resource has no endpoint {model.endpoint_id}. {there}"
        yield Diagnosis(
            subject, State.WRONG, gone, "Correct endpoint-id, or remove it: deploy creates an endpoint."
        )
    elif found.locale.casefold() != model.locale.casefold():
        wrong = f"Endpoint {found.id} is for {found.locale}, not for {model.locale}."
        yield Diagnosis(subject, State.WRONG, wrong, "Choose another one, or remove endpoint-id.")


def _remembered(run: Run, model: ModelSettings, endpoints: Sequence[Endpoint]) -> Iterator[Diagnosis]:
    """Check the dates of the benchmark and of the released model."""
    registry, speech, now = run.registry, run.speech, run.clock.now()
    pointer = registry.benchmark(model.name)
    subject = f"benchmark of {model.name}"
    if pointer is None:
        yield Diagnosis(subject, State.FINE, "None yet: the first run creates it.")
        return
    dated, wrong = ageing.of_benchmark(speech, pointer.benchmark)
    yield from aged(run, subject, dated, wrong)
    releases = registry.releases(model.name)
    row = releases[-1].at("") if releases else None
    if row:
        dated, wrong = ageing.of_target(speech, releases[-1], row, endpoints, now)
        yield from aged(run, f"release of {model.name}", dated, wrong)


def aged(run: Run, subject: str, dated: Sequence[Dated], wrong: Sequence[str]) -> Iterator[Diagnosis]:
    """Sum up the dates and problems of a model."""
    now = run.clock.now()
    over = [date for date in dated if date.until and date.until <= now]
    warnings = list(ageing.warnings([date for date in dated if date not in over], _DAYS, now))
    for sentence in (*wrong, *ageing.warnings(over, _DAYS, now)):
        yield Diagnosis(subject, State.WRONG, sentence)
    for sentence in warnings:
        yield Diagnosis(subject, State.WARNING, sentence)
    if not wrong and not over and not warnings:
        first = min((date.until for date in dated if date.until), default=None)
        yield Diagnosis(
            subject, State.FINE, f"Valid until {first:%Y-%m-%d}." if first else "It does not expire."
        )
