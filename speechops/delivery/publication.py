"""What ``deploy`` and ``rollback`` owe GitHub: a person's approval before, a release after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from speechops import scoring
from speechops.errors import PlatformError
from speechops.evaluation import rules
from speechops.github import approval, releases
from speechops.run import percent

if TYPE_CHECKING:
    from speechops.github.entities import Release as GitHubRelease
    from speechops.registry.documents import Benchmark, Release, TestResult
    from speechops.run import Platform, Run
    from speechops.speech import Endpoint


def require_approval(run: Run) -> None:
    """Raise :class:`PlatformError` where a person's approval is asked for and nothing makes sure of one."""
    if not run.settings.require_approval:
        return
    if run.platform is None:
        raise PlatformError(
            "Not deployed: whether a person approved cannot be asked of GitHub.",
            hint="Give github-token, or set require-approval: false.",
        )
    approval.require(approval.read(run.platform.github, run.settings.environment))


def publish(
    run: Run, benchmark: Benchmark, endpoint: Endpoint, result: TestResult | None, *, after: str
) -> GitHubRelease | None:
    """Publish the benchmark's release on GitHub, or find the one there is; None where there is no GitHub.

    ``after`` is the last version that was recorded: a rollback has a version but no release of its own.
    Raises :class:`PlatformError`; the next ``deploy`` goes on from there.
    """
    if run.platform is None or run.settings.github_release == "false":
        return None
    if not benchmark.reference.commit:
        run.console.line("The model was trained outside of git: no release on GitHub.")
        return None
    released = _released(run, benchmark, endpoint.id, result)
    notes = _notes(run, run.platform, benchmark, result, after)
    with run.console.step("publish the release on GitHub"):
        return releases.publish(run.platform.github, released, notes).release


def prepare(run: Run, benchmark: Benchmark, result: TestResult | None) -> GitHubRelease | None:
    """Make the draft release of the benchmark, or find it; None where a person has published it.

    Raises :class:`PlatformError`, also where there is no GitHub or no commit to make a release of.
    """
    if run.platform is None or not benchmark.reference.commit:
        raise PlatformError(
            "Not deployed: a draft release needs a GitHub repository and a model trained from its commit.",
            hint="Give github-token, or another value for github-release.",
        )
    last = _last(run)
    released = _released(run, benchmark, "", result)
    notes = _notes(run, run.platform, benchmark, result, last.version if last else "")
    release = releases.prepare(run.platform.github, released, notes)
    return release if release.draft else None


def _released(
    run: Run, benchmark: Benchmark, endpoint_id: str, result: TestResult | None
) -> releases.ReleasedModel:
    return releases.ReleasedModel(
        endpoint_id=endpoint_id,
        model=run.model.name,
        model_id=benchmark.reference.id,
        locale=run.model.locale,
        wer=benchmark.error_rate,
        verdict=str((result.verdict or {}).get("outcome", "")) if result else "",
        commit=benchmark.reference.commit,
    )


def _notes(
    run: Run, platform: Platform, benchmark: Benchmark, result: TestResult | None, after: str
) -> releases.Notes:
    label = rules.rate_label(run.model)
    return releases.Notes(
        title=f"{run.model.name} {{version}}: {label} {percent(benchmark.error_rate)}",
        markdown=_markdown(platform, benchmark, result, label),
        prefix=prefix(run),
        after=after,
    )


def serve_as_latest(run: Run) -> None:
    """Let GitHub's latest release be that of the model in the last record, with the endpoint that has it.

    A rollback publishes nothing, and a deploy may find its release published long ago, or lose the race for
    the record after it has published. Who records while this is at work may have looked before: look again.
    """
    if run.platform is None or run.settings.github_release == "false":
        return
    last = _last(run)
    while last is not None:
        seen = last
        shown = releases.ReleasedModel(
            endpoint_id=seen.endpoint,
            model=run.model.name,
            model_id=seen.reference.id,
            locale=run.model.locale,
            wer=seen.error_rate,
            verdict=seen.outcome,
            commit=seen.reference.commit,
        )
        releases.keep_latest(run.platform.github, shown)
        last = _last(run)
        if last == seen:
            return


def _last(run: Run) -> Release | None:
    recorded = run.registry.releases(run.model.name)
    return recorded[-1] if recorded else None


def prefix(run: Run) -> str:
    """Return how the tags of a model begin: ``v``, or its name where the repository has several models."""
    return f"{run.model.name}-v" if run.settings.several else "v"


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
