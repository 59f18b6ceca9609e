"""Test results: what benchmark and candidate recognized, with counts and verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from speechops.registry.documents.benchmark import Cause, ModelReference  # noqa: TC001 - read by msgspec
from speechops.registry.documents.commits import short
from speechops.registry.documents.schema import SCHEMA
from speechops.scoring import Counts, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator


class Form(StrEnum):
    """A form of recognized text: the words as spoken, or as readers expect them."""

    LEXICAL = "lexical"
    DISPLAY = "display"  # with capitals, punctuation and numbers as written


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What one model recognized in one utterance: empty for nothing, None for a form that is not given."""

    lexical: str | None = None
    display: str | None = None

    def has(self, form: Form) -> bool:
        """Whether the model gives its text in this form."""
        return self._in(form) is not None

    def text(self, form: Form) -> str:
        """Return the text in a form that the model gives."""
        text = self._in(form)
        if text is None:
            raise ValueError(f"there is no {form} text")
        return text

    def _in(self, form: Form) -> str | None:
        return self.lexical if form is Form.LEXICAL else self.display


@dataclass(frozen=True, slots=True)
class Recognised:
    """One utterance: what was said, what each model recognized, and how many seconds it is long.

    ``candidate`` is None if the benchmark was tested alone.
    """

    audio: str
    reference: str
    benchmark: Hypothesis
    candidate: Hypothesis | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ServiceRates:
    """The service's own numbers for one model: fractions, None if it gave none.

    ``token_errors`` counts its token errors by class; it is empty if the service gave none.
    """

    word_error_rate: float | None
    token_error_rate: float | None
    sentence_error_rate: float | None
    token_errors: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test of the benchmark, alone or beside a candidate, on one state of the test data.

    ``key`` is the fingerprint of all that determines the recognitions; a later run with the same key does not
    test again. The texts are raw, so that they can be scored again. ``missing`` names utterances for which
    the service returned no text; they are in neither model's score. ``leaked`` are utterances that are
    training data of the candidate too, ``leaks`` counts the matches. ``branch`` is the branch whose run made
    the test, empty outside of GitHub; ``rules`` is the fingerprint of the rules that judged it. ``form`` is
    the form of text that was scored, the same for both models, and ``normalization`` names the rules of
    normalization, their version and a digest. ``characters`` are the counts by character of benchmark and
    candidate, in languages in which they are reported. ``verdict`` is absent if there is no candidate;
    the counts beside it are those that it was reached from.
    """

    key: str
    model: str
    locale: str
    cause: Cause
    commit: str
    run: str
    created: str
    test: str
    benchmark: ModelReference
    candidate: ModelReference | None
    utterances: tuple[Recognised, ...]
    missing: tuple[str, ...]
    service: dict[str, ServiceRates]
    benchmark_counts: Counts = field(default_factory=Counts)
    verdict: Verdict | None = None
    leaks: int = 0
    leaked: tuple[str, ...] = ()
    branch: str = ""
    rules: str = ""
    form: Form = Form.LEXICAL
    normalization: str = ""
    characters: tuple[Counts, ...] = ()
    schema: int = SCHEMA

    @property
    def candidate_counts(self) -> Counts | None:
        """The counts of the candidate's alignments; None if the benchmark was tested alone."""
        return self.verdict.comparison.candidate if self.verdict else None

    def texts(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield each utterance's name, reference and what was recognized, in the form that was scored.

        The last, of the candidate, is empty if there is none.
        """
        for item in self.utterances:
            candidate = item.candidate.text(self.form) if item.candidate else ""
            yield item.audio, item.reference, item.benchmark.text(self.form), candidate

    @property
    def name(self) -> str:
        """The document's name: model and test data, then cause, commit and key."""
        commit = short(self.commit) or "local"
        return f"{self.model}/{self.test[:8]}/{self.cause}-{commit}-{self.key[:8]}.json"
