"""Where the value of an input is found, and the paths that it may name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from speechops import containment, project
from speechops.errors import Place, UsageError, reason
from speechops.inputs import BY_NAME, TRAINING_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speechops.command_line import Invocation
    from speechops.inputs import Input, Level

T = TypeVar("T")

_DATA_INPUTS = frozenset({"test-data", *(row.name for row in TRAINING_INPUTS.values())})


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds the value of each input for one model, or for the run, and parses it."""

    invocation: Invocation
    project: project.Project | None
    model: str = ""

    def all(self, *levels: Level) -> tuple[dict[str, Any], dict[str, Place], frozenset[str]]:
        """Return values, places and explicitly set names of the inputs that are read at ``levels``."""
        rows = [row for row in self.invocation.operation.inputs if row.level in levels]
        values = {row.name: self.value(row) for row in rows}
        places = {row.name: self.place(row.name) for row in rows}
        return values, places, frozenset(row.name for row in rows if self.found(row.name))

    def found(self, name: str) -> str:
        """Return the text that was given for an input, blank if none was."""
        direct = self.invocation.direct(name)
        if direct or self.project is None:
            return direct
        return self._own().get(name, "").strip() or self.project.top.get(name, "").strip()

    def value(self, row: Input[T]) -> T:
        """Return the value of an input. Raises :class:`UsageError` if it is not valid."""
        text = self.found(row.name) or row.default
        try:
            value = row.type.parse(text, lambda named: self._resolve(row.name, named))
        except UnicodeDecodeError:
            raise UsageError(
                f"Invalid value {text!r} for {row.name}: the file is not UTF-8.", place=self.place(row.name)
            ) from None
        except UnicodeEncodeError:
            raise self.invalid(row, text, "text in UTF-8") from None
        except ValueError:
            raise self.invalid(row, text) from None
        except OSError as error:
            raise UsageError(
                f"Invalid value {text!r} for {row.name}: the file cannot be read: {reason(error)}.",
                place=self.place(row.name),
            ) from error
        return value

    def invalid(self, row: Input[Any], text: str, expected: str = "") -> UsageError:
        """Return the error for a value that an input does not accept."""
        shown = "" if row.secret else f" {text!r}"
        return UsageError(
            f"Invalid value{shown} for {row.name}: expected {expected or row.type.expected}.",
            place=self.place(row.name),
        )

    def place(self, name: str) -> Place:
        """Return where the value of an input was given, or would be."""
        if self.invocation.direct(name) or self.project is None:
            return Place(input=name)
        keys: tuple[str, ...] = ("models", self.model, name) if name in self._own() else (name,)
        if keys not in self.project.lines and name.startswith("training-"):
            keys = ("models", self.model, "training-data", name.removeprefix("training-"))
        return self.project.place(*keys)

    def check_written(self, name: str, folder: Path) -> None:
        """Raise :class:`UsageError` if a link lies in a folder of the repository that a run writes to."""
        described = self.project.path if self.project else Path(BY_NAME["config"].default)
        repository = containment.repository_of(described)
        containment.check_written(repository, folder, name=name, place=self.place(name))

    def _own(self) -> Mapping[str, str]:
        return {} if self.project is None else self.project.models.get(self.model, {})

    def _resolve(self, name: str, named: str) -> Path:
        """Return the path that an input names. Raises :class:`UsageError` if it may not be opened.

        Values of ``speechops.yml`` are relative to its folder and stay in its repository.
        """
        data_folder = self.invocation.direct("data-folder") if name in _DATA_INPUTS else ""
        if data_folder:
            return _contained(name, Path(data_folder), named)
        place = self.place(name)
        if self.project is not None and not self.invocation.direct(name):
            repository = containment.repository_of(self.project.path)
            return containment.inside(repository, self.project.path.parent, named, name=name, place=place)
        path = Path(named).expanduser()
        in_actions = self.invocation.in_actions
        return containment.not_led_out(path, name=name, place=place) if in_actions else path


def find_project(invocation: Invocation) -> project.Project | None:
    """Return ``speechops.yml``, None if there is none. Raises :class:`UsageError` if it is named in vain."""
    named = invocation.direct("config")
    path = Path(named or BY_NAME["config"].default)
    try:
        there = path.is_file()
    except OSError as error:
        raise UsageError(
            f"config: {path} cannot be read: {reason(error)}.",
            hint="Check the path and its permissions.",
            place=Place(input="config"),
        ) from error
    if there:
        if invocation.in_actions:
            containment.not_led_out(path, name="config", place=Place(input="config"))
        return project.read_project(path)
    if named:
        raise UsageError(
            f"config: the file {named} does not exist.",
            hint=f"Paths are relative to the working directory, {Path.cwd()}.",
            place=Place(input="config"),
        )
    return None


def _contained(name: str, folder: Path, named: str) -> Path:
    """Return a path of data. Raises :class:`UsageError` if it leads out of ``data-folder``."""
    path = folder / named
    inside = path.resolve().is_relative_to(folder.resolve())
    if not inside or any(inner.is_symlink() for inner in (path, *path.rglob("*"))):
        raise UsageError(
            f"{name}: {named} leads out of data-folder, or contains a link.",
            hint="Untrusted data may only consist of plain files.",
            place=Place(input="data-folder"),
        )
    return path
