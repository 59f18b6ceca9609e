"""``deploy`` and ``rollback`` on GitHub: approval before, one release after."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from speechops.delivery import publication, records
from speechops.github import releases
from speechops.operations import rollback
from tests.operations.project import HELPFUL, Answer, Project
from tests.operations.test_dirty import PATH, commit, git
from tests.operations.test_loop import client, raising

if TYPE_CHECKING:
    from types import ModuleType

    from tests.github_api.server import GitHubServer


OF_ANYONE = (
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
    "issues",
    "issue_comment",
    "discussion",
    "discussion_comment",
    "fork",
    "watch",
)
APPROVAL = ("--environment", "production", "--require-approval", "true")


def run(
    project: Project,
    server: GitHubServer,
    operation: str,
    *more: str,
    token: str = "job-token",  # noqa: S107 - invented
    **more_environment: str,
) -> Answer:
    event = project.folder / "event.json"
    event.write_text("{}", encoding="utf-8")
    environment = {
        "GITHUB_API_URL": server.api_url,
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": server.state.repository,
        "GITHUB_RUN_ID": "7",
        "GITHUB_SERVER_URL": "https://github.example",
        **more_environment,
    }
    return project.run(operation, "--github-token", token, *more, environment=environment)


def asset(release: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(base64.b64decode(release["assets"][0]["content"]))


def latest_tag(server: GitHubServer) -> str:
    """Return the tag of GitHub's latest release."""
    state = server.state
    (tag,) = [each["tag_name"] for each in state.releases if each["id"] == state.latest_release]
    return str(tag)


def promote(project: Project, server: GitHubServer, sentences: list[str]) -> str:
    """Train a model that becomes the benchmark, and return its id."""
    project.settings = "    gate: any-improvement\n"
    project.write_training(sentences)
    trained = run(project, server, "train-data")
    assert trained.code == 0, trained.text
    return trained.outputs["candidate"]


def release(project: Project, server: GitHubServer, sentences: list[str]) -> str:
    """Deploy a new benchmark too."""
    model = promote(project, server, sentences)
    deployed = run(project, server, "deploy")
    assert deployed.outputs["candidate"] == model, deployed.text
    return model


def test_deploy__publishes_one_release_however_often(project: Project, github_server: GitHubServer) -> None:
    trained = run(project, github_server, "train-data")
    first = run(project, github_server, "deploy")
    assert first.code == 0, first.text
    assert run(project, github_server, "deploy").outputs == first.outputs
    (release,) = github_server.state.releases
    assert release["tag_name"] == "v1.0.0"
    assert f"v{first.outputs['version']}" == release["tag_name"]
    assert asset(release)["ENDPOINT_ID"] == first.outputs["endpoint-id"]
    assert asset(release)["model_id"] == trained.outputs["candidate"]
    told = {key: asset(release)[key] for key in ("model", "locale", "wer", "verdict")}
    assert told == {"model": "m", "locale": "en-US", "wer": 0, "verdict": "better"}
    assert release["name"] == "m v1.0.0: WER 0.0 %"
    (tag,) = github_server.state.tags.values()
    assert tag["object"] == project.commit
    assert "### Verdict\n\nbetter: " in release["body"]
    assert f"| endpoint | `{first.outputs['endpoint-id']}` |" in release["body"]
    assert "| expires | 2028-01-15 |" in release["body"]
    assert "How to roll back" not in release["body"]
    assert "https://github.example/octo-team/speech-data/actions/runs/7" in release["body"]


def test_deploy__again_to_a_new_endpoint_has_the_next_version(
    project: Project, github_server: GitHubServer
) -> None:
    release(project, github_server, HELPFUL)
    first = run(project, github_server, "deploy")
    client(project).delete_endpoint(first.outputs["endpoint-id"])
    second = run(project, github_server, "deploy")
    assert second.code == 0, second.text
    assert second.outputs["endpoint-id"] != first.outputs["endpoint-id"]
    assert (first.outputs["version"], second.outputs["version"]) == ("1.0.0", "1.1.0")


