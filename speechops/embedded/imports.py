"""The import of a dataset: what the service accepts of a file, line by line, and the report on the rest."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from speechops.embedded import display, structured
from speechops.embedded.audio import AudioRefusedError, measure
from speechops.embedded.entities import Kind
from speechops.embedded.wer import lexical_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from speechops.embedded.audio import Audio

LONGEST_AUDIO = 2 * 3600.0
LONGEST_TRAINING_AUDIO = 40.0
MOST_AUDIO_FILES = 10_000
MOST_UNPACKED_BYTES = 16 * 2**30
_MOST_REPORTED = 1_000
_LONGEST_LINE = 100_000
_LARGEST_TRANSCRIPT = 256 * 2**20
_LONGEST_NAME = 180

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_URI = re.compile(r"\b[a-z][a-z0-9+.-]*://|\bwww\.", re.IGNORECASE)
_REPEATED = re.compile(r"([^\W\d_])\1{3,}|(?<!\S)(\S+(?: \S+){0,3})(?: \2){3,}(?!\S)", re.IGNORECASE)
_LAST_PLAIN = "\u00a1"
_UNSAFE_NAME = re.compile(r'[\x00-\x1f<>:"|?*\\]')
_MOST_LISTS, _MOST_ITEMS, _MOST_PRONUNCIATIONS = 20, 35_000, 15_000
_FORMATTING_SECTIONS: Mapping[str, int] = {
    "itn": 200,
    "rewrite": 1_000,
    "profanity": 1_000,
    "test": 1_000_000,
}
_FORMATTING_PAIRS = {"rewrite", "test"}


class ImportFailedError(Exception):
    """Nothing of a file can be used; ``code`` is the service's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Utterance:
    """One accepted audio file and its transcript, empty for audio alone; ``member``: its name in the zip."""

    name: str
    member: str
    text: str
    seconds: float
    sha256: str


@dataclass(slots=True)
class Import:
    """The result of a file so far."""

    accepted: int = 0
    rejected: int = 0
    rejections: list[dict[str, str]] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)

    @property
    def milliseconds(self) -> int:
        """The length of the accepted audio."""
        return round(1000 * sum(utterance.seconds for utterance in self.utterances))

    def reject(self, text: str, reason: str, *, file: str = "") -> None:
        """Count a line as rejected and add it to the report, up to a limit."""
        self.rejected += 1
        self.note(text, reason, file=file)

    def note(self, text: str, reason: str, *, file: str = "") -> None:
        """Add something other than a line to the report."""
        if len(self.rejections) < _MOST_REPORTED:
            said = f"Error: {reason}."
            self.rejections.append(
                {"filename": file, "inputText": text[:1000], "status": "Rejected", "message": said}
            )

    def report(self) -> str:
        """Return the content of ``report.json``."""
        counts = {"acceptedLineCount": self.accepted, "rejectedLineCount": self.rejected}
        return json.dumps({**counts, "details": self.rejections}, ensure_ascii=False, indent=1)


def check(path: Path, kind: Kind, locale: str) -> Import:
    """Read a file of ``kind`` by the service's rules. Raises :class:`ImportFailedError`."""
    result = Import()
    checks = {
        Kind.ACOUSTIC: _acoustic,
        Kind.AUDIO_FILES: _audio_files,
        Kind.LANGUAGE: _language,
        Kind.LANGUAGE_MARKDOWN: _markdown,
        Kind.PRONUNCIATION: _pronunciation,
        Kind.OUTPUT_FORMATTING: _formatting,
    }
    checks[kind](path, locale, result)
    return result


# Audio


def _acoustic(path: Path, _: str, result: Import) -> None:
    with _archive(path) as archive:
        audio, others = _members(archive)
        transcripts = [info for info in others if info.filename.lower().endswith((".txt", ".tsv"))]
        if len(transcripts) != 1:
            raise _failed(f"The archive has {len(transcripts)} transcripts (.txt or .tsv) and must have one")
        texts = _transcript(archive, transcripts[0], result)
        for name, text in texts.items():
            if name not in audio:
                result.reject(text, "the audio file is not in the archive", file=name)
                continue
            measured = _measured(archive, audio[name], result, rejected=text)
            if measured is not None:
                result.accepted += 1
                result.utterances.append(
                    Utterance(name, audio[name].filename, text, measured.seconds, measured.sha256)
                )
        for name in audio.keys() - texts.keys():
            result.note("", "the audio file has no transcript", file=name)


def _audio_files(path: Path, _: str, result: Import) -> None:
    with _archive(path) as archive:
        audio, _others = _members(archive)
        for name, info in audio.items():
            measured = _measured(archive, info, result, rejected="")
            if measured is not None:
                result.accepted += 1
                result.utterances.append(
                    Utterance(name, info.filename, "", measured.seconds, measured.sha256)
                )


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive; any error in it, now or while it is read, fails the import."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise _failed(f"The file is not a zip archive, or is damaged ({error})") from None


def _members(archive: zipfile.ZipFile) -> tuple[dict[str, zipfile.ZipInfo], list[zipfile.ZipInfo]]:
    """Return the audio files by their bare name, and the other files."""
    audio: dict[str, zipfile.ZipInfo] = {}
    names: list[str] = []
    others = []
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_hidden(info.filename)]
    if sum(info.file_size for info in infos) > MOST_UNPACKED_BYTES:
        raise _failed(f"The archive unpacks to more than {MOST_UNPACKED_BYTES // 2**30} GiB")
    for info in infos:
        name = PurePosixPath(info.filename).name
        if info.flag_bits & 1 or _UNSAFE_NAME.search(name) or len(name) > _LONGEST_NAME:
            raise _failed(f"The archive has a file that is encrypted or badly named: {name[:80]!r}")
        if not name.lower().endswith(".wav"):
            others.append(info)
        else:
            audio[name] = info
            names.append(name.lower())
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:  # some file systems ignore case
        raise _failed(f"The archive has two audio files named {twice[0]}")
    if len(audio) > MOST_AUDIO_FILES:
        raise _failed(f"The archive has more than {MOST_AUDIO_FILES} audio files")
    return audio, others


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _measured(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, result: Import, *, rejected: str
) -> Audio | None:
    try:
        return measure(lambda: archive.open(info), info.file_size, longest=LONGEST_AUDIO)
    except AudioRefusedError as error:
        result.reject(rejected, str(error), file=PurePosixPath(info.filename).name)
        return None


