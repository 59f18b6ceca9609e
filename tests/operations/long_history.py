"""A store with a long history, and what a command does with it."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from speechops.registry.folder import FolderStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speechops.registry.blob import BlobStore
    from speechops.registry.registry import Registry

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


READS, LISTS, WRITES = "reads", "lists", "writes"
_ACTS = {"read": READS, "names": LISTS, "states": LISTS, "write": WRITES, "delete": WRITES}


@contextmanager
def counted(store: type[FolderStore | BlobStore] = FolderStore) -> Iterator[Counter[str]]:
    """Count what is done with the stores of a kind: documents read and written, containers listed."""
    acts: Counter[str] = Counter()

    def counting(method: Callable[..., Any], act: str) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - as the store has it
            acts[act] += 1
            return method(*arguments, **more)

        return call

    with ExitStack() as patches:
        for name, act in _ACTS.items():
            patches.enter_context(patch.object(store, name, counting(getattr(store, name), act)))
        yield acts
