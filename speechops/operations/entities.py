"""Find or create: the datasets, models and evaluations that a run needs in the service.

Every entity carries the fingerprint of what it was made from. A step looks for it before it makes one, so a
run that died goes on where it stopped, and training data that was trained once is never trained again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from speechops.errors import ServiceError, ServiceUnavailable, StillRunning
from speechops.registry.documents import Cause, ModelReference
from speechops.speech import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Executor

    from speechops.corpus import DataFile
    from speechops.operations.job import Job
    from speechops.speech import BaseModel, Dataset, Evaluation, Model

    E = TypeVar("E", Dataset, Model, Evaluation)


@dataclass(slots=True)
class Entities:
    """The entities of one run. ``made`` holds how to delete what this run itself made, in order."""

    job: Job
    executor: Executor
    made: list[Callable[[], None]] = field(default_factory=list)
    trained: bool = False
    reused: list[str] = field(default_factory=list)

    def dataset(self, file: DataFile, cause: Cause) -> Dataset:
        """Return the imported dataset of ``file``: found, or uploaded and waited for."""
        job = self.job
        speech = job.speech
        with job.console.step(f"import {file.purpose} {file.kind} {file.path.name}") as update:
            found = ours(speech.datasets(), file.fingerprint)
            if found is None:
                found = speech.find_or_create_dataset(
                    display_name=job.name(cause, file.fingerprint),
                    kind=file.kind,
                    locale=file.locale,
                    custom_properties=job.properties(cause, file.fingerprint),
                    project=self._project(),
                )
                identity = found.id
                self.made.append(lambda: speech.delete_dataset(identity))
            else:
                self.reused.append(f"dataset {found.display_name}")
            if found.status is Status.NOT_STARTED:
                speech.upload(found.id, file.open, file.size, executor=self.executor)
            return speech.wait_dataset(found.id, timeout=job.settings.max_wait, progress=update)

    def find_candidate(self, training: str) -> Model | None:
        """Return the model trained, or in training, from what has the fingerprint ``training``."""
        return ours(self.job.speech.models(), training)

    def candidate(
        self, files: Sequence[DataFile], base: BaseModel, training: str, cause: Cause, found: Model | None
    ) -> Model:
        """Return the candidate: ``found``, or trained from ``files`` on ``base``."""
        job = self.job
        speech = job.speech
        if found is None:
            imports = [self.executor.submit(self.dataset, file, cause) for file in files]
            datasets = [item.result() for item in imports]
            found = speech.find_or_create_model(
                display_name=job.name(cause, training),
                locale=job.model.locale,
                base_model=base.id,
                datasets=[dataset.id for dataset in datasets],
                weight_percent=job.model.weight_percent,
                custom_properties=job.properties(cause, training),
                project=self._project(),
            )
            identity = found.id
            self.made.append(lambda: speech.delete_model(identity))
            self.trained = True
        else:
            self.reused.append(f"model {found.display_name}")
        with job.console.step(f"train {found.display_name}") as update:
            return speech.wait_model(found.id, timeout=job.settings.max_wait, progress=update)

    def evaluation(
        self, benchmark: ModelReference, candidate: ModelReference, test: Dataset, key: str, cause: Cause
    ) -> Evaluation:
        """Return the finished evaluation of both models on ``test``: found, or made and waited for."""
        job = self.job
        speech = job.speech
        with job.console.step(f"test {benchmark.name} and {candidate.name}") as update:
            found = ours(speech.evaluations(), key)
            if found is None:
                found = speech.find_or_create_evaluation(
                    display_name=job.name(cause, key),
                    locale=job.model.locale,
                    model1=benchmark.id,
                    model1_is_base=benchmark.base,
                    model2=candidate.id,
                    model2_is_base=candidate.base,
                    dataset=test.id,
                    custom_properties=job.properties(cause, key),
                    project=self._project(),
                )
                identity = found.id
                self.made.append(lambda: speech.delete_evaluation(identity))
            return speech.wait_evaluation(found.id, timeout=job.settings.max_wait, progress=update)

    def _project(self) -> str:
        name = self.job.settings.speech.project
        return self.job.speech.project_id(name, self.job.model.locale) if name else ""

    def undo(self, error: Exception) -> None:
        """Delete what this run made, newest first, where the service has refused the work for good.

        Work that goes on, or a service that does not answer, leaves all in place for the next run.
        """
        if not isinstance(error, ServiceError) or isinstance(error, StillRunning | ServiceUnavailable):
            return
        for delete in reversed(self.made):
            try:
                delete()
            except ServiceError as refusal:
                self.job.console.line(f"Left for maintain to delete: {refusal}")


def ours(entities: Iterable[E], fingerprint: str) -> E | None:
    """Return the oldest entity with our ``fingerprint`` that has not failed; None where there is none."""
    matches = [
        entity
        for entity in entities
        if entity.custom_properties.get("speechops-fingerprint") == fingerprint
        and entity.status is not Status.FAILED
    ]
    return min(matches, key=lambda entity: (entity.created, entity.id), default=None)
