"""What a test is of, and what a completed test took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops import corpus

if TYPE_CHECKING:
    from speechops.corpus import DataFile
    from speechops.evaluation.judging import Judgement
    from speechops.evaluation.leaks import LeakSearch
    from speechops.registry.documents import Cause, ModelReference, TestResult


@dataclass(frozen=True, slots=True)
class TestSpec:
    """Which models are compared, on which audio, and why.

    ``candidate`` is the fingerprint of what makes the candidate, empty if the benchmark is tested alone.
    ``leaks`` finds what of the test data it is trained on; absent if nothing is trained.
    """

    test: DataFile
    benchmark: ModelReference
    candidate: str
    cause: Cause
    leaks: LeakSearch | None = None

    @property
    def key(self) -> str:
        """The fingerprint of all that determines the recognitions."""
        return corpus.fingerprint(("test", self.test.fingerprint, self.benchmark.id, self.candidate))


@dataclass(frozen=True, slots=True)
class CompletedTest:
    """A judged test and what it took: whether a model was trained, what was reused, what was consumed."""

    judgement: Judgement
    trained: bool
    reused: tuple[str, ...]
    warning: str = ""
    used: str = ""

    @property
    def result(self) -> TestResult:
        """The result of the test."""
        return self.judgement.result
