"""Dataset files as the service stored them: lines of text, and recordings with their transcripts."""

from __future__ import annotations

import codecs
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser import audio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import IO

    from speechops.embedded.recogniser.audio import Samples

_LINE_LIMIT = 1 << 20
"""Bytes of a line; a longer one is read as several."""
_TRANSCRIPTS = frozenset({".txt", ".tsv"})


@dataclass(frozen=True)
class Recording:
    """An audio file of a dataset and what is said in it."""

    name: str
    text: str
    open: Callable[[], IO[bytes]]

    def seconds(self) -> float:
        """Return the length of the audio, by its head.

        Raises:
            EngineError: it is no wave file.

        """
        with _failures(self.name), self.open() as file:
            return audio.seconds(file, self.name)

    def samples(self) -> Samples:
        """Read the audio.

        Raises:
            EngineError: it cannot be read, or is no audio that :func:`audio.read` takes.

        """
        with _failures(self.name), self.open() as file:
            return audio.read(file, self.name)


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file that are not blank; in UTF-8, Windows-1252, or UTF-16 with its mark.

    Raises:
        EngineError: the file cannot be read.

    """
    with _failures(path.name), path.open("rb") as file:
        yield from _decoded(file)


@contextmanager
def recordings(path: Path) -> Iterator[list[Recording]]:
    """Open a zip, or a folder, of wave files and one ``.txt`` or ``.tsv`` of lines ``file<TAB>text``.

    The recordings come in the order of the transcripts, without those whose audio is missing, and can be
    read within the context.

    Raises:
        EngineError: there is no transcript, or the zip is damaged.

    """
    with ExitStack() as stack:
        with _failures(path.name):
            files = _opened(path, stack)
            transcript = _transcript(path.name, files)
            with files[transcript]() as file:
                fields = [line.partition("\t")[::2] for line in _decoded(file)]
        folder = PurePosixPath(transcript).parent
        named = [(name.strip(), text.strip(), str(folder / name.strip())) for name, text in fields]
        yield [Recording(name, text, files[file]) for name, text, file in named if text and file in files]


def _opened(path: Path, stack: ExitStack) -> dict[str, Callable[[], IO[bytes]]]:
    """Return what opens each file of a folder or of a zip, which stays open as long as ``stack``."""
    if path.is_dir():
        members = (member for member in path.rglob("*") if member.is_file())
        return {member.relative_to(path).as_posix(): partial(_bytes_of, member) for member in members}
    archive = stack.enter_context(zipfile.ZipFile(path))
    return {name: partial(archive.open, name) for name in archive.namelist() if not name.endswith("/")}


def _bytes_of(path: Path) -> IO[bytes]:
    return path.open("rb")


def _transcript(dataset: str, names: Iterable[str]) -> str:
    found = [name for name in names if PurePosixPath(name).suffix.lower() in _TRANSCRIPTS]
    if not found:
        raise EngineError(f"{dataset} has no transcript, a .txt file of lines: audio file, tab, text.")
    # The topmost, since archivers of some systems add folders of their own.
    return min(found, key=lambda name: (name.count("/"), name))


def _decoded(file: IO[bytes]) -> Iterator[str]:
    start = file.read(len(codecs.BOM_UTF8))
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield from filter(None, (line.strip() for line in codecs.getreader("utf-16")(file, "replace")))
        return
    if start == codecs.BOM_UTF8:
        file.seek(len(start))
    for raw in iter(lambda: file.readline(_LINE_LIMIT), b""):
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            line = raw.decode("cp1252", "replace")
        if line.strip():
            yield line.strip()


@contextmanager
def _failures(name: str) -> Iterator[None]:
    """Say in one line which file cannot be read."""
    try:
        yield
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise EngineError(f"{name} cannot be read: {error}") from error
