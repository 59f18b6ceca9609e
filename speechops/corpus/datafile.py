"""One data file of a model: its content, its findings, and the bytes to upload."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from speechops.corpus import acoustic, formatting, packing, plain_text, pronunciation, structured_text
from speechops.corpus.archive import READ_ERRORS, open_archive, unreadable
from speechops.corpus.content import Content
from speechops.corpus.findings import Finding, Findings
from speechops.corpus.kinds import Kind, Purpose, Tier
from speechops.corpus.rules import Rule, Severity
from speechops.corpus.text_file import TextFile, read_text
from speechops.errors import DataError, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from speechops.corpus.content import Utterance


@dataclass(frozen=True, slots=True)
class _Form:
    """How text of one kind is bounded, checked, and read."""

    extension: str
    most_bytes: Mapping[Tier, int]
    examine: Callable[[TextFile, str, Findings], None]
    sentences: Callable[[TextFile], Iterable[tuple[int, str]]] = lambda _: ()


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
    for the service is not read and its fingerprint says nothing. ``size`` is in bytes, of what the service
    will receive. ``utterances`` are those of acoustic data that have both audio
    and text, in the order of the transcript.
    """

    path: Path
    kind: Kind
    purpose: Purpose
    locale: str
    fingerprint: str
    size: int
    utterances: tuple[Utterance, ...]
    findings: tuple[Finding, ...]
    _sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    _text: TextFile | None = field(default=None, repr=False, compare=False)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings because of which the service would reject the data."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Yield (line, text) of what the file trains or tests; lists of structured text are expanded.

        Pronunciations and output formatting have none.
        """
        if self._text is None:
            return ((utterance.line, utterance.text) for utterance in self.utterances)
        return iter(_FORMS[self.kind].sentences(self._text))

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the bytes to upload, seekable.

        Audio is packed to a temporary file that then vanishes: the fingerprint is that of the members that
        were read, so the service gets those alone, whatever else a zip holds.
        """
        if self._text is not None:
            with self._text.open() as stream:
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


def read(path: Path, *, kind: Kind, purpose: Purpose, locale: str, tier: Tier = Tier.S0) -> DataFile:
    """Read and check the data at ``path`` against the service's rules.

    Broken rules become findings in the result.

    :raises DataError: if the data does not exist or cannot be read at all.
    """
    _check_readable(path, kind, purpose)
    findings = Findings(path.as_posix())
    text = None
    try:
        if kind is Kind.ACOUSTIC:
            content = acoustic.examine(path, purpose, locale, findings)
        else:
            text = read_text(path)
            content = _examine_text(text, kind, locale, tier, findings)
    except OSError as error:
        raise unreadable(path, error) from error
    return DataFile(
        path,
        kind,
        purpose,
        locale,
        fingerprint((kind, locale, *content.parts)),
        content.size,
        content.utterances,
        findings.all(),
        content.sources,
        text,
    )


def recording(path: Path, utterance: str) -> tuple[str, bytes] | None:
    """Return the text and the WAV file of one utterance of test data; None if the data has no such utterance.

    Nothing else is read. Raises :class:`DataError` as :func:`read`.
    """
    _check_readable(path, Kind.ACOUSTIC, Purpose.TEST)
    try:
        return acoustic.recording(path, utterance)
    except OSError as error:
        raise unreadable(path, error) from error


def recordings(path: Path, utterances: Iterable[str], *, most_bytes: int) -> dict[str, bytes]:
    """Return the WAV files of utterances, in their order, as many as fit into ``most_bytes`` together.

    Those that the data does not have, and damaged ones, are left out. Raises :class:`DataError` if it cannot
    be read.
    """
    found: dict[str, bytes] = {}
    with open_archive(path, Findings(path.as_posix())) as archive:
        for name in utterances:
            if archive.sizes.get(name, most_bytes + 1) <= most_bytes:
                with contextlib.suppress(*READ_ERRORS), archive.open(name) as stream:
                    found[name] = stream.read()
                    most_bytes -= len(found[name])
    return found


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


def _examine_text(file: TextFile, kind: Kind, locale: str, tier: Tier, findings: Findings) -> Content:
    form, size = _FORMS[kind], file.size
    if file.path.suffix.lower() != form.extension:
        findings.add(Rule.FILE_EXTENSION, f"The name does not end in {form.extension}.")
    most = form.most_bytes[tier]
    if size > most:
        findings.add(Rule.FILE_TOO_BIG, f"The file has {size:,} bytes; the limit is {most:,} ({tier}).")
        return Content((str(size),), size)
    form.examine(file, locale, findings)
    return Content((file.digest(),), size)
