"""Queries to git about the repository of the data: which commit is checked out, and its files."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.errors import PlatformError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

Runner = Callable[[Sequence[str], Mapping[str, str]], subprocess.CompletedProcess[bytes]]

_TIMEOUT = 600.0  # seconds that one git command may take
_FILE_LIMIT = 8 * 2**20
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# A bare repository among the files, with a configuration of its own, is data. Git obeys this from 2.38 on.
_DISTRUST = ("-c", "safe.bareRepository=explicit")
# Variables that git does not need: a program named in its configuration would inherit them.
_PRIVATE = ("SPEECHOPS_", "INPUT_", "AZURE_", "ACTIONS_ID_TOKEN_", "ACTIONS_RUNTIME_")
_WITH_HISTORY = "Check out with fetch-depth: 2, or pass github-token with contents: read."
# git's message if the remote does not have a commit, as opposed to refusing access.
_UNKNOWN = re.compile(
    rb"not our ref|couldn't find remote ref|unadvertised object|remote ref does not exist", re.IGNORECASE
)
# Programs that a repository's configuration names for files in Git LFS are missing in our container, and
# would only turn a file back into the pointer that we compare with.
_NO_LFS = ("filter.lfs.process=", "filter.lfs.clean=", "filter.lfs.smudge=", "filter.lfs.required=false")
_MODIFIED = (
    *("-z", "--porcelain=v1", "--untracked-files=all", "--ignored=traditional"),
    *("--no-renames", "--ignore-submodules=all"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit: its mode as git writes it, and the object id of its content."""

    mode: str
    id: str


LINK, SUBMODULE = "120000", "160000"
"""The modes of entries that are not plain files."""


