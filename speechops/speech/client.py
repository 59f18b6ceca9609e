"""The Speech-to-text REST API: one method for each operation that SpeechOps uses.

Addresses are built from ids: of the links that the service gives, only the one to the next page is read, and
only for the position (skip, top) of that page. Entities come back as frozen values
(:mod:`speechops.speech.entities`). All methods may be called from any thread, and raise what
:meth:`speechops.speech.transport.Transport.send` raises.
"""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from speechops.errors import DataError, Place, ServiceError, UsageError
from speechops.speech.drafts import NewProject
from speechops.speech.entities import (
    BaseModel,
    CopyAuthorization,
    Dataset,
    Endpoint,
    Entity,
    Evaluation,
    File,
    Model,
    ModelCopy,
    ModelReference,
    Project,
    Status,
    Transcription,
)
from speechops.speech.failures import not_a_list, not_an_entity
from speechops.speech.finding import Found, Listing, find_or_create
from speechops.speech.hosts import checked_endpoint, recognition_address
from speechops.speech.import_report import describe_rejected_lines, read_rejected_lines
from speechops.speech.json_object import JsonObject, id_of
from speechops.speech.listings import Listings
from speechops.speech.paging import read_all
from speechops.speech.patience import Newcomers
from speechops.speech.recognition import Recognition, content_type
from speechops.speech.transcripts import (
    EvaluationTranscripts,
    Transcript,
    audio_and_model,
    read_transcript,
)
from speechops.speech.transport import PATIENCE, Answer, AnswerLost, Call, Transport
from speechops.speech.upload import Block, upload
from speechops.speech.version import BASE_PATH, ApiVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    import requests

    from speechops.clock import Clock
    from speechops.speech.credential import Credential
    from speechops.speech.drafts import Draft, NewDataset, NewEndpoint, NewEvaluation, NewModel

E = TypeVar("E", bound=Entity)

CONNECTIONS = 8
"""Blocks of all uploads in transit at a time, and detail files fetched at a time."""

_NOT_FOUND = 404
_PAGE = 100  # entities requested at a time, as in the service's documentation
_SAS_MINUTES = 60
_LONGEST_DETAIL = 16 << 20  # bytes of a report, or of one detail file of an evaluation
_LONGEST_AUDIO = 16 << 20  # bytes; the route accepts 60 s, which are 2 MB
_COMMITS = 3


