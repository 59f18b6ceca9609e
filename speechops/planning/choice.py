"""The work that each model needs: a pure function from two states of a model to the work and the reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from speechops.planning.judged import Judged
    from speechops.registry.documents import Basis, State


class Work(StrEnum):
    """The kinds of work that a model may need, in the order in which they are done."""

    TEST_DATA = "test-data"
    TRAIN_DATA = "train-data"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class Choice:
    """The work that one model needs, in order, and why. ``notes`` say what changed without requiring work.

    ``warnings`` say what waits for people.
    """

    model: str
    works: tuple[Work, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def by_hand(model: str, works: tuple[Work, ...], reason: str) -> Choice:
    """Return the work that a person or a tag requested."""
    return Choice(model, works, (reason,) if works else ())


def owed(model: str, state: State, judged: Judged) -> Choice:
    """Return the work that a model needs in ``state``, given what the store knows about its last verdict."""
    tests = differences(judged.test, state.test)
    trains = differences(judged.training, state.training)
    notes = _judging_notes(judged.judging, state.judging)
    if judged.passed and not trains:
        if judged.frozen:
            notes = (f"its candidate passed, but the benchmark is frozen: {judged.frozen}", *notes)
        else:
            trains = ("its candidate passed while the benchmark was frozen",)
    works = [work for work, reasons in ((Work.TEST_DATA, tests), (Work.TRAIN_DATA, trains)) if reasons]
    chosen = _choice(model, state, works, (*tests, *trains), notes)
    return replace(chosen, warnings=(f"{model}: {judged.undeployed}",) if judged.undeployed else ())


def changed(model: str, before: State | None, state: State, works: Collection[Work]) -> Choice:
    """Return which of ``works`` a model needs because of what changed between two commits.

    A comparison is needed for test data and for training data. ``before`` is None for a new model.
    """
    if before is None:
        return _choice(model, state, works, ("the model is new",))
    tests = differences(before.test, state.test)
    trains = differences(before.training, state.training)
    due = {Work.TEST_DATA: tests, Work.TRAIN_DATA: trains, Work.COMPARE: (*tests, *trains)}
    needed = [work for work in works if due[work]]
    return _choice(model, state, needed, (*tests, *trains), _judging_notes(before.judging, state.judging))


def differences(before: Basis | None, after: Basis) -> tuple[str, ...]:
    """Describe how two states differ; empty if the results are the same.

    Data counts by role and content: a file that only moved leads to the same results.
    """
    if before is None:
        return ("it was never judged",)
    names = sorted(
        name
        for name in before.settings.keys() | after.settings.keys()
        if before.settings.get(name, "") != after.settings.get(name, "")
    )
    settings = [
        f"{name} was {before.settings.get(name) or 'blank'}, now {after.settings.get(name) or 'blank'}"
        for name in names
    ]
    return (*settings, *_data_differences(before, after))


def _data_differences(before: Basis, after: Basis) -> tuple[str, ...]:
    """Describe each path whose content is new, or whose former content no path has any more."""
    known = Counter((item.role, item.id) for item in before.data)
    paths = {item.path for item in before.data}
    reasons = {}
    for item in after.data:
        if not item.id:
            reasons[item.path] = f"{item.path} is not in the commit"
        elif known[item.role, item.id]:
            known[item.role, item.id] -= 1
        else:
            reasons[item.path] = f"{item.path} {'changed' if item.path in paths else 'is new'}"
    now = {item.path for item in after.data}
    for item in sorted(before.data, key=lambda item: item.path in now):
        if known[item.role, item.id]:
            known[item.role, item.id] -= 1
            what = "changed" if item.path in now else "is no longer used"
            reasons.setdefault(item.path, f"{item.path} {what}")
    return tuple(reasons.values())


def _judging_notes(before: Basis | None, after: Basis) -> tuple[str, ...]:
    if before is None:
        return ()
    return tuple(f"{reason}: it takes effect with the next result" for reason in differences(before, after))


def _choice(
    model: str,
    state: State,
    works: Collection[Work],
    reasons: tuple[str, ...],
    notes: tuple[str, ...] = (),
) -> Choice:
    able = possible(works, test=bool(state.test.data), training=bool(state.training.data))
    return Choice(model, able, tuple(dict.fromkeys(reasons)) if able else (), notes)


def possible(works: Collection[Work], *, test: bool, training: bool) -> tuple[Work, ...]:
    """Return, in order, those of ``works`` for which a model has data."""
    data = {Work.TEST_DATA: test, Work.TRAIN_DATA: training, Work.COMPARE: test and training}
    return tuple(work for work in Work if work in works and data[work])
