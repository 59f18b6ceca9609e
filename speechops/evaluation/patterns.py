"""Tries the regular expressions of ``speechops.yml``, which may take longer than anyone waits."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 10.0
"""How long a pattern may take for all names of a test set: it usually takes milliseconds."""

_SEARCH = "import json, re, sys; rule, *names = json.load(sys.stdin); [*map(re.compile(rule).search, names)]"


def is_slow(rule: str, names: Sequence[str]) -> bool:
    """Whether a pattern takes too long for some names; an invalid one does not.

    Python cannot end a search, so a process of its own tries.
    """
    try:
        subprocess.run(  # noqa: S603 - a fixed program; the pattern is data
            [sys.executable, "-I", "-S", "-c", _SEARCH],
            input=json.dumps([rule, *names]).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    return False
