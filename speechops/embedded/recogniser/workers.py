"""What runs in the engine's processes: training, and recognition with decoders that stay loaded."""

from __future__ import annotations

import os
import signal
import threading
from functools import lru_cache
from multiprocessing import parent_process
from typing import TYPE_CHECKING

from speechops.embedded.recogniser import model

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.embedded.engine import Material, Recognition
    from speechops.embedded.recogniser.transcriber import Transcriber

_LOADED = 3
"""Decoders that stay loaded in a process, about 100 MB each: two for an evaluation, one for an endpoint."""


def start() -> None:
    """Prepare a process: it ends with its parent, however that ends, and leaves the keyboard to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def train(folder: Path, material: Material, weight_percent: int | None, cache: Path) -> None:
    """Train a model; see :func:`training.train`."""
    from speechops.embedded.recogniser import training  # noqa: PLC0415 - loads numpy and the recogniser

    training.train(folder, material, weight_percent=weight_percent, cache=cache)


def recognise(folder: Path | None, audio: Path) -> Recognition:
    """Recognize a wave file with the model in ``folder``, or with the base model."""
    return _transcriber(folder, model.stamp(folder) if folder else None).recognise(audio)


@lru_cache(_LOADED)
def _transcriber(folder: Path | None, stamp: tuple[int, int] | None) -> Transcriber:  # noqa: ARG001 - a new model, a new decoder
    from speechops.embedded.recogniser.transcriber import Transcriber  # noqa: PLC0415 - loads the recogniser

    return Transcriber(folder)


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)
