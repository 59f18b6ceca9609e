"""What the container leaves as root breaks the next checkout of a runner that is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.stub_engine import speech

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNER = 1001
SENTENCES = [f"sentence number {word} is said here" for word in ("one", "two", "three", "four")]

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="takes root and setpriv, as in a container"
)


@pytest.fixture
def workspace() -> Iterator[Path]:
    """Make a checkout of the runner's user, in a folder that this user may reach."""
    top = Path(tempfile.mkdtemp(prefix="workspace-"))
    folder = top / "data"
    (folder / "test").mkdir(parents=True)
    (folder / "speechops.yml").write_text(
        "models:\n  m:\n    locale: en-US\n    test-data: test\n"
        "    training-text: t.txt\n    gate: any-improvement\n"
    )
    lines = [f"{number}.wav\t{sentence}" for number, sentence in enumerate(SENTENCES)]
    for number, sentence in enumerate(SENTENCES):
        (folder / f"test/{number}.wav").write_bytes(speech(sentence))
    (folder / "test/trans.txt").write_text("\n".join(lines), encoding="utf-8-sig")
    (folder / "t.txt").write_text("\n".join(SENTENCES), encoding="utf-8-sig")
    top.chmod(0o755)
    for path in (top, *top.rglob("*")):
        os.chown(path, RUNNER, RUNNER)
    as_runner(folder, "git", "init", "--quiet")
    as_runner(folder, "git", "add", ".")
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    as_runner(folder, "git", *who, "commit", "--quiet", "-m", "data")
    yield folder
    shutil.rmtree(top)


def as_runner(folder: Path, *command: str) -> None:
    ids = [f"--reuid={RUNNER}", f"--regid={RUNNER}", "--clear-groups"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder.parent)}
    words = ["setpriv", *ids, *command]
    subprocess.run(words, cwd=folder, check=True, env=environment, timeout=60)


def as_container(folder: Path, operation: str) -> None:
    environment = {
        **os.environ,
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(folder),
        "SPEECHOPS_CONTAINER": "true",
        "SPEECHOPS_OPERATION": operation,
        "SPEECHOPS_REASON": "a look first",
        "SPEECHOPS_SCOPE": "everything",
        "SPEECHOPS_TEST_ENGINE": "stub",
        "PYTHONPATH": str(Path(__file__).parent.parent.parent),
    }
    subprocess.run([sys.executable, "-m", "tests.cli"], cwd=folder, env=environment, check=False, timeout=300)


def test_after_each_operation__the_runner_cleans_and_checks_out(workspace: Path) -> None:
    for operation in (
        *("validate", "plan", "test-data", "train-data", "compare", "deploy"),
        *("freeze", "unfreeze", "maintain", "rollback", "report", "doctor"),
    ):
        as_container(workspace, operation)
        left = [path for path in workspace.rglob("*") if path.lstat().st_uid != RUNNER]
        assert left == [], operation
    assert (workspace / ".speechops/report/m").is_dir()
    as_runner(workspace, "git", "clean", "-ffdx")
    as_runner(workspace, "git", "checkout", "--force", "HEAD")
    assert not (workspace / ".speechops").exists()


def test_link_out_of_the_workspace__its_target_keeps_its_owner(workspace: Path) -> None:
    secret = workspace.parent / "root's"
    secret.write_text("x")
    (workspace / "link").symlink_to(secret)
    as_container(workspace, "validate")
    assert secret.stat().st_uid == 0
