"""Every effect of an operation as its last: kill there, run again, compare with a run that nothing hit."""

from __future__ import annotations

import random
import signal
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from tests.reliability.harness import Act, World
    from tests.reliability.scenes import Scene

Target = tuple[str, int]


def targets(effects: Counter[str]) -> list[Target]:
    """Return every place to kill: each time that each effect comes.

    An answer to a GET changes nothing: after it is as before the next effect.
    """
    return [
        (name, time)
        for name, count in sorted(effects.items())
        if not name.startswith("answer GET")
        for time in range(1, count + 1)
    ]


def changes(name: str) -> bool:
    """Whether an effect can change what others see."""
    return " GET " not in name and not name.startswith("answer")


class Trial:
    """One scene, run once without being hit: what that did and left is the measure for all that follows."""

    def __init__(self, world: World, scene: Scene) -> None:
        self.world = world
        self.scene = scene
        scene.set(world)
        self.again()
        self.code = world.run(scene.act)
        self.effects = world.effects
        self.said = world.said
        self.clean = world.state()
        self.unsettled = world.unsettled()

    def again(self) -> None:
        """Set the scene back."""
        self.world.restore(self.scene.name)

    def kill(self, *hits: Target) -> Iterator[str]:
        """Kill the run at each of ``hits`` in turn, then let it end; yield what is wrong."""
        self.again()
        for hours, hit in enumerate(hits):
            code = self.world.run(self._later(hours), target=list(hit))
            if code != -signal.SIGKILL and len(hits) == 1 and changes(hit[0]):
                yield f"the run ended with {code}: it was not killed"
            yield from self.world.wrong()
        code = self.world.run(self._later(len(hits)))
        if code != self.code:
            yield f"the second run ended with {code}: {self.world.said[-300:]}{self.world.crash}"
        yield from self.world.unsettled()
        yield from self.world.copied_twice()
        state = self.world.state()
        for part, value in self.clean.items():
            if state[part] != value:
                yield f"{part} are {state[part]}, not {value}"

    def _later(self, hours: int) -> Act:
        """Return the run again, as a re-run does it: with the same id, some hours later."""
        act = self.scene.act
        moment = datetime.fromisoformat(act.moment) + timedelta(hours=hours)
        return replace(act, moment=moment.isoformat())

    def double(self, seed: int) -> tuple[Target, Target]:
        """Choose two places to kill."""
        choose = random.Random(seed)  # noqa: S311 - a schedule
        places = targets(self.effects)
        return choose.choice(places), choose.choice(places)
