"""The content of a data file, whatever its container."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of a transcript with its audio.

    ``audio`` is the file's name, ``text`` what is spoken, ``line`` the line in the transcript, ``seconds``
    the length, ``sha256`` that of the WAV file in hex.
    """

    audio: str
    text: str
    line: int
    seconds: float
    sha256: str


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a data file as it will be uploaded.

    ``parts`` determine its fingerprint, ``size`` is in bytes. Of acoustic data, ``sources`` maps the names in
    the zip to the names at hand.
    """

    parts: tuple[str, ...]
    size: int
    utterances: tuple[Utterance, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
