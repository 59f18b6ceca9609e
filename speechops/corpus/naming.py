"""The names of audio files: which kind a name promises, and which file a name in a transcript means."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

WAV = ".wav"
TRANSCRIPTS = frozenset({".txt", ".tsv"})
OTHER_AUDIO = frozenset(
    {".aac", ".aif", ".aiff", ".amr", ".au", ".flac", ".m4a", ".mp3"}
    | {".mp4", ".ogg", ".opus", ".pcm", ".raw", ".webm", ".wma"}
)


def suffix(name: str) -> str:
    """Return the extension in lower case, with its dot."""
    return PurePosixPath(name).suffix.lower()


def last(name: str) -> str:
    """Return the last part of a path, whichever slashes it is written with."""
    return name.replace("\\", "/").rpartition("/")[2]


def alike(name: str, written: str) -> bool:
    """Whether a file may be meant: the last parts agree but for extension, case and Unicode form."""
    return stem(name) == stem(written)


def stem(name: str) -> str:
    """Return what is left of a name without folder, extension of audio, case and Unicode form."""
    text = unicodedata.normalize("NFC", last(name)).casefold()
    extension = suffix(text)
    return text.removesuffix(extension) if extension in {WAV, *OTHER_AUDIO} else text
