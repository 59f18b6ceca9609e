from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops.errors import PlatformError, UsageError
from speechops.github import changes
from speechops.github.changes import Git, process_runner
from speechops.github.event import Event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GONE = "d" * 40
PUSH = Event("push", ref="refs/heads/main", default_branch="main")


@dataclass
class Origin:
    """A repository that others clone, with a way to commit to it."""

    folder: Path
    environment: dict[str, str]

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True)
        return os.fsdecode(done.stdout).strip()

    def commit(self, files: Mapping[str, str | None]) -> str:
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def commits(self, name: str, number: int) -> str:
        """Make a history longer than the first deepening of a shallow clone."""
        return [self.commit({name: str(step)}) for step in range(number)][-1]

    def clone(self, folder: Path, *options: str, token: str = "") -> Git:
        command = ["git", "clone", "--quiet", *options, f"file://{self.folder}", str(folder)]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)
        return Git(folder, process_runner(self.environment), token=token, server_url="https://ghes.example")


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    folder = tmp_path / "origin"
    folder.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Octo Cat",
        "GIT_AUTHOR_EMAIL": "octocat@example.com",
        "GIT_COMMITTER_NAME": "Octo Cat",
        "GIT_COMMITTER_EMAIL": "octocat@example.com",
    }
    made = Origin(folder, environment)
    made.git("init", "--quiet", "--initial-branch", "main")
    for key in ("allowFilter", "allowAnySHA1InWant"):
        made.git("config", f"uploadpack.{key}", "true")
    return made


def _push(before: str, after: str, branch: str = "main") -> Event:
    return replace(PUSH, before=before, after=after, commit=after, ref=f"refs/heads/{branch}")


FULL = ()
SHALLOW = ("--depth=1",)


@pytest.mark.parametrize("depth", [FULL, SHALLOW], ids=["full", "shallow"])
def test_of_event__a_push_of_several_commits(depth: tuple[str, ...], origin: Origin, tmp_path: Path) -> None:
    before = origin.commit({"testing/a.zip": "1", "training/text.txt": "1", "README.md": "1"})
    origin.commit({"training/text.txt": "2"})
    after = origin.commit({"testing/a.zip": None, "new/b.zip": "2"})
    found = changes.of_event(origin.clone(tmp_path / "c", *depth), _push(before, after))
    assert found.paths == ("new/b.zip", "testing/a.zip", "training/text.txt")
    assert (found.base, found.head, found.everything, found.note) == (before, after, False, "")


@pytest.mark.parametrize("depth", [FULL, SHALLOW], ids=["full", "shallow"])
def test_of_event__a_rename_counts_for_both_names(
    depth: tuple[str, ...], origin: Origin, tmp_path: Path
) -> None:
    before = origin.commit({"old/a.txt": "text\n" * 100})
    origin.git("mv", "old", "new")
    after = origin.commit({})
    origin.git("config", "--global", "diff.renames", "copies")
    found = changes.of_event(origin.clone(tmp_path / "c", *depth), _push(before, after))
    assert found.paths == ("new/a.txt", "old/a.txt")


def test_of_event__names_of_any_bytes(origin: Origin, tmp_path: Path) -> None:
    before = origin.commit({})
    names = [
        os.fsdecode(name) for name in (b"a\nb", b'"quoted"', b"\xff\xfe", "räum/语音.txt".encode(), b"-x")
    ]
    after = origin.commit(dict.fromkeys(names, "1"))
    found = changes.of_event(origin.clone(tmp_path / "c", "--depth=1"), _push(before, after))
    assert set(found.paths) == set(names)


@pytest.mark.parametrize("depth", [FULL, SHALLOW], ids=["full", "shallow"])
def test_of_event__a_first_push_is_everything(depth: tuple[str, ...], origin: Origin, tmp_path: Path) -> None:
    after = origin.commit({"a/b.txt": "1", "c.txt": "1"})
    found = changes.of_event(origin.clone(tmp_path / "c", *depth), _push("", after))
    assert found.everything
    assert found.paths == ("a/b.txt", "c.txt")
    assert "first push" in found.note


