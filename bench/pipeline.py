"""How close the operations come to the service's own time: ``python -m bench.pipeline``.

The embedded service takes 60 s for an import, 1,800 s for a training, 600 s for an evaluation, 300 s for a
copy, 900 s for a deployment in one target and 600 s in another, in virtual time (:mod:`bench.event_clock`):
processor time counts nothing, so the figures are those of any machine. The recognizer is the tests' stub.
Printed side by side, all measured in this run:

* the critical path: the sum of what cannot overlap, import, training and evaluation;
* ``train-data`` as it is, over the critical path;
* the same work one step after another, as the original template orders it;
* ``compare`` of a pull request, and ``train-data`` of its merge, where the same data was trained and tested;
* ``deploy`` to each target alone, and to both, over the slower of the two.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.event_clock import EventClock
from speechops import corpus, speech
from speechops.app import App
from speechops.corpus import Kind, Purpose
from speechops.speech import (
    Dataset,
    Evaluation,
    KeyCredential,
    Model,
    ModelReference,
    NewDataset,
    NewEvaluation,
    NewModel,
    SpeechClient,
    open_session,
)
from tests.kit import server
from tests.kit.progress import AfterSeconds
from tests.operations.project import TESTS, Project
from tests.stub_engine import StubEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit.server import RunningService

IMPORT, TRAINING, EVALUATION = 60.0, 1800.0, 600.0
CRITICAL_PATH = IMPORT + TRAINING + EVALUATION
COPY = 300.0
DEPLOYMENTS = {"west": 900.0, "east": 600.0}
PATIENCE = 5 * 3600.0
OVERHEAD = 1.05
"""What an operation may take, over the path that cannot be shortened."""
MERGE = 0.05
"""What ``train-data`` of a merge may take, over the comparison of its pull request."""


@dataclass(frozen=True, slots=True)
class Took:
    """What an operation took: virtual seconds, and requests."""

    seconds: float
    requests: int


@dataclass(frozen=True, slots=True)
class Bench:
    """Projects and services below a folder, on one virtual clock."""

    folder: Path
    clock: EventClock

    @contextlib.contextmanager
    def service(self, name: str, pace: AfterSeconds) -> Iterator[RunningService]:
        """Run an embedded service."""
        with server.start(
            self.folder / name, progress=pace, engine=StubEngine(), clock=self.clock
        ) as service:
            yield service

    def project(self, name: str, endpoint: str, settings: str = "") -> Project:
        """Return a project with a pronunciation file beside the text."""
        project = Project(self.folder / name, endpoint, settings=settings)
        (project.folder / "words.txt").write_text("amoxicillin\ta mox i cillin\n", encoding="utf-8-sig")
        return project

    def run(self, project: Project, operation: str, *services: RunningService) -> Took:
        """Run one command line, and return what it took."""
        for service in services:
            service.control.clear_counts()
        began, output = self.clock.monotonic(), io.StringIO()
        words = str(project.folder / "words.txt")
        arguments = project.arguments(operation, "--training-pronunciation", words)
        code = App({}, output, self.clock).run(arguments)
        assert code == 0, output.getvalue()
        requests = sum(sum(service.control.counts.values()) for service in services)
        return Took(self.clock.monotonic() - began, requests)

    def training(self) -> Took:
        """Return what ``train-data`` takes."""
        with self.service("train", PACE) as service:
            return self.run(self.project("train-project", service.url), "train-data", service)

    def merge(self) -> tuple[Took, Took]:
        """Return what ``compare`` of a pull request takes, and ``train-data`` of its merge."""
        with self.service("merge", PACE) as service:
            project = self.project("merge-project", service.url)
            return tuple(self.run(project, name, service) for name in ("compare", "train-data"))  # type: ignore[return-value]

    def deployment(self, *names: str) -> Took:
        """Return what ``deploy`` takes to serve from some targets."""
        label = "-".join(names)
        with contextlib.ExitStack() as stack:
            source = stack.enter_context(self.service(f"{label}-source", AfterSeconds(copy=COPY)))
            targets = {
                name: stack.enter_context(
                    self.service(f"{label}-{name}", AfterSeconds(deployment=DEPLOYMENTS[name]))
                )
                for name in names
            }
            described = "".join(
                f"  {name}: {{ speech-endpoint: {service.url} }}\n" for name, service in targets.items()
            )
            settings = f"    gate: any-improvement\ntargets:\n{described}"
            project = self.project(f"{label}-project", source.url, settings)
            self.run(project, "train-data")
            return self.run(project, "deploy", source, *targets.values())

    def one_after_another(self) -> float:
        """Return the seconds of the same work as ``train-data`` in the original template's order."""
        with self.service("serial", PACE) as service:
            project = self.project("serial-project", service.url)
            began = self.clock.monotonic()
            one_after_another(service.url, project, self.clock)
            return self.clock.monotonic() - began


