"""``clean``: delete what this developer's loop has made in a Speech resource of the developer's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.errors import Place, UsageError
from speechops.run import Outcome
from speechops.upkeep import inner_loop

if TYPE_CHECKING:
    from speechops.run import Run


def run(run: Run) -> Outcome:
    """Delete the evaluations, models and datasets that bear the mark of this loop, and nothing else.

    Raises :class:`UsageError` without a resource of one's own.
    """
    if not run.settings.developer_endpoint:
        raise UsageError(
            "developer-endpoint is missing: clean works on a Speech resource of your own.",
            hint="Set SPEECHOPS_DEVELOPER_ENDPOINT, as for compare.",
            place=Place(input="developer-endpoint"),
        )
    deleted, kept = inner_loop.delete_all(run)
    more = f"; {kept} could not be deleted" if kept else ""
    return Outcome(f"{deleted} entities of this loop deleted{more}.")
