"""The Speech-to-text REST API: one method for each operation that SpeechOps uses.

Addresses are built from ids: of the links that the service gives, only the one to the next page is read, and
only for the position (skip, top) of that page. Entities come back as frozen values
(:mod:`speechops.speech.entities`). All methods may be called from any thread, and raise what
:meth:`speechops.speech.transport.Transport.send` raises.
"""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlencode

from speechops.errors import DataError, ServiceError, or_none
from speechops.speech.blocks import DatasetBlocks
from speechops.speech.collections import Entities, path_of
from speechops.speech.entities import (
    BaseModel,
    CopyAuthorization,
    Dataset,
    Endpoint,
    Evaluation,
    File,
    Model,
    ModelCopy,
    ModelReference,
    Project,
    Status,
    Transcription,
)
from speechops.speech.failures import not_a_recognition, not_an_authorization, not_an_entity
from speechops.speech.hosts import checked_endpoint, recognition_address
from speechops.speech.import_report import describe_rejected_lines, read_rejected_lines
from speechops.speech.json_object import JsonObject, id_of
from speechops.speech.recognition import Recognition, content_type
from speechops.speech.transcripts import (
    EvaluationTranscripts,
    Transcript,
    audio_and_model,
    read_transcript,
)
from speechops.speech.transport import Answer, AnswerLost, Call, Transport
from speechops.speech.upload import upload
from speechops.speech.version import ApiVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import requests

    from speechops.clock import Clock
    from speechops.speech.credential import Credential
    from speechops.speech.drafts import NewDataset, NewEndpoint, NewEvaluation, NewModel, NewProject
    from speechops.speech.finding import Found

CONNECTIONS = 8
"""Blocks of all uploads in transit at a time, and detail files fetched at a time."""

_LONGEST_DETAIL = 16 << 20  # bytes of a report, or of one detail file of an evaluation
_LONGEST_AUDIO = 16 << 20  # bytes; the route accepts 60 s, which are 2 MB


