"""git as it is asked: whom it trusts, what it is shown, what it says."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops.errors import PlatformError, UsageError
from speechops.planning.git import Git, process_runner
from speechops.planning.tree import Tree
from tests.operations.test_plan import Repository

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GONE = "d" * 40
PATH = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


@dataclass
class Script:
    """A git that lacks every commit and refuses to fetch, and keeps what it was asked."""

    refusals: int = 0
    seen: list[tuple[Sequence[str], Mapping[str, str]]] = field(default_factory=list)

    def __call__(
        self, arguments: Sequence[str], more: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        self.seen.append((arguments, more))
        refused = "fetch" in arguments and self.refusals > 0
        self.refusals -= refused
        said = b"fatal: could not read Username for 'https://ghes.example'" if refused else b""
        code = 128 if refused or "cat-file" in arguments else 0
        return subprocess.CompletedProcess(arguments, code, b"false", said)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "data")
    made.write("a.txt", "1")
    made.git("init", "--quiet")
    made.commit()
    return made


def test_git__in_the_container__trusts_the_workspace_for_one_command_and_never_prompts() -> None:
    script = Script()
    Git(Path("/github/workspace/data"), script, workspace="/github/workspace").ask("rev-parse", "HEAD")
    ((arguments, more),) = script.seen
    assert [word for word in arguments if word.startswith("safe.")] == [
        "safe.bareRepository=explicit",
        "safe.directory=/github/workspace",
        "safe.directory=/github/workspace/*",
    ]
    assert more["GIT_TERMINAL_PROMPT"] == "0"


def test_git__does_not_obey_a_repository_among_the_files(repository: Repository) -> None:
    planted = repository.folder / "training"
    subprocess.run(["git", "clone", "--quiet", "--bare", repository.folder, planted], check=True)  # noqa: S607
    with pytest.raises(PlatformError, match="bare repository"):
        Git(planted, process_runner(PATH)).must("rev-parse", "HEAD")


def test_git__inherits_no_input_of_ours(repository: Repository) -> None:
    secrets = {"SPEECHOPS_SPEECH_KEY": "k", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t", "INPUT_X": "i"}
    runner = process_runner(PATH | secrets)
    repository.git("config", "alias.show-environment", "!env")
    shown = Git(repository.folder, runner).must("show-environment").decode()
    assert "PATH=" in shown
    assert not [name for name in secrets if name in shown]


def test_git__outside_of_a_repository(tmp_path: Path) -> None:
    git = Git(tmp_path, process_runner(PATH | {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}))
    assert git.head() == ""
    with pytest.raises(PlatformError, match="not a git repository"):
        git.prefix()


def test_git__that_is_not_installed() -> None:
    with pytest.raises(PlatformError, match="not installed"):
        Git(Path(), process_runner({"PATH": "/nowhere"})).head()


def test_git__that_does_not_end() -> None:
    def hang(arguments: Sequence[str], _more: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        raise subprocess.TimeoutExpired(arguments, 1)

    with pytest.raises(PlatformError, match="git rev-parse did not finish"):
        Git(Path(), hang).head()


@pytest.mark.parametrize("commit", ["", "main", "--upload-pack=touch x", "a" * 39, "A" * 40, "a" * 40 + "\n"])
def test_obtain__takes_full_names_of_commits_alone(commit: str) -> None:
    with pytest.raises(UsageError, match="full commit hash"):
        Git(Path(), Script()).obtain(commit)


def test_obtain__presents_the_token_only_after_a_refusal_and_out_of_sight() -> None:
    script = Script(refusals=1)
    Git(Path(), script, token="job-token", server_url="https://ghes.example").obtain(GONE)
    (first, plain), (second, with_token) = script.seen[-2:]
    assert "GIT_CONFIG_VALUE_0" not in plain
    assert with_token["GIT_CONFIG_KEY_0"] == "http.https://ghes.example/.extraheader"
    assert with_token["GIT_CONFIG_VALUE_0"] == "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46am9iLXRva2Vu"
    assert "job-token" not in " ".join((*first, *second))


def test_obtain__refused_with_the_token_too() -> None:
    git = Git(Path(), Script(refusals=2), token="job-token", server_url="https://ghes.example")
    with pytest.raises(PlatformError, match="could not read Username"):
        git.obtain(GONE)


def test_obtain__hides_a_password_in_the_address(repository: Repository) -> None:
    repository.git("remote", "add", "origin", "file://octocat:secret@nowhere/x")
    with pytest.raises(PlatformError) as caught:
        Git(repository.folder, process_runner(PATH)).obtain(GONE)
    assert "secret" not in str(caught.value)


def test_tree__names_of_any_bytes(repository: Repository) -> None:
    names = [b"a\nb", b'"quoted"', b"\xff\xfe", "räum/语音.txt".encode(), b"-x"]
    texts = [name.decode("utf-8", "surrogateescape") for name in names]
    for name in texts:
        repository.write(name, "1")
    tree = Tree(Git(repository.folder, process_runner(PATH)), repository.commit())
    assert {tree.id(name) for name in texts} == {tree.id("a.txt")}
    assert tree.id("b.txt") == ""
    assert tree.file("räum/语音.txt") == b"1"
    assert tree.file("b.txt") is None
    assert tree.id(".") != tree.id("räum")


def test_tree__a_large_file_is_not_read(repository: Repository) -> None:
    repository.write("large.txt", "x" * (8 * 2**20 + 1))
    tree = Tree(Git(repository.folder, process_runner(PATH)), repository.commit())
    with pytest.raises(PlatformError, match="larger than 8 MiB"):
        tree.file("large.txt")


def test_tree__links_in_a_circle_lead_nowhere(repository: Repository) -> None:
    (repository.folder / "one").symlink_to("two")
    (repository.folder / "two").symlink_to("one")
    tree = Tree(Git(repository.folder, process_runner(PATH)), repository.commit())
    assert tree.id("one") == ""


def files_of(repository: Repository, folder: str = "") -> Tree:
    git = Git(repository.folder / folder, process_runner(PATH))
    return Tree(git, git.head())


def test_git__starts_no_program_that_the_repository_names(repository: Repository, tmp_path: Path) -> None:
    program, started = tmp_path / "program", tmp_path / "started"
    program.write_text(f"#!/bin/sh\ntouch {started}\n")
    program.chmod(0o755)
    repository.git("config", "core.fsmonitor", str(program))
    assert Git(repository.folder, process_runner(PATH)).uncommitted(["a.txt"]) == ()
    assert not started.exists()


def test_tree__a_link_to_the_root_of_the_disk_leads_nowhere(repository: Repository) -> None:
    (repository.folder / "b.txt").symlink_to("/a.txt")
    repository.commit()
    tree = files_of(repository)
    assert tree.id("a.txt")
    assert tree.id("b.txt") == ""


def test_tree__is_the_same_from_every_folder(repository: Repository) -> None:
    repository.write("models/speechops.yml", "")
    repository.commit()
    names = ("a.txt", "models", "models/speechops.yml")
    seen = [[files_of(repository, folder).id(name) for name in names] for folder in ("", "models")]
    assert all(seen[0])
    assert seen[0] == seen[1]
