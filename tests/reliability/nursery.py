"""``python -m tests.reliability.nursery``: forks a child for each run; driven by lines of JSON.

``{"orders": [...]}`` runs one order to its end. With ``"seed"`` the orders run side by side: each waits for
its turn before every request and every use of the store, and the seed decides whose turn it is, and who is
killed instead (``"kills"``, a probability). The same seed gives the same schedule.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import os
import pkgutil
import random
import signal
import sys
from typing import Any

import speechops.operations
import speechops.report
from speechops import scoring
from speechops.report import markdown, page
from tests.reliability import run

Order = dict[str, Any]


class Child:
    """A forked run. With ``turns`` it stops wherever it may be interrupted."""

    def __init__(self, order: Order, *, turns: bool) -> None:
        self.steps: list[dict[str, Any]] = []
        self.status: int | None = None
        theirs, self._go = os.pipe()
        come, ours = os.pipe()
        self.id = os.fork()
        if self.id == 0:
            os.close(self._go)
            os.close(come)
            code = 70
            faulthandler.enable(open(f"{order['log']}.crash", "w", encoding="utf-8"))  # noqa: PTH123, SIM115
            try:
                code = run.perform(order, (theirs, ours) if turns else None)
            except BaseException:  # noqa: BLE001 - nothing may go back into the nursery
                import traceback  # noqa: PLC0415

                with open(order["log"], "a", encoding="utf-8") as log:  # noqa: PTH123
                    log.write(f"= Traceback in the harness\n{traceback.format_exc()}")
            os._exit(code)
        os.close(theirs)
        os.close(ours)
        self._come = os.fdopen(come)

    def until_turn(self, told: list[dict[str, Any]]) -> None:
        """Let the child go on to where it may be interrupted next, or to its end."""
        for line in self._come:
            if line == "turn\n":
                return
            told.append(json.loads(line))
        self.end()

    def go(self) -> None:
        os.write(self._go, b"\n")

    def kill(self) -> None:
        os.kill(self.id, signal.SIGKILL)
        self.end()

    def end(self) -> None:
        self._come.close()
        os.close(self._go)
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.id, 0)[1])


def side_by_side(orders: list[Order], seed: int, kills: float) -> dict[str, Any]:
    """Run the orders in turns."""
    choose = random.Random(seed)  # noqa: S311 - a schedule
    children = [Child(order, turns=True) for order in orders]
    history: list[dict[str, Any]] = []
    for child in children:
        child.until_turn([])
    doomed = [choose.randrange(5, 120) if choose.random() < kills else -1 for _ in children]
    begun: dict[int, int] = {}
    taken = [0] * len(children)
    while waiting := [index for index, child in enumerate(children) if child.status is None]:
        index = choose.choice(waiting)
        begun.setdefault(index, len(history))
        taken[index] += 1
        if taken[index] == doomed[index]:
            children[index].kill()
            continue
        children[index].go()
        told: list[dict[str, Any]] = []
        children[index].until_turn(told)
        history += [{"run": index, **each} for each in told]
    return {"codes": [child.status for child in children], "history": history, "begun": begun}


def main() -> None:
    # What every child would import and compile for itself takes longer than its run.
    for name in scoring.__all__:
        getattr(scoring, name)
    for package in (speechops.operations, speechops.report):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for module_name in (
        *run.POOLS,
        "speechops.access",
        "speechops.github.api",
        "numpy.random",
        "numpy.ma",
        "yaml",
    ):
        importlib.import_module(module_name)
    page._template("report.html.j2")
    for template in ("comment.md.j2", "details.md.j2", "model.md.j2", "summary.md.j2"):
        markdown._environment().get_template(template)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        orders = asked["orders"]
        if "seed" in asked:
            answer = side_by_side(orders, asked["seed"], asked["kills"])
        else:
            child = Child(orders[0], turns=False)
            child.end()
            answer = {"codes": [child.status]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