class SpeechClient:
    """A Speech resource, reached at ``endpoint``.

    ``endpoint`` is ``https://NAME.cognitiveservices.azure.com``,
    ``https://REGION.api.cognitive.microsoft.com`` or the embedded service's address. ``session`` is best made
    by :func:`open_session`.
    ``log`` receives warnings and retries, one line each, free of secrets.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        credential: Credential,
        session: requests.Session,
        clock: Clock,
        version: ApiVersion = ApiVersion.V2025_10_15,
        log: Callable[[str], None] = lambda _text: None,
    ) -> None:
        base_url = checked_endpoint(endpoint)
        self.version = version
        self._recognition = recognition_address(base_url)
        self._transport = Transport(session, credential=credential, clock=clock, log=log)
        self.entities = Entities(base_url, version, self._transport, clock)
        self._slots = threading.BoundedSemaphore(CONNECTIONS)

    @property
    def base_url(self) -> str:
        """The address of the resource, without a path."""
        return self.entities.base_url

    def now(self) -> datetime:
        """Return the time by the service's clock, or by this machine's before the first answer."""
        return self._transport.now()

    # Projects.

    def find_or_create_project(self, draft: NewProject) -> Found[Project] | None:
        """Find a project by its name, or create it; None, and a warning, in a version without projects."""
        if not self.version.has_projects:
            self.entities.warn_of_no_projects()
            return None
        return self.entities.find_or_create(Project, draft)

    # Datasets.

    def datasets(self, *, locale: str = "") -> tuple[Dataset, ...]:
        """List datasets."""
        return self.entities.list(Dataset, locale)

    def dataset(self, dataset_id: str) -> Dataset:
        """Read a dataset."""
        return self.entities.read(Dataset, dataset_id)

    def find_or_create_dataset(self, draft: NewDataset) -> Found[Dataset]:
        """Find a dataset by its fingerprint, or create it; in either case :meth:`upload` completes it.

        A new one waits for its content, whatever the answer to its creation says of it.
        """
        found = self.entities.find_or_create(Dataset, draft)
        if not found.made:
            return found
        return found._replace(entity=replace(found.entity, status=Status.NOT_STARTED))

    def upload(
        self, dataset: Dataset, content: BinaryIO, *, progress: Callable[[int], None] = lambda _sent: None
    ) -> None:
        """Send the content of a dataset, in parallel blocks, and start its import.

        ``content`` is seekable; ``progress`` receives the number of bytes sent so far. Does nothing for a
        dataset whose import has begun, and sends only what is missing if an earlier upload was interrupted.
        All uploads of a client together keep :data:`CONNECTIONS` blocks of 8 MiB in memory at most.
        """
        if dataset.status is Status.NOT_STARTED:
            store = DatasetBlocks(self.entities, dataset.id)
            upload(content, store, slots=self._slots, connections=CONNECTIONS, progress=progress)

    def delete_dataset(self, dataset_id: str) -> None:
        """Delete a dataset; it may be gone already, but not be in use or in progress."""
        self.entities.delete(Dataset, dataset_id)

    def explain_import(self, dataset: Dataset) -> str:
        """Return a sentence with the import report's complaints, or nothing.

        Meant for :func:`wait` to add to its error; an unavailable report is not an error of its own.
        """
        try:
            reports = [
                file for file in self.entities.files(Dataset, dataset.id) if file.kind == "DatasetReport"
            ]
            lines = [line for report in reports for line in read_rejected_lines(self.content(report))]
        except ServiceError as error:
            self._transport.log(f"The import report of the dataset {dataset.id} could not be read: {error}")
            return ""
        return describe_rejected_lines(lines)

    # Models.

    def base_models(self, *, locale: str = "") -> tuple[BaseModel, ...]:
        """List the service's own models."""
        return self.entities.list(BaseModel, locale)

    def base_model(self, model_id: str) -> BaseModel:
        """Read a base model."""
        return self.entities.read(BaseModel, model_id)

    def models(self, *, locale: str = "") -> tuple[Model, ...]:
        """List custom models."""
        return self.entities.list(Model, locale)

    def model(self, model_id: str) -> Model:
        """Read a custom model."""
        return self.entities.read(Model, model_id)

    def find_model(self, model_id: str, *, base: bool) -> BaseModel | Model | None:
        """Read a model of either kind, None if the service does not have it, or no longer has it."""
        return or_none(lambda: self.base_model(model_id) if base else self.model(model_id))

    def find_or_create_model(self, draft: NewModel) -> Found[Model]:
        """Find a model by its fingerprint, trained or in training, or start its training."""
        return self.entities.find_or_create(Model, draft)

    def delete_model(self, model_id: str) -> None:
        """Delete a custom model; it may be gone already, but not be deployed to an endpoint."""
        self.entities.delete(Model, model_id)

    def update_model(
        self, model_id: str, custom_properties: Mapping[str, str], *, display_name: str = ""
    ) -> Model:
        """Replace the custom properties of a model, and its name if one is given."""
        name = {"displayName": display_name} if display_name else {}
        answer = self.entities.send(
            "PATCH",
            path_of(Model, model_id),
            f"name the model {model_id}",
            {**name, "customProperties": dict(custom_properties)},
            objection=not_an_entity,
        )
        self.entities.forget(Model)
        return self.entities.entity(Model, answer)

    # Copies of models: authorized by the target resource, started at the source resource.

    def authorize_copy(self, source_resource_id: str) -> CopyAuthorization:
        """Let another resource, named by its Azure resource id, copy one model to this one."""
        answer = self.entities.send(
            "POST",
            f"{Model.path}:authorizecopy",
            f"authorize a copy from {source_resource_id}",
            {"sourceResourceId": source_resource_id},
            objection=not_an_authorization,
        )
        return CopyAuthorization.parse(JsonObject(answer.data))

    def copy_model(self, model_id: str, authorization: CopyAuthorization) -> ModelCopy:
        """Start to copy a model of this resource to the one that authorized it.

        Raises :class:`AnswerLost` if the copy may have begun.
        """
        answer = self.entities.send(
            "POST",
            f"{path_of(Model, model_id)}:copy",
            f"copy the model {model_id}",
            dict(authorization.document),
            repeatable=False,
        )
        begun = ModelCopy.parse(JsonObject(answer.data))
        begun = replace(begun, id=begun.id or id_of(answer.headers.get("Operation-Location", "")))
        if not begun.id:
            raise AnswerLost(f"The speech service returned no ID for the copy of {model_id}.")
        self.entities.newcomers.add(begun.id)
        return begun

    def model_copy(self, operation_id: str) -> ModelCopy:
        """Read the progress of the copy of a model."""
        path, action = path_of(ModelCopy, operation_id), f"read the copy {operation_id}"
        answer = self.entities.newcomers.patiently(
            operation_id, lambda: self.entities.request("GET", path, action)
        )
        return self.entities.entity(ModelCopy, answer)

    # Evaluations.

    def evaluations(self, *, name: str = "", locale: str = "") -> tuple[Evaluation, ...]:
        """List evaluations."""
        return self.entities.list(Evaluation, locale, name)

    def evaluation(self, evaluation_id: str) -> Evaluation:
        """Read an evaluation."""
        return self.entities.read(Evaluation, evaluation_id)

    def find_or_create_evaluation(self, draft: NewEvaluation) -> Found[Evaluation]:
        """Find an evaluation by its fingerprint, or start it."""
        return self.entities.find_or_create(Evaluation, draft)

    def delete_evaluation(self, evaluation_id: str) -> None:
        """Delete an evaluation, but not its transcriptions; read its files before."""
        self.entities.delete(Evaluation, evaluation_id)

    def transcripts(
        self,
        evaluation_id: str,
        *,
        both: bool = True,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> EvaluationTranscripts:
        """Fetch what both models of an evaluation recognized, or the first alone, several files at a time.

        ``progress`` is called after each file with the number of those fetched, and of all.
        Raises :class:`ServiceError` if there are no such files or one cannot be read.
        """
        models: tuple[dict[str, Transcript], dict[str, Transcript]] = ({}, {})
        details, ignored = [], []
        for file in self.entities.files(Evaluation, evaluation_id):
            subject = audio_and_model(file.name)
            if not subject:
                ignored.append(file.name)
            elif both or subject[1] == 1:
                details.append((file, *subject))
        if not details:
            raise ServiceError(
                f"The evaluation {evaluation_id} has no files with the recognized text.",
                hint=f"Its files: {', '.join(ignored) or 'none'}. Run again. If that does not help, delete "
                "the evaluation in Speech Studio.",
            )
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="details") as pool:
            contents = pool.map(self._json, (file for file, _, _ in details))
            for number, ((_, audio, model), content) in enumerate(zip(details, contents, strict=True), 1):
                models[model - 1][audio] = read_transcript(audio, content)
                progress(number, len(details))
        return EvaluationTranscripts(*models)

    def delete_transcription(self, transcription_id: str) -> None:
        """Delete a transcription that an evaluation made; it may be gone already."""
        self.entities.delete(Transcription, transcription_id)

    # Endpoints.

    def endpoints(self, *, locale: str = "") -> tuple[Endpoint, ...]:
        """List endpoints."""
        return self.entities.list(Endpoint, locale)

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """Read an endpoint."""
        return self.entities.read(Endpoint, endpoint_id)

    def find_or_create_endpoint(self, draft: NewEndpoint) -> Found[Endpoint]:
        """Find an endpoint by its name, or by its fingerprint if the draft has one, or create it."""
        return self.entities.find_or_create(Endpoint, draft)

    def swap_model(
        self,
        endpoint_id: str,
        model: ModelReference,
        *,
        custom_properties: Mapping[str, str] | None = None,
    ) -> Endpoint:
        """Start to replace an endpoint's model; the ID stays, and the old model serves meanwhile.

        ``custom_properties`` replace all that the endpoint has; without them those stay. Users are not
        recorded.
        """
        reference = {"self": self.entities.address(model.path, model.id)}
        properties = {"customProperties": dict(custom_properties)} if custom_properties else {}
        answer = self.entities.send(
            "PATCH",
            path_of(Endpoint, endpoint_id),
            f"deploy the model {model.id} to the endpoint {endpoint_id}",
            # The service calls it loggingEnabled when an endpoint is created and this when it is changed.
            {"model": reference, "properties": {"contentLoggingEnabled": False}, **properties},
            objection=not_an_entity,
        )
        return self.entities.entity(Endpoint, answer)

    def delete_endpoint(self, endpoint_id: str) -> None:
        """Delete an endpoint; it may be gone already."""
        self.entities.delete(Endpoint, endpoint_id)

    def recognise(self, endpoint_id: str, locale: str, audio: BinaryIO) -> Recognition:
        """Recognize a WAV file of up to 60 seconds through an endpoint.

        An answer that is no recognition, such as an internal error, is asked for again. Raises
        :class:`DataError` if ``audio`` is not a WAV file.
        """
        data = audio.read(_LONGEST_AUDIO + 1)
        if len(data) > _LONGEST_AUDIO:
            raise DataError(
                "The audio is too long to be recognized in one request.", hint="Use 60 s at most."
            )
        query = urlencode({"cid": endpoint_id, "language": locale, "format": "detailed"})
        answer = self._transport.send(
            Call(
                action=f"recognize audio through the endpoint {endpoint_id}",
                method="POST",
                url=f"{self._recognition}?{query}",
                headers={"Accept": "application/json", "Content-Type": content_type(io.BytesIO(data))},
                body=data,
                objection=not_a_recognition,
            )
        )
        return Recognition.parse(JsonObject(answer.data))

    # Files and locales.

    def content(self, file: File) -> bytes:
        """Return the content of a small file, such as a report.

        Raises :class:`ServiceError` if it is larger than 16 MiB or unavailable.
        """
        return self._fetch(file, wants_json=False).body

    def _json(self, file: File) -> object:
        """Return what is in a small JSON file, which is read again if it was cut."""
        return self._fetch(file, wants_json=True).data

    def _fetch(self, file: File, *, wants_json: bool) -> Answer:
        limit, action = _LONGEST_DETAIL, f"return the file {file.name}"
        if file.size is not None and file.size > limit:
            raise ServiceError(f"The file {file.name} has {file.size} bytes, more than the limit of {limit}.")
        call = Call(
            action=action,
            method="GET",
            url=file.content_url,
            signed=False,
            wants_json=wants_json,
            raw=True,
            limit=limit,
        )
        return self._transport.send(call)
