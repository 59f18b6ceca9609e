"""What a release tag contains."""

from __future__ import annotations

import json
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
    actions = release.actions(CORE, LOCAL)
    assert actions
    for name, content in actions.items():
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
    assert BY_NAME["action"].example == f"OWNER/speechops@v{MAJOR}"


def test_version__is_in_the_changelog() -> None:
    changelog = (contract.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert release.notes(changelog, speechops.__version__)


class Shell:
    """Runs steps of the workflow, with programs of our own in place of docker and gh."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.calls = folder / "calls"
        (folder / "bin").mkdir()
        self.work.mkdir()
        self.calls.touch()
        self.program("gh")
        self.program("docker")

    def program(self, name: str, script: str = "") -> None:
        """Put a program in the way that notes its arguments and does what ``script`` says."""
        path = self.folder / "bin" / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "$CALLS"\n{script}\n')
        path.chmod(0o755)

    def step(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the step whose name begins with ``name``."""
        steps = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
        (step,) = (step for step in steps if step["name"].startswith(name) and "run" in step)
        environment = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "CALLS": str(self.calls),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REPOSITORY": "OWNER/speechops",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "RUNNER_TEMP": str(self.folder),
            "VERSION": "1.2.3",
            "CORE": CORE,
            "LOCAL": LOCAL,
            "COMMIT": "c" * 40,
            "SETTINGS": "https://github.example/OWNER/speechops/pkgs/container",
            "GH_TOKEN": "t",
            "IMAGE": "ghcr.io/OWNER/SpeechOps",
            "DOCKER_CONFIG": str(self.folder / "nobody"),
            **variables,
        }
        assert environment.keys() >= step.get("env", {}).keys()
        command = [str(shutil.which("bash")), "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, env=environment, cwd=self.work, check=False, capture_output=True, text=True
        )

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.work), "-c", "user.name=n", "-c", "user.email=e@example.com"]
        return subprocess.run([*command, *arguments], check=True, capture_output=True, text=True).stdout


WORKFLOW = yaml.safe_load((contract.ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
STEPS = WORKFLOW["jobs"]["tag"]["steps"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_workflow__runs_on_main_alone() -> None:
    assert {job["if"] for job in WORKFLOW["jobs"].values()} == {"github.ref == 'refs/heads/main'"}
    assert {job["environment"] for job in WORKFLOW["jobs"].values()} == {"release"}


PINS = contract.ROOT / "requirements/images/Dockerfile"


def test_images__are_built_with_images_by_digest(shell: Shell) -> None:
    folder = shell.work / "requirements/images"
    folder.mkdir(parents=True)
    shutil.copy(PINS, folder)
    assert shell.step("Read which images to build with").returncode == 0
    found = dict(line.split("=", 1) for line in (shell.folder / "output").read_text().splitlines())
    by_tag = {name: image.partition("@")[0].removeprefix("docker.io/") for name, image in found.items()}
    assert sorted(found) == ["base", "builder", "emulator"]
    (base,) = re.findall(r"^FROM (\S+)", (contract.ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert by_tag["base"] == f"library/{base}"  # a newer one is taken by both files, or by none
    steps = WORKFLOW["jobs"]["images"]["steps"]
    replaced = [step["with"]["build-contexts"] for step in steps if "build-push" in step.get("uses", "")]
    assert replaced == [f"{base}=docker-image://${{{{ steps.images.outputs.base }}}}"] * 2
    assert "${{ steps.images.outputs.builder }}" in json.dumps(steps)
    assert "${{ steps.images.outputs.emulator }}" in json.dumps(steps)


def test_images__one_without_digest_ends_the_run(shell: Shell) -> None:
    folder = shell.work / "requirements/images"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text(re.sub(r"@sha256:\w+", "", PINS.read_text(), count=1))
    assert shell.step("Read which images to build with").returncode != 0


def test_image__is_named_in_lower_case(shell: Shell) -> None:
    assert shell.step("Name the images, in lower case").returncode == 0
    assert (shell.folder / "output").read_text() == "core=ghcr.io/owner/speechops\n"


def test_images__have_the_floating_tag_of_the_examples(shell: Shell) -> None:
    assert WORKFLOW["jobs"]["tag"]["permissions"]["packages"] == "write"
    assert shell.step("Let the floating tag of both images follow").returncode == 0
    create, image = "docker buildx imagetools create --tag", "ghcr.io/team/speechops"
    assert shell.calls.read_text().splitlines() == [
        f"{create} {image}:1 {image}@{DIGEST}",
        f"{create} {image}-local:1 {image}-local@{DIGEST}",
    ]


def test_images__that_need_a_login_end_the_run_before_anything_is_tagged(shell: Shell) -> None:
    names = [step["name"] for step in STEPS]
    assert names.index("Pull both images without a login") < names.index(
        "Commit, tag, publish, unless that is done"
    )
    shell.program("docker", 'case "$3" in *-local@*) exit 1;; esac')
    done = shell.step("Pull both images")
    assert done.returncode == 1
    assert "https://github.example/OWNER/speechops/pkgs/container/speechops-local" in done.stdout


def test_tag__is_made_once_and_later_attempts_complete_the_rest(shell: Shell) -> None:
    origin = shell.folder / "origin"
    shell.git("init", "--quiet", "--bare", str(origin))
    shell.git("init", "--quiet", "--initial-branch=main")
    shell.git("remote", "add", "origin", str(origin))
    for name in ("action.yml", "local/action.yml"):
        (shell.work / name).parent.mkdir(exist_ok=True)
        (shell.work / name).write_text("image: Dockerfile\n")
    shell.git("add", ".")
    shell.git("commit", "--quiet", "--message", "main")
    main = shell.git("rev-parse", "HEAD")
    outputs = []
    shell.program("gh", '[ "$1 $2" != "release view" ]')
    for digest in ("1" * 64, "2" * 64):  # a second attempt has built other images
        shell.git("reset", "--quiet", "--hard", main.strip())
        for name in ("action.yml", "local/action.yml"):
            (shell.work / name).write_text(f'image: "docker://ghcr.io/o/s@sha256:{digest}"\n')
        (shell.folder / "output").unlink(missing_ok=True)
        done = shell.step("Commit, tag, publish")
        assert done.returncode == 0, done.stderr
        outputs.append((shell.folder / "output").read_text())
    assert outputs[0] == outputs[1]
    assert f"core=ghcr.io/o/s@sha256:{'1' * 64}" in outputs[0]
    assert shell.calls.read_text().count("gh release create v1.2.3 --verify-tag") == 2
    shell.program("gh")
    assert shell.step("Commit, tag, publish").returncode == 0
    assert shell.calls.read_text().count("gh release create") == 2


@pytest.mark.parametrize("allowed", [True, False])
def test_floating_tag__moves_or_its_command_is_said(shell: Shell, *, allowed: bool) -> None:
    shell.program("gh", "" if allowed else "exit 1")
    done = shell.step("Let the floating tag follow")
    assert done.returncode == 0
    assert f"gh api --method PATCH repos/OWNER/speechops/git/refs/tags/v1 -f sha={'c' * 40}" in (
        shell.calls.read_text()
    )
    assert (f"git push --force origin {'c' * 40}:refs/tags/v1" in done.stdout) is not allowed
