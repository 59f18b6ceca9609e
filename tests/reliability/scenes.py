"""What is there before each mutating operation, and the run that is to be interrupted."""

from __future__ import annotations

from dataclasses import dataclass

from tests.reliability.harness import LATER, NEXT_COMMIT, Act, World

TEST = Act("test-data", run="1")
TRAIN = Act("train-data", run="2")
DEPLOY = Act("deploy", run="3")
TRAIN_FAIR = Act("train-data", training="fair", run="4")
DEPLOY_FAIR = Act("deploy", training="fair", run="5")
COMPARE = Act("compare", training="other", commit=NEXT_COMMIT, run="6")
SPREAD_FAIR = (
    Act("train-data", training="fair-targets", run="4"),
    Act("deploy", training="fair-targets", run="5"),
)
SPREAD = (*SPREAD_FAIR, Act("train-data", training="good-targets", run="2"))
SPREAD_DEPLOY = Act("deploy", training="good-targets", run="3")
ALL_AT_ONCE = ("--delete", "at-once", "--keep-models", "0", "--maintenance-issue", "true")
RETEST = Act("test-data", training="retested", run="8")
FREEZE = Act("freeze", ("--reason", "the clinic moves"), run="10")
MAINTAIN = Act(
    "maintain", (*ALL_AT_ONCE, "--new-base-model", "train"), training="retested", run="9", moment=LATER
)


@dataclass(frozen=True)
class Scene:
    """A name, the runs that lead to it, the run in it, and how that ends by itself."""

    name: str
    before: tuple[Act, ...]
    act: Act
    code: int = 0

    def set(self, world: World) -> None:
        """Run what leads here, and remember it."""
        world.restore("empty")
        for act in self.before:
            code = world.run(act)
            assert code in {0, 3}, world.said
        if self.act.moment == LATER:
            world.ask("move_to", LATER)
        world.snapshot(self.name)


SCENES = {
    scene.name: scene
    for scene in (
        Scene("test-data", (), Act("test-data", run="9")),
        Scene("train-data", (TEST,), Act("train-data", run="9")),
        Scene("train-data-stopped", (TEST, TRAIN), Act("train-data", training="useless", run="9"), 3),
        Scene("compare", (TEST,), Act("compare", run="9")),
        Scene("deploy-first", (TRAIN,), Act("deploy", run="9")),
        Scene("deploy", (TRAIN_FAIR, DEPLOY_FAIR, TRAIN), Act("deploy", run="9")),
        Scene("rollback", (TRAIN_FAIR, DEPLOY_FAIR, TRAIN, DEPLOY), Act("rollback", run="9")),
        Scene("deploy-targets", SPREAD, Act("deploy", training="good-targets", run="9")),
        Scene(
            "rollback-targets", (*SPREAD, SPREAD_DEPLOY), Act("rollback", training="good-targets", run="9")
        ),
        Scene("freeze", (TEST,), Act("freeze", ("--reason", "the clinic moves"), run="9")),
        Scene("unfreeze", (TEST, FREEZE), Act("unfreeze", run="9")),
        Scene("maintain", (TRAIN_FAIR, DEPLOY_FAIR, TRAIN, COMPARE, RETEST), MAINTAIN),
    )
}
