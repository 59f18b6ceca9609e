from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.speech import (
    ApiVersion,
    BaseModel,
    Dataset,
    Endpoint,
    Entity,
    Evaluation,
    File,
    Model,
    ModelReference,
    NewDataset,
    Project,
    Status,
    Transcription,
    WorkError,
)
from speechops.speech.json_object import JsonObject, id_of
from tests.speech.service import address, dataset, entity, evaluation, identity

KINDS: list[type[Entity]] = [Project, Dataset, BaseModel, Model, Evaluation, Endpoint, Transcription]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://h/speechtotext/datasets/abc?api-version=2025-10-15", "abc"),
        ("https://h/speechtotext/models/base/abc", "abc"),
        ("https://h/speechtotext/datasets/abc/", "abc"),
        ("https://h/speechtotext/datasets/a%20b", "a b"),
        ("", ""),
        ("http://[", ""),
    ],
)
def test_id_of__is_the_last_segment(link: str, expected: str) -> None:
    assert id_of(link) == expected


def test_dataset__reads_what_success_brings(version: ApiVersion) -> None:
    length: dict[str, object] = {"durationMilliseconds": 252_000}
    raw = dataset(
        3,
        version,
        customProperties={"speechops-fingerprint": "f" * 64, "odd": None},
        project={"self": address(f"projects/{identity(9)}", version)},
        properties={"acceptedLineCount": 11, "rejectedLineCount": 2, **length},
    )
    read = Dataset.parse(JsonObject(raw))
    assert read == Dataset(
        id=identity(3),
        display_name="thing 3",
        locale="en-US",
        status=Status.SUCCEEDED,
        created=datetime(2026, 1, 3, 11, 34, 12, tzinfo=UTC),
        last_action=datetime(2026, 1, 3, 11, 36, 12, tzinfo=UTC),
        custom_properties={"speechops-fingerprint": "f" * 64},
        kind="Acoustic",
    )
    assert read.fingerprint == "f" * 64
    assert hash(read) == hash(Dataset.parse(JsonObject(raw)))


@pytest.mark.parametrize("unset", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "", None])
def test_model__dates_that_are_unset_are_none(unset: str | None) -> None:
    dates = {"transcriptionDateTime": unset}
    read = Model.parse(
        JsonObject(entity("models", createdDateTime=unset, properties={"deprecationDates": dates}))
    )
    assert (read.created, read.transcription_until) == (None, None)


def test_dataset__keeps_no_address_of_its_content() -> None:
    raw = dataset(contentUrl="https://acct.blob.core.windows.net/c/train.zip?sig=SECRET")
    assert "SECRET" not in repr(Dataset.parse(JsonObject(raw)))


def test_base_model__reads_dates_features_and_formats(version: ApiVersion) -> None:
    raw = entity(
        "models/base",
        1,
        version,
        properties={
            "deprecationDates": {
                "adaptationDateTime": "2026-04-15T00:00:00Z",
                "transcriptionDateTime": "2027-04-15T00:00:00.1234567Z",
            },
            "features": {
                "supportsEndpoints": True,
                "supportsAdaptationsWith": ["Language", "Acoustic"],
                "supportedOutputFormats": ["Display", "Lexical"],
            },
            "chargeForAdaptation": True,
        },
    )
    model = BaseModel.parse(JsonObject(raw))
    assert model.adaptable_with == {"Language", "Acoustic"}
    assert model.adaptation_until == datetime(2026, 4, 15, tzinfo=UTC)
    assert model.transcription_until == datetime(2027, 4, 15, 0, 0, 0, 123456, tzinfo=UTC)
    assert model.has_lexical
    assert model.reference == ModelReference(identity(1), base=True)


@pytest.mark.parametrize(
    ("formats", "lexical"), [(["Display"], False), (["Display", "Lexical"], True), ([], True)]
)
def test_base_model__without_word_of_formats_has_lexical(formats: list[str], lexical: bool) -> None:
    raw = entity("models/base", properties={"features": {"supportedOutputFormats": formats}})
    assert BaseModel.parse(JsonObject(raw)).has_lexical is lexical


def test_model__knows_what_it_was_made_from() -> None:
    raw = entity(
        "models",
        baseModel={"self": address(f"models/base/{identity(7)}")},
        datasets=[{"self": address(f"datasets/{identity(8)}")}, {"self": address(f"datasets/{identity(9)}")}],
        properties={
            "deprecationDates": {"transcriptionDateTime": "2028-01-15T00:00:00Z"},
        },
    )
    model = Model.parse(JsonObject(raw))
    assert model.base_model_id == identity(7)
    assert model.dataset_ids == (identity(8), identity(9))
    assert model.transcription_until == datetime(2028, 1, 15, tzinfo=UTC)
    assert model.reference == ModelReference(identity(1))


UNDONE = {
    f"{name}{model}": -1
    for model in (1, 2)
    for name in ("wordErrorRate", "sentenceErrorRate", "tokenErrorRate", "sentenceCount", "wordCount")
}
DONE: dict[str, Any] = {
    "wordErrorRate1": 0.065,
    "sentenceErrorRate1": 0.375,
    "tokenErrorRate1": 0.125,
    "sentenceCount1": 8,
    "wordCount1": 46,
    "correctWordCount1": 43,
    "wordSubstitutionCount1": 3,
    "wordDeletionCount1": 0,
    "wordInsertionCount1": 0,
    "tokenCount1": 48,
    "tokenErrors1": {
        "punctuation": {"numberOfEdits": 2, "percentageOfAllEdits": 0.66},
        "capitalization": {"numberOfEdits": 1, "percentageOfAllEdits": 33.0},
        "lexical": {},
    },
    "wordErrorRate2": 0.0,
    "wordCount2": 46,
}


