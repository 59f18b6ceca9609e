"""A small project on disk, and the command line run on it inside the test's process."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.app import App
from speechops.registry.folder import FolderStore
from speechops.registry.registry import CONFIGURATION, IDENTITY, Registry
from tests.clock import FakeClock
from tests.stub_engine import speech

if TYPE_CHECKING:
    from pathlib import Path

    from speechops.registry.documents import TestResult

TESTS = [
    "please refill the amoxicillin capsules before friday morning",
    "the patient takes metformin twice a day with food",
    "order more lisinopril tablets from the warehouse today",
    "she is allergic to penicillin and to sulfa drugs",
    "dispense thirty tablets of atorvastatin with two refills",
    "call the doctor about the warfarin dose this afternoon",
    "store the insulin pens in the refrigerator please",
    "he asked for an inhaler with albuterol yesterday evening",
    "the pharmacist checked the interaction with clarithromycin",
    "take one omeprazole capsule half an hour before breakfast",
    "we are out of hydrochlorothiazide until next monday",
    "label the bottle of prednisone for the night shift",
]
HELPFUL = TESTS  # a leak on purpose: the stub hears what it was taught
USELESS = ["a sentence about nothing that is ever said here"]


@dataclass(slots=True)
class Answer:
    """What a command did: exit code, text, outputs for the next step."""

    code: int
    text: str
    outputs: dict[str, str]


@dataclass(slots=True)
class Project:
    """A repository with one model ``m``, its store, and the service it talks to."""

    folder: Path
    endpoint: str
    settings: str = ""
    clock: FakeClock = field(default_factory=FakeClock)
    commit: str = "a" * 40

    def __post_init__(self) -> None:
        self.write_tests(TESTS)
        self.write_training(HELPFUL)

    def write_tests(self, sentences: list[str]) -> None:
        folder = self.folder / "test"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        lines = []
        for number, sentence in enumerate(sentences, 1):
            (folder / f"{number:02}.wav").write_bytes(speech(sentence))
            lines.append(f"{number:02}.wav\t{sentence}")
        (folder / "trans.txt").write_text("\n".join(lines), encoding="utf-8-sig")

    def write_training(self, sentences: list[str], *, weight: int | None = None) -> None:
        (self.folder / "training.txt").write_text("\n".join(sentences), encoding="utf-8-sig")
        weight_line = f"    custom-model-weight-percent: {weight}\n" if weight else ""
        (self.folder / "speechops.yml").write_text(
            "models:\n  m:\n    locale: en-US\n    test-data: test\n"
            f"    training-data:\n      text: training.txt\n{weight_line}{self.settings}",
            encoding="utf-8",
        )

    def arguments(self, operation: str, *more: str) -> list[str]:
        config = str(self.folder / "speechops.yml")
        return [
            operation,
            "--config",
            config,
            "--speech-endpoint",
            self.endpoint,
            "--commit",
            self.commit,
            *more,
        ]

    def run(self, operation: str, *more: str, environment: dict[str, str] | None = None) -> Answer:
        return self.invoke(*self.arguments(operation, *more), environment=environment)

    def invoke(self, *arguments: str, environment: dict[str, str] | None = None) -> Answer:
        self.clock.advance(60)
        output = io.StringIO()
        outputs = self.folder / "outputs.txt"
        outputs.write_text("", encoding="utf-8")
        app = App({"GITHUB_OUTPUT": str(outputs), **(environment or {})}, output, self.clock)
        code = app.run(list(arguments))
        return Answer(code, output.getvalue(), read_outputs(outputs.read_text(encoding="utf-8")))

    def promote(self, sentences: list[str]) -> str:
        """Train a model that becomes the benchmark, whatever the size of its gain; return its id."""
        self.settings = "    gate: any-improvement\n"
        self.write_training(sentences)
        answer = self.run("train-data")
        assert answer.code == 0, answer.text
        return answer.outputs["candidate"]

    def release(self, sentences: list[str]) -> str:
        """Deploy a new benchmark too; return the model's id."""
        model = self.promote(sentences)
        answer = self.run("deploy")
        assert answer.outputs["candidate"] == model, answer.text
        return model

    def forget(self) -> None:
        """Delete what the store remembers, but for its own name."""
        name = self.registry.identity()
        shutil.rmtree(self.folder / ".speechops", ignore_errors=True)
        FolderStore(self.folder / ".speechops/store").write(CONFIGURATION, IDENTITY, name.encode())

    @property
    def registry(self) -> Registry:
        return Registry(FolderStore(self.folder / ".speechops/store"))

    def results(self) -> list[TestResult]:
        """Return the stored results of the model ``m``, the oldest first."""
        registry = self.registry
        results = (registry.result_named(test.name) for test in registry.tests("m"))
        return [result for result in results if result]


def read_outputs(text: str) -> dict[str, str]:
    """Read a file of step outputs as the runner does."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if "<<" in line:
            name, _, delimiter = line.partition("<<")
            value = []
            for part in lines:
                if part == delimiter:
                    break
                value.append(part)
            found[name] = "\n".join(value)
        elif "=" in line:
            name, _, single = line.partition("=")
            found[name] = single
    return found
