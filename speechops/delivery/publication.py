"""What ``deploy`` and ``rollback`` owe GitHub: a person's approval before, a release after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from speechops import scoring
from speechops.errors import PlatformError
from speechops.evaluation import rules
from speechops.github import approval, releases
from speechops.job import percent

if TYPE_CHECKING:
    from speechops.github.entities import Release as GitHubRelease
    from speechops.job import Job, Platform
    from speechops.registry.documents import Benchmark, Release, TestResult
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
    if job.platform is None or job.settings.github_release == "false":
        return None
    if not benchmark.reference.commit:
        job.console.line("The model was trained outside of git: no release on GitHub.")
        return None
    released = _released(job, benchmark, endpoint.id, result)
    notes = _notes(job, job.platform, benchmark, result, after)
    with job.console.step("publish the release on GitHub"):
        return releases.publish(job.platform.github, released, notes).release


def prepare(job: Job, benchmark: Benchmark, result: TestResult | None) -> GitHubRelease | None:
    """Make the draft release of the benchmark, or find it; None where a person has published it.

    Raises :class:`PlatformError`, also where there is no GitHub or no commit to make a release of.
    """
    if job.platform is None or not benchmark.reference.commit:
        raise PlatformError(
            "Not deployed: a draft release needs a GitHub repository and a model trained from its commit.",
            hint="Give github-token, or another value for github-release.",
        )
    last = _last(job)
    released = _released(job, benchmark, "", result)
    notes = _notes(job, job.platform, benchmark, result, last.version if last else "")
    release = releases.prepare(job.platform.github, released, notes)
    return release if release.draft else None


def _released(
    job: Job, benchmark: Benchmark, endpoint_id: str, result: TestResult | None
) -> releases.ReleasedModel:
    return releases.ReleasedModel(
        endpoint_id=endpoint_id,
        model=job.model.name,
        model_id=benchmark.reference.id,
        locale=job.model.locale,
        wer=benchmark.error_rate,
        verdict=str((result.verdict or {}).get("outcome", "")) if result else "",
        commit=benchmark.reference.commit,
    )


def _notes(
    job: Job, platform: Platform, benchmark: Benchmark, result: TestResult | None, after: str
) -> releases.Notes:
    label = rules.rate_label(job.model)
    return releases.Notes(
        title=f"{job.model.name} {{version}}: {label} {percent(benchmark.error_rate)}",
        markdown=_markdown(platform, benchmark, result, label),
        prefix=prefix(job),
        after=after,
    )


def serve_as_latest(job: Job) -> None:
    """Let GitHub's latest release be that of the model in the last record, with the endpoint that has it.

    A rollback publishes nothing, and a deploy may find its release published long ago, or lose the race for
    the record after it has published. Who records while this is at work may have looked before: look again.
    """
    if job.platform is None or job.settings.github_release == "false":
        return
    last = _last(job)
    while last is not None:
        seen = last
        shown = releases.ReleasedModel(
            endpoint_id=seen.endpoint,
            model=job.model.name,
            model_id=seen.reference.id,
            locale=job.model.locale,
            wer=seen.error_rate,
            verdict=seen.outcome,
            commit=seen.reference.commit,
        )
        releases.keep_latest(job.platform.github, shown)
        last = _last(job)
        if last == seen:
            return


def _last(job: Job) -> Release | None:
    recorded = job.registry.releases(job.model.name)
    return recorded[-1] if recorded else None


def prefix(job: Job) -> str:
    """Return how the tags of a model begin: ``v``, or its name where the repository has several models."""
    return f"{job.model.name}-v" if job.settings.several else "v"


def _markdown(platform: Platform, benchmark: Benchmark, result: TestResult | None, label: str) -> str:
    """Return the notes of the release. What others wrote, such as names, stands in code."""
    event, commit = platform.event, benchmark.reference.commit
    rows = [
        ("model", f"`{benchmark.reference.name}`"),
        (label, percent(benchmark.error_rate)),
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
