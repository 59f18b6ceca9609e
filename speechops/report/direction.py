"""The direction in which a language is written."""

from __future__ import annotations

_RIGHT_TO_LEFT_LANGUAGES = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"})


def direction(locale: str) -> str:
    """Return ``rtl`` or ``ltr``, as HTML names it: by the script where the locale names one."""
    language, *rest = locale.split("-")
    scripts = [part for part in rest if len(part) == 4]  # noqa: PLR2004 - as scripts are, ISO 15924
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if language in _RIGHT_TO_LEFT_LANGUAGES else "ltr"
