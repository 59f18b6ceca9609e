"""What a release tag contains."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

import speechops
from speechops.inputs import BY_NAME
from tools import contract, release

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "0123456789abcdef" * 4
CORE, LOCAL = f"ghcr.io/team/speechops@{DIGEST}", f"ghcr.io/team/speechops-local@{DIGEST}"


def test_actions__differ_from_main_in_the_image_alone() -> None:
    for name, content in release.actions(CORE, LOCAL).items():
        tagged = yaml.safe_load(content)
        main = yaml.safe_load((contract.ROOT / name).read_text(encoding="utf-8"))
        assert tagged["runs"].pop("image").startswith("docker://ghcr.io/team/speechops")
        assert main["runs"].pop("image").endswith(("Dockerfile", "Dockerfile.local"))
        assert tagged == main


@pytest.mark.parametrize("image", ["ghcr.io/team/speechops:1.0.0", "ghcr.io/team/speechops@", "x@sha256:12"])
def test_actions__image_without_digest_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match="not an image by its digest"):
        release.actions(image, LOCAL)


def test_notes__are_the_section_of_the_version() -> None:
    changelog = (
        "# Changelog\n\n## Unreleased\n\n- next\n\n## 1.2.0 (2026-11-01)\n\n- that\n\n## 1.1.0\n\n- old\n"
    )
    assert release.notes(changelog, "1.2.0") == "- that\n"
    assert release.notes(changelog, "1.1.0") == "- old\n"
    with pytest.raises(ValueError, match="no section"):
        release.notes(changelog, "1.3.0")


def test_main__refuses_another_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["0.0.0-none", "--core", CORE, "--local", LOCAL]) == 1
    assert "the package has version" in capsys.readouterr().err


MAJOR = speechops.__version__.partition(".")[0]
SHOWN = sorted(
    path
    for pattern in ("README.md", "docs/**/*.md", "examples/**/*.md", "examples/**/*.yml")
    for path in contract.ROOT.glob(pattern)
)


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: str(path.relative_to(contract.ROOT)))
def test_version__is_of_the_tag_that_is_shown(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"OWNER/speechops(?:/[\w./-]+)?@v(\d+)", text)) <= {MAJOR}
    assert set(re.findall(r"ghcr\.io/OWNER/speechops(?:-local)?:(\d+)", text)) <= {MAJOR}


def test_version__is_of_the_tag_that_migrate_writes() -> None:
    assert BY_NAME["action"].default == f"OWNER/speechops@v{MAJOR}"


def test_version__is_in_the_changelog() -> None:
    changelog = (contract.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert release.notes(changelog, speechops.__version__)


def test_images__have_the_floating_tag_of_the_examples(tmp_path: Path) -> None:
    workflow = yaml.safe_load((contract.ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["tag"]["steps"]
    assert workflow["jobs"]["tag"]["permissions"]["packages"] == "write"
    (step,) = (step for step in steps if "imagetools" in step.get("run", ""))
    assert steps.index(step) == len(steps) - 1, "the floating tag follows when all else is done"
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\necho "$@" >> "$CALLS"\n')
    docker.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "VERSION": "1.2.3",
        "IMAGE": "ghcr.io/OWNER/speechops",
        "CORE": DIGEST,
        "LOCAL": DIGEST,
    }
    assert environment.keys() >= step["env"].keys()
    shell = str(shutil.which("bash"))
    subprocess.run([shell, "-eo", "pipefail", "-c", step["run"]], env=environment, check=True)
    create, image = "buildx imagetools create --tag", "ghcr.io/owner/speechops"
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"{create} {image}:1 {image}@{DIGEST}",
        f"{create} {image}-local:1 {image}-local@{DIGEST}",
    ]
