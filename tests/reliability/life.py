"""A life of two years in virtual time: nights, pushes, releases; wrong clocks and foreign hands.

The command line runs in this process against the embedded service with the stub recognizer. A seed decides
what happens on each day. After each day the invariants are checked, and the service and the store are
counted: docs/reliability.md names the bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from speechops.speech import KeyCredential, SpeechClient, Status, open_session
from tests.clock import FakeClock
from tests.kit import server
from tests.kit.progress import Immediate
from tests.operations.project import HELPFUL, TESTS, Answer, Project
from tests.stub_engine import StubEngine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


DAYS = 730
BOUNDS = {"models": 12, "datasets": 25, "evaluations": 15, "endpoints": 1, "records": 900, "results": 250}
"""The most of each that there may be at the end of any day: docs/reliability.md. Models are those of no
release."""

_DAY = 86_400.0
_ENDED = frozenset({0, 1, 2, 3})  # exit codes; anything else is a trace-back


class DriftingClock(FakeClock):
    """The service's clock, as a runner sees it that is wrong by ``error``."""

    def __init__(self, true: FakeClock) -> None:
        super().__init__()
        self._true = true
        self.error = timedelta()

    def now(self) -> datetime:
        return self._true.now() + self.error

    def monotonic(self) -> float:
        return self._true.monotonic()

    def sleep(self, seconds: float) -> None:
        self._true.sleep(seconds)

    def advance(self, seconds: float) -> None:
        self._true.advance(seconds)


