"""The entities of the service, as frozen values in our units (seconds, fractions, aware UTC times).

Answers are read defensively: every property but the address of an entity may be missing or odd. Ids are the
last segment of that address; no other address is kept, because the service's own links are not reliable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from speechops.speech.json_object import id_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.speech.json_object import JsonObject

FINGERPRINT = "speechops-fingerprint"
RUN = "speechops-run"
"""The custom property with the id of the run that made an entity."""

LOOP = "speechops-loop"
"""The custom property of what a developer's own comparison has made; the value names the developer's loop."""

STORE = "speechops-store"
"""The custom property by which two entities are recognized as the same."""

_FAR = datetime.max.replace(tzinfo=UTC)


class Status(StrEnum):
    """The progress of the service's work on an entity."""

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"

    @property
    def is_final(self) -> bool:
        """Whether the work is over."""
        return self in {Status.SUCCEEDED, Status.FAILED}

    @classmethod
    def _missing_(cls, value: object) -> Status:
        """Treat an unknown status as not final: more may follow."""
        del value
        return cls.RUNNING


@dataclass(frozen=True, slots=True)
class WorkError:
    """Why the service's work failed, in its own words."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A model of either sort: base models and custom models live at different addresses."""

    id: str
    base: bool = False

    @property
    def path(self) -> str:
        """The collection that the model is in."""
        return BaseModel.path if self.base else Model.path


@dataclass(frozen=True, kw_only=True)
class Entity:
    """What all entities have. ``retry_after`` is the minimum wait, in seconds, before the next query."""

    noun: ClassVar[str]
    path: ClassVar[str]
    unstated: ClassVar[Status] = Status.RUNNING  # where the service does not state a status

    id: str
    display_name: str
    locale: str
    status: Status = Status.SUCCEEDED
    created: datetime | None = None
    last_action: datetime | None = None
    custom_properties: Mapping[str, str] = field(default_factory=dict, hash=False)
    error: WorkError | None = None
    retry_after: float | None = field(default=None, compare=False)

    @property
    def seniority(self) -> tuple[datetime, str]:
        """What sorts entities from the oldest on, always alike; those without a date come last."""
        return self.created or _FAR, self.id

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its sources, if SpeechOps created it."""
        return self.custom_properties.get(FINGERPRINT, "")

    @property
    def store(self) -> str:
        """The store of its creator, if SpeechOps created it."""
        return self.custom_properties.get(STORE, "")

    @classmethod
    def parse(cls, answer: JsonObject) -> Self:
        """Read an entity from the service's answer."""
        error = answer.part("properties").part("error")
        return cls(
            id=answer.id(),
            display_name=answer.text("displayName"),
            locale=answer.text("locale"),
            status=Status(answer.text("status") or cls.unstated),
            created=answer.date("createdDateTime"),
            last_action=answer.date("lastActionDateTime"),
            custom_properties=answer.text_map("customProperties"),
            error=WorkError(error.text("code"), error.text("message")) if error.data else None,
            **cls._own(answer),
        )

    @classmethod
    def _own(cls, answer: JsonObject) -> dict[str, Any]:
        """Return what this kind of entity has beyond the rest."""
        del answer
        return {}


@dataclass(frozen=True, kw_only=True)
class Project(Entity):
    """Makes entities visible together in Speech Studio. It is available at once, and has no status."""

    noun: ClassVar[str] = "project"
    path: ClassVar[str] = "projects"
    unstated: ClassVar[Status] = Status.SUCCEEDED


@dataclass(frozen=True, kw_only=True)
class Dataset(Entity):
    """Test data or training data, depending on its use."""

    noun: ClassVar[str] = "dataset"
    path: ClassVar[str] = "datasets"

    kind: str

    @classmethod
    def _own(cls, answer: JsonObject) -> dict[str, Any]:
        return {"kind": answer.text("kind")}


@dataclass(frozen=True, kw_only=True)
class BaseModel(Entity):
    """The service's own model for a locale."""

    noun: ClassVar[str] = "base model"
    path: ClassVar[str] = "models/base"
    unstated: ClassVar[Status] = Status.SUCCEEDED

    adaptable_with: frozenset[str] = frozenset()
    adaptation_until: datetime | None = None
    transcription_until: datetime | None = None
    output_formats: frozenset[str] = frozenset()

    @property
    def reference(self) -> ModelReference:
        """How requests name this model."""
        return ModelReference(self.id, base=True)

    @property
    def has_lexical(self) -> bool:
        """Whether it gives the words as spoken. Whisper models do not; silence counts as yes."""
        return not self.output_formats or "Lexical" in self.output_formats

    @classmethod
    def _own(cls, answer: JsonObject) -> dict[str, Any]:
        properties = answer.part("properties")
        features, dates = properties.part("features"), properties.part("deprecationDates")
        return {
            "adaptable_with": frozenset(features.texts("supportsAdaptationsWith")),
            "adaptation_until": dates.date("adaptationDateTime"),
            "transcription_until": dates.date("transcriptionDateTime"),
            "output_formats": frozenset(features.texts("supportedOutputFormats")),
        }


