"""Findings: what the rules say of the places in a data file, as severe as a team wants them."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from speechops.corpus.rules import Rule, Severity
from speechops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from speechops.errors import Place

IGNORED = "ignore"
"""The severity with which a team turns a rule off."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of a rule: where, how serious, what is wrong, what to do.

    ``file`` is a path that exists (for a member of a zip, the zip); ``line`` counts from 1 in the text,
    in a zip that of the transcript, which the message then names.
    """

    severity: Severity
    rule: str
    message: str
    advice: str
    file: str
    line: int | None = None


@dataclass(slots=True)
class Findings:
    """Collects the findings of one data file, at most ``MOST_LISTED`` of a rule, the rest as a number."""

    MOST_LISTED = 20

    file: str
    prefix: str = ""
    _found: list[Finding] = field(default_factory=list)
    _counts: Counter[Rule] = field(default_factory=Counter)

    def within(self, file: str, prefix: str = "") -> Findings:
        """Return the same collection for findings in ``file``, their messages beginning with ``prefix``."""
        return Findings(file, prefix, self._found, self._counts)

    def add(self, rule: Rule, message: str = "", *, line: int | None = None) -> None:
        """Add a violation of ``rule``; the message is the rule's own if none is given."""
        self._counts[rule] += 1
        if self._counts[rule] <= self.MOST_LISTED:
            text = self.prefix + (message or rule.breaks)
            self._found.append(Finding(rule.severity, rule.id, text, rule.advice, self.file, line))

    def all(self) -> tuple[Finding, ...]:
        """Return the findings in order, then the number of those not listed."""
        more = (
            Finding(
                rule.severity,
                rule.id,
                f"{count - self.MOST_LISTED:,} more like this.",
                rule.advice,
                self.file,
            )
            for rule, count in self._counts.items()
            if count > self.MOST_LISTED
        )
        return (*self._found, *more)


def check_rules(severities: Iterable[str], place: Place | None = None) -> None:
    """Raise :class:`UsageError` if a name is not that of a rule."""
    known = [rule.id for rule in Rule]
    for name in severities:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "docs/data.md lists the rules."
            raise UsageError(f"findings: unknown rule {name!r}.", hint=hint, place=place)


def weighed(findings: Iterable[Finding], severities: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the findings with the severities that a team gives their rules, without those it ignores."""
    return tuple(
        replace(finding, severity=Severity(severities[finding.rule]))
        if finding.rule in severities
        else finding
        for finding in findings
        if severities.get(finding.rule) != IGNORED
    )
