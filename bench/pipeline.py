"""How close ``train-data`` comes to the service's own time: ``python -m bench.pipeline``.

The embedded service takes 60 s for an import, 1,800 s for a training and 600 s for an evaluation, on a clock
that runs 60 times as fast as the machine's; its recogniser is the tests' stub, so that the time is the
service's alone. Printed side by side, all measured in this run, in seconds of the fast clock:

* the critical path: the sum of what cannot overlap, import, training and evaluation;
* ``train-data`` as it is, over the critical path;
* the same work one step after another, as the original template orders it;
* the merge after its pull request, where the same data was trained and tested before;
* ``deploy`` to two targets, over ``deploy`` to one of them: a copy takes 300 s, a deployment 900 s.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

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
    from collections.abc import Callable

SPEED = 60
IMPORT, TRAINING, EVALUATION = 60.0, 1800.0, 600.0
CRITICAL_PATH = IMPORT + TRAINING + EVALUATION
COPY, DEPLOYMENT = 300.0, 900.0
PATIENCE = 5 * 3600.0


class FastClock:
    """A clock that runs :data:`SPEED` times as fast as the machine's."""

    def __init__(self) -> None:
        self._start = datetime(2026, 1, 7, tzinfo=UTC)
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """Return the fast time of day."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the fast seconds since the start."""
        return (time.monotonic() - self._origin) * SPEED

    def sleep(self, seconds: float) -> None:
        """Let fast seconds pass."""
        time.sleep(seconds / SPEED)


def main() -> int:
    """Measure, print, and fail where a limit is passed."""
    clock = FastClock()
    pace = AfterSeconds(imports=IMPORT, training=TRAINING, evaluation=EVALUATION)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with server.start(place / "one", progress=pace, engine=StubEngine(), clock=clock) as service:
            project = Project(place / "project", service.url)
            pronunciation = place / "project/words.txt"
            pronunciation.write_text("amoxicillin\ta mox i cillin\n", encoding="utf-8-sig")
            overlapped = timed(clock, lambda: command(project, clock, "compare"))
            requests = sum(service.control.counts.values())
            service.control.clear_counts()
            merge = timed(clock, lambda: command(project, clock, "train-data"))
            merge_requests = sum(service.control.counts.values())
        alone, _ = deployment(place / "target", clock, "west")
        deployed, busy = deployment(place / "targets", clock, "west", "east")
        with server.start(place / "two", progress=pace, engine=StubEngine(), clock=clock) as service:
            serial = timed(clock, lambda: one_after_another(service.url, project, clock))
    path_ratio, serial_ratio, merge_ratio = (
        overlapped / CRITICAL_PATH,
        overlapped / serial,
        merge / overlapped,
    )
    print(f"critical path of the service's own times        {CRITICAL_PATH:8,.0f} s")
    print(
        f"train-data for a pull request                   {overlapped:8,.0f} s"
        f"  {path_ratio:.3f} of the critical path, {requests} requests"
    )
    print(
        f"the same work, one step after another           {serial:8,.0f} s"
        f"  train-data takes {serial_ratio:.3f} of it"
    )
    print(
        f"the merge after its pull request                {merge:8,.0f} s"
        f"  {merge_ratio:.3f} of the first, {merge_requests} requests"
    )
    target_ratio = deployed / alone
    print(
        f"deploy to two targets                           {deployed:8,.0f} s"
        f"  {target_ratio:.3f} of deploy to one, {busy} requests"
    )
    good = path_ratio <= 1.05 and serial_ratio < 1 and merge_ratio <= 0.05 and target_ratio <= 1.05
    return 0 if good else 1


def deployment(place: Path, clock: FastClock, *names: str) -> tuple[float, int]:
    """Return the fast seconds that ``deploy`` takes to serve from some targets, and its requests."""
    copying, deploying = AfterSeconds(copy=COPY), AfterSeconds(deployment=DEPLOYMENT)
    engine = StubEngine()
    with (
        server.start(place / "source", progress=copying, engine=engine, clock=clock) as source,
        server.start(place / "west", progress=deploying, engine=engine, clock=clock) as west,
        server.start(place / "east", progress=deploying, engine=engine, clock=clock) as east,
    ):
        targets = "".join(
            f"  {name}: {{ speech-endpoint: {service.url} }}\n"
            for name, service in (("west", west), ("east", east))
            if name in names
        )
        project = Project(
            place / "project", source.url, settings=f"    gate: any-improvement\ntargets:\n{targets}"
        )
        (project.folder / "words.txt").write_text("amoxicillin\ta mox i cillin\n", encoding="utf-8-sig")
        command(project, clock, "train-data")
        services = (source, west, east)
        for service in services:
            service.control.clear_counts()
        took = timed(clock, lambda: command(project, clock, "deploy"))
        return took, sum(sum(service.control.counts.values()) for service in services)


def timed(clock: FastClock, work: Callable[[], None]) -> float:
    """Return the fast seconds that ``work`` takes."""
    began = clock.monotonic()
    work()
    return clock.monotonic() - began


def command(project: Project, clock: FastClock, operation: str) -> None:
    """Run one command line with a pronunciation file beside the text."""
    output = io.StringIO()
    words = str(project.folder / "words.txt")
    code = App({}, output, clock).run(project.arguments(operation, "--training-pronunciation", words))
    assert code == 0, output.getvalue()


def one_after_another(endpoint: str, project: Project, clock: FastClock) -> None:
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
