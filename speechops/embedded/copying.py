"""The work of a copy: the content of a model travels from this service to another on the same machine."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from speechops.embedded.conditions import Activity
from speechops.embedded.entities import Model
from speechops.embedded.jobs import JobFailedError

if TYPE_CHECKING:
    from pathlib import Path

    import requests

    from speechops.embedded.entities import ModelCopy
    from speechops.embedded.jobs import Outcome
    from speechops.embedded.service import Service

PATH = "/copies/"
"""The path below which a service receives copies; not part of the API."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SECONDS = 60.0


def is_reachable(target: str) -> bool:
    """Whether another embedded service may be at the address: nothing leaves this machine."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOOPBACK and not parts.username


def send(target: str, authorization: str, method: str, **options: object) -> requests.Response:
    """Send a request about a copy to its target. Raises :class:`requests.RequestException`."""
    import requests  # noqa: PLC0415 - few services copy

    url = f"{target.rstrip('/')}{PATH}{authorization}"
    return requests.request(method, url, timeout=_SECONDS, allow_redirects=False, **options)  # type: ignore[arg-type]


def perform(service: Service, work: ModelCopy) -> Outcome:
    """Send the content of the model to the target, or cancel the copy there."""
    import requests  # noqa: PLC0415

    failure = service.conditions.failure(Activity.COPY, work.display_name)
    model = service.state.get(Model, work.model)
    try:
        if failure is not None or model is None:
            send(work.target, work.authorization, "DELETE")
        if failure is not None:
            raise JobFailedError(failure.code, failure.message)
        if model is None:
            raise JobFailedError("InvalidModel", "The model was deleted while it was copied.")
        with service.state.scratch() as scratch:
            packed = scratch / "model.zip"
            _pack(service.state.contents(model.id) / "model", packed)
            with packed.open("rb") as stream:
                answer = send(work.target, work.authorization, "PUT", data=stream)
    except requests.RequestException as error:
        raise JobFailedError("InternalCommunicationFailed", f"The target did not answer: {error}") from None
    if answer.status_code != requests.codes.ok:
        raise JobFailedError("PipelineError", f"The target refused the content: {answer.text[:200]}")
    return lambda current: current


def _pack(folder: Path, packed: Path) -> None:
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
