"""Which models need ``test-data`` and which ``train-data``: pure, from what changed to what is to be done."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Work(StrEnum):
    """What may be needed, in the order in which one model gets it: the two never race."""

    TEST_DATA = "test-data"
    TRAIN_DATA = "train-data"


ALL = frozenset(Work)


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """What the work on one model depends on. Paths are files or folders, from the root of the repository.

    ``test`` and ``training`` hold the settings that change what is tested or trained (name and value), and
    ``judging`` those that only change how a result is judged: the gate, the normaliser's rules.
    """

    name: str
    test_paths: tuple[str, ...]
    training_paths: tuple[str, ...]
    judging_paths: tuple[str, ...] = ()
    test: tuple[tuple[str, str], ...] = ()
    training: tuple[tuple[str, str], ...] = ()
    judging: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """What made us ask: changed paths, or a person's or tag's wish, which goes before what changed.

    ``before`` holds the models as the base commit described them, by name; None where that is not known, and
    the settings then count as unchanged. ``wish`` is what was asked for by name, ``everything`` is set where
    there is nothing to compare with and for a ``BASELINE*`` tag.
    """

    paths: frozenset[str] = frozenset()
    before: Mapping[str, ModelInputs] | None = None
    everything: bool = False
    wish: frozenset[Work] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """What one model needs, in order, and why. ``notes`` tell what changed without making work."""

    model: str
    works: tuple[Work, ...]
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def is_baseline(tag: str) -> bool:
    """Whether a pushed tag asks for everything, as in the original template."""
    return tag.startswith("BASELINE")


def choose(models: Iterable[ModelInputs], occasion: Occasion) -> tuple[Choice, ...]:
    """Return what each model needs, in the order of the models."""
    return tuple(_choose(model, occasion) for model in models)


def _choose(model: ModelInputs, occasion: Occasion) -> Choice:
    if occasion.wish:
        return Choice(model.name, _possible(model, occasion.wish), ("asked for",))
    if occasion.everything:
        return Choice(model.name, _possible(model, ALL), ("everything counts as changed",))
    before = model if occasion.before is None else occasion.before.get(model.name)
    if before is None:
        return Choice(model.name, _possible(model, ALL), ("the model is new",))
    causes = {
        Work.TEST_DATA: (
            *_changed_settings(before.test, model.test),
            *_changed_paths(occasion.paths, before.test_paths, model.test_paths),
        ),
        Work.TRAIN_DATA: (
            *_changed_settings(before.training, model.training),
            *_changed_paths(occasion.paths, before.training_paths, model.training_paths),
        ),
    }
    works = _possible(model, frozenset(work for work, reasons in causes.items() if reasons))
    reasons = tuple(dict.fromkeys(reason for work in Work for reason in causes[work]))
    judging = (
        *_changed_settings(before.judging, model.judging),
        *_changed_paths(occasion.paths, before.judging_paths, model.judging_paths),
    )
    notes = tuple(f"{reason}: it counts from the next result on" for reason in judging)
    return Choice(model.name, works, reasons, notes)


def _possible(model: ModelInputs, works: frozenset[Work]) -> tuple[Work, ...]:
    """Return, in order, those of ``works`` for which the model has data."""
    data = {Work.TEST_DATA: model.test_paths, Work.TRAIN_DATA: model.training_paths}
    return tuple(work for work in Work if work in works and data[work])


def _changed_settings(
    before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...]
) -> tuple[str, ...]:
    old, new = dict(before), dict(after)
    names = sorted(name for name in old.keys() | new.keys() if old.get(name, "") != new.get(name, ""))
    return tuple(f"{name} was {old.get(name) or 'blank'}, is {new.get(name) or 'blank'}" for name in names)


def _changed_paths(
    changed: frozenset[str], before: tuple[str, ...], after: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what happened to the data: paths named or no longer named, files changed below them."""
    old, new = (frozenset(map(_normal, paths)) for paths in (before, after))
    listed = [f"{path} is new here" for path in sorted(new - old)]
    listed += [f"{path} is no longer used" for path in sorted(old - new)]
    touched = sorted(path for path in changed if any(_within(path, data) for data in old & new))
    return (*listed, *(f"{path} changed" for path in touched))


def _normal(path: str) -> str:
    return posixpath.normpath(path)


def _within(path: str, data: str) -> bool:
    return data in {".", path} or path.startswith(f"{data}/")
