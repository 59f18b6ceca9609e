"""Leaks: test data that also occurs in the training data, and what the input ``leaks`` makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from speechops import corpus, scoring
from speechops.errors import DataError, Place
from speechops.inputs import LEAKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.corpus import DataFile, Leak
    from speechops.registry.documents import TestResult
    from speechops.run import Run
    from speechops.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class Leaked:
    """How many leaks there are, and the utterances that are training data too.

    A phrase in common is a leak that makes no utterance one: it may be the way people speak of the subject.
    """

    count: int = 0
    utterances: tuple[str, ...] = ()

    @classmethod
    def of(cls, leaks: Sequence[Leak]) -> Leaked:
        """Return what a search has found."""
        audio = {leak.audio for leak in leaks if leak.how is not corpus.How.PHRASE}
        return cls(len(leaks), tuple(sorted(audio)))

    def excluded(self, model: ModelSettings) -> frozenset[str]:
        """Return the utterances that ``leaks: exclude`` keeps out of the verdict."""
        return frozenset(self.utterances if self.utterances and model[LEAKS] == "exclude" else ())


class LeakSearch:
    """The search of the training data ``files`` for the test data: made on demand, once."""

    def __init__(self, run: Run, test: DataFile, files: Sequence[DataFile]) -> None:
        self._run = run
        self.test = test
        self.files = files

    @cached_property
    def found(self) -> Leaked:
        """What the candidate is trained on of the test data. Raises :class:`DataError` as :func:`refuse`."""
        leaks = corpus.leaks(self.test, self.files)
        refuse(self._run, leaks)
        return Leaked.of(leaks)

    def known(self, stored: TestResult) -> Leaked:
        """Return what was found when the same data was tested before; to refuse it, search for the place."""
        if stored.leaks and self._run.model[LEAKS] == "refuse":
            return self.found
        if stored.leaks:
            self._run.console.line(f"{_story(stored.leaks)}. They make the candidate look better than it is.")
        return Leaked(stored.leaks, stored.leaked)


def refuse(run: Run, leaks: Sequence[Leak]) -> None:
    """Say how many test sentences occur in the training data; with ``leaks: refuse`` raise an error."""
    if not leaks:
        return
    first = leaks[0]
    place = f"{first.file}:{first.line}" if first.line else first.file
    story = f"{_story(len(leaks))} ({first.audio} in {place})"
    if run.model[LEAKS] == "refuse":
        raise DataError(
            f"{story}.",
            hint="Remove them from the training data: they make the error rate look better than it is.",
            place=Place(file=first.file, line=first.line),
        )
    run.console.line(f"{story}. They make the candidate look better than it is.")


def _story(count: int) -> str:
    return f"{scoring.counted(count, 'leak')}: test data that also occurs in the training data"
