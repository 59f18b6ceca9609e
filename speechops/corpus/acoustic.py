"""Audio with human-labeled transcripts, for testing and for training.

A zip or a folder with WAV files and one transcript, whose lines are ``name.wav<TAB>text``. Each file is read
once, in chunks: its header is checked, its content hashed.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.corpus import audio, naming, packing, wording
from speechops.corpus.archive import READ_ERRORS, open_archive
from speechops.corpus.content import Content, Utterance
from speechops.corpus.findings import Findings
from speechops.corpus.kinds import Purpose, english
from speechops.corpus.plausibility import Level, is_shifted, rate_fault
from speechops.corpus.rules import Rule
from speechops.corpus.text import LFS_POINTER, LineCounts, Lines
from speechops.corpus.wording import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from speechops.corpus.archive import Archive
    from speechops.corpus.text import Line

MOST_FILES = 10_000
MOST_ZIP_BYTES = 2 << 30
MOST_TRANSCRIPT_BYTES = 32 << 20
"""Our own limit: the words of some 600 hours of speech."""

MOST_TEST_SECONDS = 2 * 3600
MOST_TRAINING_SECONDS = 40
SAMPLE_RATES = (8_000, 16_000)
SAMPLE_BITS = 16
ADVISED_HOURS = {Purpose.TEST: (0.5, 5), Purpose.TRAINING: (1, 100)}

_HEADINGS = {"file", "filename", "audio", "wav", "name", "path", "id"}


def examine(path: Path, purpose: Purpose, locale: str, findings: Findings) -> Content:
    """Read and check the zip or folder at ``path``.

    :raises DataError: if it cannot be read at all.
    """
    members = _Members(path, findings)
    with open_archive(path, findings) as archive:
        transcript = members.transcript(archive.sizes)
        names = members.audio(archive.sizes)
        sources = {name: name for name in names} | ({packing.TRANSCRIPT: transcript} if transcript else {})
        size = (
            packing.packed_size({name: archive.sizes[source] for name, source in sources.items()})
            if path.is_dir()
            else path.stat().st_size
        )
        if size > MOST_ZIP_BYTES:
            message = f"The zip has {size / (1 << 30):.2f} GiB; the limit is 2 GiB. Its files were not read."
            findings.add(Rule.FILE_TOO_BIG, message)
            return Content((str(size),), size, (), sources)
        rows, digest = _read_transcript(archive, transcript, members.lines(transcript), locale)
        clips = {name: _listen(archive, name, purpose, members.findings(name)) for name in names}
    utterances = tuple(_utterances(rows, clips, locale, members.lines(transcript)))
    lengths, seconds = [len(item.text) for item in utterances], [item.seconds for item in utterances]
    if is_shifted(lengths, seconds):
        members.lines(transcript).add(Rule.TRANSCRIPT_SHIFTED)
    _check_clips(clips, rows, members)
    _check_lengths(clips, purpose, findings)
    parts = (digest, *(part for name in names for part in (name, clips[name].sha256)))
    return Content(parts, size, utterances, sources)


def recording(path: Path, utterance: str) -> tuple[str, bytes] | None:
    """Return the text and the WAV file of one utterance; None if it is not in the data, or damaged."""
    findings = Findings(path.as_posix())
    with open_archive(path, findings) as archive:
        transcript = _Members(path, findings).transcript(archive.sizes)
        rows, _ = _read_transcript(archive, transcript, findings, "")
        text = next((row.text for row in rows if row.audio == utterance), None)
        if text is None or utterance not in archive.sizes:
            return None
        try:
            with archive.open(utterance) as stream:
                return text, stream.read()
        except READ_ERRORS:
            return None


class _Members:
    """The members of an archive by their use, and where findings about them belong.

    In a folder that is the member itself; in a zip it is the zip, and messages name the member.
    """

    def __init__(self, path: Path, findings: Findings) -> None:
        self._findings = findings
        self._folder = path.as_posix() + "/" if path.is_dir() else ""

    def findings(self, name: str) -> Findings:
        return self._findings.within(self._folder + name) if self._folder else self._findings

    def lines(self, transcript: str) -> Findings:
        if self._folder or not transcript:
            return self.findings(transcript)
        return self._findings.within(self._findings.file, f"In {transcript}: ")

    def transcript(self, names: Iterable[str]) -> str:
        found = [name for name in names if naming.suffix(name) in naming.TRANSCRIPTS]
        for extra in found[1:]:
            message = f"Both {shown(found[0])} and {shown(extra)} are present."
            self.findings(extra).add(Rule.TRANSCRIPT_AMBIGUOUS, message)
        if not found:
            audio_alone = any(naming.suffix(name) == naming.WAV for name in names)
            kind = " Audio without transcripts (AudioFiles) cannot be used for tests." if audio_alone else ""
            self._findings.add(Rule.TRANSCRIPT_MISSING, f"{Rule.TRANSCRIPT_MISSING.breaks}{kind}")
        return found[0] if found else ""

    def audio(self, names: Iterable[str]) -> Sequence[str]:
        found = [name for name in names if naming.suffix(name) == naming.WAV]
        for name in names:
            if naming.suffix(name) in naming.OTHER_AUDIO:
                self.findings(name).add(Rule.AUDIO_FORMAT, f"Not RIFF (WAV): {shown(name)}.")
            elif naming.suffix(name) not in {naming.WAV, *naming.TRANSCRIPTS}:
                self.findings(name).add(Rule.UNEXPECTED_FILE, f"Not used: {shown(name)}.")
        folded: dict[str, str] = {}
        for name in found:
            twin = folded.setdefault(name.casefold(), name)
            if twin != name:
                message = f"{shown(name)} differs from {shown(twin)} only in case."
                self.findings(name).add(Rule.MEMBER_REPEATED, message)
        if len(found) > MOST_FILES:
            message = f"{len(found):,} audio files; the limit is {MOST_FILES:,}."
            self._findings.add(Rule.TOO_MANY_FILES, message)
        return found


@dataclass(frozen=True, slots=True)
class _Clip:
    sha256: str
    seconds: float


def _listen(archive: Archive, name: str, purpose: Purpose, findings: Findings) -> _Clip:
    """Hash a file and check its header."""
    digest, head, level = hashlib.sha256(), b"", Level()
    try:
        with archive.open(name) as stream:
            while chunk := stream.read(packing.CHUNK_BYTES):
                head = head or chunk[: audio.HEAD_BYTES]
                digest.update(chunk)
                level.hear(chunk)
    except READ_ERRORS as error:
        findings.add(Rule.MEMBER_DAMAGED, f"{shown(name)} cannot be read completely ({error}).")
        return _Clip(digest.hexdigest(), 0)
    if head.startswith(LFS_POINTER):
        findings.add(Rule.LFS_POINTER, f"{shown(name)} is a Git LFS pointer.")
        return _Clip(digest.hexdigest(), 0)
    try:
        wav = audio.read_header(head, archive.sizes[name])
    except audio.HeaderTooLong as error:
        findings.add(Rule.AUDIO_HEADER_LONG, f"{shown(name)}: {error}.")
        return _Clip(digest.hexdigest(), 0)
    except audio.NotWav as error:
        findings.add(Rule.AUDIO_FORMAT, f"{shown(name)} is not RIFF (WAV): {error}.")
        return _Clip(digest.hexdigest(), 0)
    heard = level.faults() if wav.pcm and wav.bits == SAMPLE_BITS and wav.seconds else ()
    for rule, fault in (*_faults(wav, purpose), *heard):
        findings.add(rule, f"{shown(name)} {fault}.")
    return _Clip(digest.hexdigest(), wav.seconds)


def _faults(wav: audio.Wav, purpose: Purpose) -> Iterator[tuple[Rule, str]]:
    if not wav.pcm or wav.bits != SAMPLE_BITS:
        encoding = "PCM" if wav.pcm else "compressed or float"
        yield Rule.AUDIO_SAMPLE_FORMAT, f"has {encoding} samples of {wav.bits} bits"
    elif wav.extensible:
        yield Rule.AUDIO_EXTENSIBLE, "has an extensible header"
    if wav.rate not in SAMPLE_RATES:
        yield Rule.AUDIO_SAMPLE_RATE, f"is sampled at {wav.rate:,} Hz"
    if wav.channels != 1:
        yield Rule.AUDIO_CHANNELS, f"has {wav.channels} channels"
    if wav.missing:
        yield Rule.AUDIO_TRUNCATED, f"is {wav.missing:,} bytes shorter than its header says"
    elif not wav.seconds:
        yield Rule.AUDIO_EMPTY, "contains no samples"
    if purpose is Purpose.TEST and wav.seconds > MOST_TEST_SECONDS:
        yield Rule.AUDIO_TOO_LONG, f"lasts {wav.seconds / 3600:.2f} h"
    if purpose is Purpose.TRAINING and wav.seconds > MOST_TRAINING_SECONDS:
        yield Rule.AUDIO_LONG_FOR_TRAINING, f"lasts {wav.seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the transcript; without a name if it does not have the right form."""

    line: int
    audio: str
    text: str


