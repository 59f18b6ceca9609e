"""Which files an event changed, asked of git, on clones of any depth.

Only tree objects are compared, so nothing but names has to be fetched: renamed files appear under both
names, and names of any bytes pass (as ``os.fsdecode`` writes them).
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.errors import PlatformError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.github.event import Event

Runner = Callable[[Sequence[str], Mapping[str, str]], subprocess.CompletedProcess[bytes]]

_TIMEOUT = 600.0  # seconds that one git command may take
_DEPTHS = ("--deepen=50", "--deepen=500", "--unshallow")
_FILE_LIMIT = 8 * 2**20
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# A bare repository among the files, with a configuration of its own, is data. Git obeys this from 2.38 on.
_DISTRUST = ("-c", "safe.bareRepository=explicit")
# What git has no use for: a program that its configuration names would inherit it.
_PRIVATE = ("SPEECHOPS_", "INPUT_", "AZURE_", "ACTIONS_ID_TOKEN_", "ACTIONS_RUNTIME_")
_WITH_HISTORY = "Check out with fetch-depth: 0, or pass github-token with contents: read."
# What git says where the other side does not have a commit, as opposed to not letting us ask.
_UNKNOWN = re.compile(
    rb"not our ref|couldn't find remote ref|unadvertised object|remote ref does not exist", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths, from the root of the repository, that differ between ``base`` and ``head``, sorted.

    With ``everything`` there was nothing to compare with, and ``paths`` are all files of ``head``. ``note``
    says for people what was compared, where that is not obvious.
    """

    base: str = ""
    head: str = ""
    paths: tuple[str, ...] = ()
    everything: bool = False
    note: str = ""


