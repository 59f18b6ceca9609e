"""Clusters derived from names: ``anna_01.wav``, ``anna_02.wav``, ``ben/3.wav``."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERED = re.compile(r"(.*[^\W_].*?)[-_./ ]+\w*?\d+(?:\.\w{1,4})?")
_LEAST_SIZE = 2
_LEAST_SHARE = 0.8


def prefixes(names: Sequence[str]) -> tuple[str, ...]:
    """Return what utterances of one speaker or recording seem to share in their names, sorted.

    That is what precedes the last number, if four in five names have such a prefix, there are two or more
    of them, and each has two names or more on average. One prefix for all, or one for each, means nothing.
    """
    found = Counter(match[1] for name in names if (match := _NUMBERED.fullmatch(name)))
    if len(found) < _LEAST_SIZE or found.total() < max(_LEAST_SIZE * len(found), _LEAST_SHARE * len(names)):
        return ()
    return tuple(sorted(found))
