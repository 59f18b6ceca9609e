"""A bare client of the embedded service: requests as they are, answers as they come."""

# ruff: noqa: ANN401 - JSON goes in as it is

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit

import requests

NEWEST = "2025-10-15"
VERSIONS = (NEWEST, "2024-11-15")
LOCALE = "en-US"

Json = dict[str, Any]


class Api:
    """Speaks one version of the API to the service at ``root``."""

    def __init__(self, root: str, version: str = NEWEST, key: str = "any") -> None:
        self.root = root
        self.version = version
        self.session = requests.Session()
        if key:
            self.session.headers["Ocp-Apim-Subscription-Key"] = key

    def url(self, path: str) -> str:
        """The address of a path of the API, or of the path of an address."""
        if path.startswith("http"):
            return path
        return f"{self.root}/speechtotext/{path}?api-version={self.version}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.url(path), timeout=30, **options)

    def get(self, path: str, **query: Any) -> Json:
        """What is there."""
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def create(self, collection: str, **body: Any) -> Json:
        """A new entity."""
        answer = self.call("POST", collection, json={"displayName": "thing", "locale": LOCALE, **body})
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"] == answer.json()["self"]
        made: Json = answer.json()
        return made

    def refused(self, method: str, path: str, status: int = 400, **options: Any) -> str:
        """The detailed code, or else the code, of a request that is refused."""
        answer = self.call(method, path, **options)
        assert answer.status_code == status, (answer.status_code, answer.text)
        error = answer.json()
        assert error["message"]
        return str(error.get("innerError", error)["code"])

    def values(self, path: str, **query: Any) -> list[Json]:
        """All of a list, page after page."""
        page = self.get(path, **query)
        found = list(page["values"])
        while "@nextLink" in page:
            page = self.get(page["@nextLink"])
            found += page["values"]
        return found

    def upload(self, data: bytes, kind: str, **body: Any) -> Json:
        """A dataset, filled by blocks, and committed."""
        made = self.create("datasets", kind=kind, **body)
        path = f"datasets/{identity(made)}"
        half = len(data) // 2
        names = [block_name(number) for number in range(2)]
        for name, part in zip(names, (data[:half], data[half:]), strict=True):
            self.put_block(path, name, part)
        answer = self.call(
            "POST", f"{path}/blocks:commit", json=[{"kind": "Uncommitted", "id": name} for name in names]
        )
        assert answer.status_code == 200, answer.text
        return made

    def put_block(self, path: str, name: str, data: bytes) -> None:
        answer = self.call(
            "PUT",
            f"{path}/blocks",
            params={"blockid": name},
            data=data,
            headers={"Content-Type": "application/octet-stream"},
        )
        assert answer.status_code == 201, answer.text

    def dataset(self, data: bytes, kind: str, **body: Any) -> Json:
        """A dataset as it is after its import."""
        return self.get(self.upload(data, kind, **body)["self"])

    def model(self, *datasets: Json, **body: Any) -> Json:
        """A model as it is after its training."""
        references = [reference(each) for each in datasets]
        return self.get(self.create("models", datasets=references, **body)["self"])

    def evaluation(self, dataset: Json, model1: Json, model2: Json, **body: Any) -> Json:
        """An evaluation as it is after its test."""
        inputs = {"dataset": dataset, "model1": model1, "model2": model2}
        references = {name: reference(each) for name, each in inputs.items()}
        return self.get(self.create("evaluations", **references, **body)["self"])

    def endpoint(self, model: Json, **body: Any) -> Json:
        """An endpoint as it is after its deployment."""
        return self.get(self.create("endpoints", model=reference(model), **body)["self"])

    def base(self) -> Json:
        """The newest base model."""
        return self.values("models/base")[-1]

    def recognize(self, audio: bytes, endpoint: str = "", **query: str) -> requests.Response:
        """The answer of short-audio recognition."""
        return self.session.post(
            f"{self.root}/stt/speech/recognition/conversation/cognitiveservices/v1",
            params={"language": LOCALE, "format": "detailed", "cid": endpoint, **query},
            data=audio,
            headers={"Content-Type": "audio/wav"},
            timeout=30,
        )


def identity(entity: Json) -> str:
    return urlsplit(entity["self"]).path.rpartition("/")[2]


def reference(entity: Json) -> Json:
    return {"self": entity["self"]}


def block_name(number: int) -> str:
    return base64.b64encode(b"%05d" % number).decode()
