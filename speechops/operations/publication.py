"""What ``deploy`` and ``rollback`` owe GitHub: a person's approval before, a release after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from speechops import scoring
from speechops.errors import PlatformError
from speechops.github import approval, releases
from speechops.operations.job import percent

if TYPE_CHECKING:
    from speechops.github.entities import Release as GitHubRelease
    from speechops.operations.job import Job, Platform
    from speechops.registry.documents import Benchmark, TestResult
    from speechops.speech import Endpoint


def require_approval(job: Job) -> None:
    """Raise :class:`PlatformError` where a person's approval is asked for and nothing makes sure of one."""
    if not job.settings.require_approval:
        return
    if job.platform is None:
        raise PlatformError(
            "Not deployed: whether a person approved cannot be asked of GitHub.",
            hint="Give github-token, or set require-approval: false.",
        )
    approval.require(approval.read(job.platform.github, job.settings.environment))


def publish(
    job: Job, benchmark: Benchmark, endpoint: Endpoint, result: TestResult | None, *, after: str
) -> GitHubRelease | None:
    """Publish the benchmark's release on GitHub, or find the one there is; None where there is no GitHub.

    ``after`` is the last version that was recorded: a rollback has a version but no release of its own.
    Raises :class:`PlatformError`; the next ``deploy`` goes on from there.
    """
    reference = benchmark.reference
    if job.platform is None or not job.settings.github_release:
        return None
    if not reference.commit:
        job.console.line("The model was trained outside of git: no release on GitHub.")
        return None
    released = releases.ReleasedModel(
        endpoint_id=endpoint.id,
        model=job.model.name,
        model_id=reference.id,
        locale=job.model.locale,
        wer=benchmark.error_rate,
        verdict=str((result.verdict or {}).get("outcome", "")) if result else "",
        commit=reference.commit,
    )
    notes = releases.Notes(
        title=f"{job.model.name} {{version}}: WER {percent(benchmark.error_rate)}",
        markdown=_markdown(job, job.platform, benchmark, result),
        prefix=prefix(job),
        after=after,
    )
    with job.console.step("publish the release on GitHub"):
        return releases.publish(job.platform.github, released, notes).release


def serve_as_latest(job: Job, model_id: str) -> None:
    """Mark the release of a model as GitHub's latest, after a rollback to it."""
    if job.platform is None or not job.settings.github_release:
        return
    release = releases.find(job.platform.github, model_id)
    if release is not None and not release.draft:
        job.platform.github.update_release(release.id, make_latest="true")


def prefix(job: Job) -> str:
    """Return how the tags of a model begin: ``v``, or its name where the repository has several models."""
    return f"{job.model.name}-v" if job.settings.several else "v"


def _markdown(job: Job, platform: Platform, benchmark: Benchmark, result: TestResult | None) -> str:
    """Return the notes of the release. What others wrote, such as names, stands in code."""
    event, commit = platform.event, benchmark.reference.commit
    rows = [
        ("model", f"`{benchmark.reference.name}`"),
        ("locale", job.model.locale),
        ("word error rate", percent(benchmark.error_rate)),
        ("data", f"[`{commit[:7]}`]({event.server_url}/{event.repository}/tree/{commit})"),
    ]
    if event.run_url:
        rows.append(("run", f"[{event.run_id}]({event.run_url})"))
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    if result is not None and result.verdict:
        verdict = scoring.Verdict.from_json(result.verdict)
        lines = [f"Verdict: {verdict.sentence()}", "", *lines]
    changed = _changed(platform, benchmark)
    if changed:
        lines += ["", "Data changed since the model before:", "", *(f"- `{name}`" for name in changed)]
    return "\n".join(lines)


def _changed(platform: Platform, benchmark: Benchmark, most: int = 50) -> list[str]:
    """Return the files that differ between the data of the benchmark and of the one before it."""
    before = benchmark.previous.commit if benchmark.previous else ""
    if not before or before == benchmark.reference.commit:
        return []
    try:
        files = platform.github.compare(before, benchmark.reference.commit).files
    except PlatformError:  # notes are worth no failure: the commit may be gone
        return []
    names = [json.dumps(name, ensure_ascii=False).strip('"').replace("`", "'") for name in files[:most]]
    return [*names, f"and {len(files) - most} more"] if len(files) > most else names
