"""One piece of advice, as every rendering of a report shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """What a piece of advice was derived from. The names are part of ``report.json``."""

    LEAKS = "leaks"
    REMOVED = "removed"
    TAUGHT_WRONG = "taught-wrong"
    NEVER_TAUGHT = "never-taught"
    TAUGHT = "taught-not-recognized"
    PRONOUNCED = "pronounced-not-recognized"
    LOST_AUDIO = "lost-audio"
    NOISE = "noise"
    TRANSCRIPTS = "transcripts"
    NUMBERS = "numbers"
    GROUP = "group"
    WEIGHT = "weight"
    BLIND = "blind-test-set"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Example:
    """A word or phrase of the test data, what the tested model recognized instead, and how often."""

    said: str
    heard: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next, and why.

    ``title``, ``evidence`` and ``detail`` hold counts, rates and names, no word of the data: they
    may be shown wherever a verdict may. ``examples`` and ``lines`` hold text of the data. ``lines`` are to be
    copied into ``file``. ``explains`` counts error regions of the tested model, ``share`` is their part.
    """

    rule: Rule
    title: str
    evidence: str
    detail: str = ""
    explains: int = 0
    share: float = 0.0
    examples: tuple[Example, ...] = ()
    utterances: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    file: str = ""
