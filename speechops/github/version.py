"""Semantic versions (https://semver.org) as names of tags: which one comes next."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = r"(0|[1-9]\d*)"
_FORM = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A released version; pre-releases and builds count as the version that they lead to."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the version that ``text`` names; None for a pre-release and for anything else."""
        match = _FORM.fullmatch(text)
        return cls(int(match[1]), int(match[2]), int(match[3])) if match and not match[4] else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def following(self) -> Self:
        """Return the next minor version."""
        return replace(self, minor=self.minor + 1, patch=0)


FIRST = Version(1, 0, 0)


def next_tag(tags: Iterable[str], *, prefix: str) -> str:
    """Return the tag after the highest version among ``tags`` that begin with ``prefix``."""
    found = (Version.parse(tag.removeprefix(prefix)) for tag in tags if tag.startswith(prefix))
    latest = max((version for version in found if version), default=None)
    return f"{prefix}{latest.following() if latest else FIRST}"