def _read_transcript(
    archive: Archive, name: str, findings: Findings, locale: str
) -> tuple[Sequence[_Row], str]:
    """Return the lines of the transcript and the SHA-256 of all its bytes."""
    if not name:
        return (), ""
    size = archive.sizes[name]
    if size > MOST_TRANSCRIPT_BYTES:
        findings.add(
            Rule.FILE_TOO_BIG, f"The transcript has {size / (1 << 20):.0f} MiB; the limit is 32 MiB."
        )
        return (), ""
    try:
        with archive.open(name) as stream:
            content = stream.read()
    except READ_ERRORS as error:
        findings.add(Rule.MEMBER_DAMAGED, f"{shown(name)} cannot be read completely ({error}).")
        return (), ""
    lines = Lines(io.BytesIO(content))
    rows = tuple(_row(line) for line in lines.checked(findings))
    if not english(locale):
        lines.check_mark(findings)
    return rows, hashlib.sha256(content).hexdigest()


def _row(line: Line) -> _Row:
    name, tab, text = line.text.partition("\t")
    formed = tab and "\t" not in text.strip()
    return _Row(line.number, name.strip() if formed else "", text.strip() if formed else "")


def _utterances(
    rows: Iterable[_Row], clips: Mapping[str, _Clip], locale: str, findings: Findings
) -> Iterator[Utterance]:
    counts, seen = LineCounts(), set[str]()
    rows = tuple(rows)
    _check_table(rows, findings)
    for row in rows:
        faults = tuple(_row_faults(row, clips, seen, locale))
        for rule, message in faults:
            findings.add(rule, message, line=row.line)
        counts.count(rule for rule, _ in faults)
        if row.audio in clips and row.audio not in seen and wording.has_word(row.text):
            clip = clips[row.audio]
            if fault := rate_fault(row.text, clip.seconds, locale):
                findings.add(Rule.AUDIO_RATE_OF_SPEECH, f"{shown(row.audio)}: {fault}.", line=row.line)
            yield Utterance(row.audio, row.text, row.line, clip.seconds, clip.sha256)
        seen.add(row.audio)
    counts.check(findings)


