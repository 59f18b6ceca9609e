"""Who approved a run, and whether an environment enforces approval; when in doubt, it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.errors import PlatformError

if TYPE_CHECKING:
    from speechops.github.api import GitHub
    from speechops.github.entities import Environment

FALLBACKS = (
    "Required reviewers need a public repository or, for private ones, GitHub Enterprise. Without them: "
    "(1) with github-release: draft, deploy creates a draft release and continues once a person has "
    "published "
    "it; "
    "(2) start deploy by workflow_dispatch, which only people with write access may do; "
    "(3) set require-approval: false if every improvement may go live without review."
)


@dataclass(frozen=True, slots=True)
class Protection:
    """How an environment is protected from a job; ``required`` says whether a person has to approve.

    A wait timer or a branch rule lets deployments through without a review.
    """

    name: str
    required: bool
    reason: str
    environment: Environment | None = None


def read(github: GitHub, name: str) -> Protection:
    """Return the protection of an environment. What cannot be read does not count as protection."""
    if not name:
        return Protection(name, required=False, reason="The job names no environment.")
    try:
        environment = github.environment(name)
    except PlatformError as error:
        return Protection(name, required=False, reason=f"Its protection cannot be read: {error}")
    if environment is None:
        reason = f"The environment {name} does not exist, or the token lacks `actions: read` to see it."
        return Protection(name, required=False, reason=reason)
    if environment.reviewers:
        who = ", ".join(environment.reviewers)
        return Protection(
            name, required=True, reason=f"One of {who} has to approve.", environment=environment
        )
    return Protection(name, required=False, reason=_weaker(environment), environment=environment)


def approver(github: GitHub, run: int, name: str) -> str:
    """Return who approved the environment ``name`` in the workflow run ``run``.

    An environment that has reviewers proves nothing: a job that does not name it waits for nobody, and an
    administrator may bypass it. GitHub's list of the run's reviews shows who approved; its last entry counts.

    Raises :class:`PlatformError`, with the options, if nobody did or GitHub does not say.
    """
    reviews = [review for review in github.reviews(run) if review.concerns(name)] if name else []
    if reviews and reviews[-1].state == "approved" and reviews[-1].reviewer:
        return reviews[-1].reviewer
    protection = read(github, name)
    require(protection)
    raise PlatformError(
        f"Not deployed: nobody approved the environment {name} in this run.",
        hint=f"The job has to name it (environment: {name}), and a reviewer has to approve: a bypass by an "
        f"administrator{_allowed(protection)} is not recorded as an approval.",
    )


def _allowed(protection: Protection) -> str:
    bypass = protection.environment.bypass if protection.environment else None
    return ", which this environment allows," if bypass else ""


def require(protection: Protection) -> None:
    """Raise :class:`PlatformError`, with the options, unless a person has to approve."""
    if not protection.required:
        raise PlatformError(
            f"Not deployed: no person has to approve the environment {protection.name or '(none)'}. "
            f"{protection.reason}",
            hint=FALLBACKS,
        )


def _weaker(environment: Environment) -> str:
    """Return what the environment has instead of reviewers."""
    rules = []
    if environment.wait_minutes:
        rules.append(f"a wait of {environment.wait_minutes} minutes")
    if environment.branches != "any":
        rules.append(f"a rule for {environment.branches} branches")
    has = f", only {' and '.join(rules)}" if rules else ""
    return f"It has no required reviewers{has}."
