"""What a release tag contains."""

from __future__ import annotations

import pytest
import yaml

from tools import contract, release

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
