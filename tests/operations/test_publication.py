"""``deploy`` and ``rollback`` on GitHub: approval before, one release after."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.operations.project import HELPFUL, Answer, Project

if TYPE_CHECKING:
    from tests.github_api.server import GitHubServer


def run(
    project: Project,
    server: GitHubServer,
    operation: str,
    *more: str,
    token: str = "job-token",  # noqa: S107 - invented
) -> Answer:
    event = project.folder / "event.json"
    event.write_text("{}", encoding="utf-8")
    environment = {
        "GITHUB_API_URL": server.api_url,
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": server.state.repository,
        "GITHUB_RUN_ID": "7",
        "GITHUB_SERVER_URL": "https://github.example",
    }
    return project.run(operation, "--github-token", token, *more, environment=environment)


def asset(release: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(base64.b64decode(release["assets"][0]["content"]))


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
    (tag,) = github_server.state.tags.values()
    assert tag["object"] == project.commit
    assert "Verdict: better" in release["body"]
    assert "https://github.example/octo-team/speech-data/actions/runs/7" in release["body"]


def test_deploy__version_follows_the_tags_there_are(project: Project, github_server: GitHubServer) -> None:
    github_server.state.references["refs/tags/v2.3.0"] = {"type": "commit", "sha": "c" * 40}
    run(project, github_server, "train-data")
    assert run(project, github_server, "deploy").outputs["version"] == "2.4.0"


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
    project.write_training(HELPFUL)
    run(project, github_server, "train-data")
    assert run(project, github_server, "deploy").outputs["version"] == "1.3.0"
    assert github_server.state.releases[-1]["tag_name"] == "v1.3.0"


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
    github_server.state.add_environment("production", wait_minutes=30)
    options = ("--environment", "production", "--require-approval", "true")
    answer = run(project, github_server, operation, *options)
    assert answer.code == 1
    assert "no person has to approve the environment production" in answer.text
    assert "draft release" in answer.text
    assert len(github_server.state.releases) == before
    github_server.state.add_environment("production", reviewers=["octocat"])
    assert run(project, github_server, operation, *options).code == 0


def test_approval__closed_without_a_token(project: Project) -> None:
    project.run("train-data")
    answer = project.run("deploy", "--environment", "production", "--require-approval", "true")
    assert answer.code == 1
    assert "whether a person approved cannot be asked of GitHub" in answer.text


def test_deploy__token_that_may_not_write_says_what_it_lacks_and_the_next_run_goes_on(
    project: Project, github_server: GitHubServer
) -> None:
    run(project, github_server, "train-data")
    refused = run(project, github_server, "deploy", token="fork-token")
    assert refused.code == 1
    assert "contents: write" in refused.text
    assert run(project, github_server, "deploy").code == 0
    assert len(github_server.state.releases) == 1


def test_deploy__without_release(project: Project, github_server: GitHubServer) -> None:
    run(project, github_server, "train-data")
    answer = run(project, github_server, "deploy", "--github-release", "false")
    assert answer.outputs["version"] == "1.0.0"
    assert github_server.state.releases == []


def test_draft__is_deployed_when_a_person_has_published_it(
    project: Project, github_server: GitHubServer
) -> None:
    run(project, github_server, "train-data")
    draft = ("--github-release", "draft", "--require-approval", "true")
    for _ in range(2):
        waiting = run(project, github_server, "deploy", *draft)
        assert waiting.code == 0, waiting.text
        assert waiting.outputs["deployed"] == "false"
        assert "The draft release v1.0.0 waits" in waiting.text
    (release,) = github_server.state.releases
    assert release["draft"]
    assert release["assets"] == []
    assert not project.registry.releases("m")
    release["draft"] = False
    answer = run(project, github_server, "deploy", *draft)
    assert answer.code == 0, answer.text
    assert (answer.outputs["deployed"], answer.outputs["version"]) == ("true", "1.0.0")
    (release,) = github_server.state.releases
    assert asset(release)["ENDPOINT_ID"] == answer.outputs["endpoint-id"]


def test_draft__without_a_token_is_refused(project: Project) -> None:
    project.run("train-data")
    answer = project.run("deploy", "--github-release", "draft")
    assert answer.code == 1
    assert "a draft release needs a GitHub repository" in answer.text
