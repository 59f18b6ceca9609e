"""What a person runs next, as the exact command, after an operation on a laptop."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from speechops.report import decision
from speechops.report.decision import Decision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.report.report import Report


def command(made: Report, options: Sequence[str] = ()) -> str:
    """Return the command that follows from a report, with ``options``; empty if there is none."""
    words = _words(made)
    return shlex.join(["speechops", *words, *options]) if words else ""


def _words(made: Report) -> list[str]:
    match decision.of(made), made.origin.operation:
        case Decision.PROMOTED, "train-data":
            return ["deploy"]
        case Decision.ASKS, "train-data" if made.test and made.test.candidate:
            return ["deploy", "--candidate", made.test.candidate.id]
        case Decision.FROZEN, _:
            return ["unfreeze"]
        case Decision.PASSES | Decision.ASKS, "compare":
            return ["train-data"]
        case Decision.MEASURED, "test-data":
            return ["train-data"]
        case _:
            return []
