"""Find or create: the datasets, models and evaluations that a run needs in the service.

Every entity carries the fingerprint of what it was made from. A step looks for it before it makes one, so a
run that died continues where it stopped, and training data that was trained once is never trained again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from speechops import speech
from speechops.errors import QuotaExceeded, ServiceError, ServiceUnavailable, StillRunning, WorkFailed
from speechops.evaluation import quota
from speechops.inputs import CUSTOM_MODEL_WEIGHT_PERCENT, MAX_WAIT, REUSE, SPEECH_PROJECT
from speechops.registry.documents import Cause
from speechops.speech import Evaluation, Model, NewDataset, NewEvaluation, NewModel, NewProject, Status
from speechops.speech.entities import RUN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from speechops.corpus import DataFile
    from speechops.registry.documents import ModelReference
    from speechops.run import Run
    from speechops.speech import BaseModel, Dataset, Entity, Found, SpeechClient


@dataclass(slots=True)
class Entities:
    """The entities of one run. ``made`` holds how to delete what this run itself made, in order."""

    run: Run
    cause: Cause
    executor: Executor
    made: list[tuple[Entity, Callable[[str], None]]] = field(default_factory=list)
    trained: bool = False
    reused: list[str] = field(default_factory=list)
    found: dict[str, Model | None] = field(default_factory=dict)  # candidates, by their training
    batch: frozenset[str] = frozenset()  # fingerprints of the data in hand, on a free resource
    project: str | None = None  # its id, once it is found or made
    naming: Lock = field(default_factory=Lock)

    @property
    def exclusive(self) -> bool:
        """Whether the results of other runs are not trusted: with ``reuse: main``, but for pull requests."""
        return self.run.settings[REUSE] == "main" and self.cause is not Cause.PULL_REQUEST

    def dataset_later(self, file: DataFile) -> Callable[[], Dataset]:
        """Start to import ``file`` and return how to wait for it; on a free resource it only starts then."""
        if not quota.is_frugal(self.run):
            return self.executor.submit(self.dataset, file).result

        def imported() -> Dataset:
            self.batch = frozenset({file.fingerprint})
            return self.dataset(file)

        return imported

    def dataset(self, file: DataFile) -> Dataset:
        """Return the imported dataset of ``file``: found, or uploaded and waited for."""
        client = self.run.speech
        with self.run.console.step(f"import {file.purpose} data {file.path.name}") as update:
            found = self._place(
                NewDataset(
                    display_name=self.run.name(self.cause, file.fingerprint),
                    kind=file.kind,
                    locale=file.locale,
                    custom_properties=self.run.properties(self.cause, file.fingerprint),
                    project_id=self._project(),
                    exclusive=self.exclusive,
                )
            )
            dataset = found.entity
            self._note(found.entity, made=found.made, delete=client.delete_dataset)
            if dataset.status is Status.NOT_STARTED:
                with file.open() as content:
                    client.upload(dataset, content)
            return speech.wait(
                lambda: client.dataset(dataset.id),
                clock=self.run.clock,
                timeout=self.run.settings[MAX_WAIT],
                progress=_state(update),
                explain=client.explain_import,
            )

    def _place(self, draft: NewDataset) -> Found[Dataset]:
        """Find or create a dataset; if a free resource is full, make room for it once."""
        find_or_create = self.run.speech.find_or_create_dataset
        try:
            return find_or_create(draft)
        except QuotaExceeded:
            if not quota.is_frugal(self.run) or not quota.make_room(self.run, keep=self.batch):
                raise
            return find_or_create(draft)

    def find_candidate(self, training: str) -> Model | None:
        """Return the model trained, or in training, from what has the fingerprint ``training``.

        Models that the store has tests of are read by their ids; only without one all are listed, once.
        """
        if training not in self.found:
            self.found[training] = self._oldest(training, self._tested(training)) or self._oldest(
                training, self.run.speech.models(locale=self.run.model.locale)
            )
        return self.found[training]

    def _tested(self, training: str) -> Iterator[Model]:
        tests = self.run.registry.tests(self.run.model.name)
        references = [test.candidate for test in tests if test.candidate]
        for identity in sorted({item.id for item in references if item.training == training}):
            model = self.run.speech.find_model(identity, base=False)
            if isinstance(model, Model):
                yield model

    def _oldest(self, training: str, candidates: Iterable[Model]) -> Model | None:
        matches = [
            model
            for model in candidates
            if model.fingerprint == training
            and self.run.owns(model)
            and model.status is not Status.FAILED
            and (not self.exclusive or model.custom_properties.get(RUN) == self.run.id)
        ]
        return min(matches, key=lambda model: model.seniority, default=None)

    def candidate(self, files: Sequence[DataFile], base: BaseModel, training: str) -> Model:
        """Return the candidate: found, or trained from ``files`` on ``base``."""
        client = self.run.speech
        model = self.find_candidate(training)
        if model is None:
            quota.refuse(self.run.model, self.run.settings.tier)
            self.batch = frozenset(file.fingerprint for file in files)
            imports = [self.executor.submit(self.dataset, file) for file in files]
            found = client.find_or_create_model(
                NewModel(
                    display_name=self.run.name(self.cause, training),
                    locale=self.run.model.locale,
                    base_model=base.reference,
                    dataset_ids=tuple(item.result().id for item in imports),
                    weight_percent=self.run.model[CUSTOM_MODEL_WEIGHT_PERCENT],
                    custom_properties=self.run.properties(self.cause, training),
                    project_id=self._project(),
                    exclusive=self.exclusive,
                )
            )
            model = self.found[training] = found.entity
            self.trained = found.made
            self._note(model, made=found.made, delete=client.delete_model)
        else:
            self._note(model, made=False, delete=client.delete_model)
        identity = model.id
        with self.run.console.step(f"train {model.display_name}") as update:
            trained = speech.wait(
                lambda: client.model(identity),
                clock=self.run.clock,
                timeout=self.run.settings[MAX_WAIT],
                progress=_state(update),
            )
        self.done_with(files)
        return trained

    def evaluation(
        self, benchmark: ModelReference, candidate: ModelReference, test: Dataset, key: str
    ) -> Evaluation:
        """Return the finished evaluation of both models on ``test``: found, or created and waited for."""
        client = self.run.speech
        title = f"test {benchmark.name}"
        if candidate != benchmark:
            title += f" and {candidate.name}"
        with self.run.console.step(title) as update:
            found = client.find_or_create_evaluation(
                NewEvaluation(
                    display_name=self.run.name(self.cause, key),
                    locale=self.run.model.locale,
                    model1=in_service(benchmark),
                    model2=in_service(candidate),
                    dataset_id=test.id,
                    custom_properties=self.run.properties(self.cause, key),
                    project_id=self._project(),
                    exclusive=self.exclusive,
                    since=test.created,
                )
            )
            identity = found.entity.id
            self._note(
                found.entity,
                made=found.made,
                delete=lambda identity: delete_evaluation(client, client.evaluation(identity)),
            )
            return speech.wait(
                lambda: client.evaluation(identity),
                clock=self.run.clock,
                timeout=self.run.settings[MAX_WAIT],
                progress=_state(update),
            )

    def done_with(self, files: Sequence[DataFile]) -> None:
        """Free the slots of ``files`` on a free resource."""
        if quota.is_frugal(self.run):
            quota.give_up(self.run, {file.fingerprint for file in files})

    def undo(self, error: Exception) -> None:
        """Delete what this run created, newest first, if the service has rejected the work for good.

        If work continues, or the service does not answer, everything is kept for the next run. So is what is
        paid for, and its data: a trained model and, unless it is itself what failed, a finished evaluation.
        """
        if not isinstance(error, ServiceError) or isinstance(error, StillRunning | ServiceUnavailable):
            return
        kept: set[str] = set()
        for entity, delete in reversed(self.made):
            try:
                kept.update(self._paid_for(entity, error))
                if entity.id not in kept:
                    delete(entity.id)
            except ServiceError as refusal:
                self.run.console.line(f"Left for maintain to delete: {refusal}")

    def _paid_for(self, entity: Entity, error: ServiceError) -> Sequence[str]:
        """Return the ids of an entity and its datasets if its work has succeeded, and is not in vain."""
        found: Model | Evaluation
        if isinstance(entity, Model):
            found = self.run.speech.model(entity.id)
            data: Sequence[str] = found.dataset_ids
        elif isinstance(entity, Evaluation) and not isinstance(error, WorkFailed):
            found = self.run.speech.evaluation(entity.id)
            data = (found.dataset_id,)
        else:
            return ()
        if found.status is not Status.SUCCEEDED:
            return ()
        self.run.console.line(f"The {found.noun} {found.display_name} is kept for the next run.")
        return (found.id, *data)

    def _note(self, entity: Entity, *, made: bool, delete: Callable[[str], None]) -> None:
        if made:
            self.made.append((entity, delete))
        else:
            self.reused.append(f"{entity.noun} {entity.display_name}")

    def _project(self) -> str:
        """Return the id of the project, which the first of several imports at once finds or makes."""
        name = self.run.settings[SPEECH_PROJECT]
        if not name:
            return ""
        with self.naming:
            if self.project is None:
                draft = NewProject(display_name=name, locale=self.run.model.locale)
                found = self.run.speech.find_or_create_project(draft)
                self.project = found.entity.id if found else ""
            return self.project


def delete_evaluation(client: SpeechClient, evaluation: Evaluation) -> None:
    """Delete an evaluation and, before it, while they can be found, the transcriptions made for it."""
    for transcription in evaluation.transcription_ids:
        client.delete_transcription(transcription)
    client.delete_evaluation(evaluation.id)


def in_service(model: ModelReference) -> speech.ModelReference:
    """Return how requests name a remembered model."""
    return speech.ModelReference(model.id, base=model.base)


def _state(update: Callable[[str], None]) -> Callable[[Entity, float], None]:
    return lambda entity, _elapsed: update(entity.status)
