"""A person's approval of a deployment: a fact that GitHub states, or a draft that a person published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.delivery import publication, records
from speechops.errors import Place, PlatformError, UsageError
from speechops.github import approval
from speechops.inputs import BRANCH, ENVIRONMENT, GITHUB_RELEASE, REQUIRE_APPROVAL

if TYPE_CHECKING:
    from speechops.github.entities import Release as GitHubRelease
    from speechops.registry.documents import Benchmark
    from speechops.run import Run


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, empty if no approval is required; or the ``draft`` that a person has yet to publish."""

    approver: str = ""
    draft: GitHubRelease | None = None


_OF_ANYONE = frozenset({"issues", "issue_comment", "discussion", "discussion_comment", "fork", "watch"})


def refuse_event(run: Run) -> None:
    """Raise :class:`UsageError` under an event that anyone may cause in a public repository.

    All that begin with ``pull_request``, and https://docs.github.com/actions/reference/events-that-trigger-workflows.
    """
    name = run.event.name
    if name.startswith("pull_request") or name in _OF_ANYONE:
        raise UsageError(
            f"{run.settings.operation.name} does not run on the event {name}, which people without write "
            "access can cause.",
            hint="Run it on push, workflow_dispatch, schedule or release; a pull request has compare.",
            place=Place(input="operation"),
        )


def refuse_branch(run: Run) -> None:
    """Raise :class:`UsageError` on another branch than the one whose runs may move the benchmark."""
    allowed = run.settings[BRANCH] or run.event.default_branch
    if run.event.branch and allowed and run.event.branch != allowed:
        raise UsageError(
            f"{run.settings.operation.name} would move the benchmark, but this run is on the branch "
            f"{run.event.branch}, not on {allowed}.",
            hint="Open a pull request, which compare judges, or set branch to this one.",
            place=Place(input="branch"),
        )


def obtain(run: Run, benchmark: Benchmark) -> Approval:
    """Return the approval of a model that is to be deployed.

    With ``github-release: draft`` the publication of the draft is the approval, of one deployment: not of
    another one after a rollback. Raises :class:`PlatformError` as :func:`of_person` does, and for that.
    """
    if run.settings[GITHUB_RELEASE] != "draft":
        return Approval(approver=of_person(run))
    release = publication.prepare(run, records.of_benchmark(run, benchmark))
    if release.draft:
        return Approval(draft=release)
    if before := records.replaced(run, benchmark, release.tag):
        raise PlatformError(
            f"Not deployed: {benchmark.reference.name} was release {before.version} and has been replaced: "
            f"{release.tag} was published for that deployment, and approves no other.",
            hint=f"Run rollback --to-version {before.version}, or delete {release.tag} on GitHub: deploy "
            "then makes a draft again.",
        )
    return Approval()


def of_person(run: Run) -> str:
    """Return who approved this run; empty if no approval is required.

    Raises :class:`PlatformError` if one is required and GitHub does not say that somebody approved.
    """
    if not run.settings[REQUIRE_APPROVAL]:
        return ""
    if run.platform is None or run.event.run_id is None:
        raise PlatformError(
            "Not deployed: approval is required, but this run has no access to GitHub.",
            hint="Run it in a job of GitHub Actions with github-token, or set require-approval: false.",
        )
    return approval.approver(run.platform.github, run.event.run_id, run.settings[ENVIRONMENT])
