"""The benchmark of a test: the first one, the one to beat, and how one ended that can no longer be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import UsageError
from speechops.evaluation import models
from speechops.inputs import OLD_BENCHMARK
from speechops.registry.documents import ModelReference
from speechops.run import percent
from speechops.speech import Status

if TYPE_CHECKING:
    from speechops.run import Run
    from speechops.speech import BaseModel


def first(run: Run, base: BaseModel) -> ModelReference:
    """Return the benchmark before there is one of ours: the base model, or that of Microsoft's template.

    The template's is taken over by the model that ``old-benchmark: adopt`` names. Its rate alone is not a
    benchmark, as it may be of other test data: the model counts. Raises :class:`UsageError` if the service no
    longer has it, as a candidate would then silently be compared with something worse.
    """
    old = run.registry.template_benchmark() if run.model[OLD_BENCHMARK] == "adopt" else None
    if old is None:
        return models.base_reference(base)
    story = f"The template's benchmark had a WER of {percent(old.word_error_rate)} ({old.source})."
    model = run.speech.find_model(old.model_id, base=old.base) if old.model_id else None
    if model is None or model.status is not Status.SUCCEEDED or model.locale != run.model.locale:
        raise UsageError(
            f"{story} Its model {old.model_id or '(not named)'} is not in this Speech resource.",
            hint="Use the resource that has it, or set old-benchmark to forget: then the base model is the "
            "benchmark to beat.",
            place=run.model.places.get("old-benchmark"),
        )
    run.console.line(f"{story} Its model {model.display_name} is the benchmark to beat.")
    return ModelReference(model.id, model.display_name, base=old.base, expires=models.expiry(model))


def to_beat(run: Run, benchmark: ModelReference, base: BaseModel) -> tuple[ModelReference, str]:
    """Return the model to beat, and a warning if it is the base model because the benchmark is unusable.

    Otherwise promotion would be blocked forever: no candidate can be compared with a model that is gone.
    """
    end = ended(run, benchmark)
    if not end:
        return benchmark, ""
    return models.base_reference(
        base
    ), f"The benchmark {benchmark.name} {end}: {base.display_name} is the one to beat."


def ended(run: Run, benchmark: ModelReference) -> str:
    """Say how a benchmark ended that the service can no longer test; nothing if it can."""
    model = run.speech.find_model(benchmark.id, base=benchmark.base)
    if model is None:
        return "is gone from the service"
    if model.transcription_until and model.transcription_until <= run.speech.now():
        return f"expired on {model.transcription_until:%Y-%m-%d}"
    return ""
