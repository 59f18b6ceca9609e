"""What the service refuses, and with which words."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from speechops.embedded.tiers import Tier
from tests.embedded.api import Api, identity, reference
from tests.embedded.conftest import TEXT
from tests.kit.faults import Fault, FaultKind
from tests.kit.progress import AfterReads
from tests.stub_engine import archive, speech

if TYPE_CHECKING:
    from tests.embedded.api import Json
    from tests.kit.server import RunningService

NOWHERE = "00000000-0000-4000-8000-000000000000"
NAMED = {"displayName": "x", "locale": "en-US"}


# Bodies


@pytest.mark.bad_requests
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"displayName": None}, "InvalidPayload"),
        ({"displayName": ""}, "InvalidPayload"),
        ({"displayName": 7}, "InvalidPayload"),
        ({"locale": None}, "InvalidPayload"),
        ({"locale": "xx-XX"}, "InvalidLocale"),
        ({"kind": None}, "InvalidPayload"),
        ({"kind": "Sound"}, "InvalidPayload"),
        ({"customProperties": {str(number): "x" for number in range(11)}}, "InvalidPayload"),
        ({"customProperties": {"k" * 65: "x"}}, "InvalidPayload"),
        ({"customProperties": {"k": "x" * 257}}, "InvalidPayload"),
        ({"customProperties": {"k": 1}}, "InvalidPayload"),
        ({"customProperties": ["k"]}, "InvalidPayload"),
        ({"properties": {"textNormalizationKind": "Sometimes"}}, "InvalidPayload"),
        ({"project": {"self": "elsewhere"}}, "InvalidPayload"),
        ({"project": "p"}, "InvalidRequestBodyFormat"),
    ],
)
def test_body__with_a_wrong_property_is_refused(api: Api, change: Json, code: str) -> None:
    body = {**NAMED, "kind": "Language", **change}
    body = {name: value for name, value in body.items() if value is not None}
    assert api.refused("POST", "datasets", json=body) == code
    assert api.values("datasets") == []


@pytest.mark.bad_requests
@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"", "application/json", 400, "EmptyRequest"),
        (b"{", "application/json", 400, "InvalidRequestBodyFormat"),
        (b"[]", "application/json", 400, "InvalidRequestBodyFormat"),
        (b"{}", "text/plain", 415, "UnsupportedMediaType"),
        (b"[" * (5 * 2**20), "application/json", 400, "InvalidRequestBodyFormat"),
    ],
)
def test_body__that_is_no_object_is_refused(api: Api, data: bytes, kind: str, status: int, code: str) -> None:
    options: dict[str, Any] = {"data": data, "headers": {"Content-Type": kind}}
    assert api.refused("POST", "datasets", status, **options) == code


def test_body__at_the_limits_is_accepted(any_api: Api) -> None:
    labels = {"k" * 64: "v" * 256, **{str(number): "" for number in range(9)}}
    made = any_api.create("datasets", kind="Language", customProperties=labels, description="d")
    assert any_api.get(made["self"])["customProperties"] == labels
    assert made["description"] == "d"


def test_locale__is_written_as_the_service_writes_it(api: Api) -> None:
    assert api.create("datasets", kind="Language", locale="EN-us")["locale"] == "en-US"


# References


@pytest.mark.parametrize("collection", ["datasets", "models", "evaluations", "endpoints"])
def test_reference__to_a_project_that_is_not_there_is_refused(
    api: Api, collection: str, model: Json, text: Json, test_data: Json
) -> None:
    bodies: dict[str, Json] = {
        "datasets": {"kind": "Language"},
        "models": {"datasets": [reference(text)]},
        "evaluations": {
            "model1": reference(model),
            "model2": reference(model),
            "dataset": reference(test_data),
        },
        "endpoints": {"model": reference(model)},
    }
    project = {"self": api.url(f"projects/{NOWHERE}")}
    body = {**NAMED, **bodies[collection], "project": project}
    assert api.refused("POST", collection, json=body) == "InvalidPayload"


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (r"127\.0\.0\.1", "localhost"),
        (r"127\.0\.0\.1:\d+", "westus.api.cognitive.microsoft.com"),
        (r"http:", "https:"),
        (r"2025-10-15", "2024-11-15"),
        (r"\?.*", ""),
        (r"/datasets/", "/models/"),
        (r"/speechtotext/", "/speechtotext/v3.2/"),
        (r"/datasets/.", "/datasets/x"),
        pytest.param(r"^.*$", "https://[", marks=pytest.mark.bad_requests),
    ],
)
def test_reference__of_another_place_or_version_is_refused(
    api: Api, text: Json, part: str, other: str
) -> None:
    body = {**NAMED, "datasets": [{"self": re.sub(part, other, text["self"])}]}
    answer = api.call("POST", "models", json=body)
    assert answer.status_code == 400
    assert "does not reference an entity" in answer.json()["message"]
    assert answer.json()["innerError"]["code"] == "InvalidPayload"


# Models


def test_model__without_a_base_takes_the_newest_that_adapts(any_api: Api) -> None:
    dataset = any_api.dataset(TEXT.encode(), "Language")
    newest = any_api.base()
    assert any_api.model(dataset)["baseModel"] == reference(newest)


@pytest.mark.bad_requests
@pytest.mark.parametrize(
    "change",
    [{"datasets": []}, {"properties": {"customModelWeightPercent": 0}}, {"datasets": "all"}],
)
def test_model__with_a_wrong_property_is_refused(api: Api, text: Json, change: Json) -> None:
    body = {**NAMED, "datasets": [reference(text)], **change}
    assert api.refused("POST", "models", json=body) == "InvalidPayload"


def test_model__on_an_expired_base_is_refused(api: Api, text: Json) -> None:
    expired = next(
        each
        for each in api.values("models/base")
        if each["properties"]["deprecationDates"]["adaptationDateTime"] < "2026-01-07"
    )
    body = {**NAMED, "datasets": [reference(text)], "baseModel": reference(expired)}
    answer = api.call("POST", "models", json=body)
    assert answer.json()["innerError"]["code"] == "ModelDeprecated"
    assert answer.json()["message"].startswith("The specified model is deprecated and cannot be used")


def test_model__on_a_custom_model_is_refused(api: Api, text: Json, model: Json) -> None:
    body = {**NAMED, "datasets": [reference(text)], "baseModel": reference(model)}
    assert api.refused("POST", "models", json=body) == "InvalidPayload"


def test_model__of_kinds_that_the_base_does_not_support_is_refused(api: Api) -> None:
    recordings = io.BytesIO()
    with zipfile.ZipFile(recordings, "w") as zipped:
        zipped.writestr("a.wav", speech("hello"))
    body = {**NAMED, "datasets": [reference(api.dataset(recordings.getvalue(), "AudioFiles"))]}
    assert api.refused("POST", "models", json=body) == "InvalidAdaptationMapping"


def test_model__of_pronunciations_beside_structured_text_is_refused(api: Api) -> None:
    both = [api.dataset(b"a\tb c\n", "Pronunciation"), api.dataset(b"# S\n- hello\n", "LanguageMarkdown")]
    body = {**NAMED, "datasets": [reference(each) for each in both]}
    assert api.refused("POST", "models", json=body) == "InvalidAdaptationMapping"


def test_model__of_a_dataset_that_is_not_imported_is_refused(api: Api) -> None:
    waiting = api.create("datasets", kind="Language")
    failed = api.dataset(b"\n", "Language")
    for dataset, code in ((waiting, "InvalidDataset"), (failed, "FailedDataset")):
        body = {**NAMED, "datasets": [reference(dataset)]}
        assert api.refused("POST", "models", json=body) == code


def test_model__of_all_its_audio_too_long_fails(api: Api) -> None:
    long = api.dataset(archive(["hello"], seconds=41), "Acoustic")
    model = api.model(long)
    assert model["status"] == "Failed"
    assert model["properties"]["error"]["code"] == "InvalidDataset"
    mixed = api.dataset(archive(["hello"], seconds=39), "Acoustic")
    assert api.model(long, mixed)["status"] == "Succeeded"


# Evaluations


@pytest.mark.bad_requests
@pytest.mark.parametrize("missing", ["model1", "model2", "dataset"])
def test_evaluation__needs_both_models_and_a_dataset(
    api: Api, test_data: Json, model: Json, missing: str
) -> None:
    inputs = {"model1": model, "model2": model, "dataset": test_data}
    body = {**NAMED, **{name: reference(each) for name, each in inputs.items() if name != missing}}
    assert api.refused("POST", "evaluations", json=body) == "InvalidPayload"


def test_evaluation__needs_transcripts(api: Api, text: Json, model: Json) -> None:
    body = {**NAMED, **{name: reference(model) for name in ("model1", "model2")}, "dataset": reference(text)}
    assert api.refused("POST", "evaluations", json=body) == "InvalidTest"


def test_evaluation__of_a_model_that_failed_is_refused(
    service: RunningService, api: Api, test_data: Json, text: Json
) -> None:
    service.control.plant(Fault(kind=FaultKind.TRAINING))
    failed = api.model(text)
    assert failed["status"] == "Failed"
    models = {"model1": reference(api.base()), "model2": reference(failed)}
    body = {**NAMED, **models, "dataset": reference(test_data)}
    assert api.refused("POST", "evaluations", json=body) == "InvalidModel"


# Endpoints


def test_endpoint__of_a_model_that_is_not_there_or_failed_is_refused(
    service: RunningService, api: Api, text: Json
) -> None:
    body = {**NAMED, "model": {"self": api.url(f"models/{NOWHERE}")}}
    assert api.refused("POST", "endpoints", json=body) == "InvalidPayload"
    service.control.plant(Fault(kind=FaultKind.TRAINING))
    body = {**NAMED, "model": reference(api.model(text))}
    assert api.refused("POST", "endpoints", json=body) == "DeployingFailedModel"


def test_endpoint__of_a_model_in_training_is_refused(service: RunningService, api: Api, text: Json) -> None:
    service.control.set_progress(AfterReads(5))
    body = {**NAMED, "model": reference(api.create("models", datasets=[reference(text)]))}
    assert api.refused("POST", "endpoints", json=body) == "ModelNotDeployable"


def test_endpoint__without_a_model_serves_the_newest_base(any_api: Api) -> None:
    made = any_api.create("endpoints", properties={"loggingEnabled": True})
    assert made["model"] == reference(any_api.base())
    assert made["properties"]["loggingEnabled"] is True


def test_endpoint__links(any_api: Api, service: RunningService) -> None:
    made = any_api.create("endpoints")
    expected = {"webSocket"}
    assert made["links"].keys() == expected
    assert all(identity(made) in link for link in made["links"].values())
    assert service.url.partition("//")[2] in next(iter(made["links"].values()))


def test_endpoint__swaps_its_model_and_keeps_its_id(any_api: Api) -> None:
    dataset = any_api.dataset(TEXT.encode(), "Language")
    first, second = any_api.model(dataset), any_api.model(dataset)
    endpoint = any_api.endpoint(first)
    changed = any_api.call(
        "PATCH",
        endpoint["self"],
        json={"model": reference(second), "properties": {"contentLoggingEnabled": True}},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert changed.json()["status"] == "NotStarted"
    now = any_api.get(endpoint["self"])
    assert (now["self"], now["model"]) == (endpoint["self"], reference(second))
    assert now["properties"]["loggingEnabled"] is True


def test_endpoint__under_deployment_is_not_updatable(service: RunningService, api: Api, model: Json) -> None:
    service.control.set_progress(AfterReads(3))
    endpoint = api.create("endpoints", model=reference(model))
    change = {"json": {"model": reference(model)}}
    assert api.refused("PATCH", endpoint["self"], 409, **change) == "EndpointNotUpdatable"
    assert api.call("PATCH", endpoint["self"], json={"displayName": "other"}).status_code == 200


# Updates and deletions


def test_update__changes_names_and_labels(any_api: Api) -> None:
    dataset = any_api.create("datasets", kind="Language", customProperties={"a": "b"}, description="d")
    change = {"displayName": "new", "customProperties": {"c": "d"}}
    answer = any_api.call("PATCH", dataset["self"], json=change)
    assert answer.status_code == 200
    now = any_api.get(dataset["self"])
    assert (now["displayName"], now["customProperties"], now["description"]) == ("new", {"c": "d"}, "d")


def test_update__of_each_collection(any_api: Api) -> None:
    test_data = any_api.dataset(archive(["hello"]), "Acoustic")
    model = any_api.model(any_api.dataset(TEXT.encode(), "Language"))
    evaluation = any_api.evaluation(test_data, model, model)
    for entity in (test_data, model, evaluation, evaluation["transcription1"], any_api.endpoint(model)):
        change = {"displayName": "new", "description": "words"}
        answer = any_api.call("PATCH", entity["self"], json=change)
        assert answer.status_code == 200
        now = any_api.get(entity["self"])
        assert (now["displayName"], now["description"]) == ("new", "words")
        assert any_api.refused("PATCH", entity["self"], json={"displayName": " "}) == "InvalidPayload"


def test_files__of_each_collection_are_found_by_their_address(any_api: Api) -> None:
    test_data = any_api.dataset(archive(["hello"]), "Acoustic")
    model = any_api.model(any_api.dataset(TEXT.encode(), "Language"))
    evaluation = any_api.evaluation(test_data, model, model)
    transcription = any_api.get(evaluation["transcription1"]["self"])
    for entity in (test_data, model, evaluation, transcription):
        listed = any_api.values(entity["links"]["files"])[0]
        assert any_api.get(listed["self"])["name"] == listed["name"]
        other = listed["self"].replace(identity(listed), NOWHERE)
        assert any_api.refused("GET", other, 404) == "NotFound"


def test_manifest__of_what_is_not_there_or_not_ready_is_refused(
    service: RunningService, api: Api, text: Json
) -> None:
    lifetime = {"sasLifetimeMinutes": 5}
    for collection in ("models", "models/base"):
        assert api.refused("GET", f"{collection}/{NOWHERE}/manifest", 404, params=lifetime) == "NotFound"
    service.control.set_progress(AfterReads(2))
    made = api.create("models", datasets=[reference(text)])
    assert api.refused("GET", f"models/{identity(made)}/manifest", params=lifetime) == "InvalidModel"


def test_locale__of_another_model_or_dataset_is_refused(
    service: RunningService, api: Api, model: Json, test_data: Json
) -> None:
    german = service.control.add_base_model("de-DE", created=datetime(2025, 11, 1, tzinfo=UTC))
    body = {"displayName": "x", "locale": "de-DE", "model": reference(model)}
    assert api.refused("POST", "endpoints", json=body) == "InvalidModel"
    models = {"model1": reference(model), "model2": {"self": api.url(f"models/base/{german}")}}
    body = {**NAMED, **models, "dataset": reference(test_data)}
    assert api.refused("POST", "evaluations", json=body) == "InvalidModel"


@pytest.mark.parametrize(
    ("collection", "name"), [("models", "baseModel"), ("endpoints", "model"), ("models", "datasets")]
)
def test_reference__to_what_is_gone_is_refused(api: Api, text: Json, collection: str, name: str) -> None:
    gone = {"self": api.url(f"{'datasets' if name == 'datasets' else 'models/base'}/{NOWHERE}")}
    body = {**NAMED, "datasets": [reference(text)], name: [gone] if name == "datasets" else gone}
    if collection == "endpoints":
        del body["datasets"]
    assert api.refused("POST", collection, json=body) == "InvalidPayload"


@pytest.mark.bad_requests
def test_commit__of_a_wrong_kind_of_block_is_refused(api: Api) -> None:
    blocks = [{"kind": "Lost", "id": "AAAA"}]
    path = f"datasets/{identity(api.create('datasets', kind='Language'))}/blocks:commit"
    assert api.refused("POST", path, json=blocks) == "InvalidPayload"


@pytest.mark.parametrize("collection", ["datasets", "models", "evaluations", "transcriptions", "projects"])
def test_delete__of_what_is_not_there_succeeds(api: Api, collection: str) -> None:
    assert api.call("DELETE", f"{collection}/{NOWHERE}").status_code == 204


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"datasets/{NOWHERE}"),
        ("GET", f"datasets/{NOWHERE}/files"),
        ("GET", f"datasets/{NOWHERE}/files/{NOWHERE}"),
        ("GET", f"models/base/{NOWHERE}"),
        ("GET", f"projects/{NOWHERE}/models"),
        ("DELETE", f"endpoints/{NOWHERE}"),
        ("GET", "evaluations/not-an-id"),
    ],
)
def test_what_is_not_there__is_not_found(api: Api, method: str, path: str) -> None:
    assert api.refused(method, path, 404) == "NotFound"


@pytest.mark.parametrize("collection", ["datasets", "models", "evaluations", "endpoints", "transcriptions"])
def test_delete__of_unfinished_work_is_refused(
    service: RunningService, api: Api, collection: str, model: Json, text: Json, test_data: Json
) -> None:
    service.control.set_progress(AfterReads(2))
    if collection == "datasets":
        made = api.upload(TEXT.encode(), "Language")
    elif collection == "models":
        made = api.create("models", datasets=[reference(text)])
    elif collection == "endpoints":
        made = api.create("endpoints")
    else:
        inputs = {"model1": model, "model2": model, "dataset": test_data}
        made = api.create("evaluations", **{name: reference(each) for name, each in inputs.items()})
        if collection == "transcriptions":
            made = made["transcription1"]
    assert api.refused("DELETE", made["self"], 409) == "DeleteNotAllowed"


def test_delete__of_a_dataset_that_waits_for_blocks_succeeds(api: Api) -> None:
    made = api.create("datasets", kind="Language")
    api.put_block(f"datasets/{identity(made)}", "AAAA", b"x")
    assert api.call("DELETE", made["self"]).status_code == 204
    assert api.values("datasets") == []


def test_delete__of_what_is_in_use_is_refused(
    service: RunningService, api: Api, model: Json, text: Json, test_data: Json
) -> None:
    endpoint = api.endpoint(model)
    assert api.refused("DELETE", model["self"], 409) == "InUseViolation"
    assert api.call("DELETE", endpoint["self"]).status_code == 204
    service.control.set_progress(AfterReads(1))
    inputs = {"model1": model, "model2": model, "dataset": test_data}
    evaluation = api.create("evaluations", **{name: reference(each) for name, each in inputs.items()})
    training = api.create("models", datasets=[reference(text)])
    for held in (model, test_data, text):
        assert api.refused("DELETE", held["self"], 409) == "InUseViolation"
    for _ in range(2):
        api.get(evaluation["self"])
        api.get(training["self"])
    for free in (model, test_data, text):
        assert api.call("DELETE", free["self"]).status_code == 204


def test_delete__of_a_model_that_an_endpoint_still_serves_is_refused(
    service: RunningService, api: Api, text: Json, model: Json
) -> None:
    other = api.model(text)
    endpoint = api.endpoint(model)
    service.control.set_progress(AfterReads(1))
    api.call("PATCH", endpoint["self"], json={"model": reference(other)})
    assert api.refused("DELETE", model["self"], 409) == "InUseViolation"
    assert api.refused("DELETE", other["self"], 409) == "InUseViolation"
    for _ in range(2):
        api.get(endpoint["self"])
    assert api.call("DELETE", model["self"]).status_code == 204


def test_transcriptions__stay_when_their_evaluation_goes(api: Api, model: Json, test_data: Json) -> None:
    evaluation = api.evaluation(test_data, api.base(), model)
    assert [each["status"] for each in api.values("transcriptions")] == ["Succeeded"] * 2
    assert api.call("DELETE", evaluation["self"]).status_code == 204
    left = api.values("transcriptions")
    assert {each["self"] for each in left} == {
        evaluation["transcription1"]["self"],
        evaluation["transcription2"]["self"],
    }
    files = api.values(left[0]["links"]["files"])
    assert [each["kind"] for each in files] == ["TranscriptionReport"]
    for each in left:
        assert api.call("DELETE", each["self"]).status_code == 204
    assert api.values("transcriptions") == []


# Projects


def test_project__lists_what_is_in_it(service: RunningService) -> None:
    api = Api(service.url)
    project, other = api.create("projects"), api.create("projects")
    inside = api.create("datasets", kind="Language", project=reference(project))
    api.create("datasets", kind="Language")
    now = api.get(project["self"])
    assert [each["self"] for each in api.values(now["links"]["datasets"])] == [inside["self"]]
    assert api.values(now["links"]["models"]) == []
    test_data = api.dataset(archive(["hello"]), "Acoustic", project=reference(project))
    model = api.model(api.dataset(TEXT.encode(), "Language"), project=reference(project))
    evaluation = api.evaluation(test_data, model, model, project=reference(project))
    api.endpoint(model, project=reference(project))
    for collection, count in (("models", 1), ("evaluations", 1), ("endpoints", 1), ("transcriptions", 2)):
        assert len(api.values(now["links"][collection])) == count
    assert evaluation["project"] == reference(project)
    moved = {"json": {"project": reference(other)}}
    assert api.call("PATCH", inside["self"], **moved).json()["project"] == reference(other)
    assert api.call("DELETE", other["self"]).status_code == 204
    assert "project" not in api.get(inside["self"])


def test_project__belongs_to_a_foundry_project_in_the_newest_version(service: RunningService) -> None:
    api = Api(service.url)
    project = api.create("projects", foundryProjectName="foundry")
    assert project["foundryProjectName"] == "foundry"
    changed = api.call("PATCH", project["self"], json={"foundryProjectName": "other"})
    assert changed.json()["foundryProjectName"] == "other"


@pytest.mark.bad_requests
def test_project__is_no_part_of_2024_11_15(service: RunningService) -> None:
    api = Api(service.url, "2024-11-15")
    assert api.call("GET", "projects").status_code == 404
    made = api.create("datasets", kind="Language", project={"self": "ignored"})
    assert "project" not in made


# Quotas


@pytest.mark.parametrize(("tier", "most"), [(Tier.F0, 2), (Tier.S0, 500)])
def test_quota__of_datasets(service: RunningService, api: Api, tier: Tier, most: int) -> None:
    service.control.set_tier(tier)
    made = [api.create("datasets", kind="Language") for _ in range(most)]
    assert api.refused("POST", "datasets", json={**NAMED, "kind": "Language"}) == "QuotaViolation"
    api.call("DELETE", made[-1]["self"])
    api.create("datasets", kind="Language")


def test_quota__of_endpoints_on_f0(service: RunningService, api: Api) -> None:
    service.control.set_tier(Tier.F0)
    api.create("endpoints")
    assert api.refused("POST", "endpoints", json=NAMED) == "QuotaViolation"


def test_quota__of_file_sizes_on_f0(service: RunningService, api: Api) -> None:
    lines = b"abc\ta b c\n" * 200
    assert api.dataset(lines, "Pronunciation")["status"] == "Succeeded"
    service.control.set_tier(Tier.F0)
    failed = api.dataset(lines, "Pronunciation")
    assert failed["properties"]["error"]["code"] == "SkuLimitsExist"


def test_endpoint__of_f0_is_gone_after_seven_days(service: RunningService, api: Api) -> None:
    service.control.set_tier(Tier.F0)
    endpoint = api.create("endpoints")
    service.control.move_on(timedelta(days=6, hours=23))
    assert api.get(endpoint["self"])["status"] == "Succeeded"
    service.control.move_on(timedelta(hours=2))
    assert api.call("GET", endpoint["self"]).status_code == 404
    assert api.values("endpoints") == []


# Ageing


def test_base_models__appear_and_expire(service: RunningService, any_api: Api) -> None:
    before = {each["displayName"] for each in any_api.values("models/base")}
    assert max(before) == "20251201"
    service.control.move_to(datetime(2027, 3, 1, tzinfo=UTC))
    after = any_api.values("models/base")
    assert max(each["displayName"] for each in after) == "20270301"
    assert min(before) not in {each["displayName"] for each in after}
    newest = after[-1]["properties"]["deprecationDates"]
    assert newest == {
        "adaptationDateTime": "2028-04-15T00:00:00Z",
        "transcriptionDateTime": "2029-04-15T00:00:00Z",
    }


def test_custom_model__expires_and_its_endpoint_falls_back_in_silence(
    service: RunningService, api: Api, model: Json, test_data: Json
) -> None:
    from tests.embedded.conftest import SENTENCES  # noqa: PLC0415
    from tests.stub_engine import speech  # noqa: PLC0415

    assert model["properties"]["deprecationDates"]["transcriptionDateTime"] == "2028-01-15T00:00:00Z"
    endpoint = api.endpoint(model)

    def recognized(endpoint_id: str = "") -> str:
        return str(api.recognize(speech(SENTENCES[0]), endpoint_id).json()["NBest"][0]["Lexical"])

    assert recognized(identity(endpoint)) == SENTENCES[0]
    service.control.move_to(datetime(2028, 1, 15, tzinfo=UTC))
    assert recognized(identity(endpoint)) == recognized() != SENTENCES[0]
    assert api.get(endpoint["self"])["status"] == "Succeeded"
    models = {"model1": reference(api.base()), "model2": reference(model)}
    body = {**NAMED, **models, "dataset": reference(test_data)}
    assert api.refused("POST", "evaluations", json=body) == "ModelDeprecated"
    assert api.refused("POST", "endpoints", json={**NAMED, "model": reference(model)}) == "ModelDeprecated"