class SpeechClient:
    """A Speech resource, reached at ``endpoint``.

    ``endpoint`` is ``https://NAME.cognitiveservices.azure.com``,
    ``https://REGION.api.cognitive.microsoft.com`` or the embedded service's address; ``stt_endpoint`` says
    where audio is recognized if that differs. ``session`` is best made by :func:`open_session`.
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
        stt_endpoint: str = "",
        log: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.base_url = checked_endpoint(endpoint)
        self.version = version
        self._recognition = recognition_address(self.base_url, stt_endpoint)
        self._transport = Transport(session, credential=credential, clock=clock, log=log)
        self._slots = threading.BoundedSemaphore(CONNECTIONS)
        self._listings = Listings(clock)
        self._newcomers = Newcomers(clock, log=self._transport.log)
        self._said_no_projects = threading.Event()

    def now(self) -> datetime:
        """Return the time by the service's clock, or by this machine's before the first answer."""
        return self._transport.now()

    # Projects.

    def projects(self, *, name: str = "", locale: str = "") -> tuple[Project, ...]:
        """List projects; none in a version of the API without them."""
        return self._list(Project, name=name, locale=locale) if self.version.has_projects else ()

    def project(self, project_id: str) -> Project:
        """Read a project."""
        return self._get(Project, project_id)

    def create_project(self, draft: NewProject) -> Project:
        """Create a project, even if one with its name exists."""
        return self._create(Project, draft)

    def find_or_create_project(self, draft: NewProject) -> Found[Project] | None:
        """Find a project by its name, or create it; None, and a warning, in a version without projects."""
        if not self.version.has_projects:
            self._warn_of_no_projects()
            return None
        return self._find_or_create(Project, draft)

    # Datasets.

    def datasets(self, *, name: str = "", locale: str = "") -> tuple[Dataset, ...]:
        """List datasets."""
        return self._list(Dataset, name=name, locale=locale)

    def dataset(self, dataset_id: str) -> Dataset:
        """Read a dataset."""
        return self._get(Dataset, dataset_id)

    def create_dataset(self, draft: NewDataset) -> Dataset:
        """Create a dataset that waits for :meth:`upload`."""
        return self._create(Dataset, draft)

    def find_or_create_dataset(self, draft: NewDataset) -> Found[Dataset]:
        """Find a dataset by its fingerprint, or create it; in either case :meth:`upload` completes it."""
        return self._find_or_create(Dataset, draft)

    def upload(
        self, dataset: Dataset, content: BinaryIO, *, progress: Callable[[int], None] = lambda _sent: None
    ) -> None:
        """Send the content of a dataset, in parallel blocks, and start its import.

        ``content`` is seekable; ``progress`` receives the number of bytes sent so far. Does nothing for a
        dataset whose import has begun, and sends only what is missing if an earlier upload was interrupted.
        All uploads of a client together keep :data:`CONNECTIONS` blocks of 8 MiB in memory at most.
        """
        if dataset.status is Status.NOT_STARTED:
            store = _DatasetBlocks(self, dataset.id)
            upload(content, store, slots=self._slots, connections=CONNECTIONS, progress=progress)

    def dataset_blocks(self, dataset_id: str) -> tuple[Block, ...]:
        """List the blocks that a dataset has received."""
        action = f"list the blocks of the dataset {dataset_id}"
        try:
            answer = self._json("GET", f"{_path(Dataset, dataset_id)}/blocks", action)
        except ServiceError as error:
            if error.status == _NOT_FOUND:  # none has arrived
                return ()
            raise
        lists = JsonObject(answer.data)
        return tuple(
            Block(block.text("name"), block.count("size") or 0, committed)
            for name, committed in (("committedBlocks", True), ("uncommittedBlocks", False))
            for block in lists.parts(name)
        )

    def put_block(self, dataset_id: str, block_id: str, data: bytes) -> None:
        """Send one block, of at most 8 MiB."""
        call = Call(
            action=f"take a block of the dataset {dataset_id}",
            method="PUT",
            url=self._url(f"{_path(Dataset, dataset_id)}/blocks", {"blockid": block_id}),
            headers={"Content-Type": "application/octet-stream"},
            body=data,
            wants_json=False,
        )
        self._newcomers.patiently(dataset_id, lambda: self._transport.send(call))

    def commit_blocks(self, dataset_id: str, block_ids: Sequence[str]) -> None:
        """Commit blocks as the content of a dataset, which starts its import.

        A lost answer and a faster concurrent run are both fine as long as the import has begun.
        """
        entries = [{"kind": "Uncommitted", "id": block_id} for block_id in block_ids]
        path, action = f"{_path(Dataset, dataset_id)}/blocks:commit", f"import the dataset {dataset_id}"
        for attempt in range(1, _COMMITS + 1):
            try:
                self._send_json("POST", path, action, entries, repeatable=False, wants_json=False)
            except ServiceError as error:
                if self._is_committed(dataset_id):
                    return
                if not isinstance(error, AnswerLost) or attempt == _COMMITS:
                    raise
            else:
                return

    def _is_committed(self, dataset_id: str) -> bool:
        begun = self.dataset(dataset_id).status is not Status.NOT_STARTED
        return begun or any(block.committed for block in self.dataset_blocks(dataset_id))

    def delete_dataset(self, dataset_id: str) -> None:
        """Delete a dataset; it may be gone already, but not be in use or in progress."""
        self._delete(Dataset, dataset_id)

    def dataset_files(self, dataset_id: str) -> tuple[File, ...]:
        """List the files of a dataset: its content as imported, and the report of the import."""
        return self._files(Dataset, dataset_id)

    def explain_import(self, dataset: Dataset) -> str:
        """Return a sentence with the import report's complaints, or nothing.

        Meant for :func:`wait` to add to its error; an unavailable report is not an error of its own.
        """
        try:
            reports = [file for file in self.dataset_files(dataset.id) if file.kind == "DatasetReport"]
            lines = [line for report in reports for line in read_rejected_lines(self.content(report))]
        except ServiceError as error:
            self._transport.log(f"The import report of the dataset {dataset.id} could not be read: {error}")
            return ""
        return describe_rejected_lines(lines)

    # Models.

    def base_models(self, *, name: str = "", locale: str = "") -> tuple[BaseModel, ...]:
        """List the service's own models."""
        return self._list(BaseModel, name=name, locale=locale)

    def base_model(self, model_id: str) -> BaseModel:
        """Read a base model."""
        return self._get(BaseModel, model_id)

    def models(self, *, name: str = "", locale: str = "") -> tuple[Model, ...]:
        """List custom models."""
        return self._list(Model, name=name, locale=locale)

    def model(self, model_id: str) -> Model:
        """Read a custom model."""
        return self._get(Model, model_id)

    def find_model(self, model_id: str, *, base: bool) -> BaseModel | Model | None:
        """Read a model of either kind, None if the service does not have it, or no longer has it."""
        try:
            return self.base_model(model_id) if base else self.model(model_id)
        except ServiceError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def create_model(self, draft: NewModel) -> Model:
        """Start the training of a model."""
        return self._create(Model, draft)

    def find_or_create_model(self, draft: NewModel) -> Found[Model]:
        """Find a model by its fingerprint, trained or in training, or start its training."""
        return self._find_or_create(Model, draft)

    def delete_model(self, model_id: str) -> None:
        """Delete a custom model; it may be gone already, but not be deployed to an endpoint."""
        self._delete(Model, model_id)

    def update_model(
        self, model_id: str, custom_properties: Mapping[str, str], *, display_name: str = ""
    ) -> Model:
        """Replace the custom properties of a model, and its name if one is given."""
        name = {"displayName": display_name} if display_name else {}
        answer = self._send_json(
            "PATCH",
            _path(Model, model_id),
            f"name the model {model_id}",
            {**name, "customProperties": dict(custom_properties)},
        )
        self._listings.forget(Model.path)
        return self._entity(Model, answer)

    # Copies of models: authorized by the target resource, started at the source resource.

    def authorize_copy(self, source_resource_id: str) -> CopyAuthorization:
        """Let another resource, named by its Azure resource id, copy one model to this one."""
        answer = self._send_json(
            "POST",
            f"{Model.path}:authorizecopy",
            f"authorize a copy from {source_resource_id}",
            {"sourceResourceId": source_resource_id},
        )
        return CopyAuthorization.parse(JsonObject(answer.data))

    def copy_model(self, model_id: str, authorization: CopyAuthorization) -> ModelCopy:
        """Start to copy a model of this resource to the one that authorized it.

        Raises :class:`AnswerLost` if the copy may have begun.
        """
        answer = self._send_json(
            "POST",
            f"{_path(Model, model_id)}:copy",
            f"copy the model {model_id}",
            dict(authorization.document),
            repeatable=False,
        )
        begun = ModelCopy.parse(JsonObject(answer.data))
        begun = replace(begun, id=begun.id or id_of(answer.headers.get("Operation-Location", "")))
        if not begun.id:
            raise AnswerLost(f"The speech service returned no ID for the copy of {model_id}.")
        self._newcomers.add(begun.id)
        return begun

    def model_copy(self, operation_id: str) -> ModelCopy:
        """Read the progress of the copy of a model."""
        path, action = _path(ModelCopy, operation_id), f"read the copy {operation_id}"
        answer = self._newcomers.patiently(operation_id, lambda: self._json("GET", path, action))
        return self._entity(ModelCopy, answer)

    # Evaluations.

    def evaluations(self, *, name: str = "", locale: str = "") -> tuple[Evaluation, ...]:
        """List evaluations."""
        return self._list(Evaluation, name=name, locale=locale)

    def evaluation(self, evaluation_id: str) -> Evaluation:
        """Read an evaluation."""
        return self._get(Evaluation, evaluation_id)

    def create_evaluation(self, draft: NewEvaluation) -> Evaluation:
        """Start a test of two models on one dataset."""
        return self._create(Evaluation, draft)

    def find_or_create_evaluation(self, draft: NewEvaluation) -> Found[Evaluation]:
        """Find an evaluation by its fingerprint, or start it."""
        return self._find_or_create(Evaluation, draft)

    def delete_evaluation(self, evaluation_id: str) -> None:
        """Delete an evaluation, but not its transcriptions; read its files before."""
        self._delete(Evaluation, evaluation_id)

    def evaluation_files(self, evaluation_id: str) -> tuple[File, ...]:
        """List the files of an evaluation: what each model recognized in each audio file."""
        return self._files(Evaluation, evaluation_id)

    def transcripts(self, evaluation_id: str) -> EvaluationTranscripts:
        """Fetch what both models of an evaluation recognized, several files at a time.

        Raises :class:`ServiceError` if there are no such files or one cannot be read.
        """
        models: tuple[dict[str, Transcript], dict[str, Transcript]] = ({}, {})
        details, ignored = [], []
        for file in self.evaluation_files(evaluation_id):
            subject = audio_and_model(file.name)
            if subject:
                details.append((file, *subject))
            else:
                ignored.append(file.name)
        if not details:
            raise ServiceError(
                f"The evaluation {evaluation_id} has no files with the recognized text.",
                hint=f"Its files: {', '.join(ignored) or 'none'}. Run the test again.",
            )
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="details") as pool:
            contents = pool.map(self.content, (file for file, _, _ in details))
            for (_, audio, model), content in zip(details, contents, strict=True):
                models[model - 1][audio] = read_transcript(audio, content)
        return EvaluationTranscripts(*models, tuple(ignored))

    def transcription(self, transcription_id: str) -> Transcription:
        """Read a transcription that an evaluation made."""
        return self._get(Transcription, transcription_id)

    def delete_transcription(self, transcription_id: str) -> None:
        """Delete a transcription that an evaluation made; it may be gone already."""
        self._delete(Transcription, transcription_id)

    # Endpoints.

    def endpoints(self, *, name: str = "", locale: str = "") -> tuple[Endpoint, ...]:
        """List endpoints."""
        return self._list(Endpoint, name=name, locale=locale)

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """Read an endpoint."""
        return self._get(Endpoint, endpoint_id)

    def create_endpoint(self, draft: NewEndpoint) -> Endpoint:
        """Start the deployment of a model to a new endpoint."""
        return self._create(Endpoint, draft)

    def find_or_create_endpoint(self, draft: NewEndpoint) -> Found[Endpoint]:
        """Find an endpoint by its name, or by its fingerprint if the draft has one, or create it."""
        return self._find_or_create(Endpoint, draft)

    def swap_model(
        self,
        endpoint_id: str,
        model: ModelReference,
        *,
        logging: bool = False,
        custom_properties: Mapping[str, str] | None = None,
    ) -> Endpoint:
        """Start to replace an endpoint's model; the ID stays, and the old model serves meanwhile.

        ``custom_properties`` replace all that the endpoint has; without them those stay.
        """
        reference = {"self": self._address(model.path, model.id)}
        properties = {"customProperties": dict(custom_properties)} if custom_properties else {}
        answer = self._send_json(
            "PATCH",
            _path(Endpoint, endpoint_id),
            f"deploy the model {model.id} to the endpoint {endpoint_id}",
            # The service calls it loggingEnabled when an endpoint is created and this when it is changed.
            {"model": reference, "properties": {"contentLoggingEnabled": logging}, **properties},
        )
        return self._entity(Endpoint, answer)

    def delete_endpoint(self, endpoint_id: str) -> None:
        """Delete an endpoint; it may be gone already."""
        self._delete(Endpoint, endpoint_id)

    def recognise(self, endpoint_id: str, locale: str, audio: BinaryIO) -> Recognition:
        """Recognize a WAV file of up to 60 seconds through an endpoint.

        Raises :class:`DataError` if ``audio`` is not a WAV file.
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
            )
        )
        return Recognition.parse(JsonObject(answer.data))

    # Files and locales.

    def content(self, file: File) -> bytes:
        """Return the content of a small file, such as a report."""
        sink = io.BytesIO()
        self.download(file, sink, limit=_LONGEST_DETAIL)
        return sink.getvalue()

    def download(self, file: File, sink: BinaryIO, *, limit: int) -> None:
        """Write the content of a file to ``sink``, which is seekable and is overwritten from its start.

        Raises :class:`ServiceError` if it is larger than ``limit`` bytes or unavailable.
        """
        action = f"return the file {file.name}"
        if file.size is not None and file.size > limit:
            raise ServiceError(f"The file {file.name} has {file.size} bytes, more than the limit of {limit}.")
        call = Call(action=action, method="GET", url=file.content_url, signed=False, sink=sink, limit=limit)
        self._transport.send(call)

    # What all kinds of entities have in common.

    def _list(self, entity: type[E], *, name: str, locale: str) -> tuple[E, ...]:
        if name:
            return self._read_list(entity, name=name, locale=locale)
        found: tuple[E, ...] = self._listings.read(
            entity.path, locale, lambda: self._read_list(entity, name="", locale=locale)
        )
        return found

    def _list_recent(self, entity: type[E], *, name: str = "", locale: str = "") -> tuple[E, ...]:
        """List by name now, or return the recently read list without a name."""
        if name:
            return self._read_list(entity, name=name, locale=locale)
        found: tuple[E, ...] = self._listings.recent(
            entity.path, locale, lambda: self._read_list(entity, name="", locale=locale)
        )
        return found

    def _read_list(self, entity: type[E], *, name: str, locale: str) -> tuple[E, ...]:
        terms = (("displayName", name), ("locale", locale))
        wanted = " and ".join(f"{field} eq {_odata(value)}" for field, value in terms if value)
        query = {"top": str(_PAGE)} | ({"filter": wanted} if wanted else {})
        items = self._items(entity.path, query, f"list the {entity.noun}s")
        found = (self._parse(entity, item) for item in items)
        return tuple(item for item in found if item.id)

    def _get(self, entity: type[E], entity_id: str) -> E:
        path = _path(entity, entity_id)
        action = f"read the {entity.noun} {entity_id}"
        answer = self._newcomers.patiently(
            entity_id, lambda: self._json("GET", path, action, objection=not_an_entity)
        )
        return self._entity(entity, answer)

    def _create(self, entity: type[E], draft: Draft) -> E:
        if not self.version.has_projects:
            if isinstance(draft, NewProject):
                raise UsageError(
                    f"api-version {self.version} does not support projects.",
                    hint=f"Use {ApiVersion.V2025_10_15}, or remove speech-project.",
                    place=Place(input="api-version"),
                )
            if draft.project_id:
                self._warn_of_no_projects()
                draft = replace(draft, project_id="")
        action = f"create the {entity.noun} {draft.display_name}"
        answer = self._send_json("POST", entity.path, action, draft.body(self._address), repeatable=False)
        made = self._parse(entity, JsonObject(answer.data))
        made = replace(made, id=made.id or id_of(answer.headers.get("Location", "")))
        if not made.id:
            raise AnswerLost(f"The speech service returned no ID for the {entity.noun} {draft.display_name}.")
        self._newcomers.add(made.id)
        return made

    def _find_or_create(self, entity: type[E], draft: Draft) -> Found[E]:
        create = partial(self._create, entity, draft)
        listing: Listing[E] = partial(self._list_recent, entity)
        return find_or_create(draft, listing=listing, create=create, pause=self._transport.pause)

    def _delete(self, entity: type[Entity], entity_id: str) -> None:
        call = Call(
            action=f"delete the {entity.noun} {entity_id}",
            method="DELETE",
            url=self._url(_path(entity, entity_id), {}),
            wants_json=False,
        )
        try:
            self._transport.send(call)
        except ServiceError as error:
            if error.status != _NOT_FOUND:
                raise
        finally:
            self._listings.forget(entity.path)

    def _files(self, entity: type[Entity], entity_id: str) -> tuple[File, ...]:
        path = f"{_path(entity, entity_id)}/files"
        query = {"top": str(_PAGE)} | {"sasLifetimeMinutes": str(_SAS_MINUTES)}
        items = self._items(path, query, f"list the files of the {entity.noun} {entity_id}")
        return tuple(File.parse(item) for item in items)

    def _items(self, path: str, query: Mapping[str, str], action: str) -> list[JsonObject]:
        """Return the items of all pages of a list.

        A link to the next page only says which page that is: the page is requested from our own address, so
        that credentials never go anywhere else.
        """
        return read_all(
            lambda page: JsonObject(self._json("GET", path, action, page, objection=not_a_list).data),
            query,
            lambda link: self._next_page(link, query, action),
        )

    def _next_page(self, link: str, query: Mapping[str, str], action: str) -> dict[str, str]:
        """Return the query of the next page: ours, with the position that the link names.

        Hosts and paths of such links are wrong in Microsoft's own examples, so nothing else of it is used.
        """
        named = dict(parse_qsl(urlsplit(link).query))
        if not named.get("skip", "").isdecimal():
            raise ServiceError(
                f"The speech service could not {action}: its link to the next page has no position (skip).",
                hint="Check speech-endpoint, and any proxy between it and this machine.",
            )
        return {**query, **{name: named[name] for name in ("skip", "top") if named.get(name, "").isdecimal()}}

    def _json(
        self,
        method: str,
        path: str,
        action: str,
        query: Mapping[str, str] | None = None,
        objection: Callable[[object], str] = lambda _data: "",
    ) -> Answer:
        url = self._url(path, query or {})
        return self._transport.send(Call(action=action, method=method, url=url, objection=objection))

    def _send_json(
        self,
        method: str,
        path: str,
        action: str,
        body: object,
        *,
        repeatable: bool = True,
        wants_json: bool = True,
    ) -> Answer:
        call = Call(
            action=action,
            method=method,
            url=self._url(path, {}),
            headers={"Content-Type": "application/json"},
            body=json.dumps(body, ensure_ascii=False).encode(),
            repeatable=repeatable,
            wants_json=wants_json,
        )
        return self._transport.send(call)

    def _url(self, path: str, query: Mapping[str, str]) -> str:
        parameters = urlencode(dict(query) | self.version.query, quote_via=quote)
        return f"{self.base_url}{BASE_PATH}/{path}" + (f"?{parameters}" if parameters else "")

    def _address(self, path: str, entity_id: str) -> str:
        return self._url(f"{path}/{quote(entity_id, safe='')}", {})

    def _entity(self, entity: type[E], answer: Answer) -> E:
        pause = answer.retry_after
        parsed = self._parse(entity, JsonObject(answer.data))
        if pause is not None and pause > PATIENCE:
            if not parsed.status.is_final:
                self._transport.log(
                    f"The speech service requests a pause of {pause:.0f} s before the {entity.noun} "
                    f"{parsed.id} is read again; it is read after {PATIENCE:.0f} s."
                )
            pause = PATIENCE
        return replace(parsed, retry_after=pause)

    def _parse(self, entity: type[E], item: JsonObject) -> E:
        return entity.parse(item)

    def _warn_of_no_projects(self) -> None:
        if not self._said_no_projects.is_set():
            self._said_no_projects.set()
            self._transport.log(
                f"Version {self.version} of the speech service does not support projects: "
                "continuing without one."
            )


@dataclass(frozen=True, slots=True)
class _DatasetBlocks:
    """The blocks of one dataset, as :func:`speechops.speech.upload.upload` needs them."""

    client: SpeechClient
    dataset_id: str

    def blocks(self) -> Sequence[Block]:
        return self.client.dataset_blocks(self.dataset_id)

    def put(self, block_id: str, data: bytes) -> None:
        self.client.put_block(self.dataset_id, block_id, data)

    def commit(self, block_ids: Sequence[str]) -> None:
        self.client.commit_blocks(self.dataset_id, block_ids)


def _path(entity: type[Entity], entity_id: str) -> str:
    """Return the path of an entity. Raises :class:`ServiceError` for an ID that would change the path."""
    if not entity_id.strip("."):
        raise ServiceError(f"There is no {entity.noun} with the id {entity_id!r}.", status=_NOT_FOUND)
    return f"{entity.path}/{quote(entity_id, safe='')}"


def _odata(text: str) -> str:
    """Return a string as OData writes it."""
    return "'" + text.replace("'", "''") + "'"
