"""A store with a long history, and the reads of documents that a command makes."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

from speechops.registry.folder import FolderStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.registry.registry import Registry
    from speechops.registry.store import Blob

_FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def lengthen(registry: Registry, model: str, count: int, *, first: int = 0) -> None:
    """Add ``count`` older tests, numbered from ``first``, each with its record and its release."""
    release = registry.releases(model)[-1]
    result = registry.result_named(release.result)
    assert result
    record = next(item for item in registry.runs(model) if item.result == result.name)
    for number in range(first, first + count):
        moment = (_FIRST + timedelta(hours=number)).isoformat()
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        old = replace(result, key=digest, commit=digest[:40], test=digest, created=moment, run=f"old{number}")
        registry.store_result(old)
        registry.record(
            replace(record, id=old.run, started=moment, ended=moment, result=old.name, commit=old.commit)
        )
        registry.add_release(
            replace(release, version=f"0.0.{number}", created=moment, run=old.run, result=old.name)
        )


@contextmanager
def counted_reads() -> Iterator[Counter[str]]:
    """Count the documents that are read from folder stores, by container."""
    reads: Counter[str] = Counter()
    read = FolderStore.read

    def counted(store: FolderStore, container: str, name: str) -> Blob | None:
        reads[container] += 1
        return read(store, container, name)

    with patch.object(FolderStore, "read", counted):
        yield reads
