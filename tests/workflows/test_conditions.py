"""Which jobs run, in every case that matters: success, failure, cancellation, skipped jobs, forks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = Path(sys.prefix) / "workflows"
BANNER = "import {createRequire} from 'node:module'; const require = createRequire(import.meta.url);"

Scenario = dict[str, Any]
RAN, SKIPPED, FAILED, CANCELLED = "success", "skipped", "failure", "cancelled"


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Return what plays a workflow in scenarios."""
    if not (PACKAGES / "node_modules" / ".package-lock.json").exists():
        pytest.skip("GitHub's workflow parser is not installed: make .venv/.workflows needs npm's registry")
    binaries = Path(sys.executable).parent
    program = tmp_path_factory.mktemp("evaluate") / "evaluate.mjs"
    bundle = [str(PACKAGES / "node_modules/.bin/esbuild"), "evaluate.mjs", "--bundle", "--platform=node"]
    bundle += ["--format=esm", "--log-level=warning", f"--banner:js={BANNER}", f"--outfile={program}"]
    environment = os.environ | {"NODE_PATH": str(PACKAGES / "node_modules")}
    subprocess.run(bundle, cwd=HERE, check=True, env=environment)

    def play(workflow: str, *scenarios: Scenario) -> Any:  # noqa: ANN401 - JSON
        asked = json.dumps({"workflow": f".github/workflows/{workflow}.yml", "scenarios": scenarios})
        command = [str(binaries / "node"), str(program)]
        done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, cwd=ROOT)
        return json.loads(done.stdout)

    return play


def planned(test: str = "[]", train: str = "[]", deploy: str = "[]", **more: Any) -> Scenario:  # noqa: ANN401
    """Return a scenario in which ``plan`` and ``verdicts`` say so."""
    outputs = {
        "plan": {"models-to-test": test, "models-to-train": train},
        "verdicts": {"models-to-deploy": deploy},
    }
    return {"outputs": outputs, **more}


MODEL = '["pharmacy"]'
TWO = '["pharmacy", "clinic"]'

