"""Leaks: test data that also stands in the training data, and what the input ``leaks`` makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops import scoring
from speechops.errors import DataError, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.corpus import Leak
    from speechops.run import Run


def refuse(run: Run, leaks: Sequence[Leak]) -> None:
    """Say how many test sentences stand in the training data; with ``leaks: refuse`` end there."""
    if not leaks:
        return
    first = leaks[0]
    place = f"{first.file}:{first.line}" if first.line else first.file
    number = scoring.counted(len(leaks), "leak")
    story = f"{number}: test data that also stands in the training data ({first.audio} in {place})"
    if run.model.leaks == "refuse":
        raise DataError(
            f"{story}.",
            hint="Remove them from the training data: they make the error rate look better than it is.",
            place=Place(file=first.file, line=first.line),
        )
    run.console.line(f"{story}. They flatter the candidate.")
