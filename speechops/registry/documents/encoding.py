"""Documents as JSON and back."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from speechops import json_text
from speechops.registry.documents.benchmark import Benchmark
from speechops.registry.documents.records import RunRecord
from speechops.registry.documents.releases import Release
from speechops.registry.documents.results import TestResult
from speechops.registry.documents.schema import SCHEMA
from speechops.registry.documents.vocabulary import Vocabulary

Document = TypeVar("Document", Benchmark, TestResult, RunRecord, Release, Vocabulary)

# Made when the module is imported, which one thread does: msgspec 0.22 crashes the interpreter if two threads
# are the first to decode a dataclass.
_SCHEMA_DECODER = msgspec.json.Decoder(dict[str, Any])
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Benchmark, TestResult, RunRecord, Release, Vocabulary)
}


class Foreign(Exception):
    """The document is not one of ours, is damaged, or was written by a newer version."""


class Newer(Foreign):
    """The document has a schema that this version does not know yet."""


def encode(document: Document) -> bytes:
    """Return the document as JSON for people and machines: indented, UTF-8, one trailing newline."""
    return json_text.write(document)


def decode(data: bytes, kind: type[Document]) -> Document:
    """Read a document of this schema.

    Raises :class:`Foreign` if the document is damaged or of another kind, :class:`Newer` if it is of a newer
    schema.
    """
    try:
        schema = _SCHEMA_DECODER.decode(data).get("schema")
        if schema != SCHEMA:
            kind_of = Newer if isinstance(schema, int) and schema > SCHEMA else Foreign
            raise kind_of(f"its schema is {schema!r}; this version reads {SCHEMA}")
        return cast("Document", _DECODERS[kind].decode(data))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Foreign(str(error)) from error
