"""What the speech service's answers look like, for tests that fake it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from speechops.speech import ApiVersion
from speechops.speech.version import BASE_PATH

if TYPE_CHECKING:
    import requests
    import responses

HOST = "https://name.cognitiveservices.azure.com"
KEY = "0123456789abcdef0123456789abcdef"
V = ApiVersion.V2025_10_15


def identity(number: int) -> str:
    """The id of the entity with a number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def address(path: str, version: ApiVersion = V) -> str:
    """The address of something, as the service gives it."""
    return f"{bare(path)}?api-version={version}"


def bare(path: str) -> str:
    """The address without its query, as responses matches it."""
    return f"{HOST}{BASE_PATH}/{path}"


def entity(path: str, number: int = 1, version: ApiVersion = V, **properties: Any) -> dict[str, Any]:  # noqa: ANN401
    """An entity as the service describes it."""
    return {
        "self": address(f"{path}/{identity(number)}", version),
        "displayName": f"thing {number}",
        "locale": "en-US",
        "status": "Succeeded",
        "createdDateTime": f"2026-01-{number:02d}T11:34:12Z",
        "lastActionDateTime": f"2026-01-{number:02d}T11:36:12Z",
        **properties,
    }


def dataset(number: int = 1, version: ApiVersion = V, **properties: Any) -> dict[str, Any]:  # noqa: ANN401
    return entity("datasets", number, version, **{"kind": "Acoustic", **properties})


def evaluation(number: int = 1, version: ApiVersion = V, **properties: Any) -> dict[str, Any]:  # noqa: ANN401
    models = {
        "model1": {"self": address(f"models/base/{identity(10)}", version)},
        "model2": {"self": address(f"models/{identity(11)}", version)},
        "dataset": {"self": address(f"datasets/{identity(12)}", version)},
    }
    return entity("evaluations", number, version, **(models | properties))


def problem(code: str, message: str, inner: str = "", inner_message: str = "") -> dict[str, Any]:
    """The service's own form of an error."""
    body: dict[str, Any] = {"code": code, "message": message, "target": None, "details": None}
    if inner:
        body["innerError"] = {
            "code": inner,
            "message": inner_message,
            "innerError": None,
            "details": {"a": "b"},
        }
    return body


def sent_json(call: responses.Call) -> Any:  # noqa: ANN401
    """The JSON of a request that was sent."""
    body = call.request.body
    assert isinstance(body, bytes)
    return json.loads(body)


def sent_query(request: requests.PreparedRequest) -> dict[str, str]:
    """The query of a request that was sent."""
    return {name: values[0] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}
