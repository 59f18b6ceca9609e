from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from speechops.errors import PlatformError
from speechops.github import releases
from speechops.github.releases import Notes, ReleasedModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.github.api import GitHub
    from tests.github_api.server import GitHubServer

COMMIT = "a" * 40
MODEL = ReleasedModel(
    endpoint_id="9c1b1f5e-0000-4000-8000-000000000001",
    model="pharmacy",
    model_id="5a2e0a61-0000-4000-8000-000000000002",
    locale="en-US",
    wer=0.109,
    verdict="better",
    commit=COMMIT,
)
OTHER = replace(MODEL, model="robotics", model_id="77777777-0000-4000-8000-000000000003", commit="b" * 40)
NEW = "9c1b1f5e-0000-4000-8000-000000000009"
NOTES = Notes("Pharmacy {version}", "WER 12.4 % → 10.9 % in {version}")


def _commit_of(server: GitHubServer, tag: str) -> str:
    reference = server.state.references[f"refs/tags/{tag}"]
    return str(server.state.tags[reference["sha"]]["object"])


def test_publish__tag_asset_and_notes(github: GitHub, github_server: GitHubServer) -> None:
    published = releases.publish(github, MODEL, NOTES)
    release = published
    assert (release.tag, release.name, release.draft) == ("v1.0.0", "Pharmacy v1.0.0", False)
    assert release.body.splitlines()[1] == "WER 12.4 % → 10.9 % in v1.0.0"
    assert _commit_of(github_server, "v1.0.0") == COMMIT
    (asset,) = release.assets
    assert asset.name == "release-endpoints.json"
    assert json.loads(github.download_asset(asset, limit=10_000)) == {
        "ENDPOINT_ID": MODEL.endpoint_id,
        "model": "pharmacy",
        "model_id": MODEL.model_id,
        "locale": "en-US",
        "wer": 0.109,
        "verdict": "better",
        "commit": COMMIT,
        "trained_from": "",
    }
    assert releases.read_asset(github, release) == MODEL
    assert releases.find(github, MODEL.model_id) == release


def test_publish__never_twice_for_one_candidate(github: GitHub, github_server: GitHubServer) -> None:
    first = releases.publish(github, MODEL, NOTES)
    again = releases.publish(github, replace(MODEL, commit="c" * 40), NOTES)
    assert again == first
    assert len(github_server.state.releases) == 1


