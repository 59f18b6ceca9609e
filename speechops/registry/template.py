"""The first benchmark of a fork of Microsoft's Speech DevOps template, from the template's own storage.

The template kept the name of a test summary in ``configuration/benchmark-test.txt``, and the summary, as its
command line tool printed it, in ``test-results``. There are two forms: that of version 2.0 of the service,
with ``wordErrorRate`` and ``models``, and that of version 3.0, with ``wordErrorRate1`` and ``model1``. Both
versions are retired, and so is every model that they trained: what counts is the rate.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from speechops.errors import StoreError
from speechops.registry.store import check_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.registry.store import Store

POINTER = ("configuration", "benchmark-test.txt")
RESULTS = "test-results"

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TemplateBenchmark:
    """The template's benchmark: a model's id, empty if the summary names none, and its word error rate.

    The rate is the service's, a fraction. ``source`` is the name of the summary; it ends with what caused
    the test and the commit, as in ``test-summary-from-train-data-update-1a2b3c4.json``.
    """

    model_id: str
    word_error_rate: float
    source: str


def read_benchmark(store: Store) -> TemplateBenchmark | None:
    """Return the benchmark that the template left behind, or None where there is no template's storage.

    :raises StoreError: if pointer or summary is damaged, or the summary is gone
    """
    pointer = store.read(*POINTER)
    if pointer is None:
        return None
    source = _text(pointer.data, "/".join(POINTER)).strip().strip("\"'")
    try:
        check_name(source)
    except StoreError as error:
        raise _damaged("/".join(POINTER), "does not name a test summary") from error
    summary = store.read(RESULTS, source)
    if summary is None:
        raise _damaged("/".join(POINTER), f"names {RESULTS}/{source}, which does not exist")
    return parse_summary(summary.data, source)


def parse_summary(data: bytes, source: str) -> TemplateBenchmark:
    """Read a test summary of either form; ``source`` is its name.

    :raises StoreError: if it is neither, or if the test did not succeed
    """
    values = _object(data, source)
    status = values.get("status", "Succeeded")
    if status != "Succeeded":
        raise _damaged(source, f"is of a test that is {str(status)[:40]!r}, not Succeeded")
    nested = values.get("properties")
    rates = {**nested, **values} if isinstance(nested, dict) else values
    rate = rates.get("wordErrorRate", rates.get("wordErrorRate1"))
    try:
        wer = float(rate) if isinstance(rate, (int, float, str)) and not isinstance(rate, bool) else math.nan
    except (ValueError, OverflowError):
        wer = math.nan
    if not (math.isfinite(wer) and wer >= 0):  # the service writes -1 before a test is done
        raise _damaged(source, "has no word error rate")
    return TemplateBenchmark(_model_id(values), wer, source)


def _object(data: bytes, source: str) -> Mapping[str, object]:
    text = _text(data, source)
    try:
        # The tool printed a line of its own before the JSON.
        values, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
    except (ValueError, RecursionError) as error:
        raise _damaged(source, "is not JSON") from error
    return values  # type: ignore[no-any-return] # what begins with a brace is an object


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _damaged(source, "is not text") from error


def _model_id(values: Mapping[str, object]) -> str:
    """Return the tested model's id: that of ``model1``, in its address, or of the first of ``models``."""
    models = values.get("models")
    first = models[0] if isinstance(models, list) and models else None
    for model in (values.get("model1"), values.get("model"), first):
        named = [model.get("self"), model.get("id")] if isinstance(model, dict) else [model]
        for text in named:
            if isinstance(text, str) and (ids := _ID.findall(text)):
                return str(ids[-1])
    return ""


def _damaged(name: str, what: str) -> StoreError:
    return StoreError(
        f"The template's {name} {what}.",
        hint=f"Delete {'/'.join(POINTER)} to begin anew: the next test-data tests the base model.",
    )
