"""The demo's steps, in order, each with the exit code that it has to end with; none of them is run here."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from speechops.errors import SpeechOpsError
from speechops.inputs import LOCAL_FOLDER
from speechops.operations import demo

ENDINGS = [0, 0, 0, 0, 3, 0]


def show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endings: list[int]
) -> tuple[list[list[str]], list[str]]:
    """Run the demo with steps that end so; return their words, and what is said."""
    monkeypatch.chdir(tmp_path)
    performed: list[list[str]] = []
    said: list[str] = []
    left = iter(endings)

    def perform(words: list[str]) -> int:
        performed.append(words)
        return next(left)

    run: Any = SimpleNamespace(
        settings={LOCAL_FOLDER: tmp_path},
        connections=SimpleNamespace(
            embedded=lambda *_, **__: nullcontext(SimpleNamespace(url="http://here"))
        ),
        console=SimpleNamespace(line=said.append, heading=said.append),
        perform=perform,
    )
    said.append(demo.run(run).message)
    return performed, said


def test_demo__goes_through_the_loop_and_stops_the_worse_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    performed, said = show(tmp_path, monkeypatch, ENDINGS)
    assert [words[0] for words in performed] == [
        *("validate", "test-data", "train-data", "deploy", "train-data", "report")
    ]
    for words in performed:
        assert words[words.index("--speech-endpoint") + 1] == "http://here"
        assert (words[1:3] == ["--show-transcripts", "true"]) == (words[0] == "deploy")
    project = Path(performed[0][performed[0].index("--config") + 1]).parent
    assert (project / "data/training/text.txt").read_bytes() == (
        project / "states/harmful/data/training/text.txt"
    ).read_bytes()
    assert len([line for line in said if line.startswith("Stopped, as expected")]) == 1
    assert said[-1].endswith(str(project / ".speechops/report/pharmacy/index.html"))


@pytest.mark.parametrize(("step", "code"), [(0, 3), (3, 1), (4, 0), (4, 1), (5, 3)])
def test_demo__step_that_ends_otherwise_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, code: int
) -> None:
    endings = [*ENDINGS[:step], code, *ENDINGS[step + 1 :]]
    with pytest.raises(SpeechOpsError, match=f"ended with exit code {code} instead of {ENDINGS[step]}"):
        show(tmp_path, monkeypatch, endings)
