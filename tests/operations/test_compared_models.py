"""The models that a test compares: what tells two trainings apart, and how a model is remembered."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from speechops.errors import QuotaExceeded, ServiceError, ServiceUnavailable, StillRunning, WorkFailed
from speechops.evaluation import benchmarks, judging, models, reuse
from speechops.evaluation.entities import Entities
from speechops.inputs import BASE_MODEL, CUSTOM_MODEL_WEIGHT_PERCENT, REUSE, SPEECH_PROJECT
from speechops.registry.documents import Cause, Ending, ModelReference
from speechops.scoring import Action, Counts
from speechops.settings import NEWEST
from speechops.speech import (
    BaseModel,
    Dataset,
    Entity,
    Evaluation,
    Found,
    Model,
    NewProject,
    Project,
    Status,
)
from tests.report import making

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from speechops.corpus import DataFile
    from speechops.run import Run


class _Settings(dict[object, object]):
    name = "m"
    locale = "en-US"


def training(
    *,
    name: str = "m",
    locale: str = "en-US",
    weight: int | None = 30,
    base: str = "b",
    files: tuple[str, ...] = ("1", "2"),
) -> str:
    settings = _Settings({CUSTOM_MODEL_WEIGHT_PERCENT: weight})
    settings.name, settings.locale = name, locale
    data = cast("list[DataFile]", [SimpleNamespace(fingerprint=file) for file in files])
    run = cast("Run", SimpleNamespace(model=settings))
    return models.training_fingerprint(run, data, BaseModel(id=base, display_name=base, locale=locale))


def test_training__is_known_by_all_that_determines_the_model() -> None:
    others = [
        training(name="n"),
        training(locale="en-GB"),
        training(weight=None),
        training(base="c"),
        training(files=("1",)),
        training(files=("2",)),
        training(files=("1", "3")),
    ]
    assert training() == training()
    assert len({training(), *others}) == 1 + len(others)


@pytest.mark.parametrize(
    ("properties", "commit"),
    [({}, ""), ({"speechops-commit": "local"}, ""), ({"speechops-commit": "abc"}, "abc")],
)
@pytest.mark.parametrize(
    ("until", "day"), [(None, ""), (datetime(2028, 1, 15, 12, tzinfo=UTC), "2028-01-15")]
)
def test_candidate__is_remembered_with_its_commit_and_its_end(
    properties: dict[str, str], commit: str, until: datetime | None, day: str
) -> None:
    model = Model(
        id="1", display_name="m-1", locale="en-US", custom_properties=properties, transcription_until=until
    )
    found = models.candidate_reference(model, "f")
    assert (found.commit, found.expires, found.training, found.base) == (commit, day, "f", False)


UNTIL = datetime(2028, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "base", "days", "end"),
    [
        (Model, False, -1, ""),
        (Model, False, 0, "expired on 2028-01-15"),
        (BaseModel, True, -1, ""),
        (BaseModel, True, 0, "expired on 2028-01-15"),
        (BaseModel, False, -1, "is gone"),
        (Model, True, -1, "is gone"),
    ],
)
def test_benchmark__ends_on_its_day_or_where_it_is_gone(
    found: type[Model | BaseModel], base: bool, days: int, end: str
) -> None:
    model = found(id="1", display_name="one", locale="en-US", transcription_until=UNTIL)

    def find_model(identity: str, *, base: bool) -> Model | BaseModel | None:
        return model if identity == "1" and isinstance(model, BaseModel) is base else None

    speech = SimpleNamespace(find_model=find_model, now=lambda: UNTIL + timedelta(days=days))
    run = cast("Run", SimpleNamespace(speech=speech))
    reference = ModelReference("1", "one", base=base)
    said = benchmarks.ended(run, reference)
    assert said.startswith(end) if end else not said
    newest = BaseModel(id="2", display_name="two", locale="en-US")
    beat, warning = benchmarks.to_beat(run, reference, newest)
    assert beat.id == ("2" if end else "1")
    assert bool(warning) is bool(end)


@pytest.mark.parametrize("status", Status)
def test_model__is_found_if_its_training_has_succeeded(status: Status) -> None:
    model = Model(id="1", display_name="one", locale="en-US", status=status)
    run = cast("Run", SimpleNamespace(speech=SimpleNamespace(model=lambda _: model)))
    assert models.find_model(run, "1") is (model if status is Status.SUCCEEDED else None)
    assert models.find_model(run, "") is None


@pytest.mark.parametrize("kinds", [(), ("Language",), ("Language", "Acoustic")])
@pytest.mark.parametrize("pin", [NEWEST, "one"])
@pytest.mark.parametrize("of_locale", ["none", "old", "usable"])
def test_base_model__without_one_of_the_locale_all_are_asked_for(
    kinds: tuple[str, ...], pin: str, of_locale: str
) -> None:
    """The answer for one locale may leave out what the whole list has."""
    usable = BaseModel(
        id="1", display_name="one", locale="en-US", adaptable_with=frozenset({"Language", "Acoustic"})
    )
    old = replace(usable, id="0", adaptation_until=UNTIL, transcription_until=UNTIL)
    lists = {"none": (), "old": (old,), "usable": (usable,)}
    asked: list[str] = []

    def base_models(*, locale: str = "") -> tuple[BaseModel, ...]:
        asked.append(locale)
        return lists[of_locale] if locale else (usable,)

    settings = _Settings({BASE_MODEL: pin})
    speech = SimpleNamespace(base_models=base_models, now=lambda: UNTIL)
    run = cast("Run", SimpleNamespace(model=settings, speech=speech))
    files = cast("list[DataFile]", [SimpleNamespace(kind=kind) for kind in kinds])
    assert models.base_model(run, files) == usable
    assert asked == (["en-US"] if of_locale == "usable" else ["en-US", ""])


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize(
    ("own", "other", "counts"),
    [("main", "main", True), ("main", "x", False), ("main", "", False), ("", "x", True), ("", "", True)],
)
def test_evidence__is_of_the_cause_and_of_the_branch(
    cause: Cause, own: str, other: str, counts: bool
) -> None:
    run = cast("Run", SimpleNamespace(branch=own))
    result = replace(making.result([("a", "a", "a")]), cause=cause, branch=other)
    assert reuse.is_evidence(run, result) is (counts and cause is Cause.TRAIN_DATA)
    both = (Cause.TRAIN_DATA, Cause.TEST_DATA)
    assert reuse.is_evidence(run, result, *both) is (counts and cause in both)


@pytest.mark.parametrize("action", Action)
def test_outcome__ends_as_the_gate_decides(action: Action) -> None:
    result = making.result([("a b", "a c", "a b")])
    assert result.verdict
    judged = replace(result, verdict=replace(result.verdict, action=action))
    found = judging.outcome(judged)
    assert found.ending is (Ending.NOT_PROMOTED if action is Action.FAIL else Ending.DONE)
    assert found.outputs["decision"] == action
    assert found.outputs["improved"] == ("true" if action is Action.PROMOTE else "false")
    assert found.outputs["candidate"] == making.CANDIDATE.id
    assert found.result is judged


def undone(error: Exception, made: Sequence[Entity], found: Entity) -> list[str]:
    """Return the ids of what is deleted of ``made`` if the work on ``found`` is as it says."""
    deleted: list[str] = []
    speech = SimpleNamespace(model=lambda _: found, evaluation=lambda _: found)
    run = cast("Run", SimpleNamespace(speech=speech, console=SimpleNamespace(line=str)))
    entities = Entities(run, Cause.TRAIN_DATA, cast("Executor", None))
    entities.made.extend((entity, deleted.append) for entity in made)
    entities.undo(error)
    return deleted


def datasets(*names: str) -> list[Entity]:
    return [Dataset(id=name, display_name=name, locale="en-US", kind="Language") for name in names]


@pytest.mark.parametrize(
    ("error", "status", "left"),
    [
        (ServiceError("no"), Status.RUNNING, []),
        (ServiceError("no"), Status.FAILED, []),
        (ServiceError("no"), Status.SUCCEEDED, ["data", "model"]),
        (QuotaExceeded("no"), Status.RUNNING, []),
        (StillRunning("no"), Status.RUNNING, ["data", "model", "other", "test"]),
        (ServiceUnavailable("no"), Status.RUNNING, ["data", "model", "other", "test"]),
        (ValueError("no"), Status.RUNNING, ["data", "model", "other", "test"]),
    ],
)
def test_undo__deletes_what_was_made_unless_it_is_paid_for_or_goes_on(
    error: Exception, status: Status, left: list[str]
) -> None:
    model = Model(id="model", display_name="m", locale="en-US", status=status, dataset_ids=("data",))
    made = [*datasets("data", "other"), model, *datasets("test")]
    deleted = undone(error, made, model)
    assert deleted == [entity.id for entity in reversed(made) if entity.id not in left]


@pytest.mark.parametrize(
    ("error", "status", "left"),
    [
        (ServiceError("no"), Status.SUCCEEDED, {"evaluation", "test"}),
        (ServiceError("no"), Status.RUNNING, set()),
        (WorkFailed("only one model's text"), Status.SUCCEEDED, set()),
    ],
)
def test_undo__keeps_a_finished_test_whose_result_could_not_be_read(
    error: Exception, status: Status, left: set[str]
) -> None:
    evaluation = Evaluation(
        id="evaluation",
        display_name="e",
        locale="en-US",
        status=status,
        model1=None,
        model2=None,
        dataset_id="test",
    )
    made = [*datasets("test", "other"), evaluation]
    assert {*undone(error, made, evaluation)} == {"test", "other", "evaluation"} - left


def test_project__is_made_once_by_several_imports_at_once() -> None:
    made: list[str] = []
    both = Barrier(2)

    def find_or_create(draft: NewProject) -> Found[Project]:
        made.append(draft.display_name)
        with contextlib.suppress(BrokenBarrierError):
            both.wait(0.1)  # the other one, if it came so far
        return Found(Project(id=f"p{len(made)}", display_name="p", locale="en-US"), made=True)

    run = SimpleNamespace(
        settings={SPEECH_PROJECT: "clinic"},
        model=SimpleNamespace(locale="en-US"),
        speech=SimpleNamespace(find_or_create_project=find_or_create),
    )
    entities = Entities(cast("Run", run), Cause.TRAIN_DATA, cast("Executor", None))
    with ThreadPoolExecutor(2) as pool:
        found = {thread.result() for thread in [pool.submit(entities._project) for _ in range(2)]}
    assert found == {"p1"}
    assert made == ["clinic"]


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("cause", Cause)
def test_reuse__main_trusts_no_other_run_but_for_pull_requests(cause: Cause, exclusive: bool) -> None:
    run = cast("Run", SimpleNamespace(settings={REUSE: "main" if exclusive else "all"}))
    entities = Entities(run, cause, cast("Executor", None))
    assert entities.exclusive is (exclusive and cause is not Cause.PULL_REQUEST)


@pytest.mark.parametrize("judged", ["benchmark", "candidate"])
def test_rates__of_one_model_without_any_word_are_blank(judged: str) -> None:
    """An utterance of no words has no rate: neither model's may take that of the other."""
    counts = making.result([("a b", "a c", "a b")]).benchmark_counts
    both = (Counts(), counts) if judged == "benchmark" else (counts, Counts())
    found = judging.character_outputs(replace(making.result([("a", "a", "a")]), characters=both))
    rates = {"benchmark": "benchmark-character-error-rate", "candidate": "character-error-rate"}
    assert found.pop(rates[judged]) == ""
    assert list(found.values()) == ["0.500000"]
    alone = replace(making.result([("a", "a", None)]), characters=(counts,))
    assert judging.character_outputs(alone) == {"character-error-rate": "0.500000"}
    assert judging.character_outputs(replace(alone, characters=())) == {}
