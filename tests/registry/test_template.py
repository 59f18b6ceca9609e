"""The storage of the Speech DevOps template, built by hand after its layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import StoreError
from speechops.registry import FolderStore
from speechops.registry.template import TemplateBenchmark, parse_summary, read_benchmark

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "9f1c2a34-5b6d-4e7f-8a90-1b2c3d4e5f60"
OTHER = "0d8d6f5e-0000-4000-8000-000000000009"
NAME = "test-summary-from-train-data-update-1a2b3c4.json"
OLD: dict[str, Any] = {
    "resultsUrl": "https://results.example/0?sig=s",
    "models": [{"modelKind": "Language", "id": MODEL, "name": "custom_speech_model_1a2b3c4"}],
    "dataset": {"id": "7d7f0a52-7a07-4f1f-93f5-1f8e4c4bb8f5", "name": "audio_trans_test_1a2b3c4"},
    "wordErrorRate": 0.1538,
    "id": "0d8d6f5e-0000-4000-8000-000000000001",
    "status": "Succeeded",
    "name": "test_from_train_data_update_1a2b3c4",
}
NEW: dict[str, Any] = {
    "self": "https://westus2.api.cognitive.microsoft.com/speechtotext/v3.0/evaluations/0d8d6f5e-0000-4000-8000-000000000001",
    "model1": {"self": "https://westus2.api.cognitive.microsoft.com/speechtotext/v3.0/models/base/0d8d6f5e-0000-4000-8000-000000000002"},
    "model2": {"self": f"https://westus2.api.cognitive.microsoft.com/speechtotext/v3.0/models/{MODEL}"},
    "properties": {"wordErrorRate1": 0.2, "wordErrorRate2": 0.0769, "wordCount1": 117},
    "status": "Succeeded",
}  # fmt: skip


def _store(tmp_path: Path, pointer: bytes, summary: bytes | None) -> FolderStore:
    store = FolderStore(tmp_path)
    store.write("configuration", "benchmark-test.txt", pointer)
    if summary is not None:
        store.write("test-results", NAME, summary)
    return store


@pytest.mark.parametrize(("summary", "rate"), [(OLD, 0.1538), (NEW, 0.0769)])
@pytest.mark.parametrize("pointer", [f"{NAME}\n", NAME, f"\ufeff{NAME}\r\n", f'"{NAME}"\n'])
def test_read_benchmark__storage_of_a_fork__first_benchmark(
    tmp_path: Path, pointer: str, summary: dict[str, Any], rate: float
) -> None:
    store = _store(tmp_path, pointer.encode(), json.dumps(summary, indent=2).encode())
    assert read_benchmark(store) == TemplateBenchmark(MODEL, rate, NAME)


def test_read_benchmark__no_fork__none(tmp_path: Path) -> None:
    assert read_benchmark(FolderStore(tmp_path)) is None


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        (b"", "benchmark-test.txt does not name a test summary"),
        (b"../secret", "does not name a test summary"),
        (b"two\nlines", "does not name a test summary"),
        (b"\xff\xfe", "is not text"),
        (b"test-summary-from-test-data-update-0000000.json\n", "which does not exist"),
    ],
)
def test_read_benchmark__damaged_pointer__one_line(tmp_path: Path, pointer: bytes, words: str) -> None:
    with pytest.raises(StoreError) as error:
        read_benchmark(_store(tmp_path, pointer, json.dumps(OLD).encode()))
    assert words in str(error.value)
    assert "Set old-benchmark to forget" in error.value.hint


@pytest.mark.parametrize(
    ("summary", "rate", "model"),
    [
        (json.dumps({"wordErrorRate": "0.25"}), 0.25, ""),
        (json.dumps({"wordErrorRate": 1.2, "models": []}), 1.2, ""),
        (json.dumps({"wordErrorRate2": 0, "model2": MODEL}), 0.0, MODEL),
        (json.dumps({"wordErrorRate": 0.5, "model": {"id": MODEL.upper()}}), 0.5, MODEL.upper()),
        (json.dumps({"wordErrorRate": 0.5, "properties": {"wordErrorRate": 0.25}}), 0.5, ""),
        (json.dumps({"wordErrorRate": 0.5, "wordErrorRate2": 0.25, "status": "Succeeded"}), 0.25, ""),
        (json.dumps({**NEW, "model": {"id": OTHER}, "models": [OTHER]}), 0.0769, MODEL),
        (json.dumps({**OLD, "model": MODEL, "models": [OTHER]}), 0.1538, MODEL),
        (json.dumps({**OLD, "model2": {"self": "none"}, "models": [MODEL, OTHER]}), 0.1538, MODEL),
        (json.dumps({**OLD, "models": [{"self": f"https://h/{OTHER}/models/{MODEL}"}]}), 0.1538, MODEL),
        (json.dumps({**OLD, "models": [{"self": "https://h/models/", "id": MODEL}]}), 0.1538, MODEL),
        ("Getting test...\n" + json.dumps(OLD) + "\n", 0.1538, MODEL),
    ],
)
def test_parse_summary__odd_but_readable__read(summary: str, rate: float, model: str) -> None:
    assert parse_summary(summary.encode(), NAME) == TemplateBenchmark(model, rate, NAME)


def test_parse_summary__test_of_the_base_model_alone__benchmark_is_a_base_model() -> None:
    base = NEW["model1"]
    benchmark = parse_summary(json.dumps({**NEW, "model2": base}).encode(), NAME)
    assert (benchmark.model_id, benchmark.base) == ("0d8d6f5e-0000-4000-8000-000000000002", True)


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        ("", "is not JSON"),
        ("Test not found.", "is not JSON"),
        ('{"wordErrorRate": ', "is not JSON"),
        ('{"a": ' * 100_000, "is not JSON"),
        ("{}", "has no word error rate"),
        ('{"wordErrorRate": null}', "has no word error rate"),
        ('{"wordErrorRate": true}', "has no word error rate"),
        ('{"wordErrorRate": NaN}', "has no word error rate"),
        ('{"wordErrorRate": "low"}', "has no word error rate"),
        ('{"wordErrorRate": 1' + "0" * 400 + "}", "has no word error rate"),
        ('{"properties": {"wordErrorRate2": -1.0}, "status": "Succeeded"}', "has no word error rate"),
        ('{"wordErrorRate": 0.1, "status": "Failed"}', "is of a test with status 'Failed'"),
        ('{"wordErrorRate": 0.1, "status": "Running"}', "is of a test with status 'Running'"),
    ],
)
def test_parse_summary__not_one__one_line(summary: str, words: str) -> None:
    with pytest.raises(StoreError) as error:
        parse_summary(summary.encode(), NAME)
    assert f"The template's {NAME} {words}" in str(error.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*OLD, *NEW, "wordErrorRate2", "id", "self"]), inner)
    ),
)


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_parse_summary__anything__benchmark_or_store_error(data: bytes) -> None:
    try:
        benchmark = parse_summary(data, NAME)
    except StoreError:
        return
    assert 0 <= benchmark.word_error_rate < float("inf")
