"""Normalisation: what counts as the same text. A first version; number words follow."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Normaliser:
    """A named, versioned rule set, applied alike to reference and hypotheses. Idempotent."""

    name: str
    version: int
    language: str
    replacements: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that determines the result."""
        parts = [self.name, str(self.version), self.language, *map("|".join, self.replacements)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def key(self) -> str:
        """Name, version and the beginning of the digest, for results: ``english-1-3f2a91c0``."""
        return f"{self.name}-{self.version}-{self.digest[:8]}"

    def __call__(self, text: str) -> str:
        """Return the units of ``text``, joined by single spaces."""
        return " ".join(self.words(text))

    def words(self, text: str) -> list[str]:
        """Return the units of ``text``: words, or characters where words are not written apart."""
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        return re.sub(
            r"(?<!\w)'|'(?!\w)|[^\w\s']|_", " ", folded.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        ).split()


def normaliser(locale: str, replacements: str = "") -> Normaliser:
    """Choose the rule set for a locale; ``replacements`` is the text of a file of lines ``a | b``."""
    pairs = (line.split("|") for line in replacements.splitlines() if "|" in line)
    return Normaliser(
        "general", 1, locale.split("-", maxsplit=1)[0].lower(), tuple((a.strip(), b.strip()) for a, b in pairs)
    )
