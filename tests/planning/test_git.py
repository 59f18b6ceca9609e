"""git as it is asked: whom it trusts, what it is shown, what it says."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speechops.errors import PlatformError, UsageError
from speechops.planning.checkout import open_checkout
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
    said: bytes = b"fatal: could not read Username for 'https://ghes.example'"
    stdout: bytes = b"false"
    lacks: Sequence[str] = ("cat-file",)
    seen: list[tuple[Sequence[str], Mapping[str, str]]] = field(default_factory=list)

    def __call__(
        self, arguments: Sequence[str], more: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        self.seen.append((arguments, more))
        refused = "fetch" in arguments and self.refusals > 0
        self.refusals -= refused
        code = 128 if refused or any(word in arguments for word in self.lacks) else 0
        return subprocess.CompletedProcess(arguments, code, self.stdout, self.said if refused else b"")


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
    secrets = {
        "SPEECHOPS_SPEECH_KEY": "k",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
        "ACTIONS_RUNTIME_TOKEN": "r",
        "AZURE_CLIENT_SECRET": "s",
        "INPUT_X": "i",
    }
    runner = process_runner(PATH | secrets)
    repository.git("config", "alias.show-environment", "!env")
    shown = Git(repository.folder, runner).must("show-environment").decode()
    assert "PATH=" in shown
    assert not [name for name in secrets if name in shown]


def test_git__elsewhere__trusts_nothing_more_and_shows_no_token() -> None:
    script = Script()
    Git(Path("/data"), script, token="job-token", server_url="https://ghes.example").head()
    ((arguments, more),) = script.seen
    assert not [word for word in arguments if word.startswith("safe.directory")]
    assert more == {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


def test_git__before_the_first_commit(tmp_path: Path) -> None:
    made = Repository(tmp_path / "data")
    made.folder.mkdir()
    made.git("init", "--quiet")
    git = Git(made.folder, process_runner(PATH))
    assert git.head() == git.prefix() == ""
    assert open_checkout(git) is None


def test_git__failure_without_words() -> None:
    def fail(arguments: Sequence[str], _more: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(arguments, 1, b"", b" \n")

    with pytest.raises(PlatformError, match="git rev-parse failed: git gave no reason") as error:
        Git(Path("/data"), fail).prefix()
    assert "/data must be a git checkout" in error.value.hint


def test_git__long_failure_is_one_line_of_500_characters() -> None:
    def fail(arguments: Sequence[str], _more: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(arguments, 1, b"", b"why\nnot " * 100)

    with pytest.raises(PlatformError, match="failed: why not why") as error:
        Git(Path("/data"), fail).prefix()
    assert len(error.value.message) == len("git rev-parse failed: ") + 500


def test_parents__are_those_of_the_header_in_order(repository: Repository) -> None:
    git, root = Git(repository.folder, process_runner(PATH)), repository.git("rev-parse", "HEAD")
    assert git.parents(root) == ()
    one = repository.commit()
    tree = repository.git("rev-parse", "HEAD^{tree}")
    message = f"merge\n\nparent {GONE}"
    merge = repository.git("commit-tree", tree, "-p", root, "-p", one, "-m", message)
    assert git.parents(merge) == (root, one)


def test_git__outside_of_a_repository(tmp_path: Path) -> None:
    git = Git(tmp_path, process_runner(PATH | {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}))
    assert git.head() == ""
    with pytest.raises(PlatformError, match="not a git repository"):
        git.prefix()


def test_git__that_is_not_installed() -> None:
    with pytest.raises(PlatformError, match="not installed"):
        Git(Path(), process_runner({"PATH": "/nowhere"})).head()


def test_git__is_given_nothing_to_read_and_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    def run(arguments: Sequence[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        seen.update(options)
        return subprocess.CompletedProcess(arguments, 0, b"", b"")

    monkeypatch.setattr(subprocess, "run", run)
    Git(Path(), process_runner(PATH)).head()
    assert (seen["stdin"], seen["timeout"]) == (subprocess.DEVNULL, 600)


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


@pytest.mark.parametrize(("shallow", "depth"), [(b"true\n", True), (b"false\n", False)])
def test_obtain__fetches_one_commit_without_contents_and_deepens_no_complete_clone(
    shallow: bytes, *, depth: bool
) -> None:
    script = Script(stdout=shallow)
    Git(Path(), script).obtain(GONE)
    command = script.seen[-1][0]
    assert command[-2:] == ["origin", GONE]
    assert {"fetch", "--filter=blob:none", "--no-tags", "--no-recurse-submodules"} <= set(command)
    assert ("--depth=1" in command) is depth


def test_obtain__of_a_commit_that_is_there__asks_no_remote(repository: Repository) -> None:
    script = Script(lacks=())
    Git(repository.folder, script, token="job-token").obtain(GONE)
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    ("said", "token", "asked"),
    [
        (b"fatal: remote error: upload-pack: not our ref ddd", "job-token", 1),
        (b"error: Server does not allow request for unadvertised object ddd", "job-token", 1),
        (b"fatal: Couldn't find remote ref ddd", "job-token", 1),
        (b"fatal: could not read Username", "job-token", 2),
        (b"fatal: could not read Username", "", 1),
    ],
)
def test_obtain__refused__the_token_is_presented_if_there_is_one_and_it_may_help(
    said: bytes, token: str, asked: int
) -> None:
    script = Script(refusals=9, said=said)
    with pytest.raises(PlatformError, match="could not be fetched") as error:
        Git(Path(), script, token=token).obtain(GONE)
    assert "fetch-depth" in error.value.hint
    assert len([arguments for arguments, _ in script.seen if "fetch" in arguments]) == asked


@pytest.mark.parametrize(("token", "found"), [("job-token", True), ("", False)])
def test_content__of_an_object_that_the_clone_lacks__is_asked_for_with_the_token(
    token: str, *, found: bool
) -> None:
    seen: list[bool] = []

    def partial(arguments: Sequence[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        seen.append("GIT_CONFIG_VALUE_0" in more)
        return subprocess.CompletedProcess(arguments, 0 if seen[-1] else 128, b"5", b"fatal: no promisor")

    git = Git(Path(), partial, token=token)
    if found:
        assert git.content(GONE) == b"5"
        assert seen == [False, True] * 2
    else:
        with pytest.raises(PlatformError, match="ddddddd could not be fetched: fatal: no promisor") as error:
            git.content(GONE)
        assert "fetch-depth" in error.value.hint
        assert seen == [False]


def test_content__that_is_there__is_asked_for_once_and_without_the_token(repository: Repository) -> None:
    seen: list[Mapping[str, str]] = []

    def watched(arguments: Sequence[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        seen.append(more)
        return process_runner(PATH)(arguments, more)

    git = Git(repository.folder, watched, token="job-token")
    assert git.content(repository.git("rev-parse", "HEAD:a.txt")) == b"1"
    assert ["GIT_CONFIG_VALUE_0" in more for more in seen] == [False, False]


def test_tip__is_of_exactly_this_branch(repository: Repository, tmp_path: Path) -> None:
    for name in ("x/refs/heads/release", "a/refs/heads/main"):
        repository.git("branch", name)
    repository.write("a.txt", "2")
    last = repository.commit()
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", str(repository.folder), str(clone))
    git = Git(clone, process_runner(PATH))
    assert git.tip("main") == last
    with pytest.raises(PlatformError, match="no such branch") as error:
        git.tip("release")
    assert "release could not be read" in str(error.value)
    repository.folder.rename(tmp_path / "away")
    with pytest.raises(PlatformError, match="does not appear to be a git repository"):
        git.tip("main")


def test_resolve__a_full_name_is_taken_as_it_is_and_no_name_is_an_option(repository: Repository) -> None:
    git = Git(repository.folder, process_runner(PATH))
    assert git.resolve(GONE) == GONE
    assert git.resolve("HEAD") == git.head()
    for name in ("--git-dir", "--all", "", "HEAD^{tree}"):
        with pytest.raises(UsageError, match="Unknown commit"):
            git.resolve(name)


def test_uncommitted__is_what_differs_below_the_paths_taken_literally(repository: Repository) -> None:
    for name in ("in/same", "in/changed", "in/deleted", "in/moved", "*.txt", "out"):
        repository.write(name, name)
    repository.write(".gitignore", "*.tmp\n")
    repository.commit()
    for name in ("in/changed", "out", "a.txt"):
        repository.write(name, "other")
    for name in ("in/new", "in/ignored.tmp", "in/ä b"):
        repository.write(name, "new")
    (repository.folder / "in/deleted").unlink()
    repository.git("mv", "in/moved", "in/there")
    git = Git(repository.folder / "in", process_runner(PATH))
    assert git.uncommitted(["in", "*.txt"]) == (
        "in/changed",
        "in/deleted",
        "in/ignored.tmp",
        "in/moved",
        "in/new",
        "in/there",
        "in/ä b",
    )


def test_uncommitted__of_nothing__asks_nothing() -> None:
    script = Script()
    assert Git(Path(), script).uncommitted([]) == ()
    assert script.seen == []


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


def test_tree__paths_that_leave_the_repository_lead_nowhere(repository: Repository) -> None:
    repository.write("in/b.txt", "2")
    for name, target in (("in/up", "../../a.txt"), ("in/beside", "../a.txt"), ("in/here", "./b.txt")):
        (repository.folder / name).symlink_to(target)
    repository.commit()
    tree = files_of(repository)
    assert tree.id("in/up") == tree.id("../a.txt") == tree.id("in/../../a.txt") == ""
    assert tree.id("in/beside") == tree.id("in/../a.txt") == tree.id("./in//../a.txt") == tree.id("a.txt")
    assert tree.id("in/here") == tree.id("in/b.txt")
    assert tree.file("in/here") == b"2"


@pytest.mark.parametrize(("links", "found"), [(40, True), (41, False)])
def test_tree__follows_as_many_links_as_linux(repository: Repository, links: int, *, found: bool) -> None:
    for number in range(1, links + 1):
        (repository.folder / f"{number}.txt").symlink_to(f"{number - 1}.txt" if number > 1 else "a.txt")
    repository.commit()
    assert bool(files_of(repository).id(f"{links}.txt")) is found


def test_tree__a_folder_is_names_and_contents(repository: Repository) -> None:
    """Links count by what they lead to, and one that leads nowhere by its own text."""
    names = ("one", "two", "renamed", "changed", "linked", "linked-too", "lost", "elsewhere")
    for name in names:
        repository.write(f"{name}/x.txt" if name != "renamed" else "renamed/y.txt", "1")
    repository.write("changed/x.txt", "2")
    repository.write("b.txt", "1")
    for name, target in (("linked", "a.txt"), ("linked-too", "b.txt"), ("lost", "no"), ("elsewhere", "none")):
        (repository.folder / name / "z.txt").symlink_to(f"../{target}")
    repository.commit()
    tree = files_of(repository)
    ids = {name: tree.id(name) for name in names}
    assert ids["one"] == ids["two"]
    assert ids["linked"] == ids["linked-too"]
    assert len(set(ids.values())) == len(names) - 2
    assert tree.id("one/none") == tree.id("nothing") == ""


def test_tree__sources_are_links_and_what_they_lead_to(repository: Repository) -> None:
    repository.write("audio/1.wav", "1")
    repository.write("data/2.wav", "2")
    for name, target in (
        ("data/1.wav", "../audio/1.wav"),
        ("data/around", ".."),
        ("data/away", "/etc"),
        ("alias", "data"),
    ):
        (repository.folder / name).symlink_to(target)
    repository.commit()
    tree = files_of(repository)
    assert tree.sources("a.txt") == {"a.txt"}
    assert tree.sources("../a.txt") == set()
    assert tree.sources("alias/1.wav") == {"alias", "data/1.wav", "audio/1.wav"}
    assert tree.sources("data") == {
        "data/1.wav",
        "audio/1.wav",
        "data/away",
        "data/around",
        "",
        "alias",
        "data",
    }
    assert tree.id("data") == tree.id("alias") != ""
    (repository.folder / "data/around").unlink()
    repository.commit()
    found = files_of(repository).sources("alias")
    assert found == {"alias", "data", "data/1.wav", "audio/1.wav", "data/away"}


def test_tree__submodules_count_by_their_commit_and_the_path_in_them(repository: Repository) -> None:
    before = files_of(repository).id("")
    for path, commit in (("in/module", "b" * 40), ("other", "c" * 40)):
        repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    repository.git("commit", "--quiet", "--message", "modules")
    tree = files_of(repository)
    assert tree.id("in/module") == "b" * 40
    assert tree.id("in/module/a/b.txt") == f"{'b' * 40}:a/b.txt"
    assert tree.id("other/a/b.txt") == f"{'c' * 40}:a/b.txt"
    assert tree.file("in/module") is None
    assert tree.id("") != before
    assert (
        tree.submodules("in/module/a")
        == tree.submodules("in/module")
        == tree.submodules("in")
        == {"in/module"}
    )
    assert tree.submodules("") == {"in/module", "other"}
    assert tree.submodules("a.txt") == set()
