"""GitHub: whether a person has to approve what is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.github import approval
from speechops.inputs import ENVIRONMENT, REQUIRE_APPROVAL
from speechops.operations.doctor.diagnosis import Diagnosis, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.run import Run


def check(run: Run) -> Iterator[Diagnosis]:
    """Check the protection of the environment that deploy runs in."""
    settings = run.settings
    subject = "GitHub, environment"
    if not settings[ENVIRONMENT] and not settings[REQUIRE_APPROVAL]:
        yield Diagnosis(subject, State.FINE, "No environment is set: no approval is required.")
        return
    if not settings[ENVIRONMENT]:
        yield Diagnosis(
            subject,
            State.WRONG,
            "require-approval is set, but environment does not say which environment deploy runs in.",
            "Set environment, and environment: of the job, to the same name.",
        )
        return
    if run.platform is None:
        yield Diagnosis(
            subject,
            State.WRONG if settings[REQUIRE_APPROVAL] else State.UNKNOWN,
            f"Without github-token the protection of {settings[ENVIRONMENT]} cannot be read.",
            "Set github-token to ${{ github.token }} and give the job permissions: actions: read.",
        )
        return
    protection = approval.read(run.platform.github, settings[ENVIRONMENT])
    if protection.required:
        yield Diagnosis(subject, State.FINE, protection.reason)
        return
    yield Diagnosis(
        subject,
        State.WRONG if settings[REQUIRE_APPROVAL] else State.WARNING,
        f"No person has to approve the environment {settings[ENVIRONMENT]}. {protection.reason}",
        f"gh api --method PUT repos/{run.connections.repository}/environments/{settings[ENVIRONMENT]} "
        "-F 'reviewers[][type]=User' -F \"reviewers[][id]=$(gh api user --jq .id)\"",
    )
