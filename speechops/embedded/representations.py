"""Entities as clients see them: the JSON objects of the API."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from speechops.embedded.entities import (
    BaseModel,
    Dataset,
    Endpoint,
    Entity,
    Evaluation,
    Kind,
    Model,
    ModelCopy,
    ModelReference,
    Project,
    Status,
    Transcription,
    Work,
)
from speechops.embedded.wer import Counts, Scores

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from speechops.embedded.signatures import Signer
    from speechops.embedded.state import StoredFile
    from speechops.embedded.versions import Version

Document = dict[str, object]
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class View:
    """A client's view: the version and the host (``http://127.0.0.1:1234``)."""

    version: Version
    root: str

    def url(self, path: str) -> str:
        """Return the URL of a path of the API."""
        return self.version.url(self.root, path)

    def reference(self, path: str) -> Document:
        """Return a reference to an entity."""
        return {"self": self.url(path)}

    def model_reference(self, model: ModelReference) -> Document:
        """Return a reference to a model."""
        return self.reference(f"{(BaseModel if model.is_base else Model).collection}/{model.id}")


def project(view: View, entity: Project) -> Document:
    """Return a project."""
    lists = ("evaluations", "datasets", "models", "endpoints", "transcriptions")
    foundry = {"foundryProjectName": entity.foundry_project_name} if entity.foundry_project_name else {}
    return {
        **_common(view, entity),
        **(foundry if view.version.foundry else {}),
        "links": {kind: view.url(f"projects/{entity.id}/{kind}") for kind in lists},
    }


def base_model(view: View, entity: BaseModel) -> Document:
    """Return a base model."""
    features = _features(entity.output_formats, endpoints=entity.supports_endpoints)
    return {
        **_dated(view, entity),
        "links": {"manifest": view.url(f"models/base/{entity.id}/manifest")},
        "properties": {
            "deprecationDates": {
                "adaptationDateTime": moment(entity.adaptation_until),
                "transcriptionDateTime": moment(entity.transcription_until),
            },
            "features": {**features, "supportsAdaptationsWith": [kind.value for kind in entity.kinds]},
            "chargeForAdaptation": True,
        },
    }


def dataset(view: View, entity: Dataset) -> Document:
    """Return a dataset. One that waits for its blocks has links to bring them."""
    path = f"datasets/{entity.id}"
    links = {"files": view.url(f"{path}/files")}
    if not entity.content_url:
        links["uploadBlocks"] = links["listBlocks"] = view.url(f"{path}/blocks")
        links["commitBlocks"] = view.url(f"{path}/blocks:commit")
    properties: Document = {"textNormalizationKind": entity.text_normalization, **_error(entity)}
    if entity.status is Status.SUCCEEDED:
        properties["acceptedLineCount"] = entity.accepted
        properties["rejectedLineCount"] = entity.rejected
        if entity.kind in {Kind.ACOUSTIC, Kind.AUDIO_FILES}:
            properties |= {"durationMilliseconds": entity.milliseconds}
    return {
        **_work(view, entity),
        "kind": entity.kind.value,
        **({"contentUrl": entity.content_url} if entity.content_url else {}),
        "links": links,
        "properties": properties,
    }


def model(view: View, entity: Model) -> Document:
    """Return a custom model."""
    path = f"models/{entity.id}"
    weight = {"customModelWeightPercent": entity.weight_percent} if entity.weight_percent is not None else {}
    return {
        **_work(view, entity),
        "baseModel": view.reference(f"models/base/{entity.base_model}"),
        "datasets": [view.reference(f"datasets/{dataset}") for dataset in entity.datasets],
        "links": {
            "manifest": view.url(f"{path}/manifest"),
            "copy": view.url(f"{path}:copy"),
            "files": view.url(f"{path}/files"),
        },
        "properties": {
            "deprecationDates": {"transcriptionDateTime": moment(entity.expires)},
            **weight,
            "features": _features(("Display", "Lexical")),
            **_error(entity),
        },
    }


def evaluation(view: View, entity: Evaluation) -> Document:
    """Return an evaluation. Before it has succeeded every number is -1 and there are no token fields."""
    done = entity.status is Status.SUCCEEDED
    return {
        **_work(view, entity),
        "model1": view.model_reference(entity.model1),
        "model2": view.model_reference(entity.model2),
        "dataset": view.reference(f"datasets/{entity.dataset}"),
        "transcription1": view.reference(f"transcriptions/{entity.transcription1}"),
        "transcription2": view.reference(f"transcriptions/{entity.transcription2}"),
        "links": {"files": view.url(f"evaluations/{entity.id}/files")},
        "properties": {
            **_scores(entity.scores1 if done else None, "1"),
            **_scores(entity.scores2 if done else None, "2"),
            **_error(entity),
        },
    }


def endpoint(view: View, entity: Endpoint) -> Document:
    """Return an endpoint."""
    return {
        **_work(view, entity),
        "model": view.model_reference(entity.model),
        "links": {"webSocket": f"ws{view.root.removeprefix('http')}/stt/speech/universal/v2?cid={entity.id}"},
        "properties": {"loggingEnabled": entity.logging_enabled, **_error(entity)},
    }


