"""Locales as people write them."""

from __future__ import annotations

import re

_FORM = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?-([A-Za-z]{2}|\d{3})(-[A-Za-z0-9]{2,8})?")
_SCRIPT_LENGTH = 4


def proper_case(text: str) -> str:
    """Return a locale in its proper case (``en-us`` becomes ``en-US``), empty if ``text`` is not a locale.

    The case is that of BCP 47, section 2.1.1: language in lower case, script capitalized, region in capitals.
    """
    if not _FORM.fullmatch(text):
        return ""
    language, *rest = text.split("-")
    parts = [
        part.title() if len(part) == _SCRIPT_LENGTH and index == 0 else part.upper()
        for index, part in enumerate(rest)
    ]
    if len(parts) > 1 and len(parts[-1]) > 3:  # noqa: PLR2004 - a variant, as in zh-CN-sichuan
        parts[-1] = parts[-1].lower()
    return "-".join((language.lower(), *parts))