def _check_table(rows: Sequence[_Row], findings: Findings) -> None:
    """Check for quotation marks around the texts, which a spreadsheet export leaves in a transcript."""
    quoted = [row for row in rows if len(row.text) > 1 and row.text[0] == row.text[-1] == '"']
    if len(quoted) > len(rows) / 2:
        findings.add(
            Rule.TRANSCRIPT_QUOTED,
            f"{len(quoted)} of {len(rows)} texts are in quotation marks.",
            line=quoted[0].line,
        )


def _is_header(row: _Row) -> bool:
    name = row.audio.casefold()
    return row.line == 1 and not name.endswith(naming.WAV) and bool(_HEADINGS & set(re.split(r"\W+|_", name)))


def _row_faults(
    row: _Row, clips: Mapping[str, _Clip], seen: Collection[str], locale: str
) -> Iterator[tuple[Rule, str]]:
    if not row.audio:
        yield Rule.TRANSCRIPT_LINE, ""
        return
    if _is_header(row):
        yield Rule.TRANSCRIPT_HEADER, ""
        return
    if row.audio in seen:
        yield Rule.TRANSCRIPT_AUDIO_REPEATED, f"{shown(row.audio)} already appears in an earlier line."
    elif row.audio not in clips:
        meant = next((name for name in clips if naming.alike(name, row.audio)), "")
        hint = f"; {shown(meant)} exists{_difference(meant, row.audio)}" if meant else ""
        yield Rule.TRANSCRIPT_AUDIO_MISSING, f"{shown(row.audio)} does not exist{hint}."
    if not wording.has_word(row.text):
        yield Rule.TRANSCRIPT_TEXT_EMPTY, f"{shown(row.audio)} has no words."
    yield from wording.transcript_faults(row.text, locale)


def _difference(name: str, written: str) -> str:
    """Say how two names differ if they look alike."""
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", written):
        return " (the two differ only in their Unicode form)"
    return ""


def _check_clips(clips: Mapping[str, _Clip], rows: Iterable[_Row], members: _Members) -> None:
    named = {row.audio for row in rows}
    first: dict[str, str] = {}
    for name, clip in clips.items():
        if name not in named:
            members.findings(name).add(
                Rule.AUDIO_WITHOUT_TRANSCRIPT, f"Not in the transcript: {shown(name)}."
            )
        original = first.setdefault(clip.sha256, name)
        if original != name:
            members.findings(name).add(
                Rule.AUDIO_REPEATED, f"{shown(name)} is the same as {shown(original)}."
            )


def _check_lengths(clips: Mapping[str, _Clip], purpose: Purpose, findings: Findings) -> None:
    lengths = [clip.seconds for clip in clips.values() if clip.seconds]
    if not lengths:
        return
    if purpose is Purpose.TRAINING and min(lengths) > MOST_TRAINING_SECONDS:
        findings.add(Rule.AUDIO_ALL_TOO_LONG)
    least, most = ADVISED_HOURS[purpose]
    hours = sum(lengths) / 3600
    if not least <= hours <= most:
        amount = f"{hours * 60:.1f} minutes" if hours < 1 else f"{hours:.1f} hours"
        findings.add(Rule.AUDIO_AMOUNT, f"{amount} of audio; {least} to {most} hours are recommended.")
