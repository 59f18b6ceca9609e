"""The benchmark pointer, and the models that it and other documents refer to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from speechops.registry.documents.schema import SCHEMA


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
