"""Checks of the inputs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.evaluation import quota
from speechops.inputs import AZURE_CLIENT_ID, AZURE_CREDENTIALS, MAX_WAIT, SPEECH_PROJECT
from speechops.operations.doctor.diagnosis import Diagnosis, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.run import Run

_HOSTED_JOB = 6 * 3600.0  # seconds that a job on GitHub's hosted runners may take
_MARGIN = 600.0  # to start and finish in


def check(run: Run) -> Iterator[Diagnosis]:
    """Check combinations that each operation would accept and fail on later."""
    settings = run.settings
    speech, storage = settings.speech, settings.storage
    if speech.api_version == "2024-11-15" and settings[SPEECH_PROJECT]:
        yield Diagnosis(
            "speech-project",
            State.WARNING,
            "Version 2024-11-15 of the API has no projects: Speech Studio will not show the entities.",
            "Set api-version: 2025-10-15.",
        )
    if not speech.is_this_machine and not storage.is_account:
        yield Diagnosis(
            "storage-account",
            State.WRONG if run.output.in_actions else State.WARNING,
            f"Results and the benchmark are stored in the folder {storage.folder}, which is lost "
            "with the runner.",
            "Set storage-account; examples/infra creates one.",
        )
    if speech.key and (settings[AZURE_CLIENT_ID] or settings[AZURE_CREDENTIALS]):
        yield Diagnosis(
            "speech-key",
            State.WARNING,
            "A speech-key is set, so the Azure sign-in is not used for the Speech resource.",
            "Delete the secret with the key: a sign-in leaves nothing to steal.",
        )
    if run.output.in_actions and settings[MAX_WAIT] > _HOSTED_JOB - _MARGIN:
        yield Diagnosis(
            "max-wait",
            State.WARNING,
            f"max-wait is {settings[MAX_WAIT] / 3600:.1f} h; GitHub ends jobs on its hosted runners "
            "after 6 h.",
            "Set max-wait: 5h; the next run, or maintain, continues what is still running.",
        )
    for model in settings.models:
        if objection := quota.foresee(model, settings.tier):
            yield Diagnosis(
                f"data of {model.name}",
                State.WRONG,
                objection,
                "Merge files of the same kind into one, or move the resource to S0 and set speech-tier: S0.",
            )
