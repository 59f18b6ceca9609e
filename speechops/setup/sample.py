"""The sample project: among the examples of a clone, or inside the package if pip has installed it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from speechops.errors import UsageError, reason
from speechops.setup import discovery

if TYPE_CHECKING:
    from speechops.setup.discovery import FoundModel

LOCALE = "en-US"
_PACKAGE = Path(__file__).parent.parent
_PLACES = (_PACKAGE.parent / "examples" / "pharmacy", _PACKAGE / "sample")


def project() -> Path:
    """Return the folder of the sample project. Raises :class:`UsageError` if it is not there."""
    for place in _PLACES:
        if (place / "data").is_dir():
            return place
    raise UsageError(
        "The sample data is not part of this installation.",
        hint="Install speechops with pip from its repository, or run it from a clone.",
    )


def model(target: str) -> FoundModel:
    """Return the sample's model with its data in the folder ``target``, which need not exist yet."""
    (found,) = discovery.discover(project() / "data").models
    training = {kind: tuple(f"{target}/{path}" for path in paths) for kind, paths in found.training.items()}
    return replace(found, locale=LOCALE, test_data=f"{target}/{found.test_data}", training=training)


def copy(target: Path) -> None:
    """Copy the sample's data. Raises :class:`UsageError` if the folder cannot be written."""
    try:
        shutil.copytree(project() / "data", target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {reason(error)}.") from error