def test_deploy__version_follows_the_tags_there_are(project: Project, github_server: GitHubServer) -> None:
    github_server.state.references["refs/tags/v2.3.0"] = {"type": "commit", "sha": "c" * 40}
    run(project, github_server, "train-data")
    assert run(project, github_server, "deploy").outputs["version"] == "2.4.0"


@pytest.mark.parametrize(("old", "tags", "expected"), [
    ("forget", ("0.1.9", "0.1.64", "BASELINE_0", "252242"), "0.2.0"),
    ("forget", ("0.1.64", "v0.0.9-alpha", "v1.2.0"), "1.3.0"),
    ("none", ("0.1.64",), "1.0.0"),
])  # fmt: skip
def test_deploy__version_of_a_fork_of_the_template_follows_tags_without_v(
    project: Project, github_server: GitHubServer, old: str, tags: tuple[str, ...], expected: str
) -> None:
    for tag in tags:
        github_server.state.references[f"refs/tags/{tag}"] = {"type": "commit", "sha": "c" * 40}
    project.settings = f"    old-benchmark: {old}\n"
    project.write_training(HELPFUL)
    run(project, github_server, "train-data")
    draft = run(project, github_server, "deploy", *APPROVAL, "--github-release", "draft")
    assert draft.code == 0, draft.text
    assert [release["tag_name"] for release in github_server.state.releases] == [f"v{expected}"]
    assert run(project, github_server, "deploy").outputs["version"] == expected


def test_rollback__has_a_version_but_no_release_and_deploy_goes_on_after_it(
    project: Project, github_server: GitHubServer
) -> None:
    project.settings = "    gate: any-improvement\n"
    project.write_training(HELPFUL[:6])
    run(project, github_server, "train-data")
    run(project, github_server, "deploy")
    project.write_training(HELPFUL[:9])
    run(project, github_server, "train-data")
    run(project, github_server, "deploy")
    back = run(project, github_server, "rollback")
    assert back.outputs["version"] == "1.2.0"
    assert [release["tag_name"] for release in github_server.state.releases] == ["v1.0.0", "v1.1.0"]
    latest = [
        call.body for call in github_server.calls if call.method == "PATCH" and "make_latest" in call.body
    ]
    assert latest == [{"make_latest": "true"}]
    assert latest_tag(github_server) == "v1.0.0"
    project.write_training(HELPFUL)
    run(project, github_server, "train-data")
    assert run(project, github_server, "deploy").outputs["version"] == "1.3.0"
    assert github_server.state.releases[-1]["tag_name"] == "v1.3.0"
    assert "`speechops rollback --to-version 1.2.0`" in github_server.state.releases[-1]["body"]
    again = run(project, github_server, "rollback", "--to-version", "1.2.0")
    assert again.outputs["candidate"] == back.outputs["candidate"]


@pytest.mark.parametrize("operation", ["deploy", "rollback"])
def test_approval__closed_without_reviewers(
    project: Project, github_server: GitHubServer, operation: str
) -> None:
    project.settings = "    gate: any-improvement\n"
    project.write_training(HELPFUL[:6])
    run(project, github_server, "train-data")
    run(project, github_server, "deploy")
    project.write_training(HELPFUL)
    run(project, github_server, "train-data")
    if operation == "rollback":
        run(project, github_server, "deploy")
    before = len(github_server.state.releases)
    served = project.registry.releases("m")[-1].reference.id
    github_server.state.add_environment("production", wait_minutes=30)
    answer = run(project, github_server, operation, *APPROVAL)
    assert answer.code == 1
    assert "no person has to approve the environment production" in answer.text
    assert "draft release" in answer.text
    github_server.state.add_environment("production", reviewers=["octocat"])
    github_server.state.add_review(7, "staging", login="octocat")
    github_server.state.add_review(8, "production", login="octocat")
    github_server.state.add_review(7, "production", login="octocat", state="rejected")
    answer = run(project, github_server, operation, *APPROVAL)
    assert answer.code == 1
    assert "nobody approved the environment production in this run" in answer.text
    assert len(github_server.state.releases) == before
    (endpoint,) = client(project).endpoints()
    assert endpoint.model
    assert endpoint.model.id == served
    github_server.state.add_review(7, "production", login="octocat")
    answer = run(project, github_server, operation, *APPROVAL)
    assert answer.code == 0, answer.text
    assert project.registry.releases("m")[-1].approver == "octocat"
    if operation == "deploy":
        assert "| approved by | `octocat` |" in github_server.state.releases[-1]["body"]


