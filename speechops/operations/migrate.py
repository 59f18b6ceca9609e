"""``migrate``: a fork of Microsoft's Speech DevOps template becomes a repository of ours.

The template's two workflows are read for what the fork had set, never run. Forks renamed variables and paths,
so values are known by what they look like and by the words in their names, and counted only where the file
exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from speechops.errors import DataError, UsageError
from speechops.inputs import BY_NAME
from speechops.run import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speechops.console import Console

WORKFLOWS = Path(".github", "workflows")
CONFIG = Path("speechops.yml")
MODEL = "custom-speech"

_OURS = re.compile(r"uses:\s*\S+/speechops")
_SECRET = re.compile(r"\bsecrets\.([A-Z][A-Z0-9_]*)")
_MARKS = frozenset({"SPEECH_SUBSCRIPTION_KEY", "SPEECH_PROJECT_NAME", "SPEECH_RESOURCE_REGION"})
_KEPT = (*sorted(_MARKS), "AZURE_CREDENTIALS", "STORAGE_ACCOUNT_NAME", "STORAGE_CONNECTION_STRING")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{4})?-[A-Z]{2}")
_CONTAINERS = {"test-results", "configuration"}
_LEAST = int(BY_NAME["min-utterances"].default)

FAULTS = """\
These faults of the old workflows end with them:
- both ran on a push that changed both kinds of data, and raced for the benchmark;
- the newest model in the list was taken for the benchmark, whoever made it;
- word error rates were compared as text, so that 9.5 counted as more than 10.1;
- the container configuration is open to the public: set it to private in the storage account."""


@dataclass(frozen=True, slots=True)
class Fork:
    """What a fork of the template had: its data by key of ``training-data``, and what its workflows named."""

    workflows: tuple[Path, ...]
    locale: str
    test: str
    training: Mapping[str, str]
    branches: tuple[str, ...]
    baseline: bool
    secrets: tuple[str, ...]
    missing: tuple[str, ...]
    containers: tuple[str, ...]
    utterances: int | None  # of the test data; None where it cannot be read


def run(folder: Path, action: str, endpoint_id: str, console: Console) -> Outcome:
    """Write ``speechops.yml`` and the callers, remove the template's workflows, say what stays to do.

    Raises :class:`UsageError` where this is no fork, or is one no longer.
    """
    if (folder / CONFIG).exists():
        raise UsageError(
            f"{CONFIG} is there already: nothing was changed.", hint="Remove it to migrate anew."
        )
    repository, _, version = action.partition("@")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or not re.fullmatch(r"[\w./-]+", version):
        raise UsageError(f"action: {action!r} is not of the form OWNER/speechops@v1.")
    fork = read(folder)
    written = {CONFIG: config(fork, endpoint_id), **callers(fork, repository, version)}
    taken = [str(path) for path in written if (folder / path).exists() and path not in fork.workflows]
    if taken:
        raise UsageError(f"{', '.join(taken)} is there already: nothing was changed.")
    for path in fork.workflows:
        (folder / path).unlink()
        console.line(f"removed {path}")
    for path, text in written.items():
        (folder / path).write_text(text, encoding="utf-8", newline="\n")
        console.line(f"wrote {path}")
    console.line(FAULTS)
    console.heading("What stays to do")
    for number, text in enumerate(_to_do(fork, endpoint_id, action), 1):
        console.line(f"{number}. {text}")
    return Outcome(
        f"The fork is migrated: {len(fork.workflows)} workflows removed, {len(written)} files written."
    )


def read(folder: Path) -> Fork:
    """Return what the template's workflows in ``folder`` say. Raises :class:`UsageError` without any."""
    found = [(path, text) for path, text in _texts(folder) if _is_templates(text)]
    if not found:
        raise UsageError(
            f"There is no workflow of the Speech DevOps template in {WORKFLOWS}.",
            hint="Run migrate at the root of a clone of the fork.",
        )
    contents = [_parsed(path, text) for path, text in found]
    named = [pair for content in contents for pair in _values(content)]
    files = {_without_dot(value): key for key, value in named if _is_data(value)}
    present = {path: key for path, key in files.items() if (folder / path).is_file()}
    test = [path for path, key in present.items() if path.endswith(".zip") and _is_of_tests(path, key)]
    training = {
        kind: path for path, key in present.items() if path not in test and (kind := _kind(path, key))
    }
    pushes = [_push(content) for content in contents]
    return Fork(
        workflows=tuple(path for path, _ in found),
        locale=next((value for _, value in named if _LOCALE.fullmatch(value)), ""),
        test=test[0] if test else "",
        training=training,
        branches=tuple(dict.fromkeys(name for push in pushes for name in _strings(push.get("branches")))),
        baseline=any(tag.startswith("BASELINE") for push in pushes for tag in _strings(push.get("tags"))),
        secrets=tuple(sorted({name for _, text in found for name in _SECRET.findall(text)})),
        missing=tuple(sorted(set(files) - set(present))),
        containers=tuple(
            sorted({value for key, value in named if "CONTAINER" in key.upper() and value not in _CONTAINERS})
        ),
        utterances=_utterances(folder / test[0]) if test else None,
    )


