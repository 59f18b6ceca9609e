"""The engine: training and recognition in processes of their own, which start with the first call."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from importlib.metadata import version
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path
    from typing import Self

    from speechops.embedded.engine import Material, Recognition

LOCALE = "en-US"
_REVISION = 2
"""Goes up when the same material would give another model, or the same audio another result."""
_AHEAD = 2
"""Files that a call has under way for each process: enough to keep all busy, few enough to share them."""

_CLOSED = "The recognizer is closed."

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class PocketSphinxEngine:
    """Trains and recognizes with PocketSphinx, in ``processes`` processes.

    What is worked out from the base model once is kept in the folder ``cache``. Calls may come from several
    threads at once, and share the processes. These start with the first call and end with :meth:`close`, with
    the block of a ``with`` statement, or with the process that made them.
    """

    def __init__(self, cache: Path, *, processes: int = 2) -> None:
        self._cache = cache
        self._processes = processes
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False

    @property
    def name(self) -> str:
        """What results depend on, beside the audio and the material."""
        return f"pocketsphinx-{version('pocketsphinx')}-{_REVISION}"

    def train(self, folder: Path, material: Material, *, weight_percent: int | None, locale: str) -> None:
        """Train a model from ``material`` and write it to ``folder``; see :func:`training.train`.

        Raises:
            EngineError: the material is not of en-US or cannot be trained on.

        """
        if locale.lower() != LOCALE.lower():
            raise EngineError(f"The embedded recognizer knows {LOCALE} alone, not {locale}.")
        _result(self._submit(workers.train, folder, material, weight_percent, self._cache))

    def recognise(self, model: Path | None, audio: Sequence[Path]) -> Generator[Recognition, None, None]:
        """Yield what is said in each wave file, in order; ``model`` ``None`` is the base model.

        Raises:
            EngineError: the model is not complete, or a file is no audio that the recognizer takes.

        """
        files = iter(audio)
        pending: deque[Future[Recognition]] = deque()
        try:
            for file in islice(files, self._processes * _AHEAD):
                pending.append(self._submit(workers.recognise, model, file))
            while pending:
                recognition = _result(pending.popleft())
                for file in islice(files, 1):
                    pending.append(self._submit(workers.recognise, model, file))
                yield recognition
        finally:
            for future in pending:
                future.cancel()

    def close(self) -> None:
        """End the processes for good; work under way is finished, work that waits is dropped."""
        with self._lock:
            pool, self._pool, self._closed = self._pool, None, True
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit(
        self, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        with self._lock:
            if self._closed:
                raise EngineError(_CLOSED)
            if self._pool is not None:
                with suppress(BrokenProcessPool):  # a process was ended since: start again
                    return self._pool.submit(work, *args, **kwargs)
            self._pool = ProcessPoolExecutor(
                self._processes, mp_context=get_context("spawn"), initializer=workers.start
            )
            return self._pool.submit(work, *args, **kwargs)


def _result(future: Future[Result]) -> Result:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise EngineError("A process of the recognizer was ended, perhaps for want of memory.") from error
    except CancelledError as error:
        raise EngineError(_CLOSED) from error
