"""One data file of a model: its content, its findings, and the bytes to upload."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from speechops.corpus import acoustic, formatting, packing, plain_text, pronunciation, structured_text
from speechops.corpus.archive import READ_ERRORS, open_archive, open_file, unreadable
from speechops.corpus.content import Content
from speechops.corpus.findings import Finding, Findings
from speechops.corpus.kinds import Kind, Purpose, Tier
from speechops.corpus.rules import Rule, Severity
from speechops.corpus.text import LFS_POINTER
from speechops.errors import DataError, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from speechops.corpus.content import Utterance


@dataclass(frozen=True, slots=True)
class _Form:
    """How text of one kind is bounded, checked, and read."""

    extension: str
    most_bytes: Mapping[Tier, int]
    examine: Callable[[Path, str, Findings], None]
    sentences: Callable[[Path], Iterable[tuple[int, str]]] = lambda _: ()


_FORMS = {
    Kind.LANGUAGE: _Form(".txt", plain_text.MOST_BYTES, plain_text.examine, plain_text.sentences),
    Kind.LANGUAGE_MARKDOWN: _Form(
        ".md", structured_text.MOST_BYTES, structured_text.examine, structured_text.sentences
    ),
    Kind.PRONUNCIATION: _Form(".txt", pronunciation.MOST_BYTES, pronunciation.examine),
    Kind.OUTPUT_FORMATTING: _Form(".md", formatting.MOST_BYTES, formatting.examine),
}


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file or folder of data, read and checked.

    ``fingerprint`` is a SHA-256 in hex over kind, locale and content: the same for a zip and for the folder
    with the same members, whatever their order, dates or compression and the transcript's name. Data too big
    for the service is not read and its fingerprint says nothing. ``upload_name`` and ``size`` (bytes) are
    those of what the service will receive. ``utterances`` are those of acoustic data that have both audio
    and text, in the order of the transcript.
    """

    path: Path
    kind: Kind
    purpose: Purpose
    locale: str
    fingerprint: str
    upload_name: str
    size: int
    utterances: tuple[Utterance, ...]
    findings: tuple[Finding, ...]
    _sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings because of which the service would reject the data."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Yield (line, text) of what the file trains or tests; lists of structured text are expanded.

        Pronunciations and output formatting have none.
        """
        if self.kind is Kind.ACOUSTIC:
            return ((utterance.line, utterance.text) for utterance in self.utterances)
        return iter(_FORMS[self.kind].sentences(self.path))

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the bytes to upload, seekable.

        Audio is packed to a temporary file that then vanishes: the fingerprint is that of the members that
        were read, so the service gets those alone, whatever else a zip holds.
        """
        if self.kind is not Kind.ACOUSTIC:
            with open_file(self.path) as stream:
                yield stream
            return
        with tempfile.TemporaryFile() as packed:
            with open_archive(self.path, Findings(self.path.as_posix())) as archive:
                try:
                    packing.pack(archive, self._sources, packed)
                except OSError as error:
                    raise unreadable(self.path, error) from error
                except (KeyError, *READ_ERRORS) as error:
                    raise DataError(
                        f"{self.path} changed after it was checked.",
                        hint="Run again, and do not change the file during the run.",
                        place=Place(file=self.path.as_posix()),
                    ) from error
            packed.seek(0)
            yield cast("BinaryIO", packed)

    @contextmanager
    def open_audio(self, name: str) -> Iterator[BinaryIO]:
        """Open one WAV file of acoustic data by its name in the transcript."""
        with self.recordings() as opened, opened(name) as stream:
            yield stream

    @contextmanager
    def recordings(self) -> Iterator[Callable[[str], AbstractContextManager[BinaryIO]]]:
        """Open the folder or zip once, and give the function that opens each WAV file by its name."""
        with open_archive(self.path, Findings(self.path.as_posix())) as archive:

            @contextmanager
            def opened(name: str) -> Iterator[BinaryIO]:
                if name not in archive.sizes:
                    raise DataError(
                        f"{self.path} has no audio file {name}.", place=Place(file=self.path.as_posix())
                    )
                with archive.open(name) as stream:
                    yield cast("BinaryIO", stream)

            yield opened


def read(path: Path, *, kind: Kind, purpose: Purpose, locale: str, tier: Tier = Tier.S0) -> DataFile:
    """Read and check the data at ``path`` against the service's rules.

    Broken rules become findings in the result.

    :raises DataError: if the data does not exist or cannot be read at all.
    """
    _check_readable(path, kind, purpose)
    findings = Findings(path.as_posix())
    try:
        if kind is Kind.ACOUSTIC:
            content = acoustic.examine(path, purpose, locale, findings)
        else:
            content = _examine_text(path, kind, locale, tier, findings)
    except OSError as error:
        raise unreadable(path, error) from error
    return DataFile(
        path,
        kind,
        purpose,
        locale,
        fingerprint((kind, locale, *content.parts)),
        f"{path.resolve().name}.zip" if path.is_dir() else path.name,
        content.size,
        content.utterances,
        findings.all(),
        content.sources,
    )


def fingerprint(parts: Iterable[str]) -> str:
    """Return the SHA-256 (64 hex digits) over ``parts``, each with its length before it."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def check_together(training: Iterable[DataFile]) -> tuple[Finding, ...]:
    """Check the rules that concern all training files of one model together."""
    files = tuple(training)
    findings = Findings("")
    if any(file.kind is Kind.LANGUAGE_MARKDOWN for file in files):
        for file in files:
            if file.kind is Kind.PRONUNCIATION:
                findings.within(file.path.as_posix()).add(Rule.PRONUNCIATION_WITH_STRUCTURED_TEXT)
    return findings.all()


def _check_readable(path: Path, kind: Kind, purpose: Purpose) -> None:
    place = Place(file=path.as_posix())
    if purpose is Purpose.TEST and kind is not Kind.ACOUSTIC:
        raise DataError(
            f"{path}: {kind} data cannot be used to test a model.",
            hint=f"Test data is {Kind.ACOUSTIC}: audio with transcripts.",
            place=place,
        )
    try:
        there, folder, file = path.exists(), path.is_dir(), path.is_file()
    except OSError as error:  # a parent folder is not accessible
        raise unreadable(path, error) from error
    if not there:
        raise DataError(f"{path} does not exist.", hint="Check the path and the checkout.", place=place)
    if folder:
        if kind is not Kind.ACOUSTIC:
            raise DataError(f"{path} is a folder; {kind} data must be one text file.", place=place)
        return
    if not file:
        raise DataError(f"{path} is not a file or a folder.", place=place)
    with open_file(path) as stream:
        head = stream.read(len(LFS_POINTER))
    if head == LFS_POINTER:
        rule = Rule.LFS_POINTER
        raise DataError(f"{path} is a Git LFS pointer, not the data.", hint=rule.advice, place=place)


def _examine_text(path: Path, kind: Kind, locale: str, tier: Tier, findings: Findings) -> Content:
    form, size = _FORMS[kind], path.stat().st_size
    if path.suffix.lower() != form.extension:
        findings.add(Rule.FILE_EXTENSION, f"The name does not end in {form.extension}.")
    most = form.most_bytes[tier]
    if size > most:
        findings.add(Rule.FILE_TOO_BIG, f"The file has {size:,} bytes; the limit is {most:,} ({tier}).")
        return Content((str(size),), size)
    form.examine(path, locale, findings)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Content((digest,), size)
