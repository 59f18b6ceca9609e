"""A check on a commit: in progress from the first moment, completed whatever happens."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from speechops.errors import PlatformError
from speechops.github import text as github_text
from speechops.github.annotation import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speechops.github.annotation import Annotation
    from speechops.github.api import GitHub
    from speechops.github.entities import CheckRun

# https://docs.github.com/rest/checks/runs
TEXT_LIMIT = 65_535  # of summary and of text
ANNOTATIONS_PER_REQUEST = 50
TITLE_LIMIT = 255
MESSAGE_LIMIT = 64 * 1024 - 1

# Twenty requests. Beyond that, the report is the place to read them.
ANNOTATIONS_LIMIT = 1_000

_LEVELS = {Level.ERROR: "failure", Level.WARNING: "warning", Level.NOTICE: "notice"}
# Where the runner itself puts a message without a file.
_NOWHERE = ".github"


class Conclusion(StrEnum):
    """How a check ends."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    FAILURE = "failure"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Output:
    """What a check shows: a title of one line, a summary, a longer text (both Markdown), annotations."""

    title: str
    summary: str
    text: str = ""
    annotations: tuple[Annotation, ...] = ()


class Check:
    """A check run that is in progress."""

    def __init__(self, github: GitHub, run: CheckRun, *, pointer: str) -> None:
        self.run = run
        self._github = github
        self._pointer = pointer

    @property
    def completed(self) -> bool:
        """Whether it has ended."""
        return self.run.status == "completed"

    def progress(self, title: str, summary: str) -> None:
        """Report progress. Raises :class:`PlatformError`."""
        shown = self._shown(Output(title, summary), ())
        self.run = self._github.update_check_run(self.run.id, status="in_progress", output=shown)

    def complete(self, conclusion: Conclusion, output: Output) -> None:
        """End the check. Annotations go fifty at a time, the conclusion with the last of them.

        Raises :class:`PlatformError`.
        """
        ranked = sorted(output.annotations, key=lambda item: list(Level).index(item.level))
        batches = _batches(ranked[:ANNOTATIONS_LIMIT])
        for batch in batches[:-1]:
            shown = self._shown(output, batch)
            self.run = self._github.update_check_run(self.run.id, status="in_progress", output=shown)
        self.run = self._github.update_check_run(
            self.run.id,
            status="completed",
            conclusion=conclusion.value,
            output=self._shown(output, batches[-1]),
        )

    def _shown(self, output: Output, annotations: tuple[Annotation, ...]) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "title": _line(output.title),
            "summary": github_text.cut(output.summary, TEXT_LIMIT, self._pointer),
        }
        if output.text:
            shown["text"] = github_text.cut(output.text, TEXT_LIMIT, self._pointer)
        if annotations:
            shown["annotations"] = [_annotation(item) for item in annotations]
        return shown


@contextmanager
def check(
    github: GitHub, name: str, commit: str, *, details_url: str = "", external_id: str = "", pointer: str = ""
) -> Iterator[Check]:
    """Keep a check on ``commit`` open; ``pointer`` says where to find the full text if it had to be cut.

    If the block ends without completing the check, the check is completed: as failed on an error, as canceled
    on an interrupt or exit. A killed process is for :func:`complete_abandoned`. Raises :class:`PlatformError`
    if the check cannot be created.
    """
    fields = {"details_url": details_url, "external_id": external_id}
    run = github.create_check_run(
        name, commit, status="in_progress", **{key: value for key, value in fields.items() if value}
    )
    check = Check(github, run, pointer=pointer)
    try:
        yield check
    except Exception:
        with suppress(PlatformError):  # the error in flight is the one to show
            _close(check, Conclusion.FAILURE, "The run stopped with an error", "See its log for the reason.")
        raise
    except BaseException:
        with suppress(PlatformError):
            _close(check, Conclusion.CANCELLED, "The run was canceled", "Run the job again.")
        raise
    _close(check, Conclusion.FAILURE, "The run ended without a result", "See its log for the reason.")


def complete_abandoned(github: GitHub, check_run_id: int) -> bool:
    """Complete a check whose process was killed, for the post step; return whether it was still open.

    Raises :class:`PlatformError`.
    """
    run = github.check_run(check_run_id)
    check = Check(github, run, pointer="")
    if check.completed:
        return False
    _close(check, Conclusion.CANCELLED, "The run was canceled or killed", "Run the job again.")
    return True


def _close(check: Check, conclusion: Conclusion, title: str, summary: str) -> None:
    if not check.completed:
        check.complete(conclusion, Output(title, summary))


def _batches(annotations: list[Annotation]) -> list[tuple[Annotation, ...]]:
    """Return the annotations in batches of one request each; a single empty batch if there are none."""
    starts = range(0, max(len(annotations), 1), ANNOTATIONS_PER_REQUEST)
    return [tuple(annotations[start : start + ANNOTATIONS_PER_REQUEST]) for start in starts]


def _annotation(item: Annotation) -> dict[str, Any]:
    line = item.line or 1
    shown = {
        "path": item.file or _NOWHERE,
        "start_line": line,
        "end_line": line,
        "annotation_level": _LEVELS[item.level],
        "message": github_text.cut(item.message, MESSAGE_LIMIT, "…") or "…",
    }
    return shown | ({"title": _line(item.title)} if item.title else {})


def _line(title: str) -> str:
    """Return a title as one line of bounded length."""
    title = " ".join(title.split())
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT - 1] + "…"
