"""A developer's own Speech resource: the benchmark is copied there, for comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechops import clouds
from speechops.delivery import copies
from speechops.delivery.endpoint import Target
from speechops.errors import IdentityError, ServiceError, UsageError

if TYPE_CHECKING:
    from speechops.registry.registry import Pointer
    from speechops.run import Run

_NAME = "your own resource"


def with_benchmark(run: Run, pointer: Pointer) -> Pointer:
    """Return the pointer with the benchmark as the developer's resource has it: found there, or copied.

    If it cannot be copied, the log says so, and the pointer is returned as it is: the base model is then the
    one to beat. Nothing is written to the store.
    """
    reference = pointer.benchmark.reference
    if reference.base or run.speech.find_model(reference.id, base=False):
        return pointer
    if clouds.of_address(run.speech.base_url) is not clouds.of_address(run.settings.team_speech.url):
        run.output.warn(
            f"{reference.name} cannot be copied to another cloud: the base model is the one to beat."
        )
        return pointer
    try:
        target = Target(run, run.speech, _NAME, source=run.connections.team_speech)
        copy = copies.obtain(target, reference)
    except (ServiceError, UsageError, IdentityError) as error:
        run.output.warn(
            f"The benchmark {reference.name} could not be copied to your own resource: {error} "
            "The base model is the one to beat."
        )
        return pointer
    return replace(pointer, benchmark=replace(pointer.benchmark, reference=replace(reference, id=copy.id)))
