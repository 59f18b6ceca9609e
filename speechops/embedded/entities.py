"""The entities of the service: projects, datasets, models, evaluations, endpoints and transcriptions.

The values hold ids, never URLs, and no trait of any API version: ``representations`` and ``versions`` turn
them into what a client sees.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads the annotations at run time
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - as above
from enum import StrEnum
from typing import ClassVar

from speechops.embedded.wer import Scores  # noqa: TC001 - as above


class Status(StrEnum):
    """The progress of the work on an entity."""

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"

    @property
    def is_terminal(self) -> bool:
        """Whether no more work will be done."""
        return self in {Status.SUCCEEDED, Status.FAILED}


class Kind(StrEnum):
    """The kinds of dataset."""

    LANGUAGE = "Language"
    ACOUSTIC = "Acoustic"
    PRONUNCIATION = "Pronunciation"
    AUDIO_FILES = "AudioFiles"
    LANGUAGE_MARKDOWN = "LanguageMarkdown"
    OUTPUT_FORMATTING = "OutputFormatting"


class TextNormalization(StrEnum):
    """How the text of a dataset is brought to spoken form. The embedded service has one method."""

    DEFAULT = "Default"
    NONE = "None"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why work ended as failed: a code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A base model or a custom model; the two live in different collections."""

    id: str
    is_base: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """The common fields of all entities. ``collection`` is the path of the entity's collection."""

    collection: ClassVar[str]

    id: str
    display_name: str
    locale: str
    created: datetime
    description: str | None = None
    custom_properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project(Entity):
    """A label that groups entities in the portal."""

    collection: ClassVar[str] = "projects"

    foundry_project_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel(Entity):
    """One of the service's own models."""

    collection: ClassVar[str] = "models/base"

    adaptation_until: datetime
    transcription_until: datetime
    kinds: tuple[Kind, ...]
    output_formats: tuple[str, ...] = ("Display", "Lexical")
    supports_endpoints: bool = True

    @property
    def status(self) -> Status:
        """A base model is ready from the start."""
        return Status.SUCCEEDED

    @property
    def last_action(self) -> datetime:
        """When it was made."""
        return self.created

    @property
    def reference(self) -> ModelReference:
        """How others name this model."""
        return ModelReference(self.id, is_base=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Entity):
    """An entity with work to do.

    ``status`` is what clients see; it follows the work at the pace of the service's progress model.
    ``requested`` is when the work was requested (``None``: a dataset that waits for its blocks), ``finished``
    when it was actually done; ``last_action`` when the status was entered.
    """

    last_action: datetime
    project: str = ""
    status: Status = Status.NOT_STARTED
    requested: datetime | None = None
    finished: datetime | None = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset(Work):
    """Training or test data; ``blocks`` are the ids of the committed blocks, in order."""

    collection: ClassVar[str] = "datasets"

    kind: Kind
    text_normalization: TextNormalization = TextNormalization.DEFAULT
    content_url: str = ""
    blocks: tuple[str, ...] = ()
    accepted: int = 0
    rejected: int = 0
    milliseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Work):
    """A custom model; ``expires`` is when transcription with it ends."""

    collection: ClassVar[str] = "models"

    base_model: str
    datasets: tuple[str, ...]
    expires: datetime
    weight_percent: int | None = None

    @property
    def reference(self) -> ModelReference:
        """How others name this model."""
        return ModelReference(self.id, is_base=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(Work):
    """The test of two models on one dataset."""

    collection: ClassVar[str] = "evaluations"

    model1: ModelReference
    model2: ModelReference
    dataset: str
    transcription1: str
    transcription2: str
    scores1: Scores | None = None
    scores2: Scores | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Work):
    """An endpoint: ``model`` is the requested model, ``serving`` the one that answers until then."""

    collection: ClassVar[str] = "endpoints"

    model: ModelReference
    serving: ModelReference | None = None
    logging_enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcription(Work):
    """The batch transcription that an evaluation makes for each of its models."""

    collection: ClassVar[str] = "transcriptions"

    model: ModelReference
    dataset: str
    milliseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyAuthorization(Entity):
    """Allows ``source``, another resource, to copy one model to this one until ``expires``.

    ``operation`` is the copy that used it, and ``model`` the model it created here; both are empty before.
    """

    collection: ClassVar[str] = "copies"

    source: str
    expires: datetime
    operation: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCopy(Work):
    """A copy of ``model`` to the service at ``target``, where it becomes ``copy``."""

    collection: ClassVar[str] = "operations/models/copy"

    model: str
    target: str
    authorization: str
    copy: str


KEPT: tuple[type[Entity], ...] = (
    Project,
    BaseModel,
    Dataset,
    Model,
    Evaluation,
    Endpoint,
    Transcription,
    CopyAuthorization,
    ModelCopy,
)
