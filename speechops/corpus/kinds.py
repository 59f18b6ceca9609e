"""What a dataset is: its kind as the service names it, what it is for, and the tier that bounds it."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A dataset's kind, in the service's own words."""

    ACOUSTIC = "Acoustic"
    LANGUAGE = "Language"
    LANGUAGE_MARKDOWN = "LanguageMarkdown"
    PRONUNCIATION = "Pronunciation"
    OUTPUT_FORMATTING = "OutputFormatting"


class Purpose(StrEnum):
    """What a dataset is used for; the service's limits differ."""

    TEST = "test"
    TRAINING = "training"


class Tier(StrEnum):
    """The pricing tier of the speech resource: free or standard."""

    F0 = "F0"
    S0 = "S0"


def english(locale: str) -> bool:
    """Whether ``locale`` is one of English, for which some rules differ."""
    return language(locale) == "en"


def language(locale: str) -> str:
    """Return the language of ``locale``: ``en`` of ``en-US``."""
    return locale.partition("-")[0].casefold()
