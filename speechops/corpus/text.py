"""Lines of UTF-8 text, read in constant memory from untrusted bytes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from speechops.corpus.kinds import language
from speechops.corpus.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from speechops.corpus.findings import Findings

LINE_BYTES = 1 << 20
"""Lines are cut off here, so that a file without line ends cannot fill the memory."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"
"""How a Git LFS pointer begins (git-lfs, docs/spec.md)."""

_FOREIGN = {
    LFS_POINTER: Rule.LFS_POINTER,
    b"PK\x03\x04": Rule.TEXT_ZIPPED,
    codecs.BOM_UTF32_LE: Rule.NOT_UTF8,
    codecs.BOM_UTF16_LE: Rule.NOT_UTF8,
    codecs.BOM_UTF16_BE: Rule.NOT_UTF8,
    codecs.BOM_UTF32_BE: Rule.NOT_UTF8,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text without its line end; ``broken`` names why it could not be read unchanged."""

    number: int
    text: str
    broken: Rule | None = None


class Lines:
    """The lines of a binary stream; the encoding is known once they have been read.

    ``foreign`` is the rule that the first bytes break (an LFS pointer, a zip, UTF-16): then there are no
    lines. ``ansi`` reads a line that is not UTF-8 as Windows-1252, which the service allows for English
    pronunciations.
    """

    def __init__(self, stream: BinaryIO, *, ansi: bool = False) -> None:
        self._stream = stream
        self._ansi = ansi
        self.foreign: Rule | None = None
        self.bom = False
        self.utf8 = True
        self.ascii = True
        self.empty = True

    def __iter__(self) -> Iterator[Line]:
        number = 0
        while raw := self._stream.readline(LINE_BYTES):
            number += 1
            if number == 1:
                raw = self._open(raw)
                if self.foreign:
                    return
            if len(raw) == LINE_BYTES and not raw.endswith(b"\n"):
                self._skip()
                yield Line(number, "", Rule.LINE_TOO_LONG)
            else:
                yield self._line(number, raw)

    def _open(self, raw: bytes) -> bytes:
        self.foreign = next((rule for mark, rule in _FOREIGN.items() if raw.startswith(mark)), None)
        self.empty = False
        self.bom = raw.startswith(codecs.BOM_UTF8)
        return raw.removeprefix(codecs.BOM_UTF8)

    def _line(self, number: int, raw: bytes) -> Line:
        if raw.isascii():
            return Line(number, raw.decode("ascii").rstrip("\r\n"))
        self.ascii = False
        try:
            return Line(number, raw.decode("utf-8").rstrip("\r\n"))
        except UnicodeDecodeError:
            self.utf8 = False
            if self._ansi:
                return Line(number, raw.decode("cp1252", errors="replace").rstrip("\r\n"))
            return Line(number, raw.decode("utf-8", errors="replace").rstrip("\r\n"), Rule.NOT_UTF8)

    def _skip(self) -> None:
        while (rest := self._stream.readline(LINE_BYTES)) and not rest.endswith(b"\n"):
            pass

    def readable(self) -> Iterator[Line]:
        """Yield the lines that hold text, as they are, without those that are broken or blank."""
        return (line for line in self if not line.broken and line.text.strip())

    def checked(self, findings: Findings) -> Iterator[Line]:
        """Yield as :meth:`readable` and report what is broken; see :meth:`check_mark` for the rest."""
        for line in self:
            if line.broken:
                findings.add(line.broken, line=line.number)
            elif line.text.strip():
                yield line
        if self.foreign:
            findings.add(self.foreign)
        elif self.empty:
            findings.add(Rule.EMPTY_FILE)

    def check_mark(self, findings: Findings) -> None:
        """Report a missing byte order mark: an error if the text cannot be read without it.

        Microsoft's own structured-text sample is ASCII without a mark, and is accepted.
        """
        if self.bom or self.empty or self.foreign or not self.utf8:
            return
        findings.add(Rule.BOM_ADVISED if self.ascii else Rule.BOM_MISSING, line=1)


@dataclass(slots=True)
class LineCounts:
    """How many lines of a file the service will accept, and how many it will drop."""

    lines: int = 0
    dropped: int = 0

    USABLE = 0.95

    def count(self, rules: Iterable[Rule]) -> None:
        """Count a line that breaks ``rules``."""
        self.lines += 1
        self.dropped += any(rule.drops for rule in rules)

    def check(self, findings: Findings) -> None:
        """Report that too much will be dropped (FAQ: above 95 % accepted, an import is usable)."""
        if not self.dropped:
            return
        taken = 1 - self.dropped / self.lines
        if not taken:
            findings.add(Rule.ALL_LINES_DROPPED, f"The service will drop all {self.lines:,} lines.")
        elif taken <= self.USABLE:
            message = f"The service will drop {self.dropped:,} of {self.lines:,} lines ({1 - taken:.0%})."
            findings.add(Rule.LINES_DROPPED, message)


LINES_EAST_ASIA = 20_000
"""Japanese and Korean: lines in one file of plain text, as Microsoft advises."""


def check_line_count(count: int, locale: str, findings: Findings) -> None:
    """Report a number of lines at which the import may time out."""
    if count > LINES_EAST_ASIA and language(locale) in {"ja", "ko"}:
        findings.add(Rule.TOO_MANY_LINES, f"The file has {count:,} lines.")
