"""Data that breaks a rule, written again beside the old file as far as that is safe.

Safe is what has one meaning: the encoding of a text, where files lie, the form of PCM samples, a name that
only one file can have. What would need a guess or a converter is named instead, with the command for it.
Nothing is ever written over.
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import zipfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Protocol

from speechops.corpus import audio, encoding, naming, packing, resampling, samples
from speechops.corpus.acoustic import MOST_TRANSCRIPT_BYTES, SAMPLE_BITS, SAMPLE_RATES
from speechops.corpus.archive import READ_ERRORS, open_archive, open_file
from speechops.corpus.findings import Findings
from speechops.corpus.kinds import Kind, english
from speechops.corpus.rules import Rule
from speechops.corpus.wording import shown
from speechops.errors import DataError, Place, UsageError, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from speechops.corpus.archive import Archive
    from speechops.corpus.findings import Finding

MARK = ".fixed"
"""What the name of a repaired file has before its extension."""

_OF_TEXT = {Rule.NOT_UTF8.id, Rule.BOM_MISSING.id, Rule.BOM_ADVISED.id}
_OF_AUDIO = {
    rule.id
    for rule in (
        *(Rule.NESTED_FOLDER, Rule.TRANSCRIPT_AUDIO_MISSING, Rule.AUDIO_FORMAT, Rule.AUDIO_SAMPLE_FORMAT),
        *(Rule.AUDIO_EXTENSIBLE, Rule.AUDIO_SAMPLE_RATE, Rule.AUDIO_CHANNELS),
    )
}
_SOX = "-b 16 -e signed-integer -c 1"
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done about one file of data: ``target`` was written if anything was done.

    ``done`` and ``left`` are sentences; of ``left`` each says what to do.
    """

    target: Path | None
    done: tuple[str, ...]
    left: tuple[str, ...]


def repair(path: Path, kind: Kind, locale: str, findings: Iterable[Finding]) -> Repair | None:
    """Repair what the ``findings`` of the data at ``path`` name; None if none of them can be.

    :raises UsageError: if the new file is there already.
    :raises DataError: if a file cannot be read or written.
    """
    broken = {finding.rule for finding in findings}
    if not broken & (_OF_TEXT | _OF_AUDIO if kind is Kind.ACOUSTIC else _OF_TEXT):
        return None
    target = path.with_name(f"{path.name}{MARK}" if path.is_dir() else f"{path.stem}{MARK}{path.suffix}")
    if os.path.lexists(target):
        raise UsageError(
            f"{target} exists, and nothing is written over.", hint="Use it, or move or delete it first."
        )
    log = _Log()
    try:
        made = (
            _repair_audio(path, target, locale, log)
            if kind is Kind.ACOUSTIC
            else _repair_text(path, target, locale, log)
        )
    except UnicodeError:
        return Repair(None, (), (_unknown_encoding(path.as_posix(), target.as_posix()),))
    except READ_ERRORS as error:
        cause = reason(error) if isinstance(error, OSError) else str(error)
        message = f"{path} could not be repaired: {cause}."
        raise DataError(message, place=Place(file=path.as_posix())) from error
    return Repair(target if made else None, log.done(), tuple(log.left))