def test_approval__is_asked_for_before_the_pointer_moves(
    project: Project, github_server: GitHubServer
) -> None:
    project.settings = "    on-inconclusive: ask\n    min-words: 100000\n"
    project.write_training(HELPFUL)
    candidate = run(project, github_server, "train-data").outputs["candidate"]
    github_server.state.add_environment("production", reviewers=["octocat"])
    options = (*APPROVAL, "--candidate", candidate)
    assert run(project, github_server, "deploy", *options).code == 1
    assert project.registry.benchmark("m") is None
    github_server.state.add_review(7, "production", login="octocat")
    assert run(project, github_server, "deploy", *options).outputs["deployed"] == "true"


@pytest.mark.parametrize(
    "operation", ["test-data", "train-data", "maintain", "deploy", "rollback", "freeze", "unfreeze"]
)
def test_event__that_anyone_may_cause_is_refused(project: Project, operation: str) -> None:
    project.release(HELPFUL)
    payload = project.folder / "event.json"
    payload.write_text("{}", encoding="utf-8")
    for event in OF_ANYONE:
        environment = {"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(payload)}
        answer = project.run(operation, "--reason", "r", environment=environment)
        assert answer.code == 2, event
        assert f"does not run on the event {event}," in answer.text


def test_approval__closed_without_a_token(project: Project) -> None:
    project.run("train-data")
    answer = project.run("deploy", "--environment", "production", "--require-approval", "true")
    assert answer.code == 1
    assert "this run has no access to GitHub" in answer.text


def test_approval__closed_outside_of_a_job(project: Project, github_server: GitHubServer) -> None:
    """GitHub knows approvals of runs of a workflow alone."""
    project.run("train-data")
    github_server.state.add_environment("production", reviewers=["octocat"])
    answer = run(project, github_server, "deploy", *APPROVAL, GITHUB_RUN_ID="")
    assert answer.code == 1
    assert "this run has no access to GitHub" in answer.text


@pytest.mark.parametrize("first", ["7", ""], ids=["in a job", "on a laptop"])
def test_deploy__token_that_may_not_write_says_what_it_lacks_and_the_next_run_goes_on(
    project: Project, github_server: GitHubServer, first: str
) -> None:
    run(project, github_server, "train-data")
    refused = run(project, github_server, "deploy", token="fork-token", GITHUB_RUN_ID=first)
    assert refused.code == 1
    assert "contents: write" in refused.text
    (recorded,) = project.registry.releases("m")
    assert recorded.owed
    assert run(project, github_server, "deploy", GITHUB_RUN_ID="8").code == 0
    (published,) = github_server.state.releases
    assert ("actions/runs/7)" in published["body"]) is bool(first)  # the run that recorded it
    assert published["body"].count("actions/runs/") == bool(first)


def test_deploy__without_release(project: Project, github_server: GitHubServer) -> None:
    """Not even the tags on GitHub are asked for."""
    github_server.state.references["refs/tags/v2.3.0"] = {"type": "commit", "sha": "c" * 40}
    run(project, github_server, "train-data")
    answer = run(project, github_server, "deploy", "--github-release", "false")
    assert answer.outputs["version"] == "1.0.0"
    assert github_server.state.releases == []
    assert [item.owed for item in project.registry.releases("m")] == [""]


def test_deploy__is_recorded_though_github_does_not_answer(
    project: Project, github_server: GitHubServer
) -> None:
    run(project, github_server, "train-data")
    github_server.fail("GET", "/(releases|git)", 500, times=99)
    assert run(project, github_server, "deploy").code == 1
    (recorded,) = project.registry.releases("m")
    assert recorded.version == "1.0.0"
    assert recorded.owed


def test_draft__is_deployed_when_a_person_has_published_it(
    project: Project, github_server: GitHubServer
) -> None:
    run(project, github_server, "train-data")
    draft = ("--github-release", "draft", "--require-approval", "true")
    for _ in range(2):
        waiting = run(project, github_server, "deploy", *draft)
        assert waiting.code == 0, waiting.text
        assert waiting.outputs["deployed"] == "false"
        assert "The draft release v1.0.0" in waiting.text
    (release,) = github_server.state.releases
    assert release["draft"]
    assert release["assets"] == []
    assert release["body"].splitlines()[0].startswith("<!-- speechops:release model=")
    assert not project.registry.releases("m")
    release["draft"] = False
    answer = run(project, github_server, "deploy", *draft)
    assert answer.code == 0, answer.text
    assert (answer.outputs["deployed"], answer.outputs["version"]) == ("true", "1.0.0")
    (release,) = github_server.state.releases
    assert asset(release)["ENDPOINT_ID"] == answer.outputs["endpoint-id"]


def test_draft__of_a_model_that_was_rolled_back_approves_no_second_deployment(
    project: Project, github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it hold up a deployment that is repeated, or that completes a rollback."""
    draft = ("--github-release", "draft")
    first, second = release(project, github_server, HELPFUL[:4]), release(project, github_server, HELPFUL)
    client(project).delete_endpoint(project.registry.releases("m")[-1].endpoint)
    assert run(project, github_server, "deploy", *draft).outputs["deployed"] == "true"
    with monkeypatch.context() as patch:
        patch.setattr(rollback, "record", raising(KeyboardInterrupt()))
        assert run(project, github_server, "rollback", *draft, GITHUB_RUN_ID="8").code == 130
    assert run(project, github_server, "deploy", *draft).outputs["candidate"] == first
    promote(project, github_server, HELPFUL)
    refused = run(project, github_server, "deploy", *draft)
    assert refused.code == 1
    assert "Run rollback --to-version 1.2.0, or delete v1.1.0 on GitHub" in refused.text
    assert project.registry.releases("m")[-1].reference.id == first
    del github_server.state.releases[1]
    assert "The draft release v1.4.0" in run(project, github_server, "deploy", *draft).text
    github_server.state.releases[-1]["draft"] = False
    answer = run(project, github_server, "deploy", *draft)
    assert (answer.outputs["deployed"], answer.outputs["candidate"]) == ("true", second)


def test_draft__of_a_candidate_that_a_person_is_asked_about(
    project: Project, github_server: GitHubServer
) -> None:
    """Publishing the draft is the approval: no protected environment is needed besides."""
    project.settings = "    on-inconclusive: ask\n    min-words: 100000\n"
    project.write_training(HELPFUL)
    candidate = run(project, github_server, "train-data").outputs["candidate"]
    draft = ("--github-release", "draft", "--require-approval", "true", "--candidate", candidate)
    for _ in range(2):
        waiting = run(project, github_server, "deploy", *draft)
        assert waiting.code == 0, waiting.text
        assert "The draft release v1.0.0" in waiting.text
        assert waiting.outputs["candidate"] == candidate
        assert project.registry.benchmark("m") is None
    (release,) = github_server.state.releases
    release["draft"] = False
    answer = run(project, github_server, "deploy", *draft)
    assert answer.outputs["deployed"] == "true", answer.text
    pointer = project.registry.benchmark("m")
    assert pointer
    assert pointer.benchmark.reference.id == candidate


def test_deploy__beside_the_draft_of_an_earlier_model_takes_the_next_version(
    project: Project, github_server: GitHubServer
) -> None:
    """A draft has no tag yet, and no record: its own name is all that says that the version is taken."""
    promote(project, github_server, HELPFUL[:4])
    assert run(project, github_server, "deploy", "--github-release", "draft").code == 0
    promote(project, github_server, HELPFUL)
    assert run(project, github_server, "deploy").outputs["version"] == "1.1.0"
    (last,) = project.registry.releases("m")
    assert (last.version, last.tag) == ("1.1.0", "v1.1.0")


def test_deploy__that_completes_a_rollback_publishes_nothing(
    project: Project, github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = release(project, github_server, HELPFUL[:4])
    release(project, github_server, HELPFUL)

    def die(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rollback, "record", die)  # the pointer has moved back
        assert run(project, github_server, "rollback").code == 130
    published = [item["tag_name"] for item in github_server.state.releases]
    answer = run(project, github_server, "deploy")
    assert answer.outputs["candidate"] == first, answer.text
    last = project.registry.releases("m")[-1]
    assert (last.kind, last.rolled_back_to, last.owed, last.tag) == ("rollback", "1.0.0", "", "")
    assert [item["tag_name"] for item in github_server.state.releases] == published
    assert_alike(project, github_server)


def test_draft__without_a_token_is_refused(project: Project) -> None:
    project.run("train-data")
    answer = project.run("deploy", "--github-release", "draft")
    assert answer.code == 1
    assert "a draft release needs a GitHub repository" in answer.text


@pytest.mark.parametrize("to", ["", "1.0.0"])
@pytest.mark.parametrize("tag", ["", "v2.3.0"])
def test_deploy__overtaken_by_a_rollback_before_its_record(
    project: Project, github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch, tag: str, to: str
) -> None:
    release(project, github_server, HELPFUL[:4])
    release(project, github_server, HELPFUL[:8])
    promote(project, github_server, HELPFUL)
    if tag:  # of the repository, further on than the releases here
        github_server.state.references[f"refs/tags/{tag}"] = {"type": "commit", "sha": "c" * 40}
    add, others = records.add, ["rollback"]

    def slowly(*arguments: Any) -> Any:  # noqa: ANN401
        while others:
            assert run(project, github_server, others.pop(), "--to-version", to).code == 0
        return add(*arguments)

    monkeypatch.setattr(records, "add", slowly)
    answer = run(project, github_server, "deploy")
    assert "Nothing was deployed" in answer.text
    assert_alike(project, github_server)
    assert [item["tag_name"] for item in github_server.state.releases] == ["v1.0.0", "v1.1.0"]


@pytest.mark.parametrize(
    ("module", "step"),
    [(publication, "complete"), (releases, "keep_latest")],
    ids=["publishes", "marks the latest"],
)
def test_deploy__overtaken_by_a_rollback_while_it_publishes(
    project: Project,
    github_server: GitHubServer,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    step: str,
) -> None:
    release(project, github_server, HELPFUL[:4])
    promote(project, github_server, HELPFUL)
    usual, others = getattr(module, step), ["rollback"]

    def slowly(*arguments: Any) -> Any:  # noqa: ANN401
        while others:
            assert run(project, github_server, others.pop()).code == 0
        return usual(*arguments)

    monkeypatch.setattr(module, step, slowly)
    assert run(project, github_server, "deploy").code == 0
    assert [item.version for item in project.registry.releases("m")] == ["1.0.0", "1.1.0", "1.2.0"]
    assert_alike(project, github_server)


def assert_alike(project: Project, server: GitHubServer) -> None:
    """Endpoint, pointer, last record and GitHub's latest release are of one model."""
    last = project.registry.releases("m")[-1]
    pointer = project.registry.benchmark("m")
    (endpoint,) = client(project).endpoints()
    assert endpoint.model
    assert pointer
    assert last.reference.id == endpoint.model.id == pointer.benchmark.reference.id
    assert latest_tag(server) == f"v{last.rolled_back_to or last.version}"


def test_deploy__that_died_before_it_published_is_completed_by_the_next(
    project: Project, github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(project, github_server, HELPFUL[:4])
    second = promote(project, github_server, HELPFUL[:8])

    def die(*_: Any) -> Any:  # noqa: ANN401
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publication, "complete", die)
        assert run(project, github_server, "deploy", "--candidate", second).code == 130
    assert project.registry.releases("m")[-1].owed
    promote(project, github_server, HELPFUL)
    answer = run(project, github_server, "deploy", "--candidate", second)
    assert "Nothing was deployed" in answer.text
    assert latest_tag(github_server) == "v1.1.0"
    assert not any(item.owed for item in project.registry.releases("m"))


def test_deploy__of_a_model_that_was_gone_back_from_makes_its_release_the_latest(
    project: Project, github_server: GitHubServer
) -> None:
    release(project, github_server, HELPFUL[:4])
    second = release(project, github_server, HELPFUL)
    run(project, github_server, "rollback")
    assert release(project, github_server, HELPFUL) == second
    assert latest_tag(github_server) == "v1.1.0"


@pytest.mark.parametrize("immutable", [False, True])
def test_rollback__to_a_new_endpoint_reaches_the_release(
    project: Project, github_server: GitHubServer, *, immutable: bool
) -> None:
    github_server.state.immutable_releases = immutable
    release(project, github_server, HELPFUL[:4])
    release(project, github_server, HELPFUL)
    (gone,) = client(project).endpoints()
    client(project).delete_endpoint(gone.id)
    back = run(project, github_server, "rollback")
    first, _ = github_server.state.releases
    told = first["body"] if immutable else asset(first)["ENDPOINT_ID"]
    assert back.outputs["endpoint-id"] in told
    assert latest_tag(github_server) == "v1.0.0"
    body = first["body"]
    run(project, github_server, "rollback")
    assert first["body"] == body


def test_rollback__leaves_a_prerelease_what_a_person_made_it(
    project: Project, github_server: GitHubServer
) -> None:
    release(project, github_server, HELPFUL[:4])
    release(project, github_server, HELPFUL)
    github_server.state.releases[0]["prerelease"] = True
    answer = run(project, github_server, "rollback")
    assert answer.code == 0, answer.text
    assert latest_tag(github_server) == "v1.1.0"


def change_workflows(server: GitHubServer, commit: str, *files: str) -> str:
    """Let the branch go on after ``commit``, with other workflow files; return its head."""
    head = "f" * 40
    server.state.commits = [
        {"sha": commit, "message": "data", "workflows": "old"},
        {"sha": head, "message": "on", "workflows": "new", "files": [".github/workflows/ci.yml", *files]},
    ]
    return head


def test_deploy__after_a_workflow_file_changed_is_recorded_and_owes_githubs_release(
    project: Project, github_server: GitHubServer
) -> None:
    """Approval waits, the workflow and other data change: GitHub's release comes later."""
    first = release(project, github_server, HELPFUL[:4])
    promote(project, github_server, HELPFUL)
    change_workflows(github_server, project.commit, "training.txt")
    answer = run(project, github_server, "deploy")
    assert answer.code == 0, answer.text
    assert "contents=write,workflows=write" in answer.text
    last = project.registry.releases("m")[-1]
    (endpoint,) = client(project).endpoints()
    assert endpoint.model
    assert (last.version, last.reference.id) == ("1.1.0", endpoint.model.id)
    assert "GitHub refuses the tag v1.1.0" in last.owed
    draft = github_server.state.releases[-1]
    assert (draft["draft"], draft["tag_name"]) == (True, "v1.1.0")
    tended = run(project, github_server, "maintain")
    assert tended.code == 0, tended.text
    assert "GitHub's release is owed" in tended.text
    assert "no release uses it" not in tended.text
    assert run(project, github_server, "rollback").outputs["candidate"] == first
    github_server.state.heads = {"main": "f" * 40, "keep": project.commit}
    assert "GitHub's release is owed" not in run(project, github_server, "maintain").text
    recorded = {item.version: item for item in project.registry.releases("m")}
    assert (recorded["1.1.0"].owed, recorded["1.1.0"].tag) == ("", "v1.1.0")
    assert not github_server.state.releases[-1]["draft"]
    assert latest_tag(github_server) == "v1.0.0"


def test_deploy__after_a_workflow_file_changed_tags_the_head_that_has_the_same_data(
    project: Project, github_server: GitHubServer
) -> None:
    promote(project, github_server, HELPFUL)
    head = change_workflows(github_server, project.commit)
    answer = run(project, github_server, "deploy")
    assert answer.code == 0, answer.text
    assert not project.registry.releases("m")[-1].owed
    tag = github_server.state.references["refs/tags/v1.0.0"]["sha"]
    assert github_server.state.tags[tag]["object"] == head
    assert asset(github_server.state.releases[0])["commit"] == project.commit


@pytest.mark.parametrize(
    ("files", "behind", "status"),
    [(300, False, 0), (1, True, 0), (1, False, 404)],
    ids=["many", "reset", "gone"],
)
def test_deploy__after_a_workflow_file_changed_tags_no_head_that_may_have_other_data(
    project: Project, github_server: GitHubServer, files: int, behind: bool, status: int
) -> None:
    """GitHub names 300 files at most, and none of a head from before the commit."""
    promote(project, github_server, HELPFUL)
    names = (f".github/{number}" for number in range(1, files))
    head = change_workflows(github_server, project.commit, *names)
    if behind:
        github_server.state.commits.reverse()
        github_server.state.heads = {"main": head}
    if status:
        github_server.fail("GET", "/compare/", status, times=99)
    answer = run(project, github_server, "deploy")
    assert answer.code == 0, answer.text
    assert project.registry.releases("m")[-1].owed
    assert github_server.state.references == {}


def changes(body: str) -> list[str]:
    """Return the files that the notes of a release name as changed."""
    return [line for line in body.partition("### Verdict")[0].splitlines() if line.startswith("- ")]


def test_deploy__notes_say_what_changed_since_the_release_that_was_served(
    project: Project, github_server: GitHubServer
) -> None:
    """What was gone back from was not served any more."""
    many = [f"test/{number:02}.wav" for number in range(60)]
    files: dict[str, list[str]] = {"a": [], "b": ["of-b.txt"], "c": ["an `odd`\n.txt"], "d": many}
    github_server.state.commits = [
        {"sha": name * 40, "message": name, "files": changed} for name, changed in files.items()
    ]
    for name, number in zip(files, (4, 6, 8, len(HELPFUL)), strict=True):
        project.commit = name * 40
        release(project, github_server, HELPFUL[:number])
        if name == "b":
            assert run(project, github_server, "rollback").code == 0
    told = [changes(item["body"]) for item in github_server.state.releases]
    assert told[:2] == [[], ["- `of-b.txt`"]]
    assert told[2] == ["- `of-b.txt`", "- `an 'odd'\\n.txt`"]
    assert told[3] == [*(f"- `{name}`" for name in many[:50]), "- `and 10 more`"]


def test_deploy__publishes_though_github_knows_the_commit_before_no_more(
    project: Project, github_server: GitHubServer
) -> None:
    release(project, github_server, HELPFUL[:6])
    project.commit = "b" * 40
    release(project, github_server, HELPFUL)
    assert latest_tag(github_server) == "v1.1.0"
    assert changes(github_server.state.releases[-1]["body"]) == []


def test_deploy__notes_of_a_release_that_is_published_late_are_those_of_its_time(
    project: Project, github_server: GitHubServer
) -> None:
    """GitHub was down until the next release was recorded: that one came after it."""
    github_server.state.commits = [
        {"sha": name * 40, "message": name, "files": [f"of-{name}.txt"]} for name in "abc"
    ]
    for name, number in zip("abc", (4, 8, len(HELPFUL)), strict=True):
        project.commit = name * 40
        promote(project, github_server, HELPFUL[:number])
        if name == "b":
            github_server.fail("POST", "/releases", 500, times=99)
        assert run(project, github_server, "deploy").code == int(name != "a")
    github_server.faults.clear()
    assert run(project, github_server, "maintain").code == 0
    told = [item["body"] for item in github_server.state.releases]
    assert [changes(body) for body in told] == [[], ["- `of-b.txt`"], ["- `of-c.txt`"]]
    assert [re.findall(r"--to-version ([\d.]+)`", body) for body in told] == [[], ["1.0.0"], ["1.1.0"]]


@pytest.mark.parametrize("how", ["true", "draft"])
def test_deploy__of_data_that_no_commit_holds_makes_no_release_on_github(
    project: Project, github_server: GitHubServer, how: str
) -> None:
    (project.folder / ".gitignore").write_text(".speechops\noutputs.txt\nevent.json\n")
    git(project, "init", "--quiet")
    commit(project)
    project.write_training(HELPFUL[:8])
    assert run(project, github_server, "train-data", **PATH).code == 0
    answer = run(project, github_server, "deploy", "--allow-dirty", "true", "--github-release", how, **PATH)
    assert github_server.state.releases == []
    if how == "draft":
        assert answer.code == 1
        assert "a draft release needs" in answer.text
    else:
        assert answer.code == 0, answer.text
        assert [item.owed for item in project.registry.releases("m")] == [""]


def test_deploy__names_the_commit_trained_from_and_the_one_that_promoted(
    project: Project, github_server: GitHubServer
) -> None:
    run(project, github_server, "compare")
    project.commit = "b" * 40
    run(project, github_server, "train-data")
    run(project, github_server, "deploy")
    (record,) = project.registry.releases("m")
    assert (record.reference.commit, record.commit) == ("a" * 40, "b" * 40)
    (published,) = github_server.state.releases
    assert "| promoted by | [`bbbbbbb`]" in published["body"]
    assert "| trained from | [`aaaaaaa`]" in published["body"]
    assert asset(published)["trained_from"] == "a" * 40
    (tag,) = github_server.state.tags.values()
    assert tag["object"] == "b" * 40


def test_deployment_that_nobody_approved__is_listed_until_it_is_done(
    project: Project, github_server: GitHubServer
) -> None:
    release(project, github_server, HELPFUL[:8])
    model = promote(project, github_server, HELPFUL)
    assert run(project, github_server, "deploy", "--candidate", model, *APPROVAL).code == 1
    listing = ("--maintenance-issue", "true", "--new-base-model", "report")
    for _ in range(2):
        assert run(project, github_server, "maintain", *listing).code == 0
        (issue,) = github_server.state.issues
        assert issue["state"] == "open"
        assert "is not deployed" in issue["body"]
        assert "`speechops deploy`" in issue["body"]
    assert run(project, github_server, "deploy", "--candidate", model).code == 0
    assert run(project, github_server, "maintain", *listing).code == 0
    assert github_server.state.issues[0]["state"] == "closed", github_server.state.issues[0]["body"]


def test_two_models_with_the_same_data__have_a_model_an_endpoint_and_a_release_each(
    project: Project, github_server: GitHubServer
) -> None:
    config = project.folder / "speechops.yml"
    model = config.read_text(encoding="utf-8").partition("  m:\n")[2]
    config.write_text(f"models:\n  clinic:\n{model}  ward:\n{model}", encoding="utf-8")
    served = set()
    endpoint = ""
    for name in ("clinic", "ward"):
        trained = run(project, github_server, "train-data", "--model", name)
        assert trained.code == 0, trained.text
        deployed = run(project, github_server, "deploy", "--model", name)
        assert deployed.code == 0, deployed.text
        endpoint = deployed.outputs["endpoint-id"]
        served.add((deployed.outputs["candidate"], endpoint))
    assert len({model for model, _ in served}) == len({endpoint for _, endpoint in served}) == 2
    tags = sorted(release["tag_name"] for release in github_server.state.releases)
    assert tags == ["clinic-v1.0.0", "ward-v1.0.0"]
    answer = run(project, github_server, "deploy", "--model", "clinic", "--endpoint-id", endpoint)
    assert answer.code == 2
    assert "serves ward, another model of this repository" in answer.text
    assert run(project, github_server, "deploy", "--model", "ward", "--endpoint-id", endpoint).code == 0