def test_evaluation__has_scores_of_both_models_when_done() -> None:
    read = Evaluation.parse(JsonObject(evaluation(properties=DONE)))
    assert read.model1 == ModelReference(identity(10), base=True)
    assert read.model2 == ModelReference(identity(11))
    assert read.dataset_id == identity(12)
    assert read.scores1 is not None
    assert (read.scores1.word_error_rate, read.scores1.sentence_error_rate) == (0.065, 0.375)
    assert read.scores1.token_errors == {"punctuation": 2, "capitalization": 1}
    assert read.scores2 is not None
    assert (read.scores2.word_error_rate, read.scores2.token_error_rate) == (0.0, None)
    assert read.scores2.token_errors == {}


@pytest.mark.parametrize("status", ["NotStarted", "Running", "Failed"])
def test_evaluation__has_no_scores_before_success(status: str) -> None:
    read = Evaluation.parse(JsonObject(evaluation(status=status, properties=UNDONE)))
    assert (read.scores1, read.scores2) == (None, None)


def test_evaluation__reads_minus_one_as_unknown() -> None:
    read = Evaluation.parse(JsonObject(evaluation(properties=UNDONE)))
    assert read.scores1 is not None
    assert (read.scores1.word_error_rate, read.scores1.token_error_rate) == (None, None)


def test_evaluation__names_its_transcriptions_once() -> None:
    same = {"self": address(f"transcriptions/{identity(5)}")}
    read = Evaluation.parse(JsonObject(evaluation(transcription1=same, transcription2=same)))
    assert read.transcription_ids == (identity(5),)
    assert Evaluation.parse(JsonObject(evaluation())).transcription_ids == ()


def test_endpoint__reads_its_model(version: ApiVersion) -> None:
    raw = entity(
        "endpoints",
        1,
        version,
        model={"self": address(f"models/{identity(2)}", version)},
        properties={"loggingEnabled": False},
        links={"webSocket": "wss://a", "webSocketConversation": "wss://a"},
    )
    read = Endpoint.parse(JsonObject(raw))
    assert read.model == ModelReference(identity(2))


def test_entity__failed_work_has_code_and_words() -> None:
    raw = dataset(status="Failed", properties={"error": {"code": "DataImportFailed", "message": "no lines"}})
    assert Dataset.parse(JsonObject(raw)).error == WorkError("DataImportFailed", "no lines")


@pytest.mark.parametrize("kind", KINDS)
def test_entity__parses_from_nothing_at_all(kind: type[Entity], version: ApiVersion) -> None:
    read = kind.parse(JsonObject({"self": address(f"{kind.path}/{identity(4)}", version)}))
    assert read.id == identity(4)
    assert read.status is (Status.SUCCEEDED if kind in {Project, BaseModel} else Status.RUNNING)


def test_status__unknown_word_is_no_end() -> None:
    assert not Dataset.parse(JsonObject(dataset(status="Thinking"))).status.is_final


NAMES = [
    "self",
    "displayName",
    "locale",
    "status",
    "createdDateTime",
    "lastActionDateTime",
    "customProperties",
    "project",
    "properties",
    "kind",
    "links",
    "contentUrl",
    "error",
    "code",
    "message",
    "model",
    "model1",
    "model2",
    "dataset",
    "datasets",
    "baseModel",
    "deprecationDates",
    "features",
    "adaptationDateTime",
    "supportsAdaptationsWith",
    "wordErrorRate1",
    "wordCount1",
    "tokenErrors1",
    "punctuation",
    "numberOfEdits",
    "customModelWeightPercent",
    "size",
    "name",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["Succeeded", "en-US"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=40,
)


@given(JSON)
def test_entity__no_answer_breaks_the_parser(answer: object) -> None:
    for kind in KINDS:
        assert kind.parse(JsonObject(answer)).id is not None
    assert File.parse(JsonObject(answer)).name is not None


def test_file__hides_where_it_is() -> None:
    raw = {
        "self": address(f"datasets/{identity(1)}/files/{identity(2)}"),
        "name": "report.json",
        "kind": "DatasetReport",
        "properties": {"size": 12},
        "links": {"contentUrl": "https://acct.blob.core.windows.net/c/report.json?sig=SECRET"},
    }
    file = File.parse(JsonObject(raw))
    assert (file.name, file.kind, file.size) == ("report.json", "DatasetReport", 12)
    assert "SECRET" not in repr(file)
    assert "SECRET" in file.content_url


@pytest.mark.parametrize(
    "properties",
    [{f"key{number}": "" for number in range(11)}, {"k" * 65: ""}, {"key": "v" * 257}],
    ids=["too many", "long key", "long value"],
)
def test_draft__refuses_custom_properties_beyond_the_limits(properties: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="custom properties"):
        NewDataset(display_name="d", locale="en-US", kind="Language", custom_properties=properties)