@dataclass(frozen=True, kw_only=True)
class Model(Entity):
    """A custom model: a candidate, a benchmark, or a former one."""

    noun: ClassVar[str] = "model"
    path: ClassVar[str] = "models"

    base_model_id: str = ""
    dataset_ids: tuple[str, ...] = ()
    transcription_until: datetime | None = None

    @property
    def reference(self) -> ModelReference:
        """How requests name this model."""
        return ModelReference(self.id)

    @classmethod
    def _own(cls, answer: JsonObject) -> dict[str, Any]:
        properties = answer.part("properties")
        return {
            "base_model_id": answer.reference("baseModel"),
            "dataset_ids": tuple(dataset.id() for dataset in answer.parts("datasets")),
            "transcription_until": properties.part("deprecationDates").date("transcriptionDateTime"),
        }


@dataclass(frozen=True, slots=True)
class CopyAuthorization:
    """A resource's permission for another one to copy a model to it, once and until ``expires``.

    ``document`` is sent to the other resource as it is.
    """

    document: Mapping[str, object] = field(repr=False, hash=False)
    id: str
    expires: datetime | None = None

    @classmethod
    def parse(cls, answer: JsonObject) -> Self:
        """Read an authorization from the service's answer."""
        return cls(answer.data, answer.text("id"), answer.date("expirationDateTime"))


@dataclass(frozen=True, kw_only=True)
class ModelCopy(Entity):
    """A copy of a model to another resource; ``model_id`` is the copied model, once it has succeeded."""

    noun: ClassVar[str] = "copy"
    path: ClassVar[str] = "operations/models/copy"

    model_id: str = ""

    @classmethod
    def parse(cls, answer: JsonObject) -> Self:
        """Read an operation, whose error is at its top; ``self`` may be absent, ``id`` may not."""
        error = answer.part("error")
        return cls(
            id=answer.text("id") or answer.id(),
            display_name="",
            locale="",
            status=Status(answer.text("status") or cls.unstated),
            created=answer.date("createdDateTime"),
            last_action=answer.date("lastActionDateTime"),
            error=WorkError(error.text("code"), error.text("message")) if error.data else None,
            model_id=id_of(answer.part("result").text("link")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceScores:
    """How the service scored one model. Rates are fractions; what it does not report is None.

    ``token_errors`` counts edits by class (punctuation, capitalization, inverseTextNormalization, lexical,
    others). The percentages next to them are not used: the service gives some as fractions and some as
    percentages.
    """

    word_error_rate: float | None
    sentence_error_rate: float | None
    token_error_rate: float | None
    token_errors: Mapping[str, int] = field(hash=False)

    @classmethod
    def parse(cls, properties: JsonObject, model: int) -> Self:
        """Read the scores of model 1 or 2 from the properties of an evaluation."""
        classes = properties.part(f"tokenErrors{model}")
        edits = {name: classes.part(name).count("numberOfEdits") for name in classes.data}
        return cls(
            word_error_rate=properties.number(f"wordErrorRate{model}"),
            sentence_error_rate=properties.number(f"sentenceErrorRate{model}"),
            token_error_rate=properties.number(f"tokenErrorRate{model}"),
            token_errors={name: count for name, count in edits.items() if count is not None},
        )


@dataclass(frozen=True, kw_only=True)
class Evaluation(Entity):
    """The service's test of two models on one dataset. Scores are None until it has succeeded."""

    noun: ClassVar[str] = "evaluation"
    path: ClassVar[str] = "evaluations"

    model1: ModelReference | None
    model2: ModelReference | None
    dataset_id: str
    transcription_ids: tuple[str, ...] = ()
    scores1: ServiceScores | None = None
    scores2: ServiceScores | None = None

    @classmethod
    def _own(cls, answer: JsonObject) -> dict[str, Any]:
        properties = answer.part("properties")
        done = Status(answer.text("status")) is Status.SUCCEEDED
        transcriptions = dict.fromkeys(answer.reference(f"transcription{model}") for model in (1, 2))
        return {
            "model1": _model_reference(answer, "model1"),
            "model2": _model_reference(answer, "model2"),
            "dataset_id": answer.reference("dataset"),
            "transcription_ids": tuple(filter(None, transcriptions)),
            "scores1": ServiceScores.parse(properties, 1) if done else None,
            "scores2": ServiceScores.parse(properties, 2) if done else None,
        }


@dataclass(frozen=True, kw_only=True)
class Endpoint(Entity):
    """Where applications use a model. Its id stays when its model is swapped."""

    noun: ClassVar[str] = "endpoint"
    path: ClassVar[str] = "endpoints"

    model: ModelReference | None

    @classmethod
    def _own(cls, answer: JsonObject) -> dict[str, Any]:
        return {"model": _model_reference(answer, "model")}


@dataclass(frozen=True, kw_only=True)
class Transcription(Entity):
    """A batch transcription; evaluations leave two of them behind."""

    noun: ClassVar[str] = "transcription"
    path: ClassVar[str] = "transcriptions"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a dataset, model or evaluation. ``content_url`` opens it without a sign-in."""

    name: str
    kind: str
    size: int | None = None
    content_url: str = field(repr=False)

    @classmethod
    def parse(cls, answer: JsonObject) -> Self:
        """Read a file from the service's answer."""
        properties = answer.part("properties")
        return cls(
            name=answer.text("name"),
            kind=answer.text("kind"),
            size=properties.count("size"),
            content_url=answer.part("links").text("contentUrl"),
        )


def _model_reference(answer: JsonObject, name: str) -> ModelReference | None:
    model = answer.reference(name)
    return ModelReference(model, base="/models/base/" in answer.part(name).text("self")) if model else None
