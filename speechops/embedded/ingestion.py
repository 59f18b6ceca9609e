"""From blocks or a URL to a dataset: the content is joined, checked, and reported on."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from speechops.embedded import imports
from speechops.embedded.conditions import Activity
from speechops.embedded.entities import Dataset, Kind
from speechops.embedded.imports import Import, ImportFailedError, Utterance
from speechops.embedded.jobs import JobFailedError
from speechops.embedded.tiers import Tier, largest_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from speechops.embedded.jobs import Outcome
    from speechops.embedded.service import Service

REPORT = "report.json"
_UTTERANCES = "utterances.json"
_DECODER = msgspec.json.Decoder(list[Utterance])
_CHUNK = 2**20
_FETCH_SECONDS = 30.0
_CONTENT = {
    Kind.ACOUSTIC: ("data.zip", "AcousticDataArchive"),
    Kind.AUDIO_FILES: ("data.zip", "AcousticDataArchive"),
    Kind.LANGUAGE: ("data.txt", "LanguageData"),
    Kind.LANGUAGE_MARKDOWN: ("data.md", "LanguageData"),
    Kind.PRONUNCIATION: ("data.txt", "PronunciationData"),
    Kind.OUTPUT_FORMATTING: ("data.md", "OutputFormattingData"),
}


def content(service: Service, dataset: Dataset) -> Path:
    """Return where the content of a dataset is kept."""
    return service.state.contents(dataset.id) / _CONTENT[dataset.kind][0]


def blocks_folder(service: Service, dataset: Dataset) -> Path:
    """Return where the blocks of a dataset are kept; it need not exist."""
    return service.state.contents(dataset.id) / "blocks"


def block_path(service: Service, dataset: Dataset, id_: str) -> Path:
    """Return where a block is kept; ``id_`` is any text."""
    return blocks_folder(service, dataset) / id_.encode().hex()


def utterances(service: Service, dataset: Dataset) -> list[Utterance]:
    """Return the accepted utterances of a dataset with audio; none for other kinds."""
    path = service.state.contents(dataset.id) / _UTTERANCES
    return _DECODER.decode(path.read_bytes()) if path.exists() else []


def perform(service: Service, dataset: Dataset) -> Outcome:
    """Do the import."""
    _bring_content(service, dataset)
    result = Import()
    failure = service.conditions.failure(Activity.IMPORT, dataset.display_name)
    try:
        if failure is not None:
            result.reject(failure.line, failure.message)
            raise JobFailedError(failure.code, failure.message)
        result = _checked(service, dataset)
    finally:
        _publish(service, dataset, result)
    if result.accepted == 0:
        raise JobFailedError("DataImportFailed", "No line of the file was accepted; see the report.")
    return lambda current: dataclasses.replace(
        current, accepted=result.accepted, rejected=result.rejected, milliseconds=result.milliseconds
    )


def _checked(service: Service, dataset: Dataset) -> Import:
    path = content(service, dataset)
    limit = largest_file(service.tier, dataset.kind)
    size = path.stat().st_size
    if size > limit:
        code = "SkuLimitsExist" if service.tier is Tier.F0 else "DataImportFailed"
        raise JobFailedError(
            code, f"The file has {size} bytes; {dataset.kind} has at most {limit} on {service.tier}."
        )
    if size == 0:
        raise JobFailedError("DataImportFailed", "The file is empty.")
    try:
        return imports.check(path, dataset.kind, dataset.locale)
    except ImportFailedError as error:
        raise JobFailedError(error.code, str(error)) from None


def _publish(service: Service, dataset: Dataset, result: Import) -> None:
    folder = service.state.contents(dataset.id)
    _write(folder / REPORT, result.report())
    _write(folder / _UTTERANCES, msgspec.json.encode(result.utterances).decode())
    service.state.publish(dataset.id, [(REPORT, "DatasetReport"), _CONTENT[dataset.kind]])
    shutil.rmtree(blocks_folder(service, dataset), ignore_errors=True)


def _bring_content(service: Service, dataset: Dataset) -> None:
    path = content(service, dataset)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with service.state.scratch() as folder:
        whole = folder / "content"
        limit = largest_file(Tier.S0, dataset.kind)
        chunks = _fetched(dataset.content_url) if dataset.content_url else _assembled(service, dataset)
        with whole.open("wb") as stream:
            for chunk in chunks:
                stream.write(chunk)
                if stream.tell() > limit:
                    raise JobFailedError("DataImportFailed", f"The file has more than {limit} bytes.")
        whole.replace(path)


def _assembled(service: Service, dataset: Dataset) -> Iterable[bytes]:
    for id_ in dataset.blocks:
        with block_path(service, dataset, id_).open("rb") as block:
            while chunk := block.read(_CHUNK):
                yield chunk


def _fetched(url: str) -> Iterable[bytes]:
    """Read a URL as the service does: it must answer at once, without sign-in, with the file itself."""
    import requests  # noqa: PLC0415 - most datasets come in blocks

    host = urlsplit(url).hostname or ""
    try:
        with requests.get(url, stream=True, timeout=_FETCH_SECONDS, allow_redirects=False) as answer:
            if answer.status_code != requests.codes.ok:
                raise JobFailedError(
                    "InvalidRecordingsUri", f"The content URL at {host} answered {answer.status_code}."
                )
            yield from answer.iter_content(_CHUNK)
    except requests.RequestException as error:
        raise JobFailedError(
            "InaccessibleCustomerStorage",
            f"The content URL at {host} cannot be read ({type(error).__name__}).",
        ) from None


def _write(path: Path, text: str) -> None:
    """Write a file that is whole or not there."""
    beside = path.with_name(f".{path.name}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
