"""The name of a commit, with the mark of data that is not committed."""

from __future__ import annotations

DIRTY = "-dirty"
"""Follows the commit's name in a run on data that is not all committed."""


def short(commit: str) -> str:
    """Return the first seven letters of a commit, with the mark of uncommitted data."""
    return commit.removesuffix(DIRTY)[:7] + (DIRTY if is_dirty(commit) else "")


def is_dirty(commit: str) -> bool:
    """Whether a commit's name has the mark of uncommitted data."""
    return commit.endswith(DIRTY)