def process_runner(environment: Mapping[str, str]) -> Runner:
    """Return the runner that starts real processes.

    They get ``environment`` without our own inputs and credentials, and what each command adds to it.
    """
    public = {name: value for name, value in environment.items() if not name.startswith(_PRIVATE)}

    def run(arguments: Sequence[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603 - a fixed program, arguments never reach a shell
            arguments,
            env={**public, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )

    return run


class Git:
    """The repository in ``folder``. ``token`` helps if the checkout kept no credentials.

    ``workspace`` is that of the Action's container, which runs as root in a folder of the runner's user: git
    distrusts it unless told otherwise. Nowhere else may another user's repository configure our git.
    """

    def __init__(
        self, folder: Path, run: Runner, *, token: str = "", server_url: str = "", workspace: str = ""
    ) -> None:
        self.folder = folder
        self._run = run
        trusted = (workspace, f"{workspace}/*") if workspace else ()
        self._options = (*_DISTRUST, *(part for path in trusted for part in ("-c", f"safe.directory={path}")))
        self._token = token
        self._server_url = server_url

    def run(self, *arguments: str, access: bool = False) -> subprocess.CompletedProcess[bytes]:
        """Run one git command in the folder. With ``access`` the token is presented.

        Raises :class:`PlatformError` where git is missing or does not end.
        """
        command = ["git", "-C", str(self.folder), *self._options, *arguments]
        environment = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"} | (self._credential() if access else {})
        try:
            return self._run(command, environment)
        except FileNotFoundError as error:
            raise PlatformError(
                "git is not installed, so the changed files are not known.",
                hint="Install git, or name the operation to run.",
            ) from error
        except subprocess.TimeoutExpired as error:
            raise PlatformError(
                f"git {arguments[0]} did not end within {_TIMEOUT:.0f} s.",
                hint="Check out with fetch-depth: 0, so that nothing has to be fetched.",
            ) from error

    def ask(self, *arguments: str) -> bytes | None:
        """Return what a local command prints, None where it fails."""
        answer = self.run(*arguments)
        return answer.stdout if answer.returncode == 0 else None

    def must(self, *arguments: str) -> bytes:
        """Return what a local command prints. Raises :class:`PlatformError` where it fails."""
        answer = self.run(*arguments)
        if answer.returncode:
            raise PlatformError(
                f"git {arguments[0]} failed: {_words(answer.stderr)}",
                hint=f"{self.folder} has to be a git checkout.",
            )
        return answer.stdout

    def has(self, commit: str) -> bool:
        """Whether the commit is here."""
        return self.ask("cat-file", "-e", f"{commit}^{{commit}}") is not None

    def shallow(self) -> bool:
        """Whether the history is cut."""
        return self.must("rev-parse", "--is-shallow-repository").strip() == b"true"

    def fetch(self, *arguments: str) -> bool:
        """Fetch history without file contents; False where the other side has no such thing.

        Raises :class:`PlatformError` where it does not let us ask.
        """
        command = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--filter=blob:none")
        answer = self.run(*command, *arguments)
        # A second Authorization header would be refused, so the token waits until it is needed.
        if answer.returncode and self._token and not _UNKNOWN.search(answer.stderr):
            answer = self.run(*command, *arguments, access=True)
        if answer.returncode and not _UNKNOWN.search(answer.stderr):
            raise PlatformError(
                f"The history that the comparison needs could not be fetched: {_words(answer.stderr)}",
                hint=_WITH_HISTORY,
            )
        return answer.returncode == 0

    def obtain(self, commit: str) -> bool:
        """Make the commit present, fetching it if need be; False where the other side has forgotten it.

        Raises :class:`UsageError` for a text that is not a commit's full name.
        """
        if not _COMMIT.fullmatch(commit):
            raise UsageError(f"{commit!r} is not a commit's full hexadecimal name.")
        if self.has(commit):
            return True
        depth = ("--depth=1",) if self.shallow() else ()
        return self.fetch(*depth, "origin", commit) and self.has(commit)

    def resolve(self, revision: str) -> str:
        """Return the full name of a commit that a person has named: by branch, by tag, as ``HEAD~1``.

        Raises :class:`UsageError` where git knows none of that name.
        """
        if _COMMIT.fullmatch(revision):
            return revision
        found = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        name = found.decode("utf-8", "replace").strip() if found else ""
        if not _COMMIT.fullmatch(name):
            raise UsageError(
                f"git knows no commit {revision!r} in {self.folder}.",
                hint="Is it spelt right? In a shallow checkout, check out with fetch-depth: 0.",
            )
        return name

    def merge_base(self, one: str, other: str) -> str:
        """Return the commit from which both have grown, deepening a shallow clone; empty if there is none."""
        for deeper in ("", *_DEPTHS):
            if deeper:
                if not self.shallow():
                    break
                self.fetch(deeper, "origin", one, other)
            found = self.ask("merge-base", one, other)
            if found is not None:
                return found.decode().strip()
        return ""

    def tip(self, branch: str) -> str:
        """Return the last commit of a branch of ``origin``, empty if there is none."""
        depth = ("--depth=1",) if self.shallow() else ()
        if not self.fetch(*depth, "origin", f"refs/heads/{branch}"):
            return ""
        return self.must("rev-parse", "FETCH_HEAD").decode().strip()

    def differing(self, base: str, head: str) -> tuple[str, ...]:
        """Return the paths that differ between two commits, old and new names of what was renamed."""
        return _paths(self.must("diff-tree", "-r", "-z", "--name-only", "--no-renames", base, head))

    def files(self, commit: str) -> tuple[str, ...]:
        """Return all paths of a commit."""
        return _paths(self.must("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit))

    def file(self, commit: str, path: str) -> bytes | None:
        """Return a small file as a commit has it, None where it has none.

        Raises :class:`PlatformError` where it is larger than 8 MiB, or its content cannot be fetched.
        """
        name = f"{commit}:{path}"
        if not self.must("ls-tree", "-z", "--full-tree", commit, "--", path):
            return None
        size = self._contents("-s", name)
        if int(size) > _FILE_LIMIT:
            raise PlatformError(f"{path} is larger than 8 MiB in commit {commit[:7]}.")
        return self._contents("blob", name)

    def _contents(self, what: str, name: str) -> bytes:
        """Return content, or its size, fetching it where only its name is here."""
        answer = self.run("cat-file", what, name)
        if answer.returncode and self._token:
            answer = self.run("cat-file", what, name, access=True)
        if answer.returncode:
            raise PlatformError(f"{name} could not be fetched: {_words(answer.stderr)}", hint=_WITH_HISTORY)
        return answer.stdout

    def _credential(self) -> dict[str, str]:
        """Return the token as git takes it from the environment, out of sight of the process list."""
        word = base64.b64encode(f"x-access-token:{self._token}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self._server_url}/.extraheader",
            "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {word}",
        }


def of_event(git: Git, event: Event) -> Changes:
    """Return what the event changed.

    A pull request is compared with the commit it grew from, a push with what was there before; a new branch
    with the default branch; a first push, or a forced one over a commit that is gone, changes everything.
    Tags, schedules and manual runs change nothing. Raises :class:`PlatformError` where history is missing and
    cannot be fetched.
    """
    if event.name == "push" and not event.tag and not event.deleted:
        return _pushed(git, event)
    if event.base and event.head and event.name != "push":
        return since_merge_base(git, event.base, event.head)
    return Changes(head=event.commit, note=f"The event {event.name or 'none'} changes no file.")


def between(git: Git, base: str, head: str) -> Changes:
    """Return what differs between two commits. Raises :class:`PlatformError` where one cannot be had."""
    for commit in (base, head):
        if not git.obtain(commit):
            raise PlatformError(
                f"Commit {commit[:7]} is neither in this checkout nor at its origin.",
                hint="Check out with fetch-depth: 0.",
            )
    return Changes(base, head, git.differing(base, head))


def since_merge_base(git: Git, base: str, head: str) -> Changes:
    """Return what ``head`` changed since it grew from ``base``. Raises as :func:`between`."""
    ends = between(git, base, head)
    grown_from = git.merge_base(base, head)
    if not grown_from:
        note = f"{head[:7]} shares no history with {base[:7]}: all differences count."
        return Changes(base, head, ends.paths, note=note)
    return Changes(grown_from, head, git.differing(grown_from, head))


def _pushed(git: Git, event: Event) -> Changes:
    if event.before and git.obtain(event.before):
        return between(git, event.before, event.after)
    gone = f"Commit {event.before[:7]} was overwritten. " if event.before else ""
    if event.branch != event.default_branch and event.default_branch:
        tip = git.tip(event.default_branch)
        if tip:
            found = since_merge_base(git, tip, event.after)
            note = f"{gone}Compared with the branch {event.default_branch}."
            return Changes(found.base, found.head, found.paths, note=note)
    if not git.obtain(event.after):
        raise PlatformError(f"Commit {event.after[:7]} is not in this checkout.", hint="Check it out first.")
    note = f"{gone or 'The first push. '}There is nothing to compare with: every file counts as changed."
    return Changes("", event.after, git.files(event.after), everything=True, note=note)


def _paths(output: bytes) -> tuple[str, ...]:
    return tuple(sorted(os.fsdecode(name) for name in output.split(b"\0") if name))


def _words(stderr: bytes) -> str:
    """Return what git said, on one line, without a password in the address of a remote."""
    said = " ".join(stderr.decode("utf-8", "replace").split())
    return re.sub(r"://[^/@\s]+@", "://***@", said)[:500] or "git said nothing."
