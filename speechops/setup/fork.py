"""A fork of Microsoft's template as models of ours: each pair of its workflows is one model.

Everything that the old workflows said has an entry in the account, whatever became of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from speechops.errors import UsageError
from speechops.setup import fork_remainder, fork_settings, template
from speechops.setup.account import Entry
from speechops.setup.configuration import Model
from speechops.setup.fork_data import ForkData, is_locale
from speechops.setup.locale import proper_case
from speechops.setup.template import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from speechops.setup.repository import Repository
    from speechops.setup.template import OldWorkflow

MODEL = "custom-speech"
_LOCALE_OPTION = re.compile(r"\s(?:--locale|-l)\s+([A-Za-z]{2,3}-[A-Za-z-]{2,7})\b")
_OLD_DOCUMENTS = {
    "README.md": "describes the old workflows: rewrite what it says of them",
    "documentation": "describes the old set-up: remove what describes it",
    "setup/create_sp.sh": "makes a service principal with a secret: examples/infra signs in without one",
    "setup/create_sp.ps1": "makes a service principal with a secret: examples/infra signs in without one",
    "azuredeploy.json": "makes a resource without a custom domain, which a sign-in needs: use examples/infra",
    "GitVersion.yml": "is no longer read: remove it; versions continue from the last tag",
}


@dataclass(frozen=True, slots=True)
class Fork:
    """All that is carried over of a fork, and the account of everything that was seen in it."""

    workflows: tuple[Path, ...]
    models: tuple[Model, ...]
    branches: tuple[str, ...]
    baseline: bool
    by_hand: bool
    lfs: bool
    runs_on: str
    secrets: Mapping[str, str]  # the name that the reusable workflows know to the name in the repository
    account: tuple[Entry, ...] = field(repr=False)


def read(folder: Path, repository: Repository) -> Fork:
    """Return what the template's workflows in ``folder`` say.

    Raises :class:`UsageError` without any, or if one cannot be read.
    """
    files = list(template.workflow_files(folder))
    found = [workflow for path in files if (workflow := template.read(folder, path))]
    if not found:
        raise UsageError(
            f"There is no workflow of the Speech DevOps template in {template.WORKFLOWS}.",
            hint="Run migrate at the root of a clone of the fork, or init in any other repository.",
        )
    account: list[Entry] = []
    pairs = list(_pairs(found))
    names = _names(pairs)
    models = tuple(_model(folder, name, pair, account) for name, pair in zip(names, pairs, strict=True))
    paths = [path for model in models for path in model.paths]
    for workflow in found:
        account += _of_file(workflow)
        account += fork_remainder.entries(workflow)
    account += _other_workflows(folder, files, found)
    account += _old_documents(folder)
    if tag := repository.latest_release():
        account.append(Entry("git", f"tag {tag}", "the versions of releases continue after it"))
    return Fork(
        workflows=tuple(workflow.path for workflow in found),
        models=models,
        branches=fork_settings.branches(found, repository, account),
        baseline=fork_settings.baseline(found, account),
        by_hand=fork_settings.by_hand(found, account),
        lfs=fork_settings.lfs(folder, found, paths, repository, account),
        runs_on=fork_settings.runs_on(found, account),
        secrets=fork_settings.secrets(found, account),
        account=tuple(account),
    )


Pair = tuple["OldWorkflow", ...]
"""The workflows of one model: a train workflow and the test workflow beside it, or one of them alone."""


def _pairs(workflows: Iterable[OldWorkflow]) -> Iterator[Pair]:
    """Pair each train workflow with the test workflow of the same test data, else of the same locale."""
    train = [workflow for workflow in workflows if workflow.role is Role.TRAIN]
    tests = [workflow for workflow in workflows if workflow.role is Role.TEST]
    partners: dict[Path, OldWorkflow] = {}
    for same in (_same_data, _same_locale, lambda *_: len(train) == 1 and len(tests) == 1):
        for workflow in train:
            candidates = [test for test in tests if same(workflow, test)]
            if workflow.path not in partners and len(candidates) == 1:
                partners[workflow.path] = candidates[0]
                tests.remove(candidates[0])
    for workflow in train:
        partner = partners.get(workflow.path)
        yield (workflow, partner) if partner else (workflow,)
    for test in tests:
        yield (test,)


def _same_data(first: OldWorkflow, second: OldWorkflow) -> bool:
    path = _test_path(first)
    return bool(path) and path == _test_path(second) and _same_locale(first, second)


def _same_locale(first: OldWorkflow, second: OldWorkflow) -> bool:
    return _locale(first) == _locale(second)


def _test_path(workflow: OldWorkflow) -> str:
    for variable in workflow.variables:
        if variable.value and template.is_path(variable.value):
            path = template.without_dot(variable.value)
            if template.kind_of(variable.name, path) is Kind.TEST:
                return path
    return ""


def _locale(workflow: OldWorkflow) -> str:
    """Return the locale of a workflow: of a variable, else of the option of a command, as in 2020."""
    values = [variable.value or "" for variable in workflow.variables if is_locale(variable)]
    commands = _LOCALE_OPTION.findall(workflow.text)
    return next(filter(None, map(proper_case, [*values, *commands])), "")


def _names(pairs: list[Pair]) -> list[str]:
    """Return a name for each model: fixed for a single one, else the locale or words of the file's name."""
    if len(pairs) == 1:
        return [MODEL]
    locales = [_locale(pair[0]) for pair in pairs]
    names: list[str] = []
    for number, (pair, locale) in enumerate(zip(pairs, locales, strict=True), 1):
        words = "-".join(template.stem_words(pair[0].path))
        name = locale if locale and locales.count(locale) == 1 else words or f"{MODEL}-{number}"
        names.append(name if name not in names else f"{name}-{number}")
    return names


