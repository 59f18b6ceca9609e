"""What the settings of the recogniser's search cost and lose: processor seconds and word errors of each.

    python -m bench.search_settings [SETTINGS ...] [FOLDER ...]

Settings are written as ``maxhmmpf=3000,topn=2``; those of the product come first. The test audio of the
sample project is recognised with the base model and with one that is trained on its text, then that of each
folder: WAV files and ``trans.txt``, such as Microsoft's sample data, unpacked, or what flite speaks.
"""

from __future__ import annotations

import functools
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pocketsphinx import Decoder

from bench.recogniser import PHARMACY, TEXT
from speechops import corpus, scoring
from speechops.corpus import Kind, Purpose
from speechops.embedded.recogniser import training, transcriber


def parsed(text: str) -> dict[str, Any]:
    """Return settings by name."""
    return {name: int(value) for name, _, value in (part.partition("=") for part in text.split(","))}


def measured(folder: Path, model: Path | None) -> str:
    """Recognise all audio of a folder with a model."""
    data = corpus.read(folder, kind=Kind.ACOUSTIC, purpose=Purpose.TEST, locale="en-US")
    recogniser = transcriber.Transcriber(model)
    began = time.process_time()
    heard = [
        (item.audio, item.text, recogniser.recognise(folder / item.audio).lexical) for item in data.utterances
    ]
    seconds = time.process_time() - began
    total = scoring.score(heard, scoring.normaliser("en-US")).total
    return f"{total.errors:4} of {total.reference_words:4} words wrong, {seconds:6.1f} s"


def main() -> None:
    """Print a line for each setting, folder and model."""
    given = sys.argv[1:]
    folders = [PHARMACY / "test", *(Path(text) for text in given if "=" not in text)]
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch, "model")
        training.train(model, TEXT, weight_percent=None, cache=Path(scratch, "cache"))
        for text in ("", *(text for text in given if "=" in text)):
            decoder = functools.partial(Decoder, **(parsed(text) if text else {}))
            with patch("speechops.embedded.recogniser.transcriber.Decoder", decoder):
                for folder in folders:
                    for name, which in (("base", None), ("custom", model)):
                        print(
                            f"{text or 'the product':24} {folder.name:16} {name:7} {measured(folder, which)}"
                        )


if __name__ == "__main__":
    main()