CI_CD = [
    # what happened, scenario, (plan, test-data, train-data, verdicts, deploy, speech)
    ("nothing is owed", planned(), (RAN, SKIPPED, SKIPPED, SKIPPED, SKIPPED, RAN)),
    ("test data changed", planned(MODEL), (RAN, RAN, SKIPPED, SKIPPED, SKIPPED, RAN)),
    ("training data improved", planned("[]", MODEL, MODEL), (RAN, SKIPPED, RAN, RAN, RAN, RAN)),
    ("training data is not better", planned("[]", MODEL, results={"train-data": FAILED}),
     (RAN, SKIPPED, FAILED, RAN, SKIPPED, FAILED)),
    ("training data passes without promotion", planned("[]", MODEL), (RAN, SKIPPED, RAN, RAN, SKIPPED, RAN)),
    ("one of two is not better", planned("[]", TWO, MODEL, results={"train-data": FAILED}),
     (RAN, SKIPPED, FAILED, RAN, RAN, FAILED)),
    ("the verdict on one of two is missing",
     planned("[]", TWO, MODEL, results={"train-data": FAILED, "verdicts": FAILED}),
     (RAN, SKIPPED, FAILED, FAILED, RAN, FAILED)),
    ("both kinds changed", planned(MODEL, MODEL, MODEL), (RAN, RAN, RAN, RAN, RAN, RAN)),
    ("the test fails", planned(MODEL, MODEL, MODEL, results={"test-data": FAILED}),
     (RAN, FAILED, SKIPPED, SKIPPED, SKIPPED, FAILED)),
    ("the plan fails", planned(MODEL, MODEL, MODEL, results={"plan": FAILED}),
     (FAILED, SKIPPED, SKIPPED, SKIPPED, SKIPPED, FAILED)),
    ("a failed plan says nothing", {"results": {"plan": FAILED}},
     (FAILED, SKIPPED, SKIPPED, SKIPPED, SKIPPED, FAILED)),
    ("training is cancelled", planned("[]", MODEL, MODEL, results={"train-data": CANCELLED}),
     (RAN, SKIPPED, CANCELLED, SKIPPED, SKIPPED, FAILED)),
    ("the run is cancelled", planned("[]", MODEL, MODEL, cancelled=True),
     (SKIPPED, SKIPPED, SKIPPED, SKIPPED, SKIPPED, FAILED)),
    ("the store cannot be read", planned("[]", MODEL, results={"verdicts": FAILED}),
     (RAN, SKIPPED, RAN, FAILED, SKIPPED, FAILED)),
    ("the approval is refused", planned("[]", MODEL, MODEL, results={"deploy": FAILED}),
     (RAN, SKIPPED, RAN, RAN, FAILED, FAILED)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scenario", "expected"), [case[1:] for case in CI_CD], ids=[case[0] for case in CI_CD]
)
def test_ci_cd(judge: Callable[..., Any], scenario: Scenario, expected: tuple[str, ...]) -> None:
    answer = judge("ci-cd", scenario)
    jobs = ("plan", "test-data", "train-data", "verdicts", "deploy", "speech")
    assert answer["outcomes"] == [dict(zip(jobs, expected, strict=True))]


def pull_request(head: str | None, *, local: bool, models: str = MODEL, **more: Any) -> Scenario:  # noqa: ANN401
    repository = None if head is None else {"full_name": head}
    return {
        "github": {
            "repository": "team/data",
            "event_name": "pull_request",
            "event": {"pull_request": {"number": 1, "head": {"repo": repository}}},
        },
        "outputs": {"plan": {"models": models, "local": "true" if local else "false"}},
        **more,
    }


OURS = "team/data"

GROUP = {"github": {"repository": OURS, "event_name": "merge_group", "event": {"merge_group": {}}}}

PULL_REQUEST = [
    # what happened, scenario, (plan, validate, compare, speech)
    ("our own branch", pull_request(OURS, local=False), (RAN, RAN, RAN, RAN)),
    ("a fork, Speech resource", pull_request("someone/data", local=False), (RAN, RAN, SKIPPED, FAILED)),
    ("a fork that is gone", pull_request(None, local=False), (RAN, RAN, SKIPPED, FAILED)),
    ("a fork, embedded service", pull_request("someone/data", local=True), (RAN, RAN, RAN, RAN)),
    ("a fork, nothing relevant changed", pull_request("someone/data", local=False, models="[]"),
     (RAN, RAN, SKIPPED, RAN)),
    ("a merge group", pull_request(None, local=False) | GROUP, (RAN, RAN, RAN, RAN)),
    ("nothing relevant changed", pull_request(OURS, local=False, models="[]"), (RAN, RAN, SKIPPED, RAN)),
    ("invalid data", pull_request(OURS, local=False, results={"validate": FAILED}),
     (RAN, FAILED, SKIPPED, FAILED)),
    ("the plan fails", pull_request(OURS, local=False, results={"plan": FAILED}),
     (FAILED, RAN, SKIPPED, FAILED)),
    ("the comparison fails", pull_request(OURS, local=False, results={"compare": FAILED}),
     (RAN, RAN, FAILED, FAILED)),
    ("a newer commit", pull_request(OURS, local=False, cancelled=True), (SKIPPED, SKIPPED, SKIPPED, FAILED)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scenario", "expected"), [case[1:] for case in PULL_REQUEST], ids=[case[0] for case in PULL_REQUEST]
)
def test_pull_request(judge: Callable[..., Any], scenario: Scenario, expected: tuple[str, ...]) -> None:
    answer = judge("pull-request", scenario)
    outcomes = answer["outcomes"][0]
    assert tuple(outcomes[job] for job in ("plan", "validate", "compare", "speech")) == expected


@pytest.mark.parametrize(
    ("head", "page", "more", "expected"),
    [
        (OURS, "https://github.com/team/data/actions/runs/1/artifacts/2", {}, True),
        (OURS, "", {}, False),
        ("someone/data", "https://github.com/team/data/actions/runs/1/artifacts/2", {}, False),
        (None, "https://github.com/team/data/actions/runs/1/artifacts/2", GROUP, False),
        (OURS, "https://github.com/team/data/actions/runs/1/artifacts/2", {"cancelled": True}, False),
    ],
    ids=["our own branch", "no page", "a fork", "a merge group", "cancelled"],
)
def test_pull_request__links_the_page_where_the_comment_may_be_edited(
    judge: Callable[..., Any], head: str | None, page: str, more: Scenario, expected: bool
) -> None:
    steps = {"compare": {"page": {"outputs": {"artifact-url": page}}}}
    answer = judge("pull-request", pull_request(head, local=True, steps=steps) | more)
    names = answer["steps"][0]["compare"]
    assert ("Link the page in the comment" in names) == expected


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [(planned(MODEL), RAN), (planned(), SKIPPED), (planned(MODEL, results={"plan": FAILED}), SKIPPED)],
)
def test_maintenance(judge: Callable[..., Any], scenario: Scenario, expected: str) -> None:
    assert judge("maintenance", scenario)["outcomes"][0]["maintain"] == expected


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow__is_understood(judge: Callable[..., Any], path: Path) -> None:
    answer = judge(path.stem)
    assert answer["errors"] == []
    assert answer["jobs"]


def test_ci_cd__trains_only_after_testing(judge: Callable[..., Any]) -> None:
    needs = {job["id"]: job["needs"] for job in judge("ci-cd")["jobs"]}
    assert "test-data" in needs["train-data"]


@pytest.mark.parametrize(
    ("event", "head", "expected"),
    [
        ("pull_request", "someone/data", RAN),
        ("pull_request", "team/data", SKIPPED),
        ("push", "someone/data", SKIPPED),
    ],
)
def test_publish_report__speaks_for_forks_alone(
    judge: Callable[..., Any], event: str, head: str, expected: str
) -> None:
    run = {"event": event, "head_repository": {"full_name": head}}
    scenario = {"github": {"repository": OURS, "event": {"workflow_run": run}}}
    assert judge("publish-report", scenario)["outcomes"] == [{"publish": expected}]


OPEN = {"pull_request": {"url": "x"}, "state": "open"}


@pytest.mark.parametrize(
    ("body", "action", "issue", "expected"),
    [
        ("/speech compare " + "a" * 40, "created", OPEN, RAN),
        ("/speech compare " + "a" * 40, "edited", OPEN, SKIPPED),
        ("please /speech compare", "created", OPEN, SKIPPED),
        ("/speech compare", "created", {"state": "open"}, SKIPPED),
        ("/speech compare", "created", {**OPEN, "state": "closed"}, SKIPPED),
    ],
)
def test_compare_fork__heeds_new_comments_on_open_pull_requests(
    judge: Callable[..., Any], body: str, action: str, issue: dict[str, Any], expected: str
) -> None:
    event = {
        "action": action,
        # A private member of the organization: GitHub alone knows, when it is asked.
        "comment": {"body": body, "author_association": "NONE"},
        "issue": {"number": 7, **issue},
    }
    scenario = {"github": {"repository": OURS, "event_name": "issue_comment", "event": event}}
    assert judge("compare-fork", scenario)["outcomes"] == [{"compare": expected}]


@pytest.mark.parametrize("name", ["ci-cd", "pull-request"])
def test_speech__is_the_last_job_and_sees_all_others(judge: Callable[..., Any], name: str) -> None:
    *others, last = judge(name)["jobs"]
    assert last["id"] == "speech"
    assert sorted(last["needs"]) == sorted(job["id"] for job in others)
