"""The service behind HTTP: its entities, the apparent progress of work, and what does the work."""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from speechops.embedded import base_models, copying, ingestion, testing, training
from speechops.embedded.conditions import Activity, Conditions
from speechops.embedded.entities import (
    BaseModel,
    Dataset,
    Endpoint,
    Entity,
    Evaluation,
    Model,
    ModelCopy,
    ModelReference,
    Status,
    Transcription,
    Work,
)
from speechops.embedded.jobs import JobFailedError, Jobs, Outcome
from speechops.embedded.recognition import CachedRecognizer
from speechops.embedded.signatures import Signer
from speechops.embedded.tiers import FREE_ENDPOINT_LIFE, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speechops.embedded.clock import Clock
    from speechops.embedded.engine import Engine
    from speechops.embedded.state import State

E = TypeVar("E", bound=Entity)

ACTIVITIES: Mapping[type[Work], Activity] = {
    Dataset: Activity.IMPORT,
    Model: Activity.TRAINING,
    Evaluation: Activity.EVALUATION,
    Endpoint: Activity.DEPLOYMENT,
    ModelCopy: Activity.COPY,
}


class Service:
    """Everything that requests and jobs work with.

    ``training`` lets one training run at a time, for its memory.
    """

    def __init__(self, state: State, engine: Engine, clock: Clock, conditions: Conditions) -> None:
        self.state = state
        self.engine = engine
        self.conditions = conditions
        self.clock = clock
        self.recognizer = CachedRecognizer(state, engine)
        self.signer = Signer(_signing_key(state), self.clock)
        self.training = threading.Semaphore()
        self.stopping = threading.Event()
        self.jobs = Jobs(state, self.clock, self.stopping, self._perform)
        self._here = threading.local()

    @property
    def tier(self) -> Tier:
        """The price tier of the resource."""
        return Tier(self.state.setting("tier", Tier.S0))

    def stop(self) -> None:
        """Drop the work in progress and release the folder."""
        self.stopping.set()
        self.engine.close()
        self.jobs.join()
        self.state.close()

    # Entities

    def get(self, kind: type[E], id_: str) -> E | None:
        """Return an entity as it seems to be now, ``None`` where there is none."""
        return self._present(self.state.get(kind, id_), self.conditions.patience)

    def all(self, kind: type[E]) -> list[E]:
        """Return all entities of a kind with their apparent status, oldest first."""
        deadline = time.monotonic() + self.conditions.patience
        seen = [self._present(entity, deadline - time.monotonic()) for entity in self.state.all(kind)]
        return sorted((entity for entity in seen if entity is not None), key=lambda entity: entity.created)

    def begin(self, *works: Work) -> None:
        """Store entities and start their work."""
        self.state.put(*works)
        for work in works:
            self.conditions.requested(work.id)
            if work.requested is not None and work.finished is None and type(work) in ACTIVITIES:
                self.jobs.start(work)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Prevent other changes for a while; do not wait inside."""
        with self.state.lock:
            self._here.in_transaction = True
            try:
                yield
            finally:
                self._here.in_transaction = False

    def catch_up(self) -> bool:
        """Wait briefly for work whose result may appear; tell whether there was any."""
        due = [
            work.id
            for kind in ACTIVITIES
            for work in self.state.all(kind)
            if self._stage(work) is Status.SUCCEEDED and work.finished is None
        ]
        deadline = time.monotonic() + self.conditions.patience
        for id_ in due:
            self.jobs.wait(id_, max(0.0, deadline - time.monotonic()))
        return bool(due)

    # Models

    def base_models(self) -> list[BaseModel]:
        """Return the base models that are published now; those in the state replace and add."""
        now = self.clock.now()
        models = {model.id: model for model in base_models.catalogue(now.date())}
        models |= {model.id: model for model in self.state.all(BaseModel)}
        published = [model for model in models.values() if model.created <= now < model.transcription_until]
        return sorted(published, key=lambda model: model.created)

    def base_model(self, id_: str) -> BaseModel | None:
        """Return a published base model, ``None`` where there is none."""
        return next((model for model in self.base_models() if model.id == id_), None)

    def locales(self) -> list[str]:
        """Return the locales that have a base model."""
        return sorted({model.locale for model in self.base_models()})

    def serving(self, endpoint_id: str) -> ModelReference | None:
        """Return the custom model that answers behind an endpoint id, ``None`` for a base model.

        As the real service does, an unknown id and an endpoint whose model is expired are silently answered
        by the base model.
        """
        endpoint = self.get(Endpoint, endpoint_id)
        if endpoint is None or endpoint.serving is None or endpoint.serving.is_base:
            return None
        model = self.state.get(Model, endpoint.serving.id)
        return endpoint.serving if model is not None and self.clock.now() < model.expires else None

    # Progress

    def _present(self, entity: E | None, patience: float) -> E | None:
        if isinstance(entity, Endpoint) and self._is_over(entity):
            self.state.delete(entity)
            return None
        if isinstance(entity, Transcription):
            for evaluation in self.state.all(Evaluation):
                if entity.id in {evaluation.transcription1, evaluation.transcription2}:
                    self._present(evaluation, patience)
            return self.state.get(type(entity), entity.id)
        if not isinstance(entity, Work):
            return entity
        stage = self._stage(entity)
        if stage is None:
            return entity
        if stage is Status.SUCCEEDED and entity.finished is None and not self._in_transaction:
            self.jobs.wait(entity.id, max(0.0, patience))
        return self.state.update(type(entity), entity.id, lambda current: self._with_status(current, stage))

    @property
    def _in_transaction(self) -> bool:
        return getattr(self._here, "in_transaction", False)

    def _stage(self, work: Work) -> Status | None:
        """Return the status that the progress model allows for unfinished work."""
        activity = ACTIVITIES.get(type(work))
        if activity is None or work.requested is None or work.status.is_terminal:
            return None
        age = (self.clock.now() - work.requested).total_seconds()
        return self.conditions.stage(activity, work.id, age)

    def _is_over(self, endpoint: Endpoint) -> bool:
        return self.tier is Tier.F0 and self.clock.now() > endpoint.created + FREE_ENDPOINT_LIFE

    def _with_status(self, work: E, stage: Status) -> E:
        """Return the entity with the status that its stage allows to show."""
        if not isinstance(work, Work) or work.status.is_terminal:
            return work
        status = Status.RUNNING if Status.RUNNING in {stage, work.status} else stage
        if stage is Status.SUCCEEDED:
            status = Status.RUNNING
            if work.finished is not None:
                status = Status.FAILED if work.error is not None else Status.SUCCEEDED
        if status is work.status:
            return work
        updated = replace(work, status=status, last_action=self.clock.now())
        if isinstance(updated, Endpoint) and status is Status.SUCCEEDED:
            updated = replace(updated, serving=updated.model)
        if isinstance(updated, Evaluation):
            self._update_transcriptions(updated)
        return updated

    def _update_transcriptions(self, evaluation: Evaluation) -> None:
        """Let the transcriptions of an evaluation follow it."""
        dataset = self.state.get(Dataset, evaluation.dataset)
        for id_ in (evaluation.transcription1, evaluation.transcription2):
            transcription = self.state.get(Transcription, id_)
            if transcription is None:
                continue
            if evaluation.status is Status.SUCCEEDED and evaluation.scores1 is not None:
                testing.publish_transcription(self, transcription, evaluation.scores1.sentences)
            self.state.put(
                replace(
                    transcription,
                    status=evaluation.status,
                    last_action=evaluation.last_action,
                    error=evaluation.error,
                    milliseconds=dataset.milliseconds if dataset else 0,
                )
            )

    def _perform(self, work: Work) -> Outcome:
        if isinstance(work, Dataset):
            return ingestion.perform(self, work)
        if isinstance(work, Model):
            return training.perform(self, work)
        if isinstance(work, Evaluation):
            return testing.perform(self, work)
        if isinstance(work, ModelCopy):
            return copying.perform(self, work)
        failure = self.conditions.failure(Activity.DEPLOYMENT, work.display_name)
        if failure is not None:
            raise JobFailedError(failure.code, failure.message)
        return lambda current: current


def _signing_key(state: State) -> str:
    key = state.setting("signing-key")
    if not key:
        key = secrets.token_hex(32)
        state.set("signing-key", key)
    return key
