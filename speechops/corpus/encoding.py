"""How the bytes of a text are meant, as far as that is certain."""

from __future__ import annotations

import codecs
from itertools import chain
from typing import TYPE_CHECKING

from speechops.corpus.kinds import language
from speechops.corpus.text import LINE_BYTES

if TYPE_CHECKING:
    from typing import IO

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_WINDOWS_1252 = frozenset(
    {"af", "ca", "da", "de", "en", "es", "eu", "fi", "fr", "ga", "gl", "id", "is"}
    | {"it", "ms", "nb", "nl", "nn", "no", "pt", "sv", "sw", "zu"}
)
"""Languages for which Windows-1252 is the code page of Windows."""

NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
}
"""What the encodings that :func:`encoding_of` finds are called."""


def encoding_of(stream: IO[bytes], locale: str) -> str:
    """Return the encoding of a text as Python names it, or an empty string if it is not certain.

    It is certain by a byte order mark, or if all is UTF-8. Text of a Western European language of which no
    line beyond ASCII is UTF-8 is Windows-1252. Zeros are in no text of one byte a character.
    """
    beyond, broken, western = False, False, language(locale) in _WINDOWS_1252
    start = stream.readline(LINE_BYTES)
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), "")
    if marked not in {"", "utf-8-sig"}:
        return marked
    for raw in chain([start], iter(lambda: stream.readline(LINE_BYTES), b"")):
        if b"\0" in raw:
            return ""
        if raw.isascii():
            continue
        if _decodes(raw, "utf-8"):
            beyond = True
        else:
            broken, western = True, western and _decodes(raw, "cp1252")
    if not broken:
        return marked or "utf-8"
    return "cp1252" if western and not beyond and not marked else ""


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
