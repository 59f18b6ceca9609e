"""The command line on a data repository that somebody hostile has written to."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from speechops.app import App
from tests.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MODEL = "models:\n  m:\n    locale: en-US\n"


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a command inside the process; return its exit code and what it printed."""
    output = io.StringIO()
    return App(environment or {}, output, FakeClock()).run(arguments), output.getvalue()


def repository(folder: Path, content: str) -> Path:
    """Make a repository with a ``speechops.yml``, and return that."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    config = folder / "speechops.yml"
    config.write_text(content, encoding="utf-8")
    return config


def refused(answer: tuple[int, str], *words: str) -> None:
    """Hold that a command ended as a user's mistake, on one line and a link, and said the words."""
    code, text = answer
    assert code == 2, text
    assert "Traceback" not in text
    (_, *link) = text.splitlines()
    assert all(line.startswith("SpeechOps documentation: docs/") for line in link[:1]), text
    assert len(link) <= 1, text
    for word in words:
        assert word in text
