"""The choice of a base model. The service has no list of defaults and does not say why it refuses one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from speechops.errors import Place, ServiceError, UsageError
from speechops.speech.entities import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from speechops.speech.entities import BaseModel

_MOST_NAMED = 5  # models in a message
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def choose_base_model(
    models: Iterable[BaseModel], *, locale: str, kinds: Iterable[str], today: datetime, pin: str = ""
) -> BaseModel:
    """Return the newest base model of ``locale`` that can be used ``today``.

    ``kinds`` are the kinds of data it is to be adapted with; without any it is only tested. Models without
    lexical output (Whisper) are only chosen if there is no other. ``pin`` is the id or the display name of
    the one to use.

    Raises :class:`UsageError` if the locale has no models, or if ``pin`` names none of them or one
    that cannot be used; :class:`ServiceError` if none can be used. Both list the models and the reasons.
    """
    everywhere = sorted(models, key=_age, reverse=True)
    here = [model for model in everywhere if model.locale.casefold() == locale.casefold()]
    wanted = sorted({str(kind) for kind in kinds})
    reasons = {model.id: refusal(model, kinds=wanted, today=today) for model in everywhere}
    usable = [model for model in here if not reasons[model.id]]
    if pin:
        named = [model for model in everywhere if _is_named(model, pin)]
        found = next((model for model in named if model in usable), None)
        if found is None:
            raise _wrong_pin(pin, locale, named, usable, reasons)
        return found
    if not here:
        raise _no_such_locale(everywhere, locale)
    if not usable:
        listed = "; ".join(f"{_name(model)}: {reasons[model.id]}" for model in here[:_MOST_NAMED])
        raise ServiceError(
            f"None of the {len(here)} base models for {locale} can be {_use(wanted)}: {listed}.",
            hint="Remove the kinds of data that no model accepts." if wanted else "Use another locale.",
        )
    return next((model for model in usable if model.has_lexical), usable[0])


def refusal(model: BaseModel, *, kinds: Sequence[str], today: datetime) -> str:
    """Return why a base model cannot be adapted with ``kinds`` (without any: be tested), or nothing."""
    if model.status is not Status.SUCCEEDED:
        return f"its status is {model.status}"
    if kinds and not model.adaptable_with:
        return "it cannot be adapted"
    missing = sorted(set(kinds) - model.adaptable_with)
    if missing:
        return f"it cannot be adapted with {', '.join(missing)}"
    until = model.adaptation_until if kinds else model.transcription_until
    if until is not None and until <= today:
        return f"it could only be {_use(kinds)} until {until:%Y-%m-%d}"
    return ""


def _wrong_pin(
    pin: str,
    locale: str,
    named: Sequence[BaseModel],
    usable: Sequence[BaseModel],
    reasons: dict[str, str],
) -> UsageError:
    """Return the error for a pin that names no model, one of another locale, or one that cannot be used."""
    here = [model for model in named if reasons[model.id] and model.locale.casefold() == locale.casefold()]
    if here:
        complaint = f"{_name(here[0])} cannot be used: {reasons[here[0].id]}"
    elif named:
        complaint = f"{_name(named[0])} is for {named[0].locale}, not for {locale}"
    else:
        complaint = f"no base model {pin!r} for {locale}"
    names = ", ".join(_name(model) for model in usable[:_MOST_NAMED])
    return UsageError(
        f"base-model: {complaint}.",
        hint=f"Usable base models, newest first: {names}." if names else f"None for {locale} can be used.",
        place=Place(input="base-model"),
    )


def _no_such_locale(models: Sequence[BaseModel], locale: str) -> ServiceError | UsageError:
    if not models:
        return ServiceError("The speech service lists no base models.", hint="Check speech-endpoint.")
    locales = sorted({model.locale for model in models})
    language = locale.partition("-")[0].casefold()
    near = [known for known in locales if known.partition("-")[0].casefold() == language] or locales
    return UsageError(
        f"locale: the speech service has no base model for {locale}.",
        hint=f"It has base models for {', '.join(near)}.",
        place=Place(input="locale"),
    )


def _is_named(model: BaseModel, pin: str) -> bool:
    return pin.casefold() in {model.id.casefold(), model.display_name.casefold()}


def _age(model: BaseModel) -> tuple[datetime, str, str]:
    return (model.created or _LONG_AGO, model.display_name, model.id)


def _name(model: BaseModel) -> str:
    return f"{model.display_name} ({model.id})"


def _use(kinds: Sequence[str]) -> str:
    return f"adapted with {', '.join(kinds)}" if kinds else "tested"
