from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import requests

from speechops.errors import ServiceError
from speechops.speech import (
    AnswerLost,
    ApiVersion,
    Dataset,
    ModelReference,
    NewDataset,
    NewEndpoint,
    NewModel,
    NewProject,
    SpeechClient,
    Status,
    match,
)
from tests.speech.service import bare, dataset, entity, identity, sent_query

if TYPE_CHECKING:
    import responses

    from tests.clock import FakeClock
    from tests.speech.conftest import Connect

PRINT = "f" * 64
DRAFT = NewDataset(
    display_name="thing 1",
    locale="en-US",
    kind="Language",
    custom_properties={"speechops-fingerprint": PRINT},
)
SAME: dict[str, Any] = {"customProperties": {"speechops-fingerprint": PRINT}}
DATASETS = bare("datasets")
NOTHING: dict[str, Any] = {"values": []}


def listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"values": list(items)}


# What is the same.

FOUND = Dataset(
    id="b",
    display_name="another name",
    locale="en-US",
    kind="Language",
    created=datetime(2026, 1, 2, tzinfo=UTC),
    custom_properties={"speechops-fingerprint": PRINT},
)


def test_match__by_fingerprint_whatever_the_name() -> None:
    assert match(DRAFT, [FOUND]) is FOUND
    other = replace(FOUND, display_name="thing 1", custom_properties={"speechops-fingerprint": "0" * 64})
    assert match(DRAFT, [other]) is None
    assert match(DRAFT, [replace(other, custom_properties={})]) is None


def test_match__not_in_another_locale() -> None:
    assert match(DRAFT, [replace(FOUND, locale="de-DE")]) is None
    assert match(DRAFT, [replace(FOUND, locale="en-us")]) is not None


@pytest.mark.parametrize("status", list(Status))
def test_match__passes_over_what_failed(status: Status) -> None:
    found = match(DRAFT, [replace(FOUND, status=status)])
    assert (found is None) is (status is Status.FAILED)


def test_match__takes_the_oldest_and_of_equals_the_same() -> None:
    old = replace(FOUND, id="z", created=datetime(2026, 1, 1, tzinfo=UTC))
    twin = replace(FOUND, id="a")
    undated = replace(FOUND, id="0", created=None)
    assert match(DRAFT, [FOUND, undated, old, twin]) is old
    assert match(DRAFT, [FOUND, twin, undated]) is match(DRAFT, [undated, twin, FOUND]) is twin


def test_match__by_name_where_there_is_no_fingerprint() -> None:
    draft = NewProject(display_name="another name", locale="en-US")
    assert match(draft, [FOUND]) is FOUND
    assert match(replace(draft, display_name="a name"), [FOUND]) is None


# What is asked of the service.


def test_find_or_create__asks_by_name_first(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(DATASETS, json=listed(dataset(**SAME)))
    found = client.find_or_create_dataset(DRAFT)
    assert (found.entity.id, found.made) == (identity(1), False)
    assert len(web.calls) == 1
    assert sent_query(web.calls[0].request)["filter"] == "displayName eq 'thing 1' and locale eq 'en-US'"


def test_find_or_create__then_by_fingerprint_alone(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(DATASETS, json=NOTHING)
    web.get(DATASETS, json=listed(dataset(7), dataset(8, **SAME)))
    assert client.find_or_create_dataset(DRAFT).entity.id == identity(8)
    assert sent_query(web.calls[1].request)["filter"] == "locale eq 'en-US'"


@pytest.mark.parametrize(
    ("since", "written"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678, timezone(timedelta(hours=-2))), "2026-01-02T05:04:05Z"),
        (datetime(1, 2, 3, tzinfo=UTC), "0001-02-03T00:00:00Z"),
    ],
)
def test_find_or_create__asks_for_what_is_new_enough(
    web: responses.RequestsMock, client: SpeechClient, since: datetime, written: str
) -> None:
    web.get(DATASETS, json=NOTHING)
    web.get(DATASETS, json=listed(dataset(**SAME)))
    client.find_or_create_dataset(replace(DRAFT, since=since))
    wanted = f"locale eq 'en-US' and createdDateTime ge {written}"
    assert sent_query(web.calls[1].request)["filter"] == wanted


