"""The loop on the sample data that users of the original template have: real speech, the real recogniser."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from speechops.app import App
from speechops.clock import SystemClock
from tests.operations.project import read_outputs

SAMPLE = Path(__file__).parent.parent.parent.parent / "shared" / "sample-data"

pytestmark = pytest.mark.skipif(not SAMPLE.is_dir(), reason="../shared/sample-data is absent")


def test_sample__base_and_custom_rate_and_the_leak_are_reported(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "data", copy_function=shutil.copyfile)
    training = tmp_path / "data/training"
    arguments = [
        *("--locale", "en-US", "--test-data", str(tmp_path / "data/testing/audio-and-trans.zip")),
        *("--training-text", str(training / "related-text.txt")),
        *("--training-pronunciation", str(training / "pronunciation.txt")),
        *("--training-audio", str(training / "audio-and-trans.zip")),
        *("--store-folder", str(tmp_path / "store"), "--local-folder", str(tmp_path / "service")),
        *("--commit", "a" * 40),
        *("--report-folder", str(tmp_path / "report")),
    ]
    outputs = tmp_path / "outputs"
    outputs.touch()

    def run(operation: str) -> tuple[int, str]:
        output = io.StringIO()
        app = App({"GITHUB_OUTPUT": str(outputs)}, output, SystemClock())
        return app.run([operation, *arguments]), output.getvalue()

    code, text = run("validate")
    assert code == 0, text
    assert text.count("leak: audio.wav (same text)") == 5
    assert text.count("leak: audio.wav (contains a phrase)") == 1

    code, text = run("train-data")
    # One utterance of 117 words proves nothing, however large the gain: the original template promoted on it.
    assert code == 3, text
    assert "6 leaks" in text
    assert "1 utterance cannot tell progress from chance" in text
    told = read_outputs(outputs.read_text(encoding="utf-8"))
    assert told["verdict"] == "inconclusive"
    assert 0.15 < float(told["benchmark-word-error-rate"]) < 0.27
    assert float(told["word-error-rate"]) < 0.06

    report = json.loads((tmp_path / "report/default/report.json").read_bytes())
    first, *_ = report["test"]["advice"]
    assert (first["rule"], first["utterances"]) == ("leaks", ["audio.wav"])
    assert "1. Remove" in text
