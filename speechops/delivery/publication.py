"""GitHub's releases: owed to the records of releases in the store, and made from those alone."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from speechops.delivery import versions
from speechops.delivery.history import current_line
from speechops.errors import PlatformError
from speechops.evaluation import rules
from speechops.github import releases
from speechops.inputs import GITHUB_RELEASE
from speechops.registry.documents import DIRTY, Delivery, ReleaseKind, is_dirty, short
from speechops.run import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.github.entities import Release as GitHubRelease
    from speechops.github.platform import Platform
    from speechops.registry.documents import Release, TargetRelease
    from speechops.run import Run

_MOST_FILES = 300  # that GitHub names of a comparison
_NO_DATA = ".github/"  # what changes there leaves the data of every model alone
_SHOWN = 50


def is_wanted(run: Run) -> bool:
    """Whether releases of this run are to be published on GitHub."""
    return run.platform is not None and run.settings[GITHUB_RELEASE] != "false"


def complete(run: Run) -> tuple[str, ...]:
    """Publish what GitHub is owed, and let its latest release be that of the last record.

    Returns a warning for each release that GitHub refuses by its rule on workflow files: the model is served
    and recorded, and the next deployment or ``maintain`` tries again. Raises :class:`PlatformError` for all
    other reasons.
    """
    if run.platform is None or not is_wanted(run):
        return ()
    warnings = tuple(
        f"Release {release.version} of {run.model.name} is recorded, but GitHub's release is owed: {refusal} "
        "The next deployment and maintain try again."
        for release in run.registry.releases(run.model.name)
        if release.owed and (refusal := _publish(run, run.platform, release))
    )
    _mark_latest(run, run.platform)
    return warnings


def prepare(run: Run, release: Release) -> GitHubRelease:
    """Make the draft of a release that is not recorded yet, or find what a person has published.

    Raises :class:`PlatformError`, also if there is no GitHub or no commit to make a release of.
    """
    if run.platform is None or not release.commit or is_dirty(release.commit):
        raise PlatformError(
            "Not deployed: a draft release needs a GitHub repository and a model trained from its commit.",
            hint="Give github-token, or another value for github-release.",
        )
    numbered = replace(release, version=versions.following(run, model=release.reference.id))
    notes = _notes(run, run.platform, numbered)
    return releases.prepare(run.platform.github, _released(run, release), notes)


def _publish(run: Run, platform: Platform, release: Release) -> str:
    """Publish the release of a record and note its tag there; return why GitHub refuses, if it does."""
    notes = _notes(run, platform, release)
    try:
        with run.console.step(f"publish the release {release.version} on GitHub"):
            published = releases.publish(
                platform.github,
                _released(run, release),
                notes,
                same_data=lambda: _head_with_same_data(run, platform, release.commit),
            )
    except releases.TagRefused as refusal:
        owed = str(refusal)
        run.registry.update_release(release, lambda recorded: replace(recorded, owed=owed))
        return owed
    run.registry.update_release(release, lambda recorded: replace(recorded, owed="", tag=published.tag))
    return ""


def _released(run: Run, release: Release) -> releases.ReleasedModel:
    return releases.ReleasedModel(
        endpoint_id=release.endpoint,
        model=run.model.name,
        model_id=release.reference.id,
        locale=run.model.locale,
        wer=release.error_rate,
        verdict=release.outcome,
        commit=release.commit,
        trained_from=release.reference.commit,
        endpoints={row.target: row.endpoint for row in release.targets if row.endpoint},
    )


def _mark_latest(run: Run, platform: Platform) -> None:
    """Let GitHub's latest release be that of the model in the last record, with the endpoint that has it.

    A rollback publishes nothing, and a deploy may find its release published long ago, or lose the race for
    the record. A run that records while this is at work may have looked before: look again.
    """
    last = _last(run)
    while last is not None:
        seen = last
        releases.keep_latest(platform.github, _released(run, seen))
        last = _last(run)
        if last and last.version == seen.version:
            return


def _last(run: Run) -> Release | None:
    return next(run.registry.latest_releases(run.model.name), None)


def _head_with_same_data(run: Run, platform: Platform, commit: str) -> str:
    """Return the head of the run's branch if the model's data there is surely that of ``commit``."""
    head = platform.github.reference(f"heads/{run.branch}") if run.branch else None
    if head is None:
        return ""
    try:
        comparison = platform.github.compare(commit, head.object)
    except PlatformError:  # the commit may be gone
        return ""
    straight = comparison.status in {"ahead", "identical"} and len(comparison.files) < _MOST_FILES
    return head.object if straight and all(file.startswith(_NO_DATA) for file in comparison.files) else ""


def _notes(run: Run, platform: Platform, release: Release) -> releases.Notes:
    label = rules.rate_label(run.model)
    return releases.Notes(
        title=f"{run.model.name} {{version}}: {label} {percent(release.error_rate)}",
        markdown=_markdown(run, platform, release, label),
        prefix=versions.prefix(run),
        version=release.version,
    )


def _markdown(run: Run, platform: Platform, release: Release, label: str) -> str:
    """Return the notes of the release. What others wrote, such as names, stands in code."""
    event = platform.event
    rows = [
        ("model", f"`{release.reference.name}`"),
        (label, percent(release.error_rate)),
        ("promoted by", _commit(platform, release.commit)),
    ]
    if release.reference.commit:
        rows.append(("trained from", _commit(platform, release.reference.commit)))
    rows += [(f"target {row.target}", _at_target(row)) for row in release.targets]
    if release.approver:
        rows.append(("approved by", f"`{release.approver}`"))
    if release.endpoint:
        rows.append(("endpoint", f"`{release.endpoint}`"))
    if release.reference.expires:
        rows.append(("expires", release.reference.expires))
    if event.run_id and release.run.isdigit():
        url = f"{event.server_url}/{event.repository}/actions/runs/{release.run}"
        rows.append(("run", f"[{release.run}]({url})"))
    lines: list[str] = []
    before = _before(run, release)
    if changed := _changed(platform, release, before):
        lines += ["### What changed", "", *(f"- `{name}`" for name in changed), ""]
    result = run.registry.result_named(release.result)
    if result is not None and result.verdict:
        lines += ["### Verdict", "", f"{result.verdict.sentence()}.", ""]
    lines += ["### What is served", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    if before:
        command = f"speechops rollback --to-version {before[-1].version}"
        lines += ["", "### How to roll back", "", f"Run the operation `rollback`: `{command}`."]
    return "\n".join(lines)


def _at_target(row: TargetRelease) -> str:
    """Return what a target serves, for people."""
    if row.state is Delivery.FAILED:
        return "not served yet when this was published"
    return f"endpoint `{row.endpoint}`" if row.endpoint else f"model `{row.model}`, no endpoint"


def _commit(platform: Platform, commit: str) -> str:
    event = platform.event
    return f"[`{short(commit)}`]({event.server_url}/{event.repository}/tree/{commit.removesuffix(DIRTY)})"


def _before(run: Run, release: Release) -> list[Release]:
    """Return the releases before one, which may be published late: after others were recorded."""
    recorded = run.registry.releases(run.model.name)
    return list(takewhile(lambda item: item.version != release.version, recorded))


def _changed(platform: Platform, release: Release, before: Sequence[Release]) -> list[str]:
    """Return the files that differ between the data of the release and of the one that was served before."""
    commits = [item.commit for item in current_line(before) if item.kind is ReleaseKind.DEPLOY][-1:]
    if not commits or commits[0] in {"", release.commit}:
        return []
    try:
        files = platform.github.compare(commits[0], release.commit).files
    except PlatformError:  # notes are worth no failure: the commit may be gone
        return []
    names = [json.dumps(name, ensure_ascii=False).strip('"').replace("`", "'") for name in files[:_SHOWN]]
    return [*names, f"and {len(files) - _SHOWN} more"] if len(files) > _SHOWN else names
