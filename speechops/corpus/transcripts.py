"""Transcripts and recognized text in files that other tools write: TSV, NIST's formats, JSON lines.

The ending of a file's name decides. NIST's formats are those of sclite (SCTK, doc/infmts.htm): ``trn`` has
the utterance's name in brackets after the text; ``stm`` has segments of recordings, and ``ctm`` their words
with times. JSON lines are read as NeMo and Hugging Face's leaderboards write them (``audio_filepath``,
``text``, ``pred_text``), and with the column names that are common in data sets of Hugging Face.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from speechops import json_text
from speechops.errors import DataError, Place, UsageError, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

_COMMENT = ";;"
_IGNORED = "IGNORE_TIME_SEGMENT_IN_SCORING"
_TRN = re.compile(r"(?P<text>.*)\((?P<name>[^()\s]+)\)\s*")
_NAMES = ("audio_filepath", "audio", "file_name", "file", "path", "id", "utt_id")
_REFERENCES = ("text", "reference", "ref", "sentence", "transcription")
_HYPOTHESES = ("pred_text", "hypothesis", "hyp", "prediction", "predicted_text")
_STM_FIELDS, _CTM_FIELDS = 5, 5
_SHOWN = 3


class Transcript(NamedTuple):
    """The text of one utterance, at a line of its file; ``seconds`` is 0 if the file does not tell."""

    name: str
    text: str
    line: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a recording, from ``start`` to ``end`` in seconds."""

    recording: tuple[str, str]
    start: float
    end: float
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class References:
    """What was said, utterance by utterance; ``segments`` only if the file has times.

    ``by_order`` says that the file names no utterance: what belongs together is on the same line.
    """

    path: Path
    transcripts: tuple[Transcript, ...]
    segments: tuple[Segment, ...] = ()
    by_order: bool = False


def read_references(path: Path) -> References:
    """Read what was said. Raises :class:`UsageError` for a file of another kind, :class:`DataError` for a
    file that cannot be read, is damaged, or names an utterance twice.
    """  # noqa: D205 - one sentence
    ending = _ending(path, ("tsv", "txt", "trn", "stm", "jsonl", "json"))
    if ending == "stm":
        segments = tuple(_stm(path))
        found = tuple(segment.transcript for segment in segments if segment.transcript.text != _IGNORED)
        return References(path, _distinct(path, found), segments)
    transcripts, by_order = _read(path, ending, _REFERENCES, ())
    return References(path, transcripts, by_order=by_order)


def read_hypotheses(path: Path, references: References) -> dict[str, str]:
    """Read what a model recognized, by the names of the utterances in ``references``.

    Raises as :func:`read_references`, and :class:`DataError` if one file has utterances that the other lacks.
    """
    ending = _ending(path, ("tsv", "txt", "trn", "ctm", "jsonl", "json"))
    if (ending == "ctm") != bool(references.segments):
        raise UsageError(
            f"{path}: a ctm file and an stm file belong together, and {references.path} is no match for it.",
            hint="Score ctm files against an stm file, all others by the names of the utterances.",
        )
    if ending == "ctm":
        return _spread(path, references)
    transcripts, by_order = _read(path, ending, _HYPOTHESES, _REFERENCES)
    if by_order or references.by_order:
        if len(transcripts) != len(references.transcripts):
            raise DataError(
                f"{path} has {len(transcripts):,} utterances,"
                f" {references.path} {len(references.transcripts):,}.",
                hint="Name the utterances in both files, or keep the same order in both.",
                place=Place(file=str(path)),
            )
        pairs = zip(references.transcripts, transcripts, strict=True)
        return {reference.name: transcript.text for reference, transcript in pairs}
    heard = {transcript.name: transcript.text for transcript in transcripts}
    _refuse_strangers(path, references, heard)
    return heard


def _refuse_strangers(path: Path, references: References, heard: Mapping[str, str]) -> None:
    said = {transcript.name: transcript.line for transcript in references.transcripts}
    absent = [name for name in said if name not in heard]
    if absent:
        raise DataError(
            f"{path} has no text for {_some(absent)}, of {len(said):,} in {references.path}.",
            hint="A model that recognized nothing has an empty text; a missing line would hide its errors.",
            place=Place(file=str(path)),
        )
    strange = [name for name in heard if name not in said]
    if strange:
        raise DataError(
            f"{path} has text for {_some(strange)}, of which {references.path} knows nothing.",
            hint="Score the same utterances that the references have.",
            place=Place(file=str(path)),
        )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _ending(path: Path, known: tuple[str, ...]) -> str:
    ending = path.suffix.lower().removeprefix(".")
    if ending not in known:
        raise UsageError(
            f"{path}: its name does not tell the format.", hint=f"It ends in one of: .{', .'.join(known)}."
        )
    return ending


def _read(
    path: Path, ending: str, keys: tuple[str, ...], otherwise: tuple[str, ...]
) -> tuple[tuple[Transcript, ...], bool]:
    """Return the utterances of a file, and whether they have no names of their own."""
    if ending in {"jsonl", "json"}:
        return _json(path, keys, otherwise)
    rows: Callable[[Path], Iterator[Transcript]] = _trn if ending == "trn" else _tsv
    return _distinct(path, rows(path)), False


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read: {reason(error)}.",
            hint="It has to be a file of UTF-8 text.",
            place=Place(file=str(path)),
        ) from error
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line.strip():
            yield number, line