def test_of_event__a_forced_push_over_a_commit_that_is_gone(origin: Origin, tmp_path: Path) -> None:
    origin.commit({"a.txt": "1"})
    after = origin.commit({"b.txt": "1"})
    found = changes.of_event(origin.clone(tmp_path / "c", "--depth=1"), _push(GONE, after))
    assert found.everything
    assert found.paths == ("a.txt", "b.txt")
    assert "ddddddd was overwritten" in found.note


def test_of_event__a_forced_push_over_a_commit_that_is_still_known(origin: Origin, tmp_path: Path) -> None:
    origin.commit({"a.txt": "1"})
    before = origin.commit({"b.txt": "1"})
    origin.git("reset", "--quiet", "--hard", "HEAD~1")
    after = origin.commit({"c.txt": "1"})
    found = changes.of_event(origin.clone(tmp_path / "c", "--depth=1"), _push(before, after))
    assert found.paths == ("b.txt", "c.txt")


@pytest.mark.parametrize("depth", [FULL, SHALLOW], ids=["full", "shallow"])
@pytest.mark.parametrize("before", ["", GONE])
def test_of_event__a_new_branch_is_compared_with_the_default_branch(
    before: str, depth: tuple[str, ...], origin: Origin, tmp_path: Path
) -> None:
    grown_from = origin.commit({"a.txt": "1"})
    origin.git("checkout", "--quiet", "-b", "topic")
    after = origin.commits("topic.txt", 60)
    origin.git("checkout", "--quiet", "main")
    origin.commit({"main.txt": "1"})
    clone = origin.clone(tmp_path / "c", *depth, "--branch", "topic")
    found = changes.of_event(clone, _push(before, after, "topic"))
    assert found.paths == ("topic.txt",)
    assert found.base == grown_from
    assert "branch main" in found.note
    assert not found.everything


@pytest.mark.parametrize("depth", [FULL, SHALLOW], ids=["full", "shallow"])
def test_of_event__a_pull_request_counts_from_where_it_grew(
    depth: tuple[str, ...], origin: Origin, tmp_path: Path
) -> None:
    grown_from = origin.commit({"a.txt": "1"})
    origin.git("checkout", "--quiet", "-b", "topic")
    head = origin.commits("topic.txt", 60)
    origin.git("checkout", "--quiet", "main")
    base = origin.commits("main.txt", 60)
    event = Event("pull_request", base=base, head=head, commit=head)
    found = changes.of_event(origin.clone(tmp_path / "c", *depth), event)
    assert found.paths == ("topic.txt",)
    assert (found.base, found.head) == (grown_from, head)


def test_since_merge_base__of_strangers_is_every_difference(origin: Origin, tmp_path: Path) -> None:
    base = origin.commit({"a.txt": "1"})
    origin.git("checkout", "--quiet", "--orphan", "other")
    head = origin.commit({"b.txt": "1"})
    clone = origin.clone(tmp_path / "c", "--depth=1", "--branch", "main")
    found = changes.since_merge_base(clone, base, head)
    assert found.paths == ("b.txt",)
    assert "no history" in found.note


