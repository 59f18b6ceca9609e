"""Display text as tokens: words with their case, numbers as written, each other mark by itself.

A token is a word (with apostrophes inside it), a number (with the marks that belong to it, as in 10:30 and
1,000.5), one character of a script written without spaces, or one punctuation mark or symbol. The speech
service counts its token error rate over display tokens too; how it cuts them is not published, so the two
rates are reported side by side and never compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from . import characters
from .counts import HIT
from .normalise import Normaliser, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .alignment import Column

RULES, VERSION = "display", 1
"""The name of these rules; a change that can alter a result raises the version."""

_TOKEN = re.compile(r"cm*|[wdm]+(?:'[wdm]+|(?<=d)\.(?=d)[wdm]+)*|[^ ]")
_JOINING_DIGITS = ".,:/"
_ENDINGS = frozenset(".?!…。！？．؟۔।॥։።")  # noqa: RUF001 - the signs that are meant
_CLOSING = "\"'”’»)]」』"  # noqa: RUF001


class TokenClass(StrEnum):
    """What a token error is about; the names are the service's."""

    PUNCTUATION = "punctuation"
    CAPITALIZATION = "capitalization"
    INVERSE_TEXT_NORMALIZATION = "inverseTextNormalization"
    LEXICAL = "lexical"
    OTHERS = "others"


class DisplayTokens(Normaliser):
    """The rules of display text: text in, tokens out."""

    def words(self, text: str) -> list[str]:
        """Return the tokens of ``text`` in their order."""
        text = _tidied(text)
        return [text[match.start() : match.end()] for match in _TOKEN.finditer(text.translate(_SHAPES))]

    def batch(self, texts: Sequence[str]) -> list[str]:
        """Return the tokens of each text, joined by spaces."""
        return [" ".join(self.words(text)) for text in texts]


def display_tokens(locale: str) -> DisplayTokens:
    """Return the rules of display text for a locale such as ``en-US``."""
    return DisplayTokens(RULES, VERSION, locale.casefold(), Unit.TOKEN)


def are_display(texts: Iterable[str]) -> bool:
    """Whether transcripts are in display form: at least half of them end as sentences do."""
    ended = [text.rstrip().rstrip(_CLOSING)[-1:] in _ENDINGS for text in texts if text.strip()]
    return bool(ended) and 2 * sum(ended) >= len(ended)


def error_classes(
    pairs: Iterable[tuple[str, str]], tokens: Normaliser, spoken: Normaliser
) -> dict[TokenClass, int]:
    """Count the token errors of references and recognized texts by what they are about.

    ``spoken`` tells which tokens are the same words: what reads alike and is written with other tokens, such
    as five dollars and $5, is inverse text normalization. All classes together are all errors.
    """
    from .kinds import align  # noqa: PLC0415 - rapidfuzz is for those who score

    found: Counter[TokenClass] = Counter(dict.fromkeys(TokenClass, 0))
    for reference, hypothesis in pairs:
        for region in _regions(align(reference, hypothesis, tokens)):
            found.update(_classes(region, spoken))
    return dict(found)


def _regions(columns: Sequence[Column]) -> Iterator[list[Column]]:
    """Yield each run of errors."""
    region: list[Column] = []
    for column in columns:
        if column.kind != HIT:
            region.append(column)
        elif region:
            yield region
            region = []
    if region:
        yield region


def _classes(region: list[Column], spoken: Normaliser) -> Iterator[TokenClass]:
    simple = [_simple_class(column) for column in region]
    if None in simple and _reads_alike(region, spoken):
        yield from (TokenClass.INVERSE_TEXT_NORMALIZATION for _ in region)
        return
    for column, known in zip(region, simple, strict=True):
        mixed = bool(column.reference and column.hypothesis) and (
            _is_word(column.reference) != _is_word(column.hypothesis)
        )
        yield known or (TokenClass.OTHERS if mixed else TokenClass.LEXICAL)


def _simple_class(column: Column) -> TokenClass | None:
    """Return the class of an error that one pair of tokens tells; None if it takes the words around it."""
    present = [token for token in (column.reference, column.hypothesis) if token]
    if not any(map(_is_word, present)):
        return TokenClass.PUNCTUATION
    if len(present) > 1 and column.reference.casefold() == column.hypothesis.casefold():
        return TokenClass.CAPITALIZATION
    return None


def _reads_alike(region: list[Column], spoken: Normaliser) -> bool:
    said, heard = (" ".join(filter(None, side)) for side in zip(*_sides(region), strict=True))
    words, others = spoken.words(said), spoken.words(heard)
    if words and words == others:
        return True
    with_digits = [any(map(str.isdigit, text)) for text in (said, heard)]
    return with_digits[0] != with_digits[1] and not set(words).isdisjoint(others)


def _sides(region: list[Column]) -> list[tuple[str, str]]:
    return [(column.reference or "", column.hypothesis or "") for column in region]


def _is_word(token: str) -> bool:
    return any(shape in "cwdm" for shape in token.translate(_SHAPES))


def _tidied(text: str) -> str:
    """Return text with one form for each character, one apostrophe, and nothing invisible."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    visible = ("'" if sign in characters.APOSTROPHES else sign for sign in text if not _is_invisible(sign))
    return unicodedata.normalize("NFC", "".join(visible))  # a mark may have come to its letter


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf"


class _Shapes(dict[int, str]):
    """What each character is to a token, one for one.

    ``w`` a letter, ``d`` a digit, ``m`` a combining mark, ``c`` of a script without spaces, ``'`` an
    apostrophe, ``.`` a mark that may stand inside a number, ``p`` any other.
    """

    def __missing__(self, code: int) -> str:
        self[code] = shape = self._of(chr(code))
        return shape

    @staticmethod
    def _of(sign: str) -> str:
        category = unicodedata.category(sign)
        if sign.isspace() or category in {"Cc", "Zs", "Zl", "Zp"}:
            return " "
        if category == "Nd":
            return "d"
        if category.startswith("M"):
            return "m"
        if category.startswith(("L", "N")):
            return "c" if characters.is_unspaced(sign) else "w"
        if sign == "'":
            return "'"
        return "." if sign in _JOINING_DIGITS else "p"


_SHAPES = _Shapes()
