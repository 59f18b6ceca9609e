"""What the runs of a whole loop leave in the store and hand to the next step, field by field.

The files in ``documents`` are the contract: a change there is a change for whoever reads the store. With
``SPEECHOPS_WRITE=documents`` in the environment this module writes them again.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.operations.fleet import Fleet
from tests.operations.project import HELPFUL, TESTS, USELESS, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tests.github_api.server import GitHubServer
    from tests.kit.server import RunningService

FOLDER = Path(__file__).parent / "documents"
ENTITY = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
KEY = re.compile(r"(?<=-[0-9a-f]{7}-)[0-9a-f]{8}\b")
TAG = re.compile(r"(?<=\")(?!([0-9a-f])\1{39})[0-9a-f]{40}(?=\")")  # no commit of the loop
HOST = re.compile(r"http://127\.0\.0\.1:[0-9]+")


def looped(
    project: Project,
    loop: Iterable[tuple[str, Sequence[str], Sequence[str]]],
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run a loop, each run of its own commit; return what it hands to next steps, and the documents."""
    outputs = []
    for number, (operation, training, more) in enumerate(loop, 1):
        project.commit = f"{number:x}" * 40
        project.write_training(list(training))
        run = {**(environment or {}), "GITHUB_RUN_ID": str(number)}
        answer = project.run(operation, *more, environment=run)
        handed = {name: value for name, value in answer.outputs.items() if name not in {"report", "outcomes"}}
        log = sorted(answer.text.splitlines())  # what happens at the same time has no order
        outputs.append({"operation": operation, "code": answer.code, **handed, "log": log})
    store = project.folder / ".speechops/store"
    paths = sorted(path for path in store.rglob("*.json") if "summaries" not in path.parts)
    documents = {
        path.relative_to(store).as_posix(): shortened(json.loads(path.read_bytes())) for path in paths
    }
    return {"outputs": outputs, "documents": documents}


def shortened(document: dict[str, Any]) -> dict[str, Any]:
    """Leave one of what there are many, and nothing that depends on the ids of entities."""
    document.pop("key", None)
    for many in document.keys() & {"utterances", "sentences"}:
        del document[many][1:]
    if "words" in document:
        document["words"] = dict(itertools.islice(document["words"].items(), 1))
    return document


def numbered(text: str) -> str:
    """Replace what differs in each run, ids of entities and tags and the ends of names, by numbers."""
    for pattern, name in ((ENTITY, "entity"), (KEY, "key"), (TAG, "tag")):
        found = dict.fromkeys(match[0] for match in pattern.finditer(text))
        numbers = {identity: f"{name} {number}" for number, identity in enumerate(found)}
        text = pattern.sub(lambda match, numbers=numbers: numbers[match[0]], text)  # type: ignore[misc]
    return text


def check(project: Project, name: str, found: dict[str, Any]) -> None:
    """Compare with what is written down."""
    text = json.dumps(found, indent=1, ensure_ascii=False)
    text = text.replace(f"{project.folder}/", "").replace("%2D", "-")
    text = numbered(HOST.sub("http://host", text)) + "\n"
    path = FOLDER / f"{name}.json"
    if os.environ.get("SPEECHOPS_WRITE") == "documents":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_loop__in_a_folder_with_one_resource(project: Project) -> None:
    project.settings = "    gate: any-improvement\n"
    loop = (
        ("test-data", TESTS, ()),
        ("compare", TESTS[:6], ()),
        ("train-data", TESTS[:6], ()),
        ("deploy", TESTS[:6], ()),
        ("train-data", HELPFUL, ()),
        ("deploy", HELPFUL, ()),
        ("train-data", USELESS, ()),
        ("freeze", HELPFUL, ("--reason", "an audit")),
        ("rollback", HELPFUL, ()),
        ("unfreeze", HELPFUL, ()),
        ("maintain", HELPFUL, ("--delete", "at-once", "--keep-models", "0")),
    )
    check(project, "folder", looped(project, loop))


def test_loop__on_github_with_two_targets(
    project: Project,
    start_service: Callable[..., RunningService],
    github_server: GitHubServer,
    tmp_path: Path,
) -> None:
    Fleet(project, start_service, tmp_path)
    state = github_server.state
    state.add_environment("production", reviewers=["octocat"])
    for number in range(1, 9):
        state.add_review(number, "production", login="octocat")
    (tmp_path / "event.json").write_text('{"repository": {"default_branch": "main"}}', encoding="utf-8")
    environment = {
        "GITHUB_API_URL": github_server.api_url,
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": state.repository,
        "GITHUB_SERVER_URL": "https://github.example",
    }
    token = ("--github-token", "job-token")
    approved = (*token, "--environment", "production", "--require-approval", "true")
    loop = (
        ("train-data", TESTS[:6], token),
        ("deploy", TESTS[:6], approved),
        ("train-data", HELPFUL, token),
        ("deploy", HELPFUL, approved),
        ("rollback", HELPFUL, approved),
        ("maintain", HELPFUL, token),
    )
    found = looped(project, loop, environment)
    for release in state.releases:
        for asset in release["assets"]:
            asset["content"] = json.loads(base64.b64decode(asset["content"]))
    github = {"releases": state.releases, "references": state.references, "tags": state.tags}
    check(project, "targets", {**found, "github": github})
