"""The data of one model of a fork, as its workflows name it: an empty variable is a decision too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.setup import template
from speechops.setup.account import Entry
from speechops.setup.locale import proper_case
from speechops.setup.template import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from speechops.setup.template import OldWorkflow, Variable

_NOT_NEEDED = {
    "SPX_VERSION": "not needed: the Speech CLI is not used",
    "CUSTOM_SPEECH_MODEL_KIND": "not needed: a model is trained from every kind of data that is named",
    "IS_PRIVATE_REPOSITORY": "not needed: the version is not made by GitVersion",
}
_LOCALE_NAME = re.compile(r"LOCALE|LANGUAGE|CULTURE")
_FILE_NAME = re.compile(r"PATH|FILE|ZIP")
_TRANSCRIPT = "not needed: the transcript is found inside the zip"


@dataclass(slots=True)
class ForkData:
    """The data of one model, as it is found: files by kind, and the kinds that a variable has decided."""

    folder: Path
    model: str
    locale: str
    files: dict[Kind, list[str]] = field(default_factory=dict)
    decided: set[Kind] = field(default_factory=set)

    def of_variables(self, workflow: OldWorkflow) -> Iterator[Entry]:
        """Yield an entry for each variable of a workflow."""
        for variable in workflow.variables:
            seen = f"{variable.name}: {variable.written or '(empty)'}"
            became, to_do = self._of_variable(variable)
            yield Entry(str(workflow.path), seen, became, to_do)

    def of_paths(self, workflow: OldWorkflow) -> Iterator[Entry]:
        """Yield an entry for each path that triggered a workflow: it names data only if no variable does."""
        for written in workflow.paths:
            became, to_do = self._of_path(template.without_dot(written))
            yield Entry(str(workflow.path), f"on.push.paths: {written}", became, to_do)

    def test_data(self, workflow: OldWorkflow) -> Iterator[Entry]:
        """Yield what is wrong with the test data: there has to be one set of it."""
        where, paths = str(workflow.path), self.files.get(Kind.TEST, [])
        for path in paths[1:]:
            yield Entry(
                where, path, to_do=f"a model has one set of test data, here {paths[0]}: make one zip of both"
            )
        if not paths:
            to_do = (
                f"no test data was found: name a zip or folder as test-data of {self.model} in speechops.yml"
            )
            yield Entry(where, "test data", to_do=to_do)

    def training(self) -> Mapping[str, tuple[str, ...]]:
        """Return the training files by key of ``training-data``."""
        return {kind.value: tuple(paths) for kind, paths in self.files.items() if kind is not Kind.TEST}

    def _of_variable(self, variable: Variable) -> tuple[str, str]:
        """Return what became of a variable, and what is left to do about it."""
        name, value = variable.name.upper(), variable.value
        if value is None and "secrets" in variable.written:
            return "a secret, see below", ""
        if value is None:
            return "", "only a run knows this value: write it into speechops.yml if it names data"
        if is_locale(variable):
            return self._of_locale(proper_case(value))
        if template.is_path(value):
            return self._of_file(name, template.without_dot(value))
        if not value and _FILE_NAME.search(name):
            kind = template.kind_of(name, "")
            self.decided |= {kind} if kind else set()
            return "not used then, not used now", ""
        return _of_other(name)

    def _of_locale(self, locale: str) -> tuple[str, str]:
        if locale == self.locale:
            return f"locale of {self.model}: {locale}", ""
        return "", f"the other workflow says {self.locale}, which {self.model} has: check which is right"

    def _of_file(self, variable: str, path: str) -> tuple[str, str]:
        kind = template.kind_of(variable, path)
        if kind is not None:
            self.decided.add(kind)
            return self._named(path, kind)
        if "/" not in path and not (self.folder / path).is_file():
            return _TRANSCRIPT, ""
        return "", f"its kind is not known: name it in training-data of {self.model} if it is data"

    def _named(self, path: str, kind: Kind) -> tuple[str, str]:
        if not (self.folder / path).is_file():
            return "", f"{path} does not exist: add it, then name it in speechops.yml"
        paths = self.files.setdefault(kind, [])
        paths += [] if path in paths else [path]
        return f"{_key(kind)} of {self.model}", ""

    def _of_path(self, path: str) -> tuple[str, str]:
        kind = template.kind_of("", path) if template.is_path(path) else None
        if any(path in paths for paths in self.files.values()):
            return "not needed: plan knows the data of each model", ""
        if kind is None:
            return "", f"add the files it matches to {self.model} in speechops.yml if they are data"
        if kind in self.decided:
            return f"not used: the variables say which {_key(kind)} is used", ""
        if not (self.folder / path).is_file():
            return f"not used: {path} does not exist", ""
        return self._named(path, kind)


def _of_other(name: str) -> tuple[str, str]:
    if name in _NOT_NEEDED:
        return _NOT_NEEDED[name], ""
    if "TRANS" in name:
        return _TRANSCRIPT, ""
    if "CONTAINER" in name:
        return "not needed: the containers are named test-results and configuration", ""
    return "", "nothing reads it any more: remove it, or keep it for steps of your own"


def is_locale(variable: Variable) -> bool:
    """Whether the value of a variable is a locale: by its form, and by the variable's name or its case."""
    value = variable.value or ""
    if not proper_case(value):
        return False
    return bool(_LOCALE_NAME.search(variable.name.upper())) or value == proper_case(value)


def _key(kind: Kind) -> str:
    return kind.value if kind is Kind.TEST else f"training-data ({kind.value})"
