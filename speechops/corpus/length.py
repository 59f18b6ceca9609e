"""The length of the audio in a zip or a folder, from the headers only: for cost estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.corpus import audio
from speechops.corpus.archive import open_archive
from speechops.corpus.findings import Findings
from speechops.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def seconds_of_audio(path: Path) -> float | None:
    """Return the seconds of all WAV files; None if they cannot be read, such as a Git LFS pointer."""
    total = 0.0
    try:
        with open_archive(path, Findings(str(path))) as archive:
            for name, size in archive.sizes.items():
                if not name.lower().endswith(".wav"):
                    continue
                with archive.open(name) as file:
                    total += audio.read_header(file.read(audio.HEAD_BYTES), size).seconds
    except (DataError, OSError, audio.NotWav):
        return None
    return total
