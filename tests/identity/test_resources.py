"""The look-up of a resource id: page by page, at Azure Resource Manager alone, and only if it is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
import responses

from speechops.errors import IdentityError
from speechops.identity import resources
from speechops.speech import open_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.identity import SignIn

ADDRESS = "https://contoso.cognitiveservices.azure.com"
SUBSCRIPTION = "/subscriptions/s"
ACCOUNTS = f"{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/accounts"


class Signed:
    """A sign-in whose token names its scope."""

    def token(self, scope: str) -> str:
        return f"for {scope}"


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        mock.get("https://management.azure.com/subscriptions", json={"value": [{"id": SUBSCRIPTION}]})
        yield mock


def account(name: str, endpoint: str = ADDRESS) -> dict[str, object]:
    return {"id": f"{ACCOUNTS}/{name}", "properties": {"endpoint": f"{endpoint}/"}}


def find() -> str:
    with open_session() as session:
        return resources.find(ADDRESS, cast("SignIn", Signed()), session)


def test_find__page_by_page_with_a_token_for_the_manager(web: responses.RequestsMock) -> None:
    url = f"https://management.azure.com{ACCOUNTS}"
    other = account("other", "https://other.cognitiveservices.azure.com")
    web.get(url, json={"value": [other], "nextLink": f"{url}?$skiptoken=1"})
    web.get(url, json={"value": [account("contoso")]})
    assert find() == f"{ACCOUNTS}/contoso"
    scopes = {call.request.headers["Authorization"] for call in web.calls}
    assert scopes == {"Bearer for https://management.azure.com/.default"}


@pytest.mark.parametrize(
    "page",
    [
        {"value": []},
        {"value": [account("a"), account("b")]},  # nothing tells which is meant
        {"value": [], "nextLink": "https://attacker.example/accounts"},
        {"value": [], "nextLink": "http://management.azure.com/accounts"},
        {"value": "?"},
        {"value": [None, {"id": 1}, {"properties": []}]},
        {},
    ],
)
def test_find__nothing_that_is_certain(web: responses.RequestsMock, page: object) -> None:
    web.get(f"https://management.azure.com{ACCOUNTS}", json=page)
    assert find() == ""
    assert len(web.calls) == 2


@pytest.mark.parametrize(("status", "text"), [(403, "{}"), (302, ""), (200, "<html>"), (200, "[]")])
def test_find__refused_is_said(web: responses.RequestsMock, status: int, text: str) -> None:
    web.get(f"https://management.azure.com{ACCOUNTS}", status=status, body=text)
    with pytest.raises(IdentityError, match=r"management\.azure\.com"):
        find()
