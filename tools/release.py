"""``python -m tools.release VERSION --core IMAGE --local IMAGE``: makes a checkout the one that a tag names.

Writes both ``action.yml`` so that they pull the images, and prints the section of the changelog. Refuses a
version that the package or the changelog does not have, and an image that is not named by its digest.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

import speechops
from tools import contract

if TYPE_CHECKING:
    from collections.abc import Sequence

_IMAGE = re.compile(r"[a-z0-9][a-z0-9./_-]*@sha256:[0-9a-f]{64}")


def notes(changelog: str, version: str) -> str:
    """Return what the changelog says of a version. Raises ``ValueError`` where it says nothing."""
    found = re.search(
        rf"^## {re.escape(version)}\b[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if not found or not found[1].strip():
        raise ValueError(f"CHANGELOG.md has no section {version}")
    return found[1].strip() + "\n"


def actions(core: str, local: str) -> dict[str, str]:
    """Return both ``action.yml`` with images by digest. Raises ``ValueError`` for other images."""
    for image in (core, local):
        if not _IMAGE.fullmatch(image):
            raise ValueError(f"{image!r} is not an image by its digest")
    return {
        "action.yml": contract.action(f"docker://{core}"),
        "local/action.yml": contract.local_action(f"docker://{local}"),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; print the notes."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("version")
    parser.add_argument("--core", required=True)
    parser.add_argument("--local", required=True)
    given = parser.parse_args(arguments)
    try:
        if given.version != speechops.__version__:
            raise ValueError(f"the package has version {speechops.__version__}, not {given.version}")  # noqa: TRY301
        text = notes((contract.ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), given.version)
        files = actions(given.core, given.local)
    except ValueError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for name, content in files.items():
        (contract.ROOT / name).write_text(content, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