@pytest.mark.parametrize(
    "event",
    [
        replace(PUSH, ref="refs/tags/BASELINE", after=GONE),
        replace(PUSH, before=GONE, after=""),
        Event("workflow_dispatch"),
        Event("schedule"),
        Event("issue_comment", pull_request=7),
    ],
)
def test_of_event__what_changes_no_file(event: Event) -> None:
    def never(arguments: Sequence[str], _more: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        pytest.fail(f"git was asked: {arguments}")

    found = changes.of_event(Git(Path(), never), event)
    assert (found.paths, found.everything) == ((), False)
    assert event.name in found.note


def test_fetch__takes_no_contents(origin: Origin, tmp_path: Path) -> None:
    before = origin.commit({"testing/audio.zip": "old " * 100_000})
    blob = origin.git("rev-parse", "HEAD:testing/audio.zip")
    after = origin.commit({"testing/audio.zip": "new"})
    clone = origin.clone(tmp_path / "c", "--depth=1")
    assert changes.of_event(clone, _push(before, after)).paths == ("testing/audio.zip",)
    listed = clone.must("cat-file", "--batch-check", "--batch-all-objects", "--unordered")
    assert blob.encode() not in listed


@pytest.mark.parametrize("depth", [FULL, SHALLOW], ids=["full", "shallow"])
def test_file__as_an_earlier_commit_had_it(depth: tuple[str, ...], origin: Origin, tmp_path: Path) -> None:
    before = origin.commit({"conf/speechops.yml": "models: old"})
    after = origin.commit({"conf/speechops.yml": "models: new"})
    clone = origin.clone(tmp_path / "c", *depth)
    changes.of_event(clone, _push(before, after))
    assert clone.file(before, "conf/speechops.yml") == b"models: old"
    assert clone.file(after, "conf/speechops.yml") == b"models: new"
    assert clone.file(before, "speechops.yml") is None


def test_file__whose_content_cannot_be_had(origin: Origin, tmp_path: Path) -> None:
    before = origin.commit({"speechops.yml": "old"})
    after = origin.commit({"speechops.yml": "new"})
    clone = origin.clone(tmp_path / "c", "--depth=1", token="job-token")
    changes.of_event(clone, _push(before, after))
    origin.folder.rename(tmp_path / "moved")
    with pytest.raises(PlatformError, match=r"speechops\.yml could not be fetched") as caught:
        clone.file(before, "speechops.yml")
    assert "fetch-depth: 0" in caught.value.hint
    assert "job-token" not in str(caught.value)


def test_file__of_an_absurd_size(origin: Origin, tmp_path: Path) -> None:
    commit = origin.commit({"speechops.yml": "x" * (8 * 2**20 + 1)})
    with pytest.raises(PlatformError, match="8 MiB"):
        origin.clone(tmp_path / "c").file(commit, "speechops.yml")


def test_between__of_a_commit_nobody_has(origin: Origin, tmp_path: Path) -> None:
    commit = origin.commit({"a.txt": "1"})
    with pytest.raises(PlatformError, match="ddddddd is neither in this checkout") as caught:
        changes.between(origin.clone(tmp_path / "c"), GONE, commit)
    assert "fetch-depth: 0" in caught.value.hint


def test_of_event__where_fetching_is_not_allowed_says_how(origin: Origin, tmp_path: Path) -> None:
    before = origin.commit({"a.txt": "1"})
    after = origin.commit({"a.txt": "2"})
    clone = origin.clone(tmp_path / "c", "--depth=1")
    origin.folder.rename(tmp_path / "moved")
    with pytest.raises(PlatformError, match="could not be fetched: fatal") as caught:
        changes.of_event(clone, _push(before, after))
    assert "fetch-depth: 0" in caught.value.hint
    assert "github-token" in caught.value.hint


def test_git__outside_of_a_repository(origin: Origin, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    git = Git(
        tmp_path / "empty", process_runner(origin.environment | {"GIT_CEILING_DIRECTORIES": str(tmp_path)})
    )
    with pytest.raises(PlatformError, match="not a git repository") as caught:
        changes.of_event(git, _push("", GONE))
    assert "git checkout" in caught.value.hint


def test_git__does_not_obey_a_repository_among_the_files(origin: Origin, tmp_path: Path) -> None:
    origin.commit({"a.txt": "1"})
    origin.clone(tmp_path / "c")
    planted = origin.clone(tmp_path / "c" / "training", "--bare")
    with pytest.raises(PlatformError, match="bare repository"):
        planted.must("rev-parse", "HEAD")


@pytest.mark.parametrize("commit", ["", "main", "--upload-pack=touch x", "a" * 39, "A" * 40, "a" * 40 + "\n"])
def test_between__takes_full_names_of_commits_alone(commit: str) -> None:
    with pytest.raises(UsageError, match="full hexadecimal name"):
        changes.between(Git(Path(), Script()), commit, GONE)


def test_of_event__a_push_to_the_default_branch_of_an_empty_clone(origin: Origin, tmp_path: Path) -> None:
    origin.commit({"a.txt": "1"})
    with pytest.raises(PlatformError, match="ddddddd is not in this checkout"):
        changes.of_event(origin.clone(tmp_path / "c"), _push("", GONE))


def test_of_event__a_new_branch_beside_a_default_branch_that_is_gone(origin: Origin, tmp_path: Path) -> None:
    after = origin.commit({"a.txt": "1"})
    event = replace(_push("", after), default_branch="trunk")
    assert changes.of_event(origin.clone(tmp_path / "c"), event).everything


def test_of_event__a_new_branch_with_nothing_new_on_it(origin: Origin, tmp_path: Path) -> None:
    after = origin.commit({"a.txt": "1"})
    found = changes.of_event(origin.clone(tmp_path / "c"), _push("", after, "topic"))
    assert (found.paths, found.everything) == ((), False)


def test_words__hide_a_password_in_the_address(origin: Origin, tmp_path: Path) -> None:
    before = origin.commit({"a.txt": "1"})
    after = origin.commit({"a.txt": "2"})
    clone = origin.clone(tmp_path / "c", "--depth=1")
    clone.must("remote", "set-url", "origin", "file://octocat:secret@nowhere/x")
    with pytest.raises(PlatformError) as caught:
        changes.of_event(clone, _push(before, after))
    assert "secret" not in str(caught.value)


def test_git__that_is_not_installed() -> None:
    git = Git(Path(), process_runner({"PATH": "/nowhere"}))
    with pytest.raises(PlatformError, match="not installed"):
        git.has(GONE)


@dataclass
class Script:
    """A git that answers as told, and keeps what it was asked."""

    refusals: int = 0
    asked: list[tuple[Sequence[str], Mapping[str, str]]] = field(default_factory=list)

    def __call__(
        self, arguments: Sequence[str], more: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        self.asked.append((arguments, more))
        refused = "fetch" in arguments and self.refusals > 0
        self.refusals -= refused
        said = b"fatal: could not read Username for 'https://ghes.example'" if refused else b""
        return subprocess.CompletedProcess(arguments, 128 if refused else 0, b"false", said)


def test_git__in_the_container__trusts_the_workspace_for_one_command_and_never_prompts() -> None:
    script = Script()
    Git(Path("/github/workspace/data"), script, workspace="/github/workspace").has(GONE)
    ((arguments, more),) = script.asked
    assert [word for word in arguments if word.startswith("safe.")] == [
        "safe.bareRepository=explicit",
        "safe.directory=/github/workspace",
        "safe.directory=/github/workspace/*",
    ]
    assert more["GIT_TERMINAL_PROMPT"] == "0"


def test_fetch__presents_the_token_only_after_a_refusal_and_out_of_sight() -> None:
    script = Script(refusals=1)
    git = Git(Path(), script, token="job-token", server_url="https://ghes.example")
    assert git.fetch("origin", GONE)
    (first, plain), (second, with_token) = script.asked
    assert "GIT_CONFIG_VALUE_0" not in plain
    assert with_token["GIT_CONFIG_KEY_0"] == "http.https://ghes.example/.extraheader"
    assert with_token["GIT_CONFIG_VALUE_0"] == "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46am9iLXRva2Vu"
    assert "job-token" not in " ".join((*first, *second))


def test_fetch__refused_with_the_token_too() -> None:
    git = Git(Path(), Script(refusals=2), token="job-token", server_url="https://ghes.example")
    with pytest.raises(PlatformError, match="could not read Username"):
        git.fetch("origin", GONE)


def test_git__that_does_not_end() -> None:
    def hang(arguments: Sequence[str], _more: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        raise subprocess.TimeoutExpired(arguments, 1)

    with pytest.raises(PlatformError, match="git fetch did not end"):
        Git(Path(), hang).fetch("origin", GONE)