def _fail(path: Path, line: int, what: str, hint: str = "") -> NoReturn:
    raise DataError(f"{path}:{line}: {what}.", hint=hint, place=Place(file=str(path), line=line))


def _distinct(path: Path, transcripts: Iterable[Transcript]) -> tuple[Transcript, ...]:
    found: dict[str, Transcript] = {}
    for transcript in transcripts:
        if transcript.name in found:
            first = found[transcript.name].line
            _fail(path, transcript.line, f"{transcript.name} has a text in line {first} already")
        found[transcript.name] = transcript
    if not found:
        raise DataError(f"{path} has no utterance.", place=Place(file=str(path)))
    return tuple(found.values())


def _tsv(path: Path) -> Iterator[Transcript]:
    for number, line in _lines(path):
        name, tab, text = line.partition("\t")
        if not tab or not name.strip():
            _fail(path, number, "not a name, a tab and a text")
        yield Transcript(name.strip(), text.strip(), number)


def _trn(path: Path) -> Iterator[Transcript]:
    for number, line in _lines(path):
        if line.startswith(_COMMENT):
            continue
        match = _TRN.fullmatch(line)
        if match is None:
            _fail(path, number, "not a text with the utterance's name in brackets after it")
        yield Transcript(match["name"], match["text"].strip(), number)


def _stm(path: Path) -> Iterator[Segment]:
    for number, line in _lines(path):
        if line.startswith(_COMMENT):
            continue
        fields = line.split(maxsplit=_STM_FIELDS)
        if len(fields) < _STM_FIELDS:
            _fail(path, number, "not a recording, channel, speaker, start, end and text")
        recording, channel, speaker = fields[:3]
        start, end = (_seconds(path, number, field) for field in fields[3:5])
        text = fields[5].strip() if len(fields) > _STM_FIELDS else ""
        if text.startswith("<"):  # a label, such as <o,f0,male>
            text = text.partition(">")[2].strip()
        text = _IGNORED if text.upper() == _IGNORED else text
        name = f"{recording}-{channel}-{speaker}-{start:09.3f}"
        yield Segment((recording, channel), start, end, Transcript(name, text, number, max(end - start, 0.0)))


def _spread(path: Path, references: References) -> dict[str, str]:
    """Give each word of a ctm file to the segment that has its middle, else to the nearest."""
    found: dict[str, list[tuple[float, str]]] = {item.name: [] for item in references.transcripts}
    by_recording: dict[tuple[str, str], list[Segment]] = {}
    for segment in references.segments:
        by_recording.setdefault(segment.recording, []).append(segment)
    for number, line in _lines(path):
        if line.startswith(_COMMENT):
            continue
        fields = line.split()
        if len(fields) < _CTM_FIELDS:
            _fail(path, number, "not a recording, channel, start, duration and word")
        recording, channel, start, duration, word = fields[:5]
        if word.startswith("<ALT"):
            _fail(path, number, "alternatives are not scored", "Write the best word alone.")
        begin = _seconds(path, number, start)
        middle = begin + _seconds(path, number, duration) / 2
        segments = by_recording.get((recording, channel))
        if not segments:
            _fail(path, number, f"{references.path} has no recording {recording} with channel {channel}")
        nearest = min(segments, key=lambda segment: _distance(segment, middle)).transcript
        if nearest.text != _IGNORED:
            found[nearest.name].append((begin, word))
    return {name: " ".join(word for _, word in sorted(words, key=_start)) for name, words in found.items()}


def _start(word: tuple[float, str]) -> float:
    return word[0]


def _distance(segment: Segment, moment: float) -> float:
    return max(segment.start - moment, moment - segment.end, 0.0)


def _seconds(path: Path, line: int, field: str) -> float:
    try:
        value = float(field)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        _fail(path, line, f"{field} is not a time in seconds")
    return value


def _json(
    path: Path, keys: tuple[str, ...], otherwise: tuple[str, ...]
) -> tuple[tuple[Transcript, ...], bool]:
    rows = list(_objects(path))
    columns = set(rows[0][1]) if rows else set()
    key = next((key for key in (*keys, *otherwise) if key in columns), "")
    if rows and not key:
        _fail(path, rows[0][0], f"none of the columns {', '.join(keys)}")
    named = next((name for name in _NAMES if name in columns), "")
    found = []
    for order, (number, row) in enumerate(rows, 1):
        text = row.get(key)
        if not isinstance(text, str):
            _fail(path, number, f"{key} is not a text")
        name = _name(path, number, row.get(named)) if named else f"{order:06}"
        found.append(Transcript(name, text.strip(), number, _duration(row)))
    return _distinct(path, found), not named


def _duration(row: Mapping[str, object]) -> float:
    seconds = row.get("duration")
    return float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < math.inf else 0.0


def _name(path: Path, line: int, value: object) -> str:
    """Return an utterance's name; Hugging Face's audio is an object with its path."""
    if isinstance(value, dict):
        value = value.get("path")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        _fail(path, line, "the utterance has no name")
    return value.strip()


def _objects(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in _lines(path):
        try:
            row = json_text.read(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            _fail(path, number, "not a JSON object", "JSON lines have one object in each line.")
        yield number, row