@dataclass(slots=True)
class _Log:
    """What was done, by what it was and to which files; and what was not."""

    files: dict[str, list[str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def add(self, what: str, name: str) -> None:
        self.files.setdefault(what, []).append(shown(name))

    def done(self) -> tuple[str, ...]:
        return tuple(f"{what}: {_listed(names)}" for what, names in self.files.items())


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


# --- text ---


def _repair_text(path: Path, target: Path, locale: str, log: _Log) -> bool:
    with open_file(path) as stream:
        found = encoding.encoding_of(stream, locale)
    if not found:
        log.left.append(_unknown_encoding(path.as_posix(), target.as_posix()))
        return False
    with (
        _made(target, folder=False),
        path.open(encoding=found, newline="") as text,
        target.open("w", encoding="utf-8-sig", newline="") as written,
    ):
        shutil.copyfileobj(text, written, packing.CHUNK_BYTES)
    log.add(f"from {encoding.NAMES[found]} to UTF-8 with a byte order mark", path.name)
    return True


def _unknown_encoding(name: str, target: str) -> str:
    return (
        f"the encoding of {shown(name)} is not certain; if you know it: "
        f"iconv -f ENCODING -t UTF-8 {shlex.quote(name)} > {shlex.quote(target)}"
    )


# --- audio with transcripts ---


class _Target(Protocol):
    """Where the repaired members go."""

    def member(self, name: str, size: int) -> AbstractContextManager[IO[bytes]]: ...


class _FolderTarget:
    def __init__(self, path: Path) -> None:
        self._path = path

    def member(self, name: str, size: int) -> AbstractContextManager[IO[bytes]]:
        del size
        return (self._path / name).open("xb")


class _ZipTarget:
    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened

    def member(self, name: str, size: int) -> AbstractContextManager[IO[bytes]]:
        entry = zipfile.ZipInfo(name, packing.EPOCH)
        entry.file_size = size
        entry.compress_type = zipfile.ZIP_DEFLATED
        return self._zip.open(entry, "w")


def _repair_audio(path: Path, target: Path, locale: str, log: _Log) -> bool:
    with open_archive(path, Findings(path.as_posix()), nested=True) as archive:
        plan = _Plan(path, target, archive, log)
        text = _transcript(archive, plan, locale, log)
        if not log.files:
            return False
        with _made(target, folder=path.is_dir()), _opened(target) as written:
            for name, source in plan.audio.items():
                _write_audio(archive, source, name, plan.headers[source], written)
            if text is not None:
                content = text.encode("utf-8-sig")
                with written.member(plan.transcript_name, len(content)) as stream:
                    stream.write(content)
            elif plan.transcript:
                with archive.open(plan.transcript) as old:
                    size = archive.sizes[plan.transcript]
                    with written.member(plan.transcript_name, size) as stream:
                        shutil.copyfileobj(old, stream, packing.CHUNK_BYTES)
    return True


class _Plan:
    """Which member becomes which: ``audio`` maps new names to those at hand; ``headers`` are of these.

    ``converted`` are the new names that the commands in the log will make.
    """

    def __init__(self, path: Path, target: Path, archive: Archive, log: _Log) -> None:
        self._folder = f"{path.as_posix()}/" if path.is_dir() else ""
        self._target = f"{target.as_posix()}/" if path.is_dir() else ""
        self._packed = "" if path.is_dir() else f", and add it to {target.name}"
        self.audio: dict[str, str] = {}
        self.headers: dict[str, audio.Wav | None] = {}
        self.converted: set[str] = set()
        names = _flat_names(archive.sizes)
        self.transcript = _one_transcript(archive.sizes)
        self.transcript_name = naming.last(self.transcript)
        if "/" in self.transcript:
            log.add("moved to the root", self.transcript)
        for source, name in names.items():
            kind = naming.suffix(name)
            if kind in naming.OTHER_AUDIO:
                self._leave(source, name, f"{shown(source)} is not WAV", "-r 16k", log)
            elif kind == naming.WAV:
                self._take(archive, source, name, log)

    def _take(self, archive: Archive, source: str, name: str, log: _Log) -> None:
        try:
            wav = _header(archive, source)
        except audio.NotWav as error:
            log.left.append(f"{shown(source)} is not WAV, whatever its name says: {error}")
            wav = None
        if wav and not (_rate(wav) and (samples.convertible(wav) or _is_damaged(wav))):
            form = f"{'' if wav.pcm else 'no PCM, '}{wav.rate:,} Hz, {wav.channels} channels, {wav.bits} bits"
            rate = "" if wav.rate in SAMPLE_RATES else "-r 16k"
            self._leave(source, name, f"{shown(source)} has {form}", rate, log)
            return
        self.audio[name] = source
        self.headers[source] = wav
        if name != source:
            log.add("moved to the root", source)
        if wav and not _is_damaged(wav):
            for change in _changes(wav):
                log.add(change, source)

    def _leave(self, source: str, name: str, why: str, rate: str, log: _Log) -> None:
        """Name the command that converts an audio file into the new folder."""
        new = name[: len(name) - len(naming.suffix(name))] + naming.WAV
        self.converted.add(new)
        words = ["sox", self._folder + source, *_SOX.split(), *rate.split(), self._target + new]
        log.left.append(f"{why}; convert it: {shlex.join(words)}{self._packed}")


def _is_damaged(wav: audio.Wav) -> bool:
    """Whether samples are missing: the file is kept as it is, so that the fault stays to be seen."""
    return bool(wav.missing) or not wav.length


def _rate(wav: audio.Wav) -> int:
    """Return the rate that the service takes: the file's own, or a lower one; 0 if it needs a converter."""
    return wav.rate if wav.rate in SAMPLE_RATES else resampling.target_of(wav.rate)


def _changes(wav: audio.Wav) -> Iterator[str]:
    if wav.rate != _rate(wav):
        yield f"{wav.rate:,} Hz to {_rate(wav):,} Hz"
    if wav.channels > 1:
        yield f"{wav.channels} channels mixed to one"
    if wav.bits != SAMPLE_BITS:
        yield f"{wav.bits} bits to 16"
    elif wav.extensible:
        yield "extensible header to a plain one"


def _header(archive: Archive, name: str) -> audio.Wav:
    with archive.open(name) as stream:
        return audio.read_header(stream.read(audio.HEAD_BYTES), archive.sizes[name])


def _one_transcript(names: Iterable[str]) -> str:
    """Return the transcript: that at the root, else the only one in the folders."""
    found = [name for name in names if naming.suffix(name) in naming.TRANSCRIPTS]
    root = [name for name in found if "/" not in name]
    return root[0] if root else found[0] if len(found) == 1 else ""


def _flat_names(names: Iterable[str]) -> dict[str, str]:
    """Return new names without folders; those that would be the same keep the folder as a part."""
    names = tuple(names)
    count = Counter(naming.last(name).casefold() for name in names)
    return {
        name: naming.last(name) if count[naming.last(name).casefold()] == 1 else name.replace("/", "-")
        for name in names
    }


def _write_audio(archive: Archive, source: str, name: str, wav: audio.Wav | None, target: _Target) -> None:
    with archive.open(source) as old:
        if wav is None or _is_damaged(wav) or not tuple(_changes(wav)):
            with target.member(name, archive.sizes[source]) as new:
                shutil.copyfileobj(old, new, packing.CHUNK_BYTES)
            return
        blocks, rate = wav.length // wav.block, _rate(wav)
        length = resampling.length_of(blocks, wav.rate, rate) * 2
        header = audio.plain_header(rate, length)
        old.read(wav.start)
        with target.member(name, len(header) + length) as new:
            new.write(header)
            for chunk in resampling.resampled(_chunks(old, wav, blocks), wav.rate, rate):
                new.write(chunk)


def _chunks(stream: IO[bytes], wav: audio.Wav, blocks: int) -> Iterator[bytes]:
    """Yield the samples in one channel of 16 bits."""
    while blocks:
        count = min(blocks, packing.CHUNK_BYTES // wav.block)
        yield samples.converted(stream.read(count * wav.block), wav)
        blocks -= count


# --- the transcript ---


def _transcript(archive: Archive, plan: _Plan, locale: str, log: _Log) -> str | None:
    """Return the text of the transcript with its names corrected; None if it stays as it is."""
    if not plan.transcript or archive.sizes[plan.transcript] > MOST_TRANSCRIPT_BYTES:
        if not plan.transcript and any(naming.suffix(name) in naming.TRANSCRIPTS for name in archive.sizes):
            log.left.append("there are several transcripts in folders: join them to one trans.txt")
        return None
    with archive.open(plan.transcript) as stream:
        content = stream.read()
    found = encoding.encoding_of(io.BytesIO(content), locale)
    if not found:
        log.left.append(_unknown_encoding(plan.transcript, plan.transcript_name))
        return None
    if found not in {"utf-8", "utf-8-sig"}:
        log.add(f"from {encoding.NAMES[found]} to UTF-8 with a byte order mark", plan.transcript)
    elif found == "utf-8" and not english(locale):
        log.add("byte order mark added", plan.transcript)
    lines = content.decode(found).split("\n")
    names = _Names({name: plan.audio.get(name, "") for name in (*plan.audio, *plan.converted)}, lines)
    return "\n".join(names.corrected(line, number, log) for number, line in enumerate(lines, 1))


class _Names:
    """Corrects the names of a transcript if exactly one file is meant, and no other line means it."""

    def __init__(self, sources: Mapping[str, str], lines: Iterable[str]) -> None:
        self._sources = sources
        self._by_stem: dict[str, list[str]] = {}
        for name in sources:
            self._by_stem.setdefault(naming.stem(name), []).append(name)
        written = [line.partition("\t")[0].strip() for line in lines if "\t" in line]
        self._meant = {name: self._candidates(name) for name in written}
        self._times = Counter(
            names[0] for names in map(self._meant.get, written) if names and len(names) == 1
        )

    def _candidates(self, written: str) -> list[str]:
        if written in self._sources:
            return [written]
        path = written.replace("\\", "/").removeprefix("./")
        by_path = [name for name, source in self._sources.items() if source == path]
        return by_path or self._by_stem.get(naming.stem(written), [])

    def corrected(self, line: str, number: int, log: _Log) -> str:
        name, tab, text = line.partition("\t")
        meant = self._meant.get(name.strip(), []) if tab else []
        if not meant or meant == [name.strip()]:
            return line
        if len(meant) > 1 or self._times[meant[0]] > 1:
            log.left.append(
                f"line {number} of the transcript: {shown(name.strip())} may mean {_listed(sorted(meant))}"
                f"{'' if len(meant) > 1 else ', as another line does'}; write the name in full"
            )
            return line
        log.add("names in the transcript corrected", meant[0])
        return f"{meant[0]}{tab}{text}"


# --- writing ---


@contextmanager
def _made(target: Path, *, folder: bool) -> Iterator[None]:
    """Make the target, empty; nothing of it is left if filling it fails."""
    if folder:
        target.mkdir()
    else:
        target.open("xb").close()
    try:
        yield
    except BaseException:
        if folder:
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)
        raise


@contextmanager
def _opened(target: Path) -> Iterator[_Target]:
    if target.is_dir():
        yield _FolderTarget(target)
        return
    with zipfile.ZipFile(target, "w") as opened:
        yield _ZipTarget(opened)
