"""What a hostile data repository tries in the container, which runs as root. See ``tests/security``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import git
from tests.e2e.test_container import USER, Runner, core, docker, runner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["core", "runner"]  # fixtures

SECRET = "marked0speech0key"
OWNED = "import pathlib; pathlib.Path('/github/file_commands/owned').write_text('x')\n"
MODULES = ("speechops", "sitecustomize", "usercustomize", "yaml", "encodings", "json", "entrypoint", "post")


def modules(folder: Path) -> None:
    """Put modules where Python would import them from, if it looked there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODULES:
        (folder / f"{name}.py").write_text(OWNED)
    package = folder / "speechops"
    package.mkdir()
    for name in ("__init__", "app"):
        (package / f"{name}.py").write_text(OWNED)


def in_the_workspace(runner: Runner) -> None:
    modules(runner.workspace)


def in_the_home(runner: Runner) -> None:
    """What an earlier step of the job left: a package of the user, a start-up file."""
    modules(runner.folder / "home/.local/lib/python3.13/site-packages")
    (runner.folder / "home/.local/lib/python3.13/site-packages/x.pth").write_text(OWNED)
    (runner.folder / "home/.pythonrc.py").write_text(OWNED)


def in_a_bare_repository(runner: Runner) -> None:
    """Data that git takes for a repository with a configuration of its own."""
    folder = runner.workspace / "data"
    git(folder, "init", "--quiet", "--bare", str(folder))
    program = folder / "program"
    program.write_text("#!/bin/sh\ntouch /github/file_commands/owned\n")
    program.chmod(0o755)
    with (folder / "config").open("a") as config:
        config.write("[core]\n\tfsmonitor = /github/workspace/data/program\n")
    (folder / "speechops.yml").write_text((runner.workspace / "speechops.yml").read_text())


@pytest.mark.parametrize("place", [in_the_workspace, in_the_home, in_a_bare_repository])
@pytest.mark.parametrize("operation", ["validate", "plan", "post"])
def test_program_that_the_data_brings__is_not_run(
    runner: Runner, core: str, place: Callable[[Runner], None], operation: str
) -> None:
    place(runner)
    for path in (runner.workspace, *runner.workspace.rglob("*")):
        os.chown(path, USER, USER, follow_symlinks=False)
    config = "data/speechops.yml" if place is in_a_bare_repository else "speechops.yml"
    entry_point = "/opt/speechops/post.py" if operation == "post" else ""
    done = runner.run(
        core,
        operation,
        entry_point=entry_point,
        config=config,
        pythonpath="/github/workspace",
        speech_key=SECRET,
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert not (runner.folder / "file_commands/owned").exists()


LINKS = {
    "speechops.yml": "/proc/self/environ",
    "data/test/trans.txt": "/proc/self/environ",
    "data/training/text.txt": "/opt/speechops/requirements.txt",
    "data/test": "/opt/speechops",
    "data": "/",
}


@pytest.mark.parametrize("name", LINKS)
def test_link_to_what_root_may_read__is_not_followed(runner: Runner, core: str, name: str) -> None:
    path = runner.workspace / name
    if path.is_dir():
        path.rename(runner.workspace / "old")
    else:
        path.unlink()
    path.symlink_to(LINKS[name])
    done = runner.run(core, "validate", speech_key=SECRET)
    assert done.returncode == 2, done.stdout
    said = [line for line in done.stdout.splitlines() if not line.startswith("::add-mask::")]
    assert SECRET not in "\n".join(said)
    assert "SPEECHOPS_" not in "\n".join(said)
    assert "link" in done.stdout


@pytest.mark.parametrize("target", ["/opt/speechops", "/etc", "/github/file_commands"])
def test_folder_of_ours_that_is_a_link__is_not_written_to(runner: Runner, core: str, target: str) -> None:
    (runner.workspace / ".speechops").symlink_to(target)
    for operation in ("plan", "report", "freeze"):
        done = runner.run(core, operation, reason="a look first")
        assert done.returncode == 2, done.stdout
        assert "symbolic link" in done.stdout
    assert sorted(path.name for path in (runner.folder / "file_commands").iterdir()) == ["output", "summary"]


def test_files_of_root_outside__keep_their_owner(runner: Runner, core: str) -> None:
    """The files handed over at the end are those of the workspace, not those that a link there leads to."""
    kept = runner.folder / "file_commands" / "kept"
    kept.write_text("x")
    (runner.workspace / "link").symlink_to("/github/file_commands/kept")
    (runner.workspace / "folder").symlink_to("/github/file_commands")
    runner.run(core, "validate")
    assert kept.stat().st_uid == os.geteuid()


def test_image__has_no_other_way_in(core: str) -> None:
    found = docker(
        "run", "--rm", "--entrypoint", "sh", core, "-c", "find / -xdev -perm -4000 -path '*speechops*'"
    )
    assert found.stdout == ""
