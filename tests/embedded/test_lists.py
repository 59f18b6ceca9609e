from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.embedded import filters
from speechops.embedded.entities import Kind
from speechops.embedded.refusals import Refusal

if TYPE_CHECKING:
    from tests.embedded.api import Api, Json
    from tests.kit.server import RunningService


@pytest.fixture
def many(any_api: Api, service: RunningService) -> Api:
    """Seven datasets, a day apart."""
    for number in range(7):
        kind = "Acoustic" if number % 2 else "Language"
        any_api.create("datasets", kind=kind, displayName=f"data {number}")
        service.control.move_on(timedelta(days=1))
    return any_api


def names(values: list[Json]) -> str:
    return "".join(each["displayName"].removeprefix("data ") for each in values)


def test_pages__follow_one_another(many: Api) -> None:
    first = many.get("datasets", skip=1, top=2)
    assert names(first["values"]) == "12"
    second = many.get(first["@nextLink"])
    assert names(second["values"]) == "34"
    last = many.get(second["@nextLink"])
    assert names(last["values"]) == "56"
    assert "@nextLink" not in last
    assert names(many.values("datasets", top=3)) == "0123456"


def test_pages__have_at_most_100(api: Api) -> None:
    for _ in range(101):
        api.create("datasets", kind="Language")
    assert len(api.get("datasets")["values"]) == len(api.get("datasets", top=1000)["values"]) == 100
    assert len(api.values("datasets")) == 101


@pytest.mark.bad_requests
@pytest.mark.parametrize("query", [{"top": "0"}, {"top": "x"}, {"skip": "-1"}])
def test_pages__refuse_other_numbers(api: Api, query: dict[str, str]) -> None:
    assert api.refused("GET", "datasets", params=query) == "UnsupportedPagination"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("displayName eq 'data 3'", "3"),
        ("displayName ne 'data 3'", "012456"),
        ("kind eq 'Acoustic'", "135"),
        ("kind eq 'Acoustic' and not (displayName eq 'data 3')", "15"),
        ("displayName eq 'data 0' or displayName eq 'data 6' and kind eq 'Acoustic'", "0"),
        ("(displayName eq 'data 0' or displayName eq 'data 5') and kind eq 'Acoustic'", "5"),
        ("createdDateTime gt 2026-01-10T12:00:00Z", "456"),
        ("createdDateTime ge 2026-01-10T12:00:00Z", "3456"),
        ("createdDateTime lt 2026-01-08T13:00:00+01:00", "0"),
        ("createdDateTime le 2026-01-08T12:00:00Z and status eq 'NotStarted'", "01"),
        ("createdDateTime eq 2026-01-08T12:00:00Z", "1"),
        ("locale eq 'de-DE'", ""),
        ("description eq 'none'", ""),
    ],
)
def test_filter__selects(many: Api, text: str, expected: str) -> None:
    assert names(many.values("datasets", filter=text, top=2)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "name eq 'x'",
        "displayName gt 'x'",
        "displayName is 'x'",
        "displayName eq",
        "(displayName eq 'x'",
        "displayName eq 'x' displayName",
        "displayName eq 'x",
        "createdDateTime gt yesterday",
        "not",
    ],
)
def test_filter__that_cannot_be_read_is_refused(api: Api, text: str) -> None:
    assert api.refused("GET", "datasets", params={"filter": text}) == "UnsupportedFilter"


def test_filter__of_other_lists(api: Api) -> None:
    assert api.values("models/base", filter="locale eq 'en-US' and status eq 'Succeeded'")
    assert api.values("models/base", filter="locale eq 'xx-XX'") == []
    assert api.refused("GET", "projects", params={"filter": "kind eq 'x'"}) == "UnsupportedFilter"


@given(st.text(max_size=40))
def test_filter__any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Refusal):
        predicate = filters.parse(text, filters.DATASETS)
        predicate({"displayName": "x", "createdDateTime": "2026-01-01T00:00:00Z"}.get)


@given(st.text(max_size=20))
def test_filter__any_value_can_be_asked_for(value: str) -> None:
    quoted = value.replace("'", "''")
    predicate = filters.parse(f"displayName eq '{quoted}'", filters.DATASETS)
    assert predicate({"displayName": value}.get)
    assert not predicate({"displayName": f"{value}!"}.get)


@pytest.mark.parametrize("collection", ["models", "evaluations", "endpoints", "transcriptions", "datasets"])
def test_locales__of_each_collection(any_api: Api, collection: str) -> None:
    found = any_api.call("GET", f"{collection}/locales").json()
    expected: object
    if collection == "datasets":
        kinds = list(Kind)
        expected = {key: ["en-US"] for key in kinds}
    elif collection == "transcriptions":
        expected = {"Submit": ["en-US"], "Transcribe": []}
    else:
        expected = ["en-US"]
    assert found == expected
