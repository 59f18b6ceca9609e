"""Text on its way to GitHub: always encodable, and cut where GitHub would refuse or drop it."""

from __future__ import annotations

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def encodable(text: str) -> str:
    r"""Return ``text`` with what UTF-8 cannot encode (undecodable file names) shown as ``\udcXX``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def cut(markdown: str, limit: int, pointer: str) -> str:
    """Return ``markdown`` in at most ``limit`` bytes of UTF-8.

    GitHub counts characters in some places and bytes in others; bytes are never fewer. Text that is too
    long loses its last lines; what they leave open (a fenced block, ``<details>``) is closed, and
    ``pointer``, which says where the whole text is, ends it.
    """
    markdown = encodable(markdown)
    if len(markdown.encode()) <= limit:
        return markdown
    kept: list[str] = []
    closed = _Open()
    size = 0
    for line in markdown.splitlines(keepends=True):
        opened = closed.after(line)
        size += len(line.encode())
        if size + len(_ending(opened, pointer).encode()) > limit:
            break
        kept.append(line)
        closed = opened
    ending = _ending(closed, pointer)
    if not kept:  # a single line that is longer than the limit
        room = max(limit - len(ending.encode()), 0)
        kept.append(markdown.encode()[:room].decode("utf-8", "ignore"))
    return "".join(kept) + ending


class _Open:
    """What a piece of Markdown leaves open: its fence, if any, and the number of ``<details>``."""

    def __init__(self, fence: str = "", details: int = 0) -> None:
        self.fence = fence
        self.details = details

    def after(self, line: str) -> _Open:
        """Return what is open after another line."""
        match = _FENCE.match(line)
        if self.fence:
            ends = match is not None and match[1].startswith(self.fence) and not line[match.end() :].strip()
            return _Open("" if ends else self.fence, self.details)
        if match:
            return _Open(match[1], self.details)
        details = self.details + line.count("<details") - line.count("</details>")
        return _Open("", max(details, 0))


def _ending(opened: _Open, pointer: str) -> str:
    fence = f"\n{opened.fence}" if opened.fence else ""
    details = "\n</details>" * opened.details
    return f"{fence}{details}\n\n{pointer}\n"