def config(fork: Fork, endpoint_id: str) -> str:
    """Return ``speechops.yml``."""
    lines = [
        "# Written by speechops migrate.",
        "models:",
        f"  {MODEL}:",
        f"    locale: {fork.locale or 'en-US'}",
    ]
    if fork.test:
        lines.append(f"    test-data: {_yaml(fork.test)}")
    if fork.training:
        lines.append("    training-data:")
        lines += [f"      {kind}: {_yaml(path)}" for kind, path in fork.training.items()]
    if endpoint_id:
        lines.append(f"    endpoint-id: {_yaml(endpoint_id)}")
    lines += ["    # gate: any-improvement is the template's rule; what stands is better beyond chance.", ""]
    return "\n".join(lines)


def callers(fork: Fork, repository: str, version: str) -> dict[Path, str]:
    """Return the workflows that call ours."""
    branches = ", ".join(_yaml(name) for name in fork.branches or ("main",))
    tags = '\n    tags: ["BASELINE*"]' if fork.baseline else ""
    own = "contents: read # the data\n      id-token: write # sign-in to Azure with OpenID Connect"
    release = own.replace("read # the data", "write # the release") + "\n      actions: read # the approval"
    shown = "\n      pull-requests: write # the comment\n      checks: write # the check"
    issue = "\n      issues: write # what needs attention, if it is wanted"
    push = f"\n  push:\n    branches: [{branches}]{tags}"
    nightly = '\n  schedule:\n    - cron: "17 2 * * *"\n  workflow_dispatch:'
    made = {
        "speech.yml": ("Speech", push, "ci-cd", release),
        "speech-pull-request.yml": ("Speech pull request", " pull_request", "pull-request", f"{own}{shown}"),
        "speech-maintenance.yml": ("Speech maintenance", nightly, "maintenance", f"{own}{issue}"),
    }
    secrets = "\n".join(f"      {name}: ${{{{ secrets.{name} }}}}" for name in _KEPT if name in fork.secrets)
    called = f"{repository}/.github/workflows/{{}}.yml@{version}"
    return {
        WORKFLOWS / file: _CALLER.format(
            name=name, on=on, workflow=called.format(workflow), permissions=permissions, secrets=secrets
        )
        for file, (name, on, workflow, permissions) in made.items()
    }


_CALLER = """\
# Written by speechops migrate.
name: {name}
on:{on}
permissions: {{}}
jobs:
  speech:
    name: Speech
    uses: {workflow}
    permissions:
      {permissions}
    with:
      lfs: true # the template keeps audio in Git LFS
    secrets:
{secrets}
"""


