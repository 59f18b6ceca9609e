"""Tests that need a container engine: `make e2e` runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
# What the images and the workflows are made of; an Action is checked out whole.
SOURCES = (
    ".dockerignore",
    ".github",
    "Dockerfile",
    "Dockerfile.local",
    "action.yml",
    "entrypoint.py",
    "local",
    "post.py",
    "requirements",
    "speechops",
    "step",
)


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    if os.environ.get("SPEECHOPS_E2E"):
        return
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.skip(reason="needs a container engine: make e2e"))


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkout of the Action as it is on the disk now."""
    folder = tmp_path_factory.mktemp("action")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular and return what it prints."""
    settings = ("user.name=someone", "user.email=someone@example.org", "init.defaultBranch=main")
    options = [text for setting in (*settings, "safe.directory=*") for text in ("-c", setting)]
    command = ["git", "-C", str(folder), *options, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a repository with the sample project and two commits: the second one changes training data."""
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "examples" / "pharmacy", folder, ignore=shutil.ignore_patterns(".speechops"))
    text = folder / "data" / "training" / "text.txt"
    whole = text.read_bytes()
    text.write_bytes(whole[: len(whole) // 2].rpartition(b"\n")[0] + b"\n")
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", "https://github.com/octo-team/speech-data.git")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Half of the training text")
    text.write_bytes(whole)
    git(folder, "commit", "--quiet", "--all", "--message", "The whole training text")
    return folder
