"""Datasets: created with a URL to fetch, or filled block by block."""

from __future__ import annotations

import base64
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops.embedded import calls, filters, representations
from speechops.embedded.bodies import block_list
from speechops.embedded.calls import Call, Route, check_quota, common_of_work, exclusive, nothing
from speechops.embedded.entities import Dataset, Kind, TextNormalization
from speechops.embedded.ingestion import block_path, blocks_folder
from speechops.embedded.refusals import Refusal, conflict, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

LARGEST_BLOCK = 8 * 2**20
LONGEST_BLOCK_ID = 64
_CHUNK = 2**18


@exclusive
def create(call: Call) -> Response:
    """``POST /datasets``. Without a content URL the dataset waits for its blocks."""
    body = call.body("dataset")
    properties = common_of_work(call, body)
    kind = body.choice("kind", Kind)
    if kind is None:
        raise body.wrong("kind", "is required")
    url = body.web_address("contentUrl") or ""
    normalization = body.inner("properties").choice("textNormalizationKind", TextNormalization)
    check_quota(call, Dataset)
    dataset = Dataset(
        id=str(uuid.uuid4()),
        kind=kind,
        content_url=url,
        text_normalization=normalization or TextNormalization.DEFAULT,
        requested=properties["created"] if url else None,
        **properties,
    )
    call.service.begin(dataset)
    return call.created(representations.work(call.view, dataset))


def list_blocks(call: Call, id_: str) -> Response:
    """``GET /datasets/{id}/blocks``."""
    dataset = call.find(Dataset, id_)
    folder = blocks_folder(call.service, dataset)
    present = sorted(folder.iterdir()) if folder.exists() else []
    sizes = {bytes.fromhex(block.name).decode(): block.stat().st_size for block in present}
    rest = [name for name in sizes if name not in dataset.blocks]
    return call.reply(
        {
            "committedBlocks": [_block(name, sizes) for name in dataset.blocks],
            "uncommittedBlocks": [_block(name, sizes) for name in rest],
        }
    )


def _block(name: str, sizes: Mapping[str, int]) -> dict[str, object]:
    """Return a block; its size is known until the import has joined the blocks."""
    return {"name": name, "size": sizes[name]} if name in sizes else {"name": name}


def upload_block(call: Call, id_: str) -> Response:
    """``PUT /datasets/{id}/blocks?blockid=…``: streamed to disk, whole or not at all."""
    dataset = call.find(Dataset, id_)
    _check_waiting(dataset)
    name = call.request.args.get("blockid", "")
    _check_block_id(name)
    if call.request.mimetype != "application/octet-stream":
        raise Refusal(
            415, "UnsupportedMediaType", "The content type of a block is not application/octet-stream."
        )
    path = block_path(call.service, dataset, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if any(len(block.name) != len(path.name) for block in path.parent.iterdir()):
        raise _bad_block_id("differs in length from the ids of the other blocks")
    with call.service.state.scratch() as folder:
        scratch = folder / "block"
        with scratch.open("wb") as stream:
            while chunk := call.request.stream.read(_CHUNK):
                stream.write(chunk)
                if stream.tell() > LARGEST_BLOCK:
                    raise invalid(f"The block has more than {LARGEST_BLOCK} bytes.")
        scratch.replace(path)
    return nothing(201)


@exclusive
def commit_blocks(call: Call, id_: str) -> Response:
    """``POST /datasets/{id}/blocks:commit``: the import starts."""
    dataset = call.find(Dataset, id_)
    _check_waiting(dataset)
    names = []
    for kind, name in block_list(call.json):
        if kind == "Committed" or not block_path(call.service, dataset, name).exists():
            raise invalid(f"Unknown block {name!r} of kind {kind}.", target="blockList")
        names.append(name)
    now = call.service.clock.now()
    call.service.begin(replace(dataset, blocks=tuple(names), requested=now, last_action=now))
    return nothing(200)


def _check_waiting(dataset: Dataset) -> None:
    if dataset.content_url:
        raise invalid("The dataset has a content URL and accepts no blocks.", inner="InvalidPrerequisite")
    if dataset.requested is not None:
        raise conflict("The blocks of the dataset are committed already.", inner="InvalidPrerequisite")


def _check_block_id(name: str) -> None:
    try:
        decoded = base64.b64decode(name, validate=True)
    except ValueError:  # also for what is not ASCII
        decoded = b""
    if not 0 < len(decoded) <= LONGEST_BLOCK_ID:
        raise _bad_block_id(f"is not base64 of 1 to {LONGEST_BLOCK_ID} bytes")


def _bad_block_id(reason: str) -> Refusal:
    return invalid(f"The block id {reason}.", inner="InvalidParameter", target="blockid")


ROUTES = (
    *calls.reading(
        Dataset, filters.DATASETS, lambda call: {kind.value: call.service.locales() for kind in Kind}
    ),
    *calls.changing(Dataset),
    *calls.with_files(Dataset),
    Route("POST", "/datasets", create),
    Route("GET", "/datasets/<id_>/blocks", list_blocks),
    Route("PUT", "/datasets/<id_>/blocks", upload_block),
    Route("POST", "/datasets/<id_>/blocks:commit", commit_blocks),
)