@dataclass
class Life:
    """One life: what has been done, and what was wrong."""

    folder: Path
    seed: int
    problems: list[str] = field(default_factory=list)
    most: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BOUNDS, 0))
    runs: int = 0
    trainings: int = 0

    def live(self, days: int, say: Callable[[str], None] = lambda _: None) -> None:
        """Live through a number of days."""
        self._random = Random(self.seed)  # noqa: S311 - makes days, guards nothing
        true = FakeClock()
        clock = DriftingClock(true)
        with server.start(
            self.folder / "service", engine=StubEngine(), clock=true, progress=Immediate(patience=30.0)
        ) as service:
            self._service = service
            self._project = Project(self.folder / "project", service.url, clock=clock)
            self._project.settings = "    gate: any-improvement\n"
            self._clock = clock
            self._client = SpeechClient(
                service.url, credential=KeyCredential("k"), session=open_session(), clock=true
            )
            self._foreign = set(service.control.seed("models", 2, display_name="somebody's"))
            self._begin()
            for day in range(days):
                before = true.monotonic()
                self._drift(day)
                self._happen(day)
                true.advance(max(0.0, _DAY - (true.monotonic() - before)))
                self._check(day)
                if day % 100 == 99:
                    say(f"day {day + 1}: {self.runs} runs, {self.trainings} trainings, at most {self.most}")

    def _begin(self) -> None:
        self._project.write_training(HELPFUL[:4])
        for operation in ("test-data", "train-data", "deploy"):
            self._run(operation)

    def _drift(self, day: int) -> None:
        """Let the runner's clock drift by minutes a day; on some days it is a year wrong."""
        self._clock.error = timedelta(minutes=self._random.gauss(0, 3) * (1 + day % 60))
        if self._random.random() < 0.02:
            self._clock.error = timedelta(days=self._random.choice([-365, 365]))

    def _happen(self, day: int) -> None:
        random = self._random
        if day % 30 == 0:
            self._project.write_tests([*TESTS[1:], f"{TESTS[0]} of day {day}"])
            self._run("test-data")
        if random.random() < 0.1:
            self._project.commit = f"{random.getrandbits(160):040x}"
            self._project.write_training([*random.sample(HELPFUL, random.randint(1, 12)), f"of day {day}"])
            self._run("compare")
            if random.random() < 0.5:
                self._run("train-data")
                self._run("deploy")
        if random.random() < 0.02:
            self._run("rollback")
        if random.random() < 0.05:
            self._meddle()
        if day % 2 == 0:
            self._run("maintain", "--new-base-model", "report")

    def _meddle(self) -> None:
        """Do by hand what people and other tools do: delete what is not in use, damage a document."""
        random = self._random
        hands: list[Callable[[], object]] = [
            self._delete_evaluation,
            self._delete_unused_model,
            self._damage_result,
        ]
        random.choice(hands)()

    def _delete_evaluation(self) -> None:
        for test in self._client.evaluations()[:1]:
            self._client.delete_evaluation(test.id)

    def _delete_unused_model(self) -> None:
        kept = self._referenced()
        unused = [model.id for model in self._client.models() if model.id not in kept | self._foreign]
        if unused:
            self._client.delete_model(self._random.choice(unused))

    def _damage_result(self) -> None:
        pointer = self._project.registry.benchmark("m")
        kept = {release.result for release in self._project.registry.releases("m")}
        kept |= {pointer.benchmark.result} if pointer else set()
        names = {name.replace("/", "%2f") for name in kept}
        results = self._project.folder / ".speechops/store/test-results"
        others = sorted(path for path in results.iterdir() if path.name not in names)
        if others:
            self._random.choice(others).write_bytes(b"{")

    def _referenced(self) -> set[str]:
        pointer = self._project.registry.benchmark("m")
        kept = {release.reference.id for release in self._project.registry.releases("m")}
        if pointer:
            kept |= {pointer.benchmark.reference.id}
            kept |= {pointer.benchmark.previous.id} if pointer.benchmark.previous else set()
        return kept

    def _run(self, operation: str, *more: str) -> Answer:
        before = {model.id for model in self._client.models()}
        prints = self._fingerprints()
        answer = self._project.run(operation, *more)
        self.runs += 1
        made = [model for model in self._client.models() if model.id not in before]
        self.trainings += len(made)
        for model in made:
            if model.fingerprint in prints:
                self.problems.append(f"{operation} trained {model.display_name} although it was there")
        if operation == "maintain" and made:
            self.problems.append(f"maintain trained {[model.display_name for model in made]}")
        if answer.code not in _ENDED or "Traceback" in answer.text:
            self.problems.append(f"{operation} ended with {answer.code}: {answer.text[-500:]}")
        if operation == "maintain" and answer.code != 0:
            self.problems.append(f"maintain ended with {answer.code}: {answer.text[-500:]}")
        return answer

    def _fingerprints(self) -> set[str]:
        return {
            model.fingerprint
            for model in self._client.models()
            if model.fingerprint and model.status is not Status.FAILED
        }

    def _check(self, day: int) -> None:
        registry = self._project.registry
        models = {model.id for model in self._client.models()}
        pointer = registry.benchmark("m")
        releases = registry.releases("m")
        endpoints = self._client.endpoints()
        wrong = []
        if not self._foreign <= models:
            wrong.append("a model of others is gone")
        if pointer is None or (
            not pointer.benchmark.reference.base and pointer.benchmark.reference.id not in models
        ):
            wrong.append("the benchmark is gone")
        if releases and {endpoint.model.id for endpoint in endpoints if endpoint.model} != {
            releases[-1].reference.id
        }:
            wrong.append("the endpoint does not serve the last release")
        if missing := {release.reference.id for release in releases} - models:
            wrong.append(f"models of releases are gone: {missing}")
        store = self._project.folder / ".speechops/store"
        counts = {
            "models": len(models - self._foreign) - len({release.reference.id for release in releases}),
            "datasets": len(self._client.datasets()),
            "evaluations": len(self._client.evaluations()),
            "endpoints": len(endpoints),
            "records": len(list((store / "run-records").iterdir())),
            "results": len(list((store / "test-results").iterdir())),
        }
        self.most = {name: max(count, self.most[name]) for name, count in counts.items()}
        wrong += [f"{count} {name}" for name, count in counts.items() if count > BOUNDS[name]]
        self.problems += [f"day {day}: {sentence}" for sentence in wrong]
