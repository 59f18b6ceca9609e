"""Runs side by side in the schedule of a seed, some of them killed, and the history they made, replayed."""

from __future__ import annotations

import itertools
import json
import random
import signal
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.reliability.harness import LATER, MODEL, NEXT_COMMIT, Act
from tests.reliability.scenes import COMPARE, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.reliability.harness import World

POINTER = f"configuration/{MODEL}.json"
MUCH_LATER = "2026-05-20T12:00:00+00:00"
_PINNED = ("--base-model", "20251201")
_TIDY = ("--delete", "at-once", "--keep-models", "0", "--new-base-model", "report")


def _act(operation: str, run: str, *options: str, training: str = "good", commit: str = "d" * 40) -> Act:
    return Act(operation, (*_PINNED, *options), training, commit, run, LATER)


ACTS = {
    "test-data": _act("test-data", "21"),
    "train-data": _act("train-data", "22"),
    "train-data-other": _act("train-data", "23", training="other", commit=NEXT_COMMIT),
    "deploy": _act("deploy", "24"),
    "rollback": _act("rollback", "25"),
    "maintain": _act("maintain", "26", *_TIDY),
}
PAIRS = tuple(itertools.combinations_with_replacement(ACTS, 2))
BUSY = Scene(
    "busy",
    (
        Act("test-data", _PINNED, run="11"),
        Act("train-data", _PINNED, training="half", run="12"),
        Act("deploy", _PINNED, training="half", run="13"),
        Act("train-data", _PINNED, training="fair", run="14"),
        Act("deploy", _PINNED, training="fair", run="15"),
        replace(COMPARE, options=_PINNED, run="16"),
    ),
    ACTS["train-data"],
)
"""Two releases, and the candidate of an old pull request that train-data would take and maintain delete."""
BUSY_TARGETS = Scene(
    "busy-targets",
    tuple(
        replace(act, training=f"{act.training}-targets")
        for act in (*BUSY.before, Act("train-data", _PINNED, run="17"))
    ),
    replace(BUSY.act, training=f"{BUSY.act.training}-targets"),
)
"""The same, served from two targets, and a benchmark that no target has a copy of yet."""
DELIVERIES = tuple(pair for pair in PAIRS if {"deploy", "rollback"} & set(pair))
"""The pairs of which one at least changes what targets serve."""


def prepare(world: World, scene: Scene) -> None:
    """Play what leads to a scene in which runs race, and remember it."""
    scene.set(world)
    world.ask("move_to", LATER)
    world.snapshot(scene.name)


@dataclass(frozen=True)
class Schedule:
    """Which runs, in whose turns."""

    names: tuple[str, ...]
    seed: int
    kills: float
    targets: bool = False  # whether two targets serve, rather than the resource that trains
    history: list[dict[str, Any]] = field(default_factory=list)  # of what was played

    @classmethod
    def of(cls, seed: int, *, targets: bool = False) -> Schedule:
        """Choose by ``seed``: every pair in turn, three to five runs now and then, kills in every third."""
        choose = random.Random(seed)  # noqa: S311 - a schedule
        pairs = DELIVERIES if targets else PAIRS
        names: tuple[str, ...] = pairs[seed % len(pairs)]
        if choose.random() < 0.2:
            names = tuple(choose.choice(list(ACTS)) for _ in range(choose.randint(3, 5)))
        return cls(names, seed, 0.5 if seed % 3 == 0 else 0.0, targets)

    @property
    def scene(self) -> Scene:
        """The scene that the runs begin in."""
        return BUSY_TARGETS if self.targets else BUSY

    def act(self, name: str) -> Act:
        """Return a run of this schedule by its name."""
        act = ACTS[name]
        return replace(act, training=f"{act.training}-targets") if self.targets else act

    def play(self, world: World) -> list[str]:
        """Return what is wrong after the schedule and all that follows from it."""
        return [f"seed {self.seed} ({', '.join(self.names)}): {each}" for each in self._play(world)]

    def _play(self, world: World) -> Iterator[str]:
        world.restore(self.scene.name)
        before = world.registry.benchmark(MODEL)
        # A second run of one kind is another run.
        acts = [self.act(name) for name in self.names]
        acts = [replace(act, run=f"{act.run}{index}") for index, act in enumerate(acts)]
        played = world.race(acts, self.seed, self.kills)
        self.history.extend(played["history"])
        ended = any(code >= 0 for code in played["codes"])
        if ended and not any(said["name"] == POINTER for said in played["history"]):
            yield "nobody was seen at the pointer"
        yield from linearizable(played["history"], before.etag if before else None)
        yield from deployed_in_time(played["history"])
        for index in range(len(acts)):
            text = (world.folder / f"effects-{index}").read_text(encoding="utf-8")
            if "Traceback" in text:
                yield text
        yield from world.wrong()
        for index, (act, code) in enumerate(zip(acts, played["codes"], strict=True)):
            if code not in {0, 3}:
                again = world.run(replace(act, moment=MUCH_LATER))
                if again not in {0, 3} and not _is_spent(world.said):
                    yield f"run {index} ended with {code} and, again, with {again}: {world.said[-400:]}"
        yield from world.unsettled()
        if -signal.SIGKILL not in played["codes"]:  # else maintain names the copy that nobody uses
            yield from world.copied_twice()
        if doubled(world):
            world.ask("move_to", MUCH_LATER)
            world.run(replace(self.act("maintain"), moment=MUCH_LATER))
            yield from world.unsettled()
            yield from doubled(world)


def _is_spent(said: str) -> bool:
    """Whether a rollback found nothing left to go back to: another has gone there."""
    return "No release before" in said


def doubled(world: World) -> list[str]:
    """Return the models of ours that there are two of."""
    models = Counter(model.fingerprint for model in world.client().models() if model.fingerprint)
    return [f"there are {count} models of one training" for count in models.values() if count > 1]


def linearizable(history: Sequence[dict[str, Any]], etag: str | None) -> Iterator[str]:
    """Replay what all runs did with the pointer, in the order in which they did it.

    Every read gives what was written last; a write goes through if and only if its writer had seen that.
    """
    for step, said in enumerate(history):
        if said["name"] != POINTER:
            continue
        if said["act"] == "read":
            if said["etag"] != etag:
                yield f"step {step}: run {said['run']} read a pointer that is not the last one written"
            continue
        expected = said.get("if_match")
        allowed = etag is None if said.get("if_absent") else expected == etag
        if said.get("conflict"):
            if allowed:
                yield f"step {step}: run {said['run']} was refused although the pointer had not moved"
        else:
            if not allowed:
                yield f"step {step}: run {said['run']} overwrote a pointer that it had not seen"
            etag = said["etag"]


def deployed_in_time(history: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Look at every release when it is recorded: its run must have seen its model as the benchmark last."""
    written: dict[str, str] = {}
    seen: dict[int, str] = {}
    for step, said in enumerate(history):
        if said["name"] == POINTER:
            if said["act"] == "write" and not said.get("conflict"):
                written[said["etag"]] = json.loads(said["data"])["reference"]["id"]
            if said.get("etag"):
                seen[said["run"]] = written.get(said["etag"], "as before")
        elif said.get("if_absent") and said["name"].startswith("releases/") and not said.get("conflict"):
            release = json.loads(said["data"])
            last = seen.get(said["run"])
            if release["kind"] == "deploy" and last not in {"as before", release["reference"]["id"]}:
                yield f"step {step}: a superseded candidate was released as {release['version']}"
