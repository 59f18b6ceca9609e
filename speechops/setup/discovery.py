"""What data a repository holds: audio with transcripts, recordings without, text, pronunciations, by model.

A test set is known by the word ``test`` or ``eval`` in its path, or as the only set of audio. Data below one
folder belongs to one model; its locale is part of that folder's path, if any is.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from speechops.setup.locale import proper_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LARGE = 50 * 2**20
"""Bytes from which on GitHub warns of a file; twice as much it refuses (docs.github.com, large files)."""

_MOST_FILES = 200_000
_BEGINNING = 64 * 2**10
_SKIPPED = {"node_modules", "__pycache__", "venv", "build", "dist"}
_TEST = re.compile(r"(^|[^a-z])(tests?|testing|evals?|evaluation|held-?out)([^a-z]|$)", re.IGNORECASE)
_TRAINING = re.compile(r"(^|[^a-z])(train|training|adaptation)([^a-z]|$)", re.IGNORECASE)
_ROLE_FOLDERS = re.compile(
    r"(tests?|testing|evals?|evaluation|train|training|data|audio|speech|text)", re.IGNORECASE
)
_TRANSCRIPT_LINE = re.compile(r"^\ufeff?[^\t\n]+\.wav\t[^\t\n]*$", re.IGNORECASE | re.MULTILINE)
_PRONUNCIATION_LINE = re.compile(r"^\ufeff?[^\t\n]{1,80}\t[^\t\n]{1,200}$", re.MULTILINE)
_STRUCTURED = re.compile(r"^\s*@\s*list\s|^\s*@\s*speech:|\{@\w+\}", re.MULTILINE)
_FORMATTING = re.compile(r"^#(itn|rewrite|profanity|test)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FoundModel:
    """The data of one model. ``folder`` is the common folder, ``.`` for the root; ``locale`` may be empty."""

    folder: str
    locale: str
    test_data: str
    training: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Discovery:
    """All that was found: models, recordings without transcripts, files too large for git."""

    models: tuple[FoundModel, ...]
    untranscribed: tuple[str, ...]
    large: tuple[str, ...]


def discover(folder: Path) -> Discovery:
    """Look through ``folder``; hidden folders and links are passed over."""
    files = [PurePosixPath(name) for name in _walk(folder)]
    acoustic = {*_zips(folder, files), *_folders(folder, files)}
    untranscribed = _untranscribed(files, acoustic)
    inside = [PurePosixPath(path) for path in acoustic]
    texts = {
        path.as_posix(): kind
        for path in files
        if not any(path.is_relative_to(data) for data in inside) and (kind := _kind(folder, path))
    }
    large = tuple(path.as_posix() for path in files if (folder / path).stat().st_size >= LARGE)
    return Discovery(tuple(_models(acoustic, texts)), untranscribed, large)


def _walk(folder: Path) -> Iterator[str]:
    seen = 0
    for root, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in _SKIPPED)
        for name in sorted(files):
            path = Path(root, name)
            seen += 1
            if seen > _MOST_FILES:
                return
            if not name.startswith(".") and not path.is_symlink():
                yield path.relative_to(folder).as_posix()


def _zips(folder: Path, files: Iterable[PurePosixPath]) -> Iterator[str]:
    """Yield the zips that hold audio and a transcript."""
    for path in files:
        if path.suffix.lower() != ".zip":
            continue
        try:
            with zipfile.ZipFile(folder / path) as archive:
                suffixes = {PurePosixPath(name).suffix.lower() for name in archive.namelist()}
        except (OSError, zipfile.BadZipFile, NotImplementedError):
            continue
        if ".wav" in suffixes and suffixes & {".txt", ".tsv"}:
            yield path.as_posix()


def _folders(folder: Path, files: Iterable[PurePosixPath]) -> Iterator[str]:
    """Yield the folders that hold audio and one transcript."""
    by_folder: dict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    for path in files:
        by_folder[path.parent].append(path)
    for parent, paths in by_folder.items():
        if not any(path.suffix.lower() == ".wav" for path in paths):
            continue
        transcripts = [path for path in paths if path.suffix.lower() in {".txt", ".tsv"}]
        if any(_TRANSCRIPT_LINE.search(_beginning(folder / path)) for path in transcripts):
            yield parent.as_posix()


def _untranscribed(files: Iterable[PurePosixPath], acoustic: Iterable[str]) -> tuple[str, ...]:
    """Return the folders of recordings without a transcript."""
    found = {path.parent.as_posix() for path in files if path.suffix.lower() == ".wav"}
    return tuple(sorted(found - set(acoustic)))


def _kind(folder: Path, path: PurePosixPath) -> str:
    """Return the kind of training text in a file, empty if it is none."""
    words, suffix = path.as_posix().lower(), path.suffix.lower()
    if suffix not in {".txt", ".md", ".tsv"}:
        return ""
    text = _beginning(folder / path)
    if suffix == ".md":
        if _FORMATTING.search(text) and "formatting" in words:
            return "output-formatting"
        return "structured-text" if _STRUCTURED.search(text) else ""
    if "pronunciation" in words or (suffix == ".tsv" and _PRONUNCIATION_LINE.search(text)):
        return "pronunciation"
    named = re.search(r"text|sentences|utterances|language|phrases", path.name.lower())
    return "text" if _TRAINING.search(words) or named else ""


def _beginning(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_BEGINNING).decode("utf-8", "replace")
    except OSError:
        return ""


def _models(acoustic: Iterable[str], texts: Mapping[str, str]) -> Iterator[FoundModel]:
    """Yield a model for each folder that has data of its own; texts go to the nearest one above them."""
    sets = sorted(acoustic)
    owners = {path: _owner(path) for path in (*sets, *texts)}
    roots = sorted({owners[path] for path in sets} or set(owners.values()))
    for root in roots:
        own = [path for path in sets if owners[path] == root]
        tests = _test_sets(own)
        training: dict[str, list[str]] = defaultdict(list)
        for path, kind in sorted(texts.items()):
            if _nearest(owners[path], roots) == root:
                training[kind].append(path)
        for path in own:
            if path not in tests:
                training["audio"].append(path)
        test_data = tests[0] if tests else ""
        if test_data or training:
            locale = next(filter(None, map(proper_case, reversed(PurePosixPath(root).parts))), "")
            yield FoundModel(
                root, locale, test_data, {kind: tuple(paths) for kind, paths in training.items()}
            )


def _test_sets(paths: Sequence[str]) -> list[str]:
    tests = [path for path in paths if _TEST.search(path)]
    return tests or [path for path in paths if not _TRAINING.search(path)]


def _owner(path: str) -> str:
    """Return the folder of the model that a file or folder belongs to: above all folders named for a role."""
    parts = list(PurePosixPath(path).parts)
    parts = parts if not PurePosixPath(path).suffix else parts[:-1]
    while parts and _ROLE_FOLDERS.fullmatch(parts[-1]):
        parts.pop()
    return "/".join(parts) or "."


def _nearest(owner: str, roots: Iterable[str]) -> str:
    above = [root for root in roots if root == "." or PurePosixPath(owner).is_relative_to(root)]
    return max(above, key=len, default="")
