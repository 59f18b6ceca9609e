"""The stored documents, as frozen values and as JSON.

Each carries its ``schema``. A document of a newer schema, or one that is not ours, is a :class:`Foreign`:
reported, never overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from speechops.scoring import Counts, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = 1
"""Raised if an older version of SpeechOps would go wrong by what it does not know."""


DIRTY = "-dirty"
"""Follows the commit's name in a run on data that is not all committed."""


def short(commit: str) -> str:
    """Return the first seven letters of a commit, with the mark of uncommitted data."""
    return commit.removesuffix(DIRTY)[:7] + (DIRTY if is_dirty(commit) else "")


def is_dirty(commit: str) -> bool:
    """Whether a commit's name has the mark of uncommitted data."""
    return commit.endswith(DIRTY)


class Foreign(Exception):
    """The document is not one of ours, is damaged, or was written by a newer version."""


class Newer(Foreign):
    """The document has a schema that this version does not know yet."""


class Cause(StrEnum):
    """What made a run necessary; part of names and custom properties."""

    TEST_DATA = "test-data"
    TRAIN_DATA = "train-data"
    PULL_REQUEST = "pull-request"
    BASE_MODEL = "base-model"
    SCORE = "score"  # texts in files, of any recognizer


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A base model of the service, or one trained from the data with the fingerprint ``training``.

    ``commit`` is the commit that it was trained from. ``expires`` is the day from which the service no longer
    transcribes with it, empty if it gave none.
    """

    id: str
    name: str
    base: bool
    training: str = ""
    commit: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The benchmark pointer of one model: the best model so far, and where its numbers are.

    ``error_rate`` is the rate that the gate judges, as a fraction, on the test data ``test``, found in the
    test result ``result``. ``previous`` is the benchmark before the last move. ``frozen`` is the reason why
    nothing may be promoted now, empty if it may. ``pending_deletion`` are the ids of models that retention
    has decided to delete: as long as they are listed here, whoever moves the benchmark deletes them first.
    ``commit`` is the commit whose run moved the pointer to this model; ``reference`` names the commit that
    the model was trained from. ``revision`` counts the moves: without it a pointer that moved away and back
    would look unchanged if the ETag is a hash of the bytes.
    """

    model: str
    reference: ModelReference
    result: str
    error_rate: float | None
    test: str
    moved: str
    run: str
    cause: Cause
    previous: ModelReference | None = None
    frozen: str = ""
    pending_deletion: tuple[str, ...] = ()
    commit: str = ""
    revision: int = 0
    schema: int = SCHEMA


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
    normalization, their version and a digest. ``verdict`` is absent if there is no candidate; the counts
    beside it are those that it was reached from.
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


class Ending(StrEnum):
    """How a run ended."""

    DONE = "done"
    REFUSED = "refused"
    STILL_RUNNING = "still-running"
    INTERRUPTED = "interrupted"
    NOT_PROMOTED = "not-promoted"


@dataclass(frozen=True, slots=True)
class Deletion:
    """An entity of the service that retention deletes, or would delete, and why.

    ``done`` says whether it is deleted; one that is only listed is deleted in a later run.
    """

    noun: str
    id: str
    name: str
    reason: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class DataObject:
    """A file or folder of a model's data in one commit.

    ``role`` is the input that names it, ``path`` is from the root of the repository, and ``id`` names its
    content: git's own object id, or a digest of several; empty if the commit has no such file.
    """

    role: str
    path: str
    id: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What determines one kind of work: data, and the values of settings by their names."""

    data: tuple[DataObject, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """What determines the results of a model in one commit: of a test, of a training, of its verdict."""

    test: Basis
    training: Basis
    judging: Basis


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of one operation on one model; written at its start, completed at its end.

    A record without an ``ending`` is of a run that is in progress or was killed. ``branch`` is the one that
    the run was for, empty outside of GitHub. ``state`` is what the run was made from, absent outside of git
    and for data that is not committed.
    """

    id: str
    operation: str
    model: str
    commit: str
    started: str
    ended: str = ""
    ending: Ending | None = None
    message: str = ""
    result: str = ""
    trained: bool = False
    reused: tuple[str, ...] = ()
    entities: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    deletions: tuple[Deletion, ...] = ()
    branch: str = ""
    state: State | None = None
    schema: int = SCHEMA

    @property
    def name(self) -> str:
        """The document's name: model, then start, operation and run, so that names sort by time."""
        stamp = self.started.replace(":", "").replace("-", "")
        return f"{self.model}/{stamp}-{self.operation}-{self.id}.json"