@pytest.mark.parametrize("immutable", [False, True])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/releases$"),
        ("POST", "/assets$"),
        ("POST", "/git/tags$"),
        ("POST", "/git/refs$"),
        ("PATCH", "/releases/"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_publish__goes_on_where_a_run_stopped(
    method: str, path: str, late: bool, immutable: bool, github: GitHub, github_server: GitHubServer
) -> None:
    github_server.state.immutable_releases = immutable
    github_server.fail(method, path, 500, late=late, times=5 if method == "PATCH" else 1)
    try:
        releases.publish(github, MODEL, NOTES)
    except PlatformError:
        published = releases.publish(github, MODEL, NOTES)
        assert published.tag == "v1.0.0"
    (record,) = github_server.state.releases
    assert (record["draft"], record["tag_name"], len(record["assets"])) == (False, "v1.0.0", 1)
    assert record["immutable"] is immutable
    assert list(github_server.state.references) == ["refs/tags/v1.0.0"]
    assert _commit_of(github_server, "v1.0.0") == COMMIT


def test_publish__replaces_a_broken_upload(github: GitHub, github_server: GitHubServer) -> None:
    releases.prepare(github, MODEL, NOTES)
    draft = github_server.state.releases[0]
    draft["assets"].append(
        {"id": 5, "name": releases.ASSET, "state": "open", "content": "", "content_type": "x", "login": "y"}
    )
    release = releases.publish(github, MODEL, NOTES)
    assert releases.read_asset(github, release) == MODEL


def test_publish__replaces_the_asset_of_a_draft_that_names_another_endpoint(github: GitHub) -> None:
    draft = releases.prepare(github, MODEL, NOTES)
    github.upload_asset(draft, releases.ASSET, b"{}", content_type="application/json")
    assert releases.read_asset(github, releases.publish(github, MODEL, NOTES)) == MODEL


def test_publish__of_one_candidate_by_two_runs_at_once(
    github_client: Callable[..., GitHub], github_server: GitHubServer
) -> None:
    tags = _at_once(
        github_server,
        lambda: releases.publish(github_client(), MODEL, NOTES).tag,
        lambda: releases.publish(github_client(), MODEL, NOTES).tag,
    )
    assert tags == ["v1.0.0", "v1.0.0"]
    (record,) = github_server.state.releases
    assert not record["draft"]
    assert len(record["assets"]) == 1


def test_publish__of_two_models_at_once_takes_two_versions(
    github_client: Callable[..., GitHub], github_server: GitHubServer
) -> None:
    tags = _at_once(
        github_server,
        lambda: releases.publish(github_client(), MODEL, NOTES).tag,
        lambda: releases.publish(github_client(), OTHER, NOTES).tag,
    )
    assert sorted(tags) == ["v1.0.0", "v1.1.0"]
    for record in github_server.state.releases:
        assert _commit_of(github_server, record["tag_name"]) == record["target_commitish"]
        assert record["tag_name"] in record["name"]
        assert record["tag_name"] in record["body"]


def test_publish__does_not_take_over_a_tag_made_by_hand(github: GitHub, github_server: GitHubServer) -> None:
    releases.prepare(github, MODEL, NOTES)
    github_server.state.references["refs/tags/v1.0.0"] = {"type": "commit", "sha": "d" * 40}
    release = releases.publish(github, MODEL, NOTES)
    assert (release.tag, release.name) == ("v1.1.0", "Pharmacy v1.1.0")
    assert _commit_of(github_server, "v1.1.0") == COMMIT


def test_publish__of_two_drafts_that_did_not_see_each_other(
    github: GitHub, github_server: GitHubServer
) -> None:
    first = releases.publish(github, MODEL, NOTES)
    github.update_release(first.id, body="A person took the marker out.")
    second = releases.prepare(github, MODEL, NOTES)
    github_server.state.releases[1]["tag_name"] = "v1.0.0"
    github.update_release(first.id, body=first.body)
    # The second run listed the releases before the first one was public.
    published = releases._publish(github, github.release(second.id), MODEL, NOTES, lambda: "")
    assert published == github.release(first.id)
    assert len(github_server.state.releases) == 1


def test_publish__gives_up_where_every_version_is_taken(github: GitHub, github_server: GitHubServer) -> None:
    releases.prepare(github, MODEL, NOTES)

    def take(method: str, path: str) -> None:
        if method == "GET" and "/git/ref/" in path:
            tag = path.rpartition("/")[2]
            github_server.state.references[f"refs/tags/{tag}"] = {"type": "commit", "sha": "d" * 40}

    github_server.before.append(take)
    with pytest.raises(PlatformError, match="20 versions in a row") as caught:
        releases.publish(github, MODEL, NOTES)
    assert "prefix" in caught.value.hint
    assert github_server.state.releases[0]["draft"]


def test_publish__keeps_what_a_person_wrote_into_the_draft(github: GitHub) -> None:
    draft = releases.prepare(github, MODEL, NOTES)
    github.update_release(draft.id, name="Our best yet", body=draft.body + "\nThanks to all.")
    release = releases.publish(github, MODEL, NOTES)
    assert release.name == "Our best yet"
    assert release.body.endswith("Thanks to all.")


@pytest.mark.parametrize("immutable", [False, True])
def test_publish__completes_a_draft_that_a_person_published(
    immutable: bool, github: GitHub, github_server: GitHubServer
) -> None:
    github_server.state.immutable_releases = immutable
    draft = releases.prepare(github, MODEL, NOTES)
    assert github_server.state.references == {}
    github.update_release(draft.id, draft=False)
    releases.publish(github, MODEL, NOTES)
    published = releases.publish(github, MODEL, NOTES)
    assert github_server.state.references["refs/tags/v1.0.0"]["sha"] == COMMIT
    if immutable:
        assert published.body.count(MODEL.endpoint_id) == 1
    else:
        assert releases.read_asset(github, published) == MODEL


@pytest.mark.parametrize("immutable", [False, True])
@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint_id": NEW},
        {"endpoints": {"west": MODEL.endpoint_id, "east": NEW}},
        {"endpoints": {"west": MODEL.endpoint_id, "north": NEW}},
        {"endpoints": {"west": MODEL.endpoint_id, "east": "e", "north": NEW}},
    ],
    ids=["of the release", "of another target", "in place of another target's", "of one more target"],
)
def test_publish__names_the_endpoint_that_was_made_anew(
    immutable: bool, changed: dict[str, Any], github: GitHub, github_server: GitHubServer
) -> None:
    github_server.state.immutable_releases = immutable
    present = replace(MODEL, endpoints={"west": MODEL.endpoint_id, "east": "e"})
    releases.publish(github, present, NOTES)
    moved = replace(present, **changed)
    for _ in range(2):
        release = releases.publish(github, moved, NOTES)
        if immutable:
            assert release.body.count(NEW) == 1
        else:
            assert releases.read_asset(github, release) == moved
            assert len(release.assets) == 1


def test_publish__counts_on_from_tags_and_drafts(github: GitHub, github_server: GitHubServer) -> None:
    for tag in ("v1", "v1.9.0", "v1.10.0", "v2.0.0-rc.1", "other-v7.0.0"):
        github_server.state.references[f"refs/tags/{tag}"] = {"type": "commit", "sha": "d" * 40}
    assert releases.publish(github, MODEL, NOTES).tag == "v1.11.0"
    assert releases.prepare(github, OTHER, NOTES).tag == "v1.12.0"
    third = replace(OTHER, model_id="3")
    assert releases.publish(github, third, replace(NOTES, prefix="robotics-v")).tag == "robotics-v1.0.0"


