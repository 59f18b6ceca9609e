"""Microsoft's Universal Phone Set for en-US in the phones of the CMU dictionary."""

from __future__ import annotations

import re

# learn.microsoft.com, "Structured text phonetic pronunciation data", section en-US, by the IPA symbols there
# and those of the CMU Pronouncing Dictionary, where a vowel before R has no glide to a schwa.
_OWN = {
    "AI": "AY", "AOX": "AO", "AU": "AW", "AX": "AH", "EHX": "EH", "EI": "EY", "H": "HH", "I": "IY", "J": "Y",
    "O": "OW", "OI": "OY", "OWX": "OW AH", "Q": "AA", "U": "UW", "UWX": "UH",
}  # fmt: skip
# Both sets have these, but for AW, AY, EY, HH, IY, OW, OY, UW and Y, which people write all the same.
_SHARED = (
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"
)
_PHONES = {phone: phone for phone in _SHARED.split()} | _OWN
_RHOTIC = re.compile(r"\b(?:AX|ER) R\b")
_MARKS = re.compile(r"S[123]|[^A-Z0-9]+")
"""Stress, syllables and ties, which the acoustic model does not know."""


def from_universal(text: str) -> str:
    """Return the CMU phones of ``text``, both divided by spaces; nothing if one is no sound of en-US."""
    labels = " ".join(label for label in text.upper().split() if not _MARKS.fullmatch(label))
    phones = [_PHONES.get(label, "") for label in _RHOTIC.sub("ER", labels).split()]
    return " ".join(phones) if all(phones) else ""
