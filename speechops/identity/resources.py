"""The Azure resource id of a Speech resource, looked up by its address where the sign-in may read it.

https://learn.microsoft.com/rest/api/resources/subscriptions/list and
https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/list
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests

from speechops import clouds
from speechops.errors import IdentityError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.identity.sign_in import SignIn

_SUBSCRIPTIONS = "subscriptions?api-version=2022-12-01"
_ACCOUNTS = "{}/providers/Microsoft.CognitiveServices/accounts?api-version=2024-10-01"
_SECONDS = (10, 60)  # to connect, and without a byte
_PAGES = 50  # of one list


def find(address: str, sign_in: SignIn, session: requests.Session) -> str:
    """Return the resource id of the Speech resource at ``address``, empty if the sign-in sees none there.

    Raises :class:`IdentityError` if Azure Resource Manager does not answer, or refuses.
    """
    cloud = clouds.of_address(address)
    if cloud is None:
        return ""
    host = clouds.host_of(address)
    found = {
        _text(account, "id")
        for subscription in _listed(cloud, _SUBSCRIPTIONS, sign_in, session)
        for account in _listed(
            cloud, _ACCOUNTS.format(_text(subscription, "id").strip("/")), sign_in, session
        )
        if clouds.host_of(_text(account.get("properties"), "endpoint")) == host
    }
    return found.pop() if len(found) == 1 else ""  # a region's address belongs to many


def _listed(
    cloud: clouds.Cloud, path: str, sign_in: SignIn, session: requests.Session
) -> Iterator[dict[str, Any]]:
    """Yield what a list of Azure Resource Manager has, page by page."""
    root = f"https://{cloud.management}/"
    url = f"{root}{path}"
    for _ in range(_PAGES):
        if not url or not url.startswith(root):
            return
        try:
            answer = session.get(
                url,
                headers={"Authorization": f"Bearer {sign_in.token(f'{root}.default')}"},
                timeout=_SECONDS,
                allow_redirects=False,
            )
            body = answer.json() if answer.status_code == HTTPStatus.OK else None
        except requests.RequestException as error:
            raise IdentityError(f"{cloud.management} gave no useful answer.") from error
        if not isinstance(body, dict):
            raise IdentityError(f"{cloud.management} refused the look-up ({answer.status_code}).")
        values = body.get("value")
        yield from (item for item in values if isinstance(item, dict)) if isinstance(values, list) else ()
        url = _text(body, "nextLink")


def _text(record: object, name: str) -> str:
    """Return a text of a JSON object, empty if there is none."""
    found = record.get(name) if isinstance(record, dict) else None
    return found if isinstance(found, str) else ""
