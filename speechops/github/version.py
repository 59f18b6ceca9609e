"""Semantic versions (https://semver.org) as names of tags: which one comes next."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = r"(0|[1-9]\d*)"
_FORM = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", re.ASCII)


class Step(StrEnum):
    """Which number increases."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


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

    def next(self, step: Step) -> Self:
        """Return the version that follows."""
        match step:
            case Step.MAJOR:
                return replace(self, major=self.major + 1, minor=0, patch=0)
            case Step.MINOR:
                return replace(self, minor=self.minor + 1, patch=0)
            case Step.PATCH:
                return replace(self, patch=self.patch + 1)


FIRST = Version(1, 0, 0)


def next_tag(tags: Iterable[str], *, prefix: str, step: Step) -> str:
    """Return the tag after the highest version among ``tags`` that begin with ``prefix``."""
    found = (Version.parse(tag.removeprefix(prefix)) for tag in tags if tag.startswith(prefix))
    latest = max((version for version in found if version), default=None)
    return f"{prefix}{latest.next(step) if latest else FIRST}"