PACE = AfterSeconds(imports=IMPORT, training=TRAINING, evaluation=EVALUATION)


def main() -> int:
    """Measure, print, and fail if a limit is passed."""
    with tempfile.TemporaryDirectory() as folder, EventClock() as clock:
        bench = Bench(Path(folder), clock)
        trained = bench.training()
        serial = bench.one_after_another()
        compared, merged = bench.merge()
        alone = {name: bench.deployment(name) for name in DEPLOYMENTS}
        both = bench.deployment(*DEPLOYMENTS)
    slowest = max(took.seconds for took in alone.values())
    show("critical path of the service's own times", CRITICAL_PATH)
    show("train-data", trained.seconds, CRITICAL_PATH, "critical path", trained.requests)
    show("the same work, one step after another", serial, CRITICAL_PATH, "critical path")
    show("compare of a pull request", compared.seconds, CRITICAL_PATH, "critical path", compared.requests)
    show("train-data of its merge", merged.seconds, compared.seconds, "comparison", merged.requests)
    for name, took in alone.items():
        show(f"deploy to {name} alone", took.seconds, COPY + DEPLOYMENTS[name], "service's", took.requests)
    show("deploy to both", both.seconds, slowest, "slower target alone", both.requests)
    good = (
        trained.seconds <= OVERHEAD * CRITICAL_PATH
        and compared.seconds <= OVERHEAD * CRITICAL_PATH
        and trained.seconds < serial
        and merged.seconds <= MERGE * compared.seconds
        and both.seconds <= OVERHEAD * slowest
    )
    return 0 if good else 1


def show(what: str, seconds: float, least: float = 0.0, of: str = "", requests: int = 0) -> None:
    """Print one line."""
    ratio = f"  {seconds / least:.3f} of the {of}" if least else ""
    print(f"{what:42}{seconds:10,.1f} s{ratio}{f', {requests} requests' if requests else ''}")


def one_after_another(endpoint: str, project: Project, clock: EventClock) -> None:
    """Do the work of ``train-data`` in the order of the original template: nothing overlaps."""
    client = SpeechClient(endpoint, credential=KeyCredential("k"), session=open_session(), clock=clock)
    base = speech.choose_base_model(client.base_models(), locale="en-US", kinds=(), today=clock.now())

    def imported(path: Path, kind: Kind, purpose: Purpose) -> str:
        file = corpus.read(path, kind=kind, purpose=purpose, locale="en-US")
        draft = NewDataset(display_name=path.name, kind=kind, locale="en-US")
        dataset = client.entities.create(Dataset, draft)
        with file.open() as content:
            client.upload(dataset, content)
        return speech.wait(lambda: client.dataset(dataset.id), clock=clock, timeout=PATIENCE).id

    datasets = (
        imported(project.folder / "training.txt", Kind.LANGUAGE, Purpose.TRAINING),
        imported(project.folder / "words.txt", Kind.PRONUNCIATION, Purpose.TRAINING),
    )
    draft = NewModel(display_name="m", locale="en-US", base_model=base.reference, dataset_ids=datasets)
    model = client.entities.create(Model, draft)
    speech.wait(lambda: client.model(model.id), clock=clock, timeout=PATIENCE)
    test = imported(project.folder / "test", Kind.ACOUSTIC, Purpose.TEST)
    evaluation = client.entities.create(
        Evaluation,
        NewEvaluation(
            display_name="e",
            locale="en-US",
            model1=base.reference,
            model2=ModelReference(model.id),
            dataset_id=test,
        ),
    )
    speech.wait(lambda: client.evaluation(evaluation.id), clock=clock, timeout=PATIENCE)
    assert len(client.transcripts(evaluation.id).model2) == len(TESTS)


if __name__ == "__main__":
    sys.exit(main())