def _transcript(archive: zipfile.ZipFile, info: zipfile.ZipInfo, result: Import) -> dict[str, str]:
    if info.file_size > _LARGEST_TRANSCRIPT:
        raise _failed("The transcript file is too large")
    texts: dict[str, str] = {}
    with archive.open(info) as stream:
        for line in _lines(stream):
            name, tab, text = line.partition("\t")
            name = PurePosixPath(name.strip()).name
            if not tab:
                result.reject(line, "the line has no tab between file name and text")
            elif not lexical_words(text):
                result.reject(text, "normalized text is empty", file=name)
            elif name in texts:
                result.reject(text, "the audio file has a transcript already", file=name)
            else:
                texts[name] = text.strip()
    return texts


# Text


def _language(path: Path, locale: str, result: Import) -> None:
    with path.open("rb") as stream:
        for line in _lines(stream):
            reason = _reason_to_reject(line, locale)
            if reason:
                result.reject(line, reason)
            else:
                result.accepted += 1


def _reason_to_reject(text: str, locale: str) -> str:
    if not lexical_words(text):
        return "normalized text is empty"
    if _URI.search(text):
        return "the text contains a URI"
    if locale.startswith("en") and any(character > _LAST_PLAIN for character in text):
        return "the text contains characters above U+00A1"
    if _REPEATED.search(text):
        return "the text repeats a character, a word or a group of words more than three times"
    return ""


def _pronunciation(path: Path, locale: str, result: Import) -> None:
    with path.open("rb") as stream:
        for line in _lines(stream, ansi=locale.startswith("en")):
            display, tab, spoken = line.partition("\t")
            if not tab or not display.strip() or not spoken.strip() or "\t" in spoken:
                result.reject(line, "the line is not a display form, a tab and a spoken form")
            elif not lexical_words(spoken):
                result.reject(line, "normalized text is empty")
            else:
                result.accepted += 1


def _markdown(path: Path, _: str, result: Import) -> None:
    with path.open("rb") as stream:
        text = structured.parsed(_lines(stream))
    for line, reason in text.unread:
        result.reject(line, reason)
    if len(text.lists) > _MOST_LISTS or max(map(len, text.lists.values()), default=0) > _MOST_ITEMS:
        raise _failed(f"The file has more than {_MOST_LISTS} lists or {_MOST_ITEMS} items in one")
    if len(text.lexicon) > _MOST_PRONUNCIATIONS:
        raise _failed(f"The phonetic lexicon has more than {_MOST_PRONUNCIATIONS} entries")
    result.accepted += sum(map(len, text.lists.values())) + len(text.lexicon)
    for sentence in text.sentences:
        missing = sorted(set(structured.lists_of(sentence)) - text.lists.keys())
        if missing:
            result.reject(sentence, f"undefined list {missing[0]}")
        elif not lexical_words(sentence):
            result.reject(sentence, "normalized text is empty")
        else:
            result.accepted += 1


def _formatting(path: Path, _: str, result: Import) -> None:
    sizes: Counter[str] = Counter()
    with path.open("rb") as stream:
        for section, line in display.sections(_lines(stream)):
            if section and section not in _FORMATTING_SECTIONS:
                raise _failed(f"Unknown section {section}")
            if not section or (section in _FORMATTING_PAIRS and line.count("\t") != 1):
                result.reject(line, "the line is outside any section or is not a pair separated by a tab")
            else:
                sizes[section] += 1
                result.accepted += 1
    for name, size in sizes.items():
        if size > _FORMATTING_SECTIONS[name]:
            raise _failed(f"The section {name} has more than {_FORMATTING_SECTIONS[name]} lines")


def _lines(stream: IO[bytes], *, ansi: bool = False) -> Iterator[str]:
    """Yield the lines that are not blank: UTF-8 with BOM, or ASCII; Windows-1252 too where ``ansi``."""
    marked = False
    for number, line in enumerate(_bounded(stream), 1):
        raw = line
        if number == 1:
            if raw.startswith(_UTF_16):
                raise ImportFailedError("NoUtf8WithBom", "The file is UTF-16; it must be UTF-8 with BOM.")
            marked = raw.startswith(_BOM)
            raw = raw.removeprefix(_BOM)
        text = _decoded(raw, marked=marked, ansi=ansi, number=number)
        if text.strip():
            yield text.rstrip("\r\n")


def _decoded(raw: bytes, *, marked: bool, ansi: bool, number: int) -> str:
    if not marked and not raw.isascii():
        if not ansi:
            raise ImportFailedError(
                "NoUtf8WithBom", f"Line {number} is not ASCII and the file is not UTF-8 with BOM."
            )
        return raw.decode("cp1252", errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ImportFailedError("NoUtf8WithBom", f"Line {number} is not UTF-8.") from None


def _bounded(stream: IO[bytes]) -> Iterator[bytes]:
    while line := stream.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            raise _failed(f"A line is longer than {_LONGEST_LINE} bytes")
        yield line


def _failed(message: str) -> ImportFailedError:
    return ImportFailedError("DataImportFailed", f"{message}.")
