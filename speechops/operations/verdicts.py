"""``verdicts``: what this run promoted, or left for approval, read from the store only.

A job passes only the run's ID to the next: its decisions are in the store under that ID, whichever
attempt of the run made them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from speechops.errors import SpeechOpsError
from speechops.planning import judged
from speechops.registry.documents import Cause
from speechops.run import Outcome
from speechops.scoring import Action

if TYPE_CHECKING:
    from speechops.registry.registry import Registry
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Report which candidates of this run continue to ``deploy``.

    A model without a verdict of this run is an error: nothing may be overlooked. The
    decisions about other models are passed on nevertheless.
    """
    decided = {model.name: candidate(run.registry, model.name, run.id) for model in run.settings.models}
    missing = [name for name, found in decided.items() if found is None]
    going = [{"model": name, "candidate": found} for name, found in decided.items() if found]
    outputs = {"models-to-deploy": json.dumps(going)}
    named = ", ".join(item["model"] for item in going)
    said = f"To deploy: {named}." if going else "Nothing to deploy: no candidate was promoted."
    if not missing:
        return Outcome(said, outputs)
    lacking = f"The store has no verdict of run {run.id} for {', '.join(missing)}."
    message = f"{lacking} {said}" if going else lacking
    return Outcome(message, outputs, error=SpeechOpsError(message, hint="Run the jobs that failed again."))


def candidate(registry: Registry, model: str, run_id: str) -> str | None:
    """Return the candidate that a run promoted or asks about, blank if it does neither, None if undecided.

    A job may have died between the promotion and the end of its record: then the benchmark tells.
    """
    for record in registry.attempts(model, "train-data", run_id):
        if judged.is_judged(record):
            asks = record.outputs.get("decision") == Action.ASK
            goes_on = asks or record.outputs.get("improved") == "true"
            return record.outputs.get("candidate", "") if goes_on else ""
    pointer = registry.benchmark(model)
    result = registry.result_named(pointer.benchmark.result) if pointer else None
    if pointer is None or result is None or result.candidate is None:
        return None
    own = result.run == run_id and result.cause is Cause.TRAIN_DATA
    promoted = own and result.candidate.id == pointer.benchmark.reference.id
    return result.candidate.id if promoted else None
