from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.embedded.api import Api, reference
from tests.embedded.conftest import SENTENCES, TEXT
from tests.kit.progress import AfterReads, AfterSeconds
from tests.stub_engine import archive

if TYPE_CHECKING:
    from tests.embedded.api import Json
    from tests.kit.server import RunningService

UNKNOWN = {
    f"{name}{which}": -1
    for which in (1, 2)
    for name in (
        "wordErrorRate",
        "sentenceErrorRate",
        "sentenceCount",
        "wordCount",
        "correctWordCount",
        "wordSubstitutionCount",
        "wordDeletionCount",
        "wordInsertionCount",
    )
}


def statuses(api: Api, entity: Json, reads: int) -> list[str]:
    return [api.get(entity["self"])["status"] for _ in range(reads)]


@pytest.mark.service(progress=AfterReads(3, patience=30))
def test_after_reads__counts_the_reads_of_each_entity(any_api: Api) -> None:
    api = any_api
    dataset = api.upload(TEXT.encode(), "Language")
    assert dataset["status"] == "NotStarted"
    expected = ["NotStarted", "Running", "Running", "Succeeded", "Succeeded"]
    assert statuses(api, dataset, 5) == expected
    model = api.create("models", datasets=[reference(dataset)])
    endpoint = api.create("endpoints")
    assert statuses(api, model, 5) == statuses(api, endpoint, 5) == expected


@pytest.mark.service(progress=AfterReads(1, patience=30))
def test_lists__do_not_count_as_reads(api: Api) -> None:
    api.create("endpoints")
    assert [api.values("endpoints")[0]["status"] for _ in range(5)] == ["NotStarted"] * 5


def test_evaluation__is_minus_one_until_it_has_succeeded(service: RunningService, any_api: Api) -> None:
    api = any_api
    test_data = api.dataset(archive(SENTENCES), "Acoustic")
    service.control.set_progress(AfterReads(2, patience=30))
    base = reference(api.base())
    made = api.create("evaluations", model1=base, model2=base, dataset=reference(test_data))
    assert made["properties"] == UNKNOWN
    assert api.get(made["self"])["properties"] == UNKNOWN
    assert api.values("evaluations")[0]["properties"] == UNKNOWN
    running = api.get(made["self"])
    assert (running["status"], running["properties"]) == ("Running", UNKNOWN)
    assert [each["status"] for each in api.values("transcriptions")] == ["Running"] * 2
    done = api.get(made["self"])
    assert done["status"] == "Succeeded"
    assert -1 not in done["properties"].values()
    assert "tokenErrors1" in done["properties"]


@pytest.mark.service(progress=AfterSeconds(imports=60, training=600, evaluation=300, deployment=100))
def test_after_seconds__follows_the_clock(service: RunningService, api: Api) -> None:
    def statuses_after(entity: Json, *seconds: float) -> list[str]:
        seen = []
        for each in seconds:
            service.control.move_on(timedelta(seconds=each))
            seen.append(api.get(entity["self"])["status"])
        return seen

    dataset = api.upload(TEXT.encode(), "Language")
    assert statuses_after(dataset, 0, 3, 56, 1) == ["NotStarted", "Running", "Running", "Succeeded"]
    model = api.create("models", datasets=[reference(dataset)])
    assert statuses_after(model, 29, 1, 569, 1) == ["NotStarted", "Running", "Running", "Succeeded"]
    done = api.get(model["self"])
    assert (done["createdDateTime"], done["lastActionDateTime"]) == (
        "2026-01-07T12:01:00Z",
        "2026-01-07T12:11:00Z",
    )
    endpoint = api.create("endpoints", model=reference(model))
    assert statuses_after(endpoint, 99, 1) == ["Running", "Succeeded"]


@pytest.mark.service(progress=AfterReads(2, patience=30))
def test_dataset__waits_for_its_blocks_however_often_it_is_read(api: Api) -> None:
    dataset = api.create("datasets", kind="Language")
    assert statuses(api, dataset, 9) == ["NotStarted"] * 9


def test_endpoint__answers_with_the_previous_model_until_the_new_one_is_there(
    service: RunningService, api: Api, model: Json
) -> None:
    from tests.embedded.api import identity  # noqa: PLC0415
    from tests.stub_engine import speech  # noqa: PLC0415

    endpoint = api.endpoint(reference(api.base()))
    service.control.set_progress(AfterReads(1, patience=30))
    api.call("PATCH", endpoint["self"], json={"model": reference(model)})

    def recognized() -> str:
        return str(api.recognize(speech(SENTENCES[0]), identity(endpoint)).json()["NBest"][0]["Lexical"])

    before = recognized()
    assert before != SENTENCES[0]
    assert statuses(api, endpoint, 2) == ["NotStarted", "Succeeded"]
    assert recognized() == SENTENCES[0]


@pytest.mark.service(progress=AfterReads(1, retry_after=7))
def test_retry_after__is_the_progress_models(api: Api) -> None:
    made = api.create("endpoints")
    assert api.call("GET", made["self"]).headers["Retry-After"] == "7"
    assert "Retry-After" not in api.call("GET", "models/base").headers