def process_runner(environment: Mapping[str, str]) -> Runner:
    """Return the runner that starts real processes.

    They get ``environment`` without our own inputs and credentials, plus what each command adds.
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


@dataclass(frozen=True, slots=True)
class Git:
    """The repository around ``folder``. ``token`` helps if the checkout kept no credentials.

    ``workspace`` is that of the Action's container, which runs as root in a folder of the runner's user: git
    distrusts it unless configured otherwise. Nowhere else may another user's repository configure our git.
    """

    folder: Path
    start: Runner
    token: str = field(default="", repr=False)
    server_url: str = ""
    workspace: str = ""

    def run(self, *arguments: str, access: bool = False) -> subprocess.CompletedProcess[bytes]:
        """Run one git command in the folder. With ``access`` the token is presented.

        Raises :class:`PlatformError` if git is missing or times out.
        """
        trusted = (self.workspace, f"{self.workspace}/*") if self.workspace else ()
        options = (*_DISTRUST, *(part for path in trusted for part in ("-c", f"safe.directory={path}")))
        command = ["git", "-C", str(self.folder), *options, *arguments]
        environment = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
        try:
            return self.start(command, environment | (self._credential() if access else {}))
        except FileNotFoundError as error:
            raise PlatformError(
                "git is not installed, so the commit of the data is not known.",
                hint="Install git, or set --scope.",
            ) from error
        except subprocess.TimeoutExpired as error:
            raise PlatformError(f"git {arguments[0]} did not finish within {_TIMEOUT:.0f} s.") from error

    def ask(self, *arguments: str) -> bytes | None:
        """Return what a local command prints, None if it fails."""
        answer = self.run(*arguments)
        return answer.stdout if answer.returncode == 0 else None

    def must(self, *arguments: str) -> bytes:
        """Return what a local command prints. Raises :class:`PlatformError` if it fails."""
        answer = self.run(*arguments)
        if answer.returncode:
            raise PlatformError(
                f"git {arguments[0]} failed: {_words(answer.stderr)}",
                hint=f"{self.folder} must be a git checkout.",
            )
        return answer.stdout

    def head(self) -> str:
        """Return the commit that is checked out; empty outside of git and before the first commit."""
        found = self.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return found.decode().strip() if found else ""

    def prefix(self) -> str:
        """Return the path from the root of the repository to the folder: empty, or ending in a slash."""
        return os.fsdecode(self.must("rev-parse", "--show-prefix")).rstrip("\n")

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents of a commit, also those that a shallow clone lacks."""
        header = self.must("cat-file", "commit", commit).partition(b"\n\n")[0]
        return tuple(re.findall(r"^parent ([0-9a-f]+)$", header.decode("ascii", "replace"), re.MULTILINE))

    def obtain(self, commit: str) -> None:
        """Make a commit's list of files present, fetching it without contents if need be.

        Raises :class:`PlatformError` if it is not available, :class:`UsageError` for a text that is not
        a full commit name.
        """
        if not _COMMIT.fullmatch(commit):
            raise UsageError(f"{commit!r} is not a full commit hash.")
        if self.ask("cat-file", "-e", f"{commit}^{{commit}}") is not None:
            return
        shallow = self.must("rev-parse", "--is-shallow-repository").strip() == b"true"
        depth = ("--depth=1",) if shallow else ()
        command = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--filter=blob:none", *depth)
        answer = self._remote(*command, "origin", commit)
        if answer.returncode:
            raise PlatformError(
                f"Commit {commit[:7]} could not be fetched: {_words(answer.stderr)}", hint=_WITH_HISTORY
            )

    def tip(self, branch: str) -> str:
        """Return the last commit of a branch of the remote. Raises :class:`PlatformError`."""
        name = f"refs/heads/{branch}"
        answer = self._remote("ls-remote", "--quiet", "origin", name)
        lines = (line.partition("\t") for line in os.fsdecode(answer.stdout).splitlines())
        found = {ref: commit for commit, _, ref in lines}  # git also lists a branch x/refs/heads/main
        if answer.returncode or name not in found:
            why = _words(answer.stderr) if answer.returncode else "the remote has no such branch."
            raise PlatformError(f"The branch {branch} could not be read: {why}", hint=_WITH_HISTORY)
        return found[name]

    def _remote(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command that asks the remote, with the token if it is refused without.

        A second Authorization header would be refused, so the token is only sent when it is needed.
        """
        answer = self.run(*arguments)
        if answer.returncode and self.token and not _UNKNOWN.search(answer.stderr):
            return self.run(*arguments, access=True)
        return answer

    def resolve(self, revision: str) -> str:
        """Return the full name of a commit that a person has named: by branch, by tag, as ``HEAD~1``.

        Raises :class:`UsageError` if git does not know it.
        """
        if _COMMIT.fullmatch(revision):
            return revision
        found = self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        name = found.decode("utf-8", "replace").strip() if found else ""
        if not _COMMIT.fullmatch(name):
            raise UsageError(
                f"Unknown commit {revision!r} in {self.folder}.",
                hint="Check the spelling. In a shallow checkout, check out with fetch-depth: 0.",
            )
        return name

    def entries(self, commit: str) -> dict[str, Entry]:
        """Return all files, links and submodules of a commit by their paths."""
        found = {}
        for line in self.must("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            if line:
                about, _, path = line.partition(b"\t")
                mode, _, name = about.decode("ascii").split(" ")
                found[os.fsdecode(path)] = Entry(mode, name)
        return found

    def content(self, object_id: str) -> bytes:
        """Return a small object's content, fetching it if only its name is known locally.

        Raises :class:`PlatformError` if it is larger than 8 MiB or cannot be fetched.
        """
        if self.size(object_id) > _FILE_LIMIT:
            raise PlatformError(f"The object {object_id[:7]} in git is larger than 8 MiB.")
        return self._object("blob", object_id)

    def size(self, object_id: str) -> int:
        """Return the size of an object in bytes. Raises :class:`PlatformError`."""
        return int(self._object("-s", object_id))

    def uncommitted(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Return which files at or below ``paths``, from the root, are not as in the checked out commit.

        They are changed, deleted, new, or kept out of git by .gitignore. Submodules are not checked.
        """
        if not paths:
            return ()
        settings = [text for setting in (*_NO_LFS, "core.fsmonitor=false") for text in ("-c", setting)]
        names = [f":(top,literal){path}" for path in paths]
        output = self.must(*settings, "status", *_MODIFIED, "--", *names)
        return tuple(sorted(os.fsdecode(line[3:]) for line in output.split(b"\0") if line))

    def _object(self, what: str, name: str) -> bytes:
        answer = self.run("cat-file", what, name)
        if answer.returncode and self.token:
            answer = self.run("cat-file", what, name, access=True)
        if answer.returncode:
            raise PlatformError(
                f"The object {name[:7]} could not be fetched: {_words(answer.stderr)}", hint=_WITH_HISTORY
            )
        return answer.stdout

    def _credential(self) -> dict[str, str]:
        """Return the token as environment variables for git, so that the process list does not show it."""
        word = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self.server_url}/.extraheader",
            "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {word}",
        }


def _words(stderr: bytes) -> str:
    """Return git's message, on one line, without a password in the address of a remote."""
    said = " ".join(stderr.decode("utf-8", "replace").split())
    return re.sub(r"://[^/@\s]+@", "://***@", said)[:500] or "git gave no reason."