def transcription(view: View, entity: Transcription) -> Document:
    """Return a batch transcription."""
    done = entity.status is Status.SUCCEEDED
    length = {"durationMilliseconds": entity.milliseconds} if done else {}
    return {
        **_work(view, entity),
        "model": view.model_reference(entity.model),
        "dataset": view.reference(f"datasets/{entity.dataset}"),
        "links": {"files": view.url(f"transcriptions/{entity.id}/files")},
        "properties": {"timeToLiveHours": 0, **length, **_error(entity)},
    }


def model_copy(view: View, entity: ModelCopy) -> Document:
    """Return the operation that copies a model; its result is an address in the target."""
    done = entity.status is Status.SUCCEEDED
    link = view.version.url(entity.target, f"models/{entity.copy}")
    return {
        **view.reference(f"{entity.collection}/{entity.id}"),
        "id": entity.id,
        "createdDateTime": moment(entity.created),
        "lastActionDateTime": moment(entity.last_action),
        "status": entity.status.value,
        **({"result": {"link": link}} if done else {}),
        **_error(entity),
    }


def work(view: View, entity: Work) -> Document:
    """Return an entity of any kind that has work to do."""
    return _OF_KINDS[type(entity)](view, entity)


_OF_KINDS: Mapping[type[Work], Callable[[View, Any], Document]] = {
    Dataset: dataset,
    Model: model,
    Evaluation: evaluation,
    Endpoint: endpoint,
    Transcription: transcription,
    ModelCopy: model_copy,
}


def file(view: View, owner: Entity, stored: StoredFile, signer: Signer, lifetime: timedelta) -> Document:
    """Return a file of an entity, with a URL under which its content may be read for a while."""
    return {
        "self": view.url(f"{owner.collection}/{owner.id}/files/{file_id(stored)}"),
        "name": stored.name,
        "kind": stored.kind,
        "properties": {"size": stored.size},
        "createdDateTime": published(owner),
        "links": {"contentUrl": signer.url(view.root, content_path(owner.id, stored.name), lifetime)},
    }


def published(owner: Entity) -> str:
    """Return the date of the files of an entity."""
    return moment(owner.last_action if isinstance(owner, Work) else owner.created)


def file_id(stored: StoredFile) -> str:
    """Return the id of a file, derived from its owner and its name."""
    return str(uuid.uuid5(uuid.UUID(stored.owner), stored.name))


def content_path(owner: str, name: str) -> str:
    """Return the path under which a file's content is served."""
    return f"/storage/{owner}/{name}"


def moment(when: datetime) -> str:
    """Return a date as the service writes it: to the second, in UTC."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _common(view: View, entity: Entity) -> Document:
    optional: Document = {}
    if entity.description is not None:
        optional["description"] = entity.description
    if not isinstance(entity, BaseModel):
        optional["customProperties"] = dict(entity.custom_properties)
    return {
        **view.reference(f"{entity.collection}/{entity.id}"),
        "displayName": entity.display_name,
        "locale": entity.locale,
        "createdDateTime": moment(entity.created),
        **optional,
    }


def _dated(view: View, entity: Work | BaseModel) -> Document:
    return {
        **_common(view, entity),
        "lastActionDateTime": moment(entity.last_action),
        "status": entity.status.value,
    }


def _features(output_formats: Sequence[str], *, endpoints: bool = True) -> Document:
    """Return what a model can be used for."""
    return {
        "supportsTranscriptionsSubmit": True,
        "supportsTranscriptionsTranscribe": False,
        "supportsEndpoints": endpoints,
        "supportsTranscriptionsOnSpeechContainers": False,
        "supportedOutputFormats": list(output_formats),
    }


def _work(view: View, entity: Work) -> Document:
    member = entity.project and view.version.projects
    return {
        **_dated(view, entity),
        **({"project": view.reference(f"projects/{entity.project}")} if member else {}),
    }


def _error(entity: Work) -> Document:
    if entity.status is not Status.FAILED or entity.error is None:
        return {}
    return {"error": {"code": entity.error.code, "message": entity.error.message}}


def _scores(scores: Scores | None, which: str) -> Document:
    if scores is None:
        named = {
            "wordErrorRate": float(UNKNOWN),
            "sentenceErrorRate": float(UNKNOWN),
            "sentenceCount": UNKNOWN,
            **dict.fromkeys(_counts(Counts(), "word"), UNKNOWN),
        }
        return {name + which: value for name, value in named.items()}
    wrong = scores.wrong_sentences / scores.sentences if scores.sentences else 0.0
    edits = sum(scores.token_errors.values())
    return {
        f"wordErrorRate{which}": scores.words.rate,
        f"sentenceErrorRate{which}": wrong,
        f"tokenErrorRate{which}": scores.tokens.rate,
        f"sentenceCount{which}": scores.sentences,
        **{name + which: value for name, value in _counts(scores.words, "word").items()},
        **{name + which: value for name, value in _counts(scores.tokens, "token").items()},
        f"tokenErrors{which}": {
            name: {"numberOfEdits": count, "percentageOfAllEdits": count / edits}
            for name, count in scores.token_errors.items()
        },
    }


def _counts(counts: Counts, unit: str) -> dict[str, int]:
    return {
        f"{unit}Count": counts.total,
        f"correct{unit.capitalize()}Count": counts.correct,
        f"{unit}SubstitutionCount": counts.substitutions,
        f"{unit}DeletionCount": counts.deletions,
        f"{unit}InsertionCount": counts.insertions,
    }