def _model(folder: Path, name: str, pair: Pair, account: list[Entry]) -> Model:
    locales = [locale for workflow in pair if (locale := _locale(workflow))]
    if not locales:
        to_do = f"no locale was found: speechops.yml says en-US for {name}; correct it if that is wrong"
        account.append(Entry(str(pair[0].path), "locale", to_do=to_do))
    data = ForkData(folder, name, locales[0] if locales else "en-US")
    for workflow in pair:
        account += data.of_variables(workflow)
    for workflow in pair:
        account += data.of_paths(workflow)
    account += data.test_data(pair[0])
    return Model(name, data.locale, next(iter(data.files.get(Kind.TEST, [])), ""), data.training())


def _of_file(workflow: OldWorkflow) -> Iterator[Entry]:
    where = str(workflow.path)
    if workflow.role is Role.OTHER:
        yield Entry(
            where,
            "workflow made from the template's parts",
            to_do="removed, as its Speech CLI no longer works; git has it if its steps are still wanted",
        )
        for variable in workflow.variables:
            yield Entry(where, f"{variable.name}: {variable.written or '(empty)'}", "went with its workflow")
    if workflow.encoding != "utf-8-sig":
        yield Entry(where, f"encoding {workflow.encoding}", "read as such; the new files are UTF-8")


def _other_workflows(folder: Path, files: Iterable[Path], found: Iterable[OldWorkflow]) -> Iterator[Entry]:
    removed = {workflow.path for workflow in found}
    for path in files:
        if path not in removed:
            used = set(template.KEPT_SECRETS) & set(re.findall(r"secrets\.(\w+)", _text(folder / path)))
            more = f"; it uses {', '.join(sorted(used))}" if used else ""
            yield Entry(str(path), "workflow of your own", f"unchanged{more}")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _old_documents(folder: Path) -> Iterator[Entry]:
    for name, advice in _OLD_DOCUMENTS.items():
        path = folder / name
        pages = [path] if path.suffix == ".md" else sorted(path.glob("*.md"))
        if any(map(_speaks_of_template, pages)) or (path.is_file() and path.suffix != ".md"):
            yield Entry(name, "file that is now wrong", to_do=advice)


def _speaks_of_template(path: Path) -> bool:
    return path.is_file() and bool(
        re.search(r"spx|Speech ?Studio|speech-(test|train)-data|Speech(Test|Train)Data", _text(path))
    )
