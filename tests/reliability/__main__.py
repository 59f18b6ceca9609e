"""``python -m tests.reliability``: the ledger of effects, and schedules by the thousand.

``ledger`` writes effects.json again. ``races FIRST COUNT`` plays the schedules of these seeds, ``replay``
one of them, step by step; with ``--targets`` two targets serve. ``crashes SCENE`` kills at every effect of
the scenes named, of all without a name; ``life SEED`` lives two years in virtual time. Each prints its
figures and what went wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.reliability.crash import Trial
from tests.reliability.crash import targets as places_to_kill
from tests.reliability.harness import World
from tests.reliability.life import DAYS, Life
from tests.reliability.race import BUSY, BUSY_TARGETS, Schedule, prepare
from tests.reliability.scenes import SCENES
from tests.reliability.test_crash import LEDGER


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def ledger(world: World) -> int:
    found = {name: sorted(Trial(world, scene).effects) for name, scene in SCENES.items()}
    LEDGER.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for name, effects in found.items():
        say(f"{name}: {len(effects)} kinds of effects")
    return 0


def races(world: World, first: int, count: int, *, targets: bool) -> int:
    prepare(world, BUSY_TARGETS if targets else BUSY)
    began, wrong, killed = time.monotonic(), 0, 0
    for seed in range(first, first + count):
        schedule = Schedule.of(seed, targets=targets)
        killed += schedule.kills > 0
        for problem in schedule.play(world):
            wrong += 1
            say(problem)
    seconds = time.monotonic() - began
    say(f"{count} schedules from seed {first}, {killed} with kills: {wrong} violations, {seconds:.0f} s")
    return min(wrong, 1)


def replay(world: World, seed: int, *, targets: bool) -> int:
    """Play one schedule and say every step of it."""
    schedule = Schedule.of(seed, targets=targets)
    prepare(world, schedule.scene)
    problems = schedule.play(world)
    for number, step in enumerate(schedule.history):
        what = " conflict" if step.get("conflict") else ""
        say(f"{number:4} {schedule.names[step['run']]} {step['run']}: {step['act']} {step['name']}{what}")
    for problem in problems:
        say(problem)
    return min(len(problems), 1)


def crashes(world: World, names: list[str]) -> int:
    wrong = 0
    for name in names or SCENES:
        began = time.monotonic()
        trial = Trial(world, SCENES[name])
        places = places_to_kill(trial.effects)
        for place in places:
            for problem in trial.kill(place):
                wrong += 1
                say(f"{name}, killed at {place}: {problem}")
        seconds = time.monotonic() - began
        say(f"{name}: {sum(trial.effects.values())} effects, {len(places)} places to kill, {seconds:.0f} s")
    say(f"{wrong} violations")
    return min(wrong, 1)


def life(folder: Path, seed: int, days: int) -> int:
    began = time.monotonic()
    lived = Life(folder, seed)
    lived.live(days, say)
    for problem in lived.problems:
        say(problem)
    figures = ", ".join(f"{count} {name}" for name, count in lived.most.items())
    say(
        f"{days} days, {lived.runs} runs, {lived.trainings} trainings; at most {figures}; "
        f"{len(lived.problems)} violations, {time.monotonic() - began:.0f} s"
    )
    return min(len(lived.problems), 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("ledger")
    seeds = what.add_parser("races")
    seeds.add_argument("first", type=int)
    seeds.add_argument("count", type=int)
    replayed = what.add_parser("replay")
    replayed.add_argument("seed", type=int)
    for command in (seeds, replayed):
        command.add_argument("--targets", action="store_true")
    what.add_parser("crashes").add_argument("scenes", nargs="*", metavar="scene")
    years = what.add_parser("life")
    years.add_argument("seed", type=int, nargs="?", default=1)
    years.add_argument("--days", type=int, default=DAYS)
    options = parser.parse_args()
    if options.what == "life":
        with tempfile.TemporaryDirectory() as folder:
            return life(Path(folder), options.seed, options.days)
    with tempfile.TemporaryDirectory() as folder, World(Path(folder) / "world") as world:
        world.snapshot("empty")
        if options.what == "ledger":
            return ledger(world)
        if options.what == "races":
            return races(world, options.first, options.count, targets=options.targets)
        if options.what == "replay":
            return replay(world, options.seed, targets=options.targets)
        return crashes(world, options.scenes)


if __name__ == "__main__":
    sys.exit(main())
