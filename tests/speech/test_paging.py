from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import ServiceError
from speechops.speech.json_object import JsonObject
from speechops.speech.paging import read_all

Query = Mapping[str, str]


def item(name: str) -> dict[str, Any]:
    return {"self": f"https://h/things/{name}"}


class Listing:
    """A list in pages of two, which may change after some of its pages were read."""

    def __init__(self, *names: str, changes: Mapping[int, Callable[[list[str]], None]] | None = None) -> None:
        self.names = list(names)
        self.changes = changes or {}
        self.reads = 0

    def page(self, query: Query) -> JsonObject:
        skip, top = int(query.get("skip", "0")), 3
        answer: dict[str, Any] = {"values": [item(name) for name in self.names[skip : skip + top]]}
        if skip + top < len(self.names):
            answer["@nextLink"] = f"skip={skip + top}"
        self.reads += 1
        if change := self.changes.get(self.reads):
            change(self.names)
        return JsonObject(answer)

    def read(self) -> list[str]:
        return [item.id() for item in read_all(self.page, {}, lambda link: {"skip": link.partition("=")[2]})]


@given(st.integers(0, 30))
def test_read_all__finds_everything_once(count: int) -> None:
    names = [f"n{number}" for number in range(count)]
    assert Listing(*names).read() == names


@pytest.mark.parametrize(
    "change",
    [lambda names: names.pop(0), lambda names: names.insert(0, "new"), lambda names: names.reverse()],
    ids=["one goes", "one comes", "another order"],
)
def test_read_all__list_that_changes_is_read_again(change: Callable[[list[str]], None]) -> None:
    listing = Listing(*"abcdefg", changes={1: change})
    assert listing.read() == listing.names


def test_read_all__list_that_shrinks_to_one_page_is_complete() -> None:
    listing = Listing(*"abcd", changes={1: lambda names: names.clear()})
    assert listing.read() == []


def test_read_all__list_that_never_rests_gives_all_that_was_seen() -> None:
    grow = {read: lambda names: names.insert(0, f"new{len(names)}") for read in range(1, 1_000)}
    listing = Listing(*"abcdefg", changes=grow)
    assert set(listing.read()) >= set("abcdefg")
    assert listing.reads < 200


def test_read_all__opaque_links_are_trusted() -> None:
    pages = {"": [item("a")], "t1": [item("b")], "t2": [item("b"), item("c")]}
    follow = {"": "t1", "t1": "t2"}

    def page(query: Query) -> JsonObject:
        token = query.get("token", "")
        return JsonObject({"values": pages[token], "@nextLink": follow.get(token)})

    assert [found.id() for found in read_all(page, {}, lambda link: {"token": link})] == ["a", "b", "c"]


def test_read_all__circle_is_an_error() -> None:
    def page(_: Query) -> JsonObject:
        return JsonObject({"values": [item("a")], "@nextLink": "again"})

    with pytest.raises(ServiceError, match="loop"):
        read_all(page, {}, lambda _: {})


@pytest.mark.parametrize("names", [[], ["a"]], ids=["empty", "the same"])
def test_read_all__pages_without_end_are_an_error(names: list[str]) -> None:
    def page(query: Query) -> JsonObject:
        link = f"skip={int(query.get('skip', '0')) + 100}"
        return JsonObject({"values": [item(name) for name in names], "@nextLink": link})

    with pytest.raises(ServiceError, match="loop"):
        read_all(page, {}, lambda link: {"skip": link.partition("=")[2]})


def test_read_all__pages_may_be_empty_where_the_service_filters_late() -> None:
    def page(query: Query) -> JsonObject:
        at = int(query.get("token", "0"))
        values = [] if at % 9 else [item(str(at))]
        return JsonObject({"values": values, "@nextLink": str(at + 1) if at < 27 else None})

    found = read_all(page, {}, lambda link: {"token": link})
    assert [entity.id() for entity in found] == ["0", "9", "18", "27"]


def test_read_all__names_do_where_there_is_no_address() -> None:
    page = JsonObject({"values": [{"name": "a.json"}, {"name": "b.json"}]})
    found = read_all(lambda _: page, {}, lambda _: {})
    assert [item.text("name") for item in found] == ["a.json", "b.json"]
