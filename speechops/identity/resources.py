"""The Azure resource id of a Speech resource, looked up by its address where the sign-in may read it.

https://learn.microsoft.com/rest/api/resources/subscriptions/list and
https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/list
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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
        account["id"]
        for subscription in _listed(cloud, _SUBSCRIPTIONS, sign_in, session)
        for account in _listed(cloud, _ACCOUNTS.format(subscription["id"].strip("/")), sign_in, session)
        if clouds.host_of(account.get("properties", {}).get("endpoint") or "") == host
    }
    return str(found.pop()) if len(found) == 1 else ""  # a region's address belongs to many


def _listed(
    cloud: clouds.Cloud, path: str, sign_in: SignIn, session: requests.Session
) -> Iterator[dict[str, Any]]:
    """Yield what a list of Azure Resource Manager has, page by page."""
    root = f"https://{cloud.management}/"
    url: str | None = f"{root}{path}"
    for _ in range(_PAGES):
        if not url or urlsplit(url).netloc != cloud.management:
            return
        try:
            answer = session.get(
                url,
                headers={"Authorization": f"Bearer {sign_in.token(f'{root}.default')}"},
                timeout=_SECONDS,
                allow_redirects=False,
            )
            body = answer.json() if answer.status_code == HTTPStatus.OK else {}
        except requests.RequestException as error:
            raise IdentityError(f"{cloud.management} gave no useful answer.") from error
        if answer.status_code != HTTPStatus.OK:
            raise IdentityError(f"{cloud.management} refused the look-up ({answer.status_code}).")
        yield from body.get("value", ())
        url = body.get("nextLink")