def test_publish__needs_to_write(github_client: Callable[..., GitHub]) -> None:
    with pytest.raises(PlatformError) as caught:
        releases.publish(github_client("fork-token"), MODEL, NOTES)
    assert "`permissions: contents: write`" in caught.value.hint


def test_publish__cuts_endless_notes_and_keeps_its_marker(github: GitHub) -> None:
    release = releases.publish(github, MODEL, replace(NOTES, markdown="line\n" * 100_000))
    assert len(release.body) < 125_000
    assert releases.find(github, MODEL.model_id) == release


def another_head(server: GitHubServer) -> None:
    """Let a workflow file change after the model's commit."""
    server.state.commits = [
        {"sha": COMMIT, "message": "data", "workflows": "old"},
        {"sha": "b" * 40, "message": "a workflow", "workflows": "new"},
    ]


def test_publish__refused_for_workflow_files_leaves_the_draft_and_says_the_rule(
    github: GitHub, github_server: GitHubServer
) -> None:
    another_head(github_server)
    for _ in range(2):
        with pytest.raises(releases.TagRefused, match="github/workflows") as caught:
            releases.publish(github, MODEL, NOTES)
        assert "contents=write,workflows=write" in caught.value.accepted
    (record,) = github_server.state.releases
    assert (record["draft"], record["target_commitish"], len(record["assets"])) == (True, "main", 1)
    github_server.state.heads = {"main": "b" * 40, "release": COMMIT}
    assert not releases.publish(github, MODEL, NOTES).draft
    assert _commit_of(github_server, "v1.0.0") == COMMIT


def test_publish__stands_on_another_commit_with_the_same_data(
    github: GitHub, github_server: GitHubServer
) -> None:
    another_head(github_server)
    release = releases.publish(github, MODEL, NOTES, lambda: "b" * 40)
    assert not release.draft
    assert _commit_of(github_server, "v1.0.0") == "b" * 40


def test_find__knows_the_marker_where_we_write_it_alone(github: GitHub) -> None:
    marker = releases._marker(MODEL.model_id)
    quoted = releases.publish(github, OTHER, replace(NOTES, markdown=f"- `{marker}`\n{marker}"))
    assert releases.find(github, MODEL.model_id) is None
    assert releases.find(github, OTHER.model_id) == quoted


def test_find__takes_the_public_release_before_a_draft(github: GitHub, github_server: GitHubServer) -> None:
    """A draft that is older than the public release, as two runs that did not see each other leave it."""
    draft = releases.prepare(github, MODEL, NOTES)
    github.update_release(draft.id, body="hidden")
    public = releases.publish(github, MODEL, NOTES)
    github.update_release(draft.id, body=public.body)
    assert draft.id < public.id
    found = releases.find(github, MODEL.model_id)
    assert found is not None
    assert (found.id, found.draft) == (public.id, False)
    assert releases.publish(github, MODEL, NOTES).id == public.id
    assert len(github_server.state.releases) == 2


def test_publish__does_not_take_over_a_tag_that_quotes_the_marker(github: GitHub) -> None:
    message = f"{releases._marker(MODEL.model_id)}\n\n{releases._marker(OTHER.model_id)}"
    made = github.create_tag("v1.0.0", commit=COMMIT, message=message)
    github.create_reference("tags/v1.0.0", made)
    assert releases.publish(github, MODEL, NOTES).tag == "v1.1.0"


def test_read_asset__of_the_original_template_and_of_nothing(github: GitHub) -> None:
    draft = releases.prepare(github, MODEL, NOTES)
    assert releases.read_asset(github, draft) is None
    github.upload_asset(draft, releases.ASSET, b'{"ENDPOINT_ID": "abc"}', content_type="application/json")
    read = releases.read_asset(github, github.release(draft.id))
    assert read is not None
    assert (read.endpoint_id, read.wer, read.commit) == ("abc", None, "")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"ENDPOINT_ID": 1}', b"\xff"])
def test_read_asset__of_another_form(content: bytes, github: GitHub) -> None:
    draft = releases.prepare(github, MODEL, NOTES)
    github.upload_asset(draft, releases.ASSET, content, content_type="application/json")
    assert releases.read_asset(github, github.release(draft.id)) is None


def _at_once(server: GitHubServer, *runs: Callable[[], str]) -> list[str]:
    """Let every run create its draft before any of them may go on; return what they return."""
    drafts = threading.Barrier(len(runs), timeout=10)

    def wait(method: str, path: str) -> None:
        if method == "POST" and path.endswith("/releases"):
            drafts.wait()

    server.before.append(wait)
    results: list[str] = []
    failures: list[BaseException] = []

    def work(run: Callable[[], str]) -> None:
        try:
            results.append(run())
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failures.append(error)

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return results
