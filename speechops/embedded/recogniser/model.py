"""What a trained model's folder holds.

``language.lm.bin``   the language model, for PocketSphinx; absent if the model has no text of its own
``acoustics.mllr``    the transform of the acoustic model, where audio adapted it
``model.json``        the words that the model adds, and how it came about; written last
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from speechops.embedded.display import DisplayRules
from speechops.embedded.engine import EngineError

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGE = "language.lm.bin"
ACOUSTICS = "acoustics.mllr"
_DESCRIPTION = "model.json"
_FORMAT = 2


@dataclass(frozen=True)
class Entry:
    """A word of the model: its name in the language model, how readers see it, and its ways to be said."""

    word: str
    display: str
    phones: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """The words that a model adds, the weight of its text in percent, and how it writes display text."""

    weight_percent: int
    entries: tuple[Entry, ...]
    display: DisplayRules = field(default_factory=DisplayRules)
    format: int = _FORMAT


_DECODER = msgspec.json.Decoder(Description)


def write(folder: Path, description: Description) -> None:
    """Complete the model in ``folder``, whose other files are there."""
    path = folder / f"{_DESCRIPTION}.part"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(description), indent=1))
    path.replace(folder / _DESCRIPTION)


def read(folder: Path) -> Description:
    """Return the description of the model in ``folder``.

    Raises:
        EngineError: there is no complete model.

    """
    try:
        description = _DECODER.decode((folder / _DESCRIPTION).read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise _incomplete(folder, error) from error
    if description.format != _FORMAT:
        raise _incomplete(folder, ValueError(f"its format is {description.format}"))
    return description


def stamp(folder: Path) -> tuple[int, int]:
    """Return what tells the model in ``folder`` from one that was there before.

    Raises:
        EngineError: there is no complete model.

    """
    try:
        state = (folder / _DESCRIPTION).stat()
    except OSError as error:
        raise _incomplete(folder, error) from error
    return state.st_mtime_ns, state.st_ino  # clocks of file systems are coarse


def _incomplete(folder: Path, error: Exception) -> EngineError:
    return EngineError(f"{folder} holds no complete model of the recognizer: {error}")
