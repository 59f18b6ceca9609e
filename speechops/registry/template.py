"""The first benchmark of a fork of Microsoft's Speech DevOps template, from the template's own storage.

The template kept the name of a test summary in ``configuration/benchmark-test.txt``, and the summary, as its
command line tool printed it, in ``test-results``. Since the template's commit 1641d33 of December 2020 a
summary is an evaluation of two models: ``model1`` is the base model, ``model2`` the custom one, and the
template's gate reads ``wordErrorRate2``. So the benchmark is ``model2``, also in a test of the base model
alone, which has it as both. Older summaries have one model and ``wordErrorRate``.
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

    The rate is the service's, a fraction. ``source`` is the name of the summary, which may name the cause of
    the test and the commit, as in ``test-summary-from-train-data-update-1a2b3c4.json``. ``base`` is whether
    the benchmark is a base model.
    """

    model_id: str
    word_error_rate: float
    source: str
    base: bool = False


def read_benchmark(store: Store) -> TemplateBenchmark | None:
    """Return the benchmark that the template left behind, or None if this is not the template's storage.

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
        raise _damaged(source, f"is of a test with status {str(status)[:40]!r}, not Succeeded")
    nested = values.get("properties")
    rates = {**nested, **values} if isinstance(nested, dict) else values
    rate = rates.get("wordErrorRate2", rates.get("wordErrorRate"))
    try:
        wer = float(rate) if isinstance(rate, (int, float, str)) and not isinstance(rate, bool) else math.nan
    except (ValueError, OverflowError):
        wer = math.nan
    if not (math.isfinite(wer) and wer >= 0):  # the service writes -1 before a test is done
        raise _damaged(source, "has no word error rate")
    model, base = _model(values)
    return TemplateBenchmark(model, wer, source, base)


def _object(data: bytes, source: str) -> Mapping[str, object]:
    text = _text(data, source)
    try:
        # The tool printed an extra line before the JSON.
        values, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
    except (ValueError, RecursionError) as error:
        raise _damaged(source, "is not JSON") from error
    return values  # type: ignore[no-any-return] # what begins with a brace is an object


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _damaged(source, "is not text") from error


def _model(values: Mapping[str, object]) -> tuple[str, bool]:
    """Return the id of ``model2``, or of the old form's only model, and whether it is a base model."""
    models = values.get("models")
    only = models[0] if isinstance(models, list) and models else None
    for model in (values.get("model2"), values.get("model"), only):
        named = [model.get("self"), model.get("id")] if isinstance(model, dict) else [model]
        for text in named:
            if isinstance(text, str) and (ids := _ID.findall(text)):
                return str(ids[-1]), "/models/base/" in text
    return "", False


def _damaged(name: str, what: str) -> StoreError:
    return StoreError(
        f"The template's {name} {what}.",
        hint="Set old-benchmark to forget to start from the base model.",
    )
