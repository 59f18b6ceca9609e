"""The report of one model, as one frozen value that every renderer reads and none adds to.

It is built from records alone (:mod:`.building`, :mod:`.histories`) and travels as JSON (:mod:`.serial`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from speechops.advice import Advice, Tables, is_void
from speechops.registry.documents import Cause, Form, ReleaseKind
from speechops.scoring import Counts, Interval, Outcome, Unit, Verdict

SCHEMA = 1

LEAKED, WITHOUT_TEXT = "leaked", "without text"
"""Why an utterance is left out of the verdict."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model in a test: its counts by our alignment, and the service's own rate as a fraction."""

    id: str
    name: str
    base: bool
    counts: Counts
    service_rate: float | None = None
    expires: str = ""

    @property
    def error_rate(self) -> float | None:
        """S + D + I over N."""
        return self.counts.error_rate


@dataclass(frozen=True, slots=True)
class DisplayErrors:
    """The errors of one model in display text: by token, by class, and the words beside them.

    ``classes`` counts token errors by what they are about; ``service_rate`` and ``service_classes`` are the
    service's own, None and empty if it gave none.
    """

    tokens: Counts
    words: Counts
    classes: dict[str, int]
    service_rate: float | None = None
    service_classes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Display:
    """Both rates of both models, where transcripts and recognized text are in display form."""

    benchmark: DisplayErrors
    candidate: DisplayErrors | None = None

    @property
    def models(self) -> tuple[DisplayErrors, ...]:
        """The models, the benchmark first."""
        return (self.benchmark, self.candidate) if self.candidate else (self.benchmark,)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance, as it was compared: normalized words joined by spaces, and the path of each alignment.

    ``candidate`` and its path are None if the benchmark was tested alone. ``left_out`` says why the utterance
    is not part of the verdict, nor of any sum; it is empty for those that count. ``raw`` is the
    transcript as it was written.
    """

    id: str
    reference: str
    benchmark: str
    benchmark_path: str
    candidate: str | None = None
    candidate_path: str | None = None
    group: str = ""
    left_out: str = ""
    seconds: float = 0.0
    raw: str = ""

    @property
    def benchmark_counts(self) -> Counts:
        """The counts of the benchmark."""
        return Counts.of(self.benchmark_path)

    @property
    def candidate_counts(self) -> Counts:
        """The counts of the candidate."""
        return Counts.of(self.candidate_path or "")

    @property
    def change(self) -> int:
        """Errors of the candidate less those of the benchmark: negative is better."""
        if self.candidate_path is None:
            return 0
        return self.candidate_counts.errors - self.benchmark_counts.errors


@dataclass(frozen=True, slots=True)
class Confusion:
    """One error region, by its words, and how often each model made it.

    A side without words is empty: nothing was said, or nothing was recognized.
    """

    said: str
    heard: str
    benchmark: int
    candidate: int


@dataclass(frozen=True, slots=True)
class Term:
    """A listed term: how often it was said; how often each model heard it, and found it where it was said."""

    name: str
    said: int
    benchmark_heard: int
    benchmark_found: int
    candidate_heard: int = 0
    candidate_found: int = 0

    @property
    def benchmark_recall(self) -> float | None:
        """The share of what was said that the benchmark found."""
        return _share(self.benchmark_found, self.said)

    @property
    def benchmark_precision(self) -> float | None:
        """The share of what the benchmark heard that was said."""
        return _share(self.benchmark_found, self.benchmark_heard)

    @property
    def candidate_recall(self) -> float | None:
        """The share of what was said that the candidate found."""
        return _share(self.candidate_found, self.said)

    @property
    def candidate_precision(self) -> float | None:
        """The share of what the candidate heard that was said."""
        return _share(self.candidate_found, self.candidate_heard)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Test:
    """One test result: both models, the verdict, and every utterance. Times are ISO 8601 in UTC.

    ``form`` is the form of recognized text that was scored, by the rules that ``normalization`` names.
    """

    name: str
    created: str
    cause: Cause
    commit: str
    run: str
    fingerprint: str
    unit: Unit
    form: Form
    normalization: str
    benchmark: Model
    candidate: Model | None
    verdict: Verdict | None
    utterances: tuple[Utterance, ...]
    confusions: tuple[Confusion, ...] = ()
    terms: tuple[Term, ...] = ()
    missing: tuple[str, ...] = ()
    leaks: int = 0
    leaked: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()
    tables: Tables | None = None
    display: Display | None = None
    characters: tuple[Counts, ...] = ()

    @property
    def judged(self) -> list[Utterance]:
        """The utterances that count."""
        return [utterance for utterance in self.utterances if not utterance.left_out]

    @property
    def excluded(self) -> tuple[str, ...]:
        """The utterances that were left out of the verdict although both models have a text for them."""
        return self.verdict.comparison.excluded if self.verdict else ()

    @property
    def total(self) -> int:
        """All utterances of the test data."""
        return len(self.utterances) + len(self.missing)

    @property
    def minutes(self) -> float:
        """How long the recordings are together; 0 if that was not stored."""
        return sum(utterance.seconds for utterance in self.utterances) / 60

    @property
    def void(self) -> bool:
        """Whether so much of the test data is training data that the rates prove nothing."""
        return is_void(len(self.leaked), self.total, excluded=bool(self.excluded))

    @property
    def terms_found(self) -> tuple[int, int, int]:
        """How often listed terms were said, and how often each model found them."""
        return (
            sum(term.said for term in self.terms),
            sum(term.benchmark_found for term in self.terms),
            sum(term.candidate_found for term in self.terms),
        )

    @property
    def tested(self) -> Model:
        """The model that the test is about: the candidate, or the benchmark where it was alone."""
        return self.candidate or self.benchmark

    @property
    def difference(self) -> float | None:
        """Candidate less benchmark, as a fraction; None if undefined."""
        return self.verdict.comparison.difference if self.verdict else None

    def regressions(self, most: int) -> list[Utterance]:
        """Return the utterances that got worse, the worst first."""
        worse = [utterance for utterance in self.judged if utterance.change > 0]
        return sorted(worse, key=lambda utterance: (-utterance.change, utterance.id))[:most]

    def improvements(self, most: int) -> list[Utterance]:
        """Return the utterances that improved, the most improved first."""
        better = [utterance for utterance in self.judged if utterance.change < 0]
        return sorted(better, key=lambda utterance: (utterance.change, utterance.id))[:most]


@dataclass(frozen=True, slots=True)
class Point:
    """One test in the history: rates as fractions, and what became of it.

    ``interval`` bounds the difference between candidate and benchmark. Rates of two tests can be compared if
    their test data and their :attr:`scale` are the same.
    """

    created: str
    cause: Cause
    commit: str
    run: str
    fingerprint: str
    utterances: int
    words: int
    benchmark: str
    benchmark_rate: float | None
    candidate: str = ""
    candidate_rate: float | None = None
    outcome: Outcome | None = None
    promoted: bool = False
    interval: Interval | None = None
    form: Form = Form.LEXICAL
    normalization: str = ""

    @property
    def scale(self) -> tuple[str, ...]:
        """What the rates depend on besides models and test data: the form of the text, its normalization."""
        return self.form, self.normalization


@dataclass(frozen=True, slots=True)
class Served:
    """One release: what is served since ``created``, and the ``places`` that serve it."""

    version: str
    kind: ReleaseKind
    created: str
    commit: str
    model: str
    error_rate: float | None
    outcome: str
    expires: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What is remembered of the latest runs of one model and of its latest releases, oldest first.

    ``earlier`` counts the runs before these. ``runs`` counts runs that have ended, ``refused`` those that
    ended in an error; ``trained`` the training runs that were paid for, ``saved`` those that reuse made
    unnecessary.
    """

    points: tuple[Point, ...] = ()
    releases: tuple[Served, ...] = ()
    runs: int = 0
    refused: int = 0
    trained: int = 0
    saved: int = 0
    earlier: int = 0
    benchmark: str = ""
    benchmark_rate: float | None = None
    benchmark_expires: str = ""
    frozen: str = ""  # the reason why nothing may be promoted

    @property
    def promoted(self) -> bool:
        """Whether any candidate was promoted so far."""
        return any(point.promoted for point in self.points)

    def version_of(self, model: str) -> str:
        """Return the version of the last release of a model; empty if it was never released."""
        return next((release.version for release in reversed(self.releases) if release.model == model), "")


@dataclass(frozen=True, slots=True)
class Origin:
    """What made a report: the operation, its run and commit, and where GitHub shows them."""

    operation: str
    made: str
    run: str = ""
    commit: str = ""
    run_url: str = ""
    repository_url: str = ""
    pull_request: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that is reported about one model: the test at hand, if there is one, and the history before it."""

    model: str
    locale: str
    origin: Origin
    test: Test | None
    history: History
    schema: int = SCHEMA

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the candidate; None if there is no candidate."""
        return self.test.verdict if self.test else None
