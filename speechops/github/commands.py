"""Workflow commands: lines that the runner reads from the output of a step.

The rules are those of the runner (``ActionCommand.cs`` in actions/runner): a line that begins with ``::`` or
holds ``##[`` anywhere may be a command, whoever wrote it.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, TextIO

from speechops.github import text as github_text
from speechops.redaction import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from speechops.github.annotation import Annotation

# The runner also ends a line at a lone carriage return.
_MAYBE_COMMAND = re.compile(r"(?:\A|[\r\n])\s*::|##\[")


def new_token() -> str:
    """Return a word that no text can predict."""
    return secrets.token_hex(16)


class Commands:
    """Writes workflow commands to ``stream``, the standard output of a step."""

    def __init__(self, stream: TextIO, *, token: Callable[[], str] = new_token) -> None:
        self._stream = stream
        self._token = token

    def mask(self, secret: str) -> None:
        """Hide ``secret`` in all that the job prints from now on, as a whole and line by line.

        The runner drops job outputs that contain a mask: a line of a few characters is not masked.
        """
        for part in {secret, *lines(secret)}:
            if part.strip():
                self._command("add-mask", part)

    def annotate(self, annotation: Annotation) -> None:
        """Attach a message to a file, a line or the run."""
        properties = {
            "file": annotation.file,
            "line": str(annotation.line) if annotation.file and annotation.line else "",
            "title": annotation.title,
        }
        self._command(annotation.level.value, annotation.message, properties)

    def write(self, text: str) -> None:
        """Print untrusted text; none of its lines acts as a command."""
        text = github_text.encodable(text)
        if not text.endswith("\n"):
            text += "\n"
        if _MAYBE_COMMAND.search(text):
            token = self._token()
            text = f"::stop-commands::{token}\n{text}::{token}::\n"
        self._stream.write(text)
        self._stream.flush()

    def _command(self, name: str, data: str, properties: dict[str, str] | None = None) -> None:
        pairs = ",".join(f"{key}={_property(value)}" for key, value in (properties or {}).items() if value)
        separator = " " if pairs else ""
        self._stream.write(f"::{name}{separator}{pairs}::{_data(data)}\n")
        self._stream.flush()


def _data(value: str) -> str:
    value = github_text.encodable(value)
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