class ReleaseKind(StrEnum):
    """Whether a release deployed a new model or rolled back to an earlier one."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"


class Delivery(StrEnum):
    """What became of a release in one target."""

    SERVED = "served"
    FAILED = "failed"  # the target keeps what it served before


@dataclass(frozen=True, slots=True)
class TargetRelease:
    """What one target serves by a release: a model of its own resource, on an endpoint if it has one.

    If the delivery failed, ``model`` and ``endpoint`` are what the target keeps, empty if it had nothing, and
    ``message`` says why. ``expires`` is the day from which the model no longer transcribes there.
    """

    target: str
    model: str
    endpoint: str
    state: Delivery = Delivery.SERVED
    expires: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What an endpoint serves since ``created``: the model, the evidence for it, the run that deployed it.

    ``version`` is a semantic version without prefix. ``commit`` promoted the model and holds its data;
    ``reference`` names the commit that it was trained from. ``approver`` is the person who approved, empty if
    no approval was required or GitHub does not report who published a draft. A rollback has a version of its
    own and names in ``rolled_back_to`` the version whose model it restored.

    ``owed`` says why GitHub has no public release of this yet, empty if it has one or none is wanted; ``tag``
    is the tag of that release. ``targets`` has a row for each target of ``speechops.yml``; without targets it
    is empty, and ``endpoint`` serves ``reference`` itself. With them, ``endpoint`` is the first one's.
    """

    version: str
    model: str
    kind: ReleaseKind
    created: str
    run: str
    commit: str
    endpoint: str
    reference: ModelReference
    error_rate: float | None
    outcome: str
    result: str
    rolled_back_to: str = ""
    approver: str = ""
    tag: str = ""
    owed: str = ""
    targets: tuple[TargetRelease, ...] = ()
    schema: int = SCHEMA

    def at(self, target: str) -> TargetRelease | None:
        """Return what the release is in a target; the resource that trains, without targets, is ``""``."""
        if not self.targets and not target:
            return TargetRelease("", self.reference.id, self.endpoint)
        return next((row for row in self.targets if row.target == target), None)

    @property
    def unserved(self) -> tuple[str, ...]:
        """The targets in which the delivery failed: the release is partial if there are any."""
        return tuple(row.target for row in self.targets if row.state is Delivery.FAILED)

    @property
    def name(self) -> str:
        """The document's name; versions are padded so that names sort by version."""
        padded = ".".join(f"{int(part):05d}" for part in self.version.split("."))
        return f"{self.model}/{padded}.json"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line of a training file, as it is written and as normalized ``words``."""

    file: str
    line: int
    text: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a model with the training fingerprint ``training`` was trained on: how often each word.

    Words are normalized. ``sentences`` are examples, one or two for each of the rarer words; the
    ``pronunciations`` are display forms. ``text_file`` and ``pronunciation_file`` name the files that a team
    would add lines to. ``whole`` is False if there were more words than are kept: then a word that is absent
    may have been in the training data nevertheless.
    """

    model: str
    training: str
    words: dict[str, int]
    sentences: tuple[Sentence, ...] = ()
    pronunciations: tuple[str, ...] = ()
    text_file: str = ""
    pronunciation_file: str = ""
    whole: bool = True
    schema: int = SCHEMA

    @property
    def name(self) -> str:
        """The document's name: the model, then the fingerprint of its training data."""
        return f"{self.model}/{self.training}.json"


Document = TypeVar("Document", Benchmark, TestResult, RunRecord, Release, Vocabulary)


def encode(document: Document) -> bytes:
    """Return the document as JSON for people and machines: indented, UTF-8, one trailing newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def decode(data: bytes, kind: type[Document]) -> Document:
    """Read a document of this schema.

    Raises :class:`Foreign` if the document is damaged or of another kind, :class:`Newer` if it is of a newer
    schema.
    """
    try:
        schema = msgspec.json.decode(data, type=dict[str, Any]).get("schema")
        if schema != SCHEMA:
            kind_of = Newer if isinstance(schema, int) and schema > SCHEMA else Foreign
            raise kind_of(f"its schema is {schema!r}; this version reads {SCHEMA}")
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Foreign(str(error)) from error