def _to_do(fork: Fork, endpoint_id: str, action: str) -> Iterator[str]:
    if action.startswith("OWNER/"):
        yield "Replace OWNER in the three workflows by the owner of the Action."
    if not fork.locale:
        yield f"No locale was found: {CONFIG} says en-US."
    if not fork.test:
        yield f"No test data was found: name the zip as test-data in {CONFIG}."
    if fork.utterances is not None and fork.utterances < _LEAST:
        yield (
            f"{fork.test} has {_number(fork.utterances)}, and a verdict needs {_LEAST} (min-utterances): "
            "until there are more, every verdict is inconclusive and the job red. "
            "on-inconclusive: pass keeps it green."
        )
    if fork.missing:
        yield f"The old workflows name files that are not here: {', '.join(fork.missing)}."
    kept = [name for name in _KEPT if name in fork.secrets]
    yield f"Keep the secrets {', '.join(kept)}; they are read under these names."
    unused = [name for name in fork.secrets if name not in _KEPT and name != "GITHUB_TOKEN"]
    if unused:
        yield f"No longer read: {', '.join(unused)}."
    if fork.containers:
        yield f"Containers are named test-results and configuration now, not {', '.join(fork.containers)}."
    if not endpoint_id:
        yield (
            f"To keep the endpoint, set endpoint-id in {CONFIG} to the ENDPOINT_ID of the last release's "
            "release-endpoints.json; otherwise the first deployment makes a new one."
        )
    yield "Give the environment production required reviewers, or set require-approval: false in speech.yml."
    yield "Commit and push. The first test takes the benchmark in the old storage over, where it can."
    yield "When all works, sign in with OpenID Connect in place of AZURE_CREDENTIALS."


def _texts(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted((folder / WORKFLOWS).glob("*.y*ml")):
        yield path.relative_to(folder), path.read_text(encoding="utf-8-sig")


def _is_templates(text: str) -> bool:
    return bool(_MARKS & set(_SECRET.findall(text))) and not _OURS.search(text)


def _parsed(path: Path, text: str) -> Mapping[Any, Any]:
    import yaml  # noqa: PLC0415 - only where there is a file to read

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not valid YAML: nothing was changed.") from error
    return content if isinstance(content, dict) else {}


def _push(content: Mapping[Any, Any]) -> Mapping[str, Any]:
    on = content.get("on", content.get(True))  # YAML 1.1 reads the word as a truth value
    push = on.get("push") if isinstance(on, dict) else None
    return push if isinstance(push, dict) else {}


def _values(content: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    """Yield what the workflow sets: the pairs of its ``env``, and its paths with no name."""
    env = content.get("env")
    for key, value in env.items() if isinstance(env, dict) else ():
        if isinstance(value, str):
            yield str(key), value.strip()
    for path in _strings(_push(content).get("paths")):
        yield "", path


def _strings(value: object) -> Sequence[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _is_data(value: str) -> bool:
    path = PurePosixPath(value)
    inside = not path.is_absolute() and ".." not in path.parts
    return inside and path.suffix in {".zip", ".txt", ".md"} and len(path.parts) > 1 and "*" not in value


def _utterances(path: Path) -> int | None:
    """Count what there is to test on; None where that is not to be read, which validate then explains."""
    from speechops import corpus  # noqa: PLC0415

    try:
        data = corpus.read(path, kind=corpus.Kind.ACOUSTIC, purpose=corpus.Purpose.TEST, locale="en-US")
    except DataError:  # such as a Git LFS pointer
        return None
    return len(data.utterances)


def _number(utterances: int) -> str:
    return "one utterance" if utterances == 1 else f"{utterances} utterances"


def _without_dot(value: str) -> str:
    return PurePosixPath(value).as_posix()


def _is_of_tests(path: str, key: str) -> bool:
    return "TEST" in f"{key} {path}".upper()


def _kind(path: str, key: str) -> str:
    """Return the key of ``training-data`` for a file; empty for what is no training data."""
    words = f"{key} {path}".upper()
    if path.endswith(".zip"):
        return "audio"
    if "PRONUNCIATION" in words:
        return "pronunciation"
    if path.endswith(".md"):
        return "structured-text" if "STRUCTURED" in words else ""
    return "text" if "TEXT" in words or "LANGUAGE" in words else ""


def _yaml(text: str) -> str:
    """Return text as a YAML scalar."""
    if re.fullmatch(r"[A-Za-z0-9][\w./-]*", text):
        return text
    return "'" + text.replace("'", "''") + "'"