def test_find_or_create__then_creates(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(DATASETS, json=NOTHING)
    web.post(DATASETS, status=201, json=dataset(status="NotStarted", **SAME))
    found = client.find_or_create_dataset(DRAFT)
    assert (found.entity.id, found.made, found.entity.status) == (identity(1), True, "NotStarted")
    assert [call.request.method for call in web.calls] == ["GET", "GET", "POST"]


def test_find_or_create__name_is_quoted_for_odata(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(DATASETS, json=listed(dataset(displayName="Tom's & co + 50%", **SAME)))
    client.find_or_create_dataset(replace(DRAFT, display_name="Tom's & co + 50%"))
    assert "displayName%20eq%20%27Tom%27%27s%20%26%20co%20%2B%2050%25%27" in str(web.calls[0].request.url)


LOST = [
    pytest.param({"body": requests.ConnectionError("reset")}, id="reset"),
    pytest.param({"body": requests.ReadTimeout("slow")}, id="time-out"),
    pytest.param({"status": 500}, id="500"),
    pytest.param({"status": 503, "headers": {"Retry-After": "1"}}, id="503"),
    pytest.param({"status": 201, "body": b'{"self'}, id="truncated"),
    pytest.param({"status": 201, "json": {"displayName": "thing 1"}}, id="without id"),
]


@pytest.mark.parametrize("lost", LOST)
def test_find_or_create__lost_answer_is_looked_for(
    web: responses.RequestsMock, client: SpeechClient, lost: dict[str, Any]
) -> None:
    for _ in range(2):
        web.get(DATASETS, json=NOTHING)
    web.post(DATASETS, **lost)
    web.get(DATASETS, json=listed(dataset(5, **SAME)))
    found = client.find_or_create_dataset(DRAFT)
    assert (found.entity.id, found.made) == (identity(5), True)
    assert [call.request.method for call in web.calls].count("POST") == 1


def test_find_or_create__entity_that_shows_late_is_not_made_again(
    web: responses.RequestsMock, client: SpeechClient
) -> None:
    for _ in range(4):  # before the creation, and at two looks after it
        web.get(DATASETS, json=NOTHING)
    web.post(DATASETS, body=requests.ReadTimeout("slow"))
    web.get(DATASETS, json=listed(dataset(5, **SAME)))
    assert client.find_or_create_dataset(DRAFT).entity.id == identity(5)
    assert [call.request.method for call in web.calls].count("POST") == 1


@pytest.mark.parametrize("lost", LOST)
def test_find_or_create__is_repeated_only_after_three_looks(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock, lost: dict[str, Any]
) -> None:
    web.get(DATASETS, json=NOTHING)
    web.post(DATASETS, **lost)
    web.post(DATASETS, status=201, json=dataset(5, **SAME))
    found = client.find_or_create_dataset(DRAFT)
    assert (found.entity.id, found.made) == (identity(5), True)
    methods = "".join(str(call.request.method)[0] for call in web.calls)
    assert methods == "GG" + "P" + "GGG" + "P"
    assert clock.slept >= 7.0


def test_find_or_create__training_that_shows_after_half_a_minute_is_not_paid_twice(
    web: responses.RequestsMock, client: SpeechClient, clock: FakeClock
) -> None:
    draft = NewModel(
        display_name="thing 1",
        locale="en-US",
        base_model=ModelReference("b", base=True),
        dataset_ids=("d",),
        custom_properties=SAME["customProperties"],
    )
    for _ in range(7):
        web.get(bare("models"), json=NOTHING)
    web.post(bare("models"), body=requests.ReadTimeout("slow"))
    web.get(bare("models"), json=listed(entity("models", 5, **SAME)))
    assert client.find_or_create_model(draft).entity.id == identity(5)
    assert [call.request.method for call in web.calls].count("POST") == 1
    assert clock.slept >= 30


def test_find_or_create__gives_up_in_the_end(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(DATASETS, json=NOTHING)
    web.post(DATASETS, status=500, json={"code": "InternalServerError", "message": "Always."})
    with pytest.raises(AnswerLost, match="Always"):
        client.find_or_create_dataset(DRAFT)
    assert [call.request.method for call in web.calls].count("POST") == 4


def test_find_or_create__refusal_is_final(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(DATASETS, json=NOTHING)
    web.post(DATASETS, status=400, json={"code": "InvalidRequest", "message": "No such locale."})
    with pytest.raises(ServiceError, match="No such locale"):
        client.find_or_create_dataset(DRAFT)
    assert [call.request.method for call in web.calls].count("POST") == 1


def test_find_or_create_endpoint__of_that_name(web: responses.RequestsMock, client: SpeechClient) -> None:
    web.get(bare("endpoints"), json=listed(entity("endpoints", displayName="production")))
    draft = NewEndpoint(display_name="production", locale="en-US", model=ModelReference("m"))
    assert client.find_or_create_endpoint(draft).entity.id == identity(1)
    assert len(web.calls) == 1


def test_find_or_create_project__by_name_where_there_are_projects(
    web: responses.RequestsMock, connect: Connect, version: ApiVersion, log: list[str]
) -> None:
    client = connect(version)
    draft = NewProject(display_name="thing 1", locale="en-US")
    if not version.has_projects:
        assert client.find_or_create_project(draft) is None
        assert log == [
            "Version 2024-11-15 of the speech service does not support projects: continuing without one."
        ]
        return
    web.get(bare("projects"), json=listed(entity("projects", version=version)))
    found = client.find_or_create_project(draft)
    assert found is not None
    assert (found.entity.id, found.made) == (identity(1), False)
