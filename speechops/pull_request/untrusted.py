"""A report that a fork's run has made, without anything that it could say in our name.

Every sentence in a report is text in a file that the fork writes. Figures and names stay: what remains is
rendered by us, under a heading that says whose figures they are.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from speechops import report
from speechops.errors import DataError
from speechops.settings import MODEL_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speechops.report import Report
    from speechops.report.report import Model, Test
    from speechops.scoring import Verdict

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{4})?-[A-Z]{2}(-[a-z]+)?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,79}")


def figures(made: Report) -> Report:
    """Return a stranger's report with its figures alone. Raises :class:`DataError` for impossible names."""
    if not MODEL_NAME.fullmatch(made.model) or not _LOCALE.fullmatch(made.locale):
        raise DataError("The report is of a model whose name or locale is not one.")
    return replace(
        made,
        origin=report.Origin("compare", ""),
        history=report.History(),
        test=_test(made.test) if made.test else None,
    )


def _test(test: Test) -> Test:
    names = _names([utterance.id for utterance in test.utterances], "utterance")
    return replace(
        test,
        benchmark=_model(test.benchmark, "benchmark"),
        candidate=_model(test.candidate, "candidate") if test.candidate else None,
        verdict=_verdict(test.verdict) if test.verdict else None,
        utterances=tuple(
            replace(utterance, id=name) for utterance, name in zip(test.utterances, names, strict=True)
        ),
        confusions=(),
        terms=(),
        missing=(),
        leaked=() if test.excluded else test.leaked,
        advice=(),
        tables=replace(test.tables, classes=(), lengths=(), words=()) if test.tables else None,
    )


def _model(model: Model, kind: str) -> Model:
    (name, id_) = _names([model.name, model.id], kind)
    return replace(model, name=name, id=id_, expires="")


def _verdict(verdict: Verdict) -> Verdict:
    comparison = verdict.comparison
    names = _names([group.name for group in comparison.groups], "group")
    groups = tuple(replace(group, name=name) for group, name in zip(comparison.groups, names, strict=True))
    compared = replace(comparison, groups=groups, excluded=(), missing=())
    return replace(verdict, comparison=compared, reasons=(), blockers=(), notes=(), second=None)


def _names(names: Sequence[str], kind: str) -> list[str]:
    """Return names of one word as they are, a number for any other."""
    return [name if _NAME.fullmatch(name) else f"{kind} {number}" for number, name in enumerate(names, 1)]
