#!/usr/bin/env python3
"""Speaks the test sentences: one wav for each line of ``data/test/trans.txt``.

The name of a wav ends in the voice that speaks it: ``01-slt.wav`` is the voice ``slt``. Needs the speech
synthesiser flite (``apt-get install flite``) and nothing else. The committed audio was made by flite 2.2 of
Debian 12 on x86-64; the same flite gives the same bytes.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import wave
from array import array
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TEST = Path(__file__).parent / "data" / "test"
RATE = 16_000
PACE = 0.9
"""Length of the speech against the voice's own: people dictate a little faster than flite."""
SILENCE = array("h", bytes(RATE))
"""Half a second at both ends, as the speech service asks for (two bytes a sample)."""
AUDIBLE = 150
"""Samples this loud are speech, of 32,767."""


def main() -> int:
    """Speak every line of the transcripts into a folder."""
    parser = argparse.ArgumentParser(description="Speaks the test sentences with flite.")
    parser.add_argument("folder", nargs="?", type=Path, default=TEST, help="where the wavs go")
    folder = parser.parse_args().folder
    flite = shutil.which("flite")
    if flite is None:
        sys.stderr.write(
            "flite is not installed. Install it, on Debian or Ubuntu with: apt-get install flite\n"
        )
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    for name, sentence in transcripts(TEST / "trans.txt"):
        write(folder / name, trim(speak(flite, sentence, voice=Path(name).stem.partition("-")[2])))
    return 0


def transcripts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each wav and the sentence it holds."""
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        name, _, sentence = line.partition("\t")
        yield name, sentence


def speak(flite: str, sentence: str, *, voice: str) -> array[int]:
    """Return the samples of a spoken sentence, 16-bit mono at 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder, "spoken.wav")
        pace = f"duration_stretch={PACE}"
        subprocess.run(  # noqa: S603 - the arguments are ours
            [flite, "-voice", voice, "--setf", pace, "-t", sentence, "-o", str(spoken)], check=True
        )
        with wave.open(str(spoken)) as audio:
            samples = array("h", audio.readframes(audio.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def trim(samples: array[int]) -> array[int]:
    """Cut the silence before the first and after the last audible sample."""
    audible = [index for index, sample in enumerate(samples) if abs(sample) > AUDIBLE]
    return samples[audible[0] : audible[-1] + 1]


def write(path: Path, speech: array[int]) -> None:
    """Write speech between two silences as a wav."""
    samples = SILENCE + speech + SILENCE
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(RATE)
        audio.writeframes(samples.tobytes())


if __name__ == "__main__":
    sys.exit(main())
