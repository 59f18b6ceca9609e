"""The report as Markdown of GitHub's kind: comment on a pull request, summary of a job, text of a check.

Templates write the structure; every value in them is escaped (:func:`escape`), so that no name,
sentence or message can become a table's border, a link, a mention or a tag. Text of the test data goes in
only where ``show_transcripts`` is set. A repository may lay its own template over the comment: it ``extends
"comment.md.j2"`` and fills blocks, in Jinja2's sandbox.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from speechops import __version__
from speechops.errors import Place, UsageError
from speechops.registry.documents import short
from speechops.report import decision, figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2.sandbox import SandboxedEnvironment

    from speechops.report.report import History, Report

_SHOWN = 5
_EARLIER = 10
_CHART = 20
_PLAIN = frozenset(" .,;:?!%()-+=/'")
_OPENING = re.compile(
    r"-(?=[\s-]|$)|\+(?=\s|$)|[=:]|[0-9]{1,9}[.)](?=\s|$)"
)  # what begins a list, or underlines the line before
_JOINER = "\N{WORD JOINER}"
_INVISIBLE = frozenset({"Cf", "Co", "Cn"})
_SPACES = frozenset({"Cc", "Zl", "Zp"})

_ESCAPES = {
    **{
        chr(code): f"&#{code};"
        for code in range(33, 127)
        if not chr(code).isalnum() and chr(code) not in _PLAIN
    },
    "@": f"&#64;{_JOINER}",
    "#": f"&#35;{_JOINER}",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What there is to say of one model: its report, or the reason why there is none.

    ``note`` is said besides the decision; ``where`` names the artifact that has the full report; ``used``
    says what the comparison consumed.
    """

    model: str
    locale: str
    report: Report | None
    note: str = ""
    where: str = ""
    used: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a text is about and how much it may say: run and commit, and whether it may quote the data."""

    commit: str = ""
    run: str = ""
    url: str = ""
    show_transcripts: bool = False
    unverified: bool = False
    earlier: tuple[str, ...] = ()


def escape(text: object) -> Markup:
    """Return text of any origin as Markdown that shows it and does nothing else, on one line.

    Punctuation with a meaning becomes character references, which never count as structure in CommonMark
    (section 2.5). A word joiner parts what GitHub would turn into links, mentions and references even then.
    Characters that cannot be seen, such as those that turn the direction of writing, are left out.
    """
    if isinstance(text, Markup):
        return text
    line = _tamed(str(text))
    begin = opening.end() if (opening := _OPENING.match(line)) else 0
    first = line[: begin - 1] + f"&#{ord(line[begin - 1])};" if begin else ""
    return Markup(first + "".join(_ESCAPES.get(character, character) for character in line[begin:]))  # noqa: S704 - escaped here


def code(text: object) -> Markup:
    """Return text of any origin in the type of code, in which GitHub makes no mentions either."""
    return Markup("<code>") + escape(text) + Markup("</code>")


def _tamed(text: str) -> str:
    """Return text on character line, without what cannot be seen or encoded."""
    letters = []
    for character in text:
        category = unicodedata.category(character)
        if category in _SPACES:
            letters.append(" ")
        elif category == "Cs":
            letters.append("\N{REPLACEMENT CHARACTER}")
        elif category not in _INVISIBLE:
            letters.append(character)
    line = " ".join("".join(letters).split())
    return re.sub(r"(?i)(www)(?=\.)|(:)(?=//)", rf"\g<0>{_JOINER}", line)


def comment(models: Sequence[Entry], run: Context, template: str = "") -> str:
    """Return the comment on a pull request. Its first line is enough.

    ``template`` is a repository's own, see above. Raises :class:`UsageError` if it does not work.
    """
    from jinja2 import TemplateError  # noqa: PLC0415 - only where Markdown is made

    environment = _environment()
    try:
        made = environment.from_string(template) if template else environment.get_template("comment.md.j2")
        return _tidy(made.render(_context(models, run)))
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        if not template:
            raise
        raise UsageError(
            f"comment-template: {type(error).__name__}: {error}.",
            hint='It extends "comment.md.j2" and may fill the blocks that docs/reports.md names.',
            place=Place(input="comment-template"),
        ) from error


_REPORT_MARK = "<!-- speechops:report -->"
"""Ends the line of a comment that leads to the report; escaped text cannot hold it."""


def linked(text: str, report: Report, page: str) -> str:
    """Return our comment of ``report``, linking the address of its ``page`` and the worst utterances there.

    A comment without the line that leads to the report stays as it is: a repository's template may drop it.
    """
    line = f"{link('Full report', page)}: every utterance, aligned and with its text."
    worst = report.test.regressions(_SHOWN) if report.test else []
    if worst:
        views = [(row, f"{page}#u={quote(row.id, safe='')}") for row in worst]
        links = ", ".join(f"{link(row.id, view)} {figures.signed(row.change)}" for row, view in views)
        line += f" Worst utterances: {links}."
    return re.sub(
        rf"^.*{re.escape(_REPORT_MARK)}(?=\r?$)", lambda _: f"{line} {_REPORT_MARK}", text, flags=re.MULTILINE
    )


def summary(entry: Entry, run: Context) -> str:
    """Return one model's part of a job's summary, with a chart that GitHub draws."""
    return _tidy(_environment().get_template("summary.md.j2").render(_context([entry], run)))


def details(entry: Entry, run: Context) -> str:
    """Return the longer text of a check: the utterances that changed most."""
    return _tidy(_environment().get_template("details.md.j2").render(_context([entry], run)))


def _tidy(text: str) -> str:
    """Return Markdown without runs of empty lines."""
    return re.sub(r"\n[ ]*\n(?:[ ]*\n)+", "\n\n", text)


_STATE = re.compile(r"<!-- speechops:state commit=(?P<commit>[0-9a-f]*(?:-dirty)?) -->")
_LINE = re.compile(r"^- (?P<line>.+)$")


def earlier(markdown: str, commit: str) -> tuple[str, ...]:
    """Return the earlier results of a comment of ours, newest first, one line a commit, for the next to keep.

    The lines are Markdown that we wrote and escaped. ``commit`` is today's: it is left out.
    """
    state = _STATE.search(markdown)
    if state is None:
        return ()
    lines = markdown.splitlines()
    headline = lines[0].removeprefix("### ")
    kept = [f"`{short(state['commit'])}` {headline}"]
    if "<!-- speechops:earlier -->" in lines:
        start = lines.index("<!-- speechops:earlier -->")
        kept += [match["line"] for line in lines[start:] if (match := _LINE.match(line))]
    own = f"`{short(commit)}` "
    return tuple(line for line in dict.fromkeys(kept) if not line.startswith(own))[:_EARLIER]


def headline(models: Sequence[Entry]) -> str:
    """Return the line that is enough, without its mark: one model's decision, or how several ended."""
    if len(models) == 1:
        (entry,) = models
        if entry.report:
            return decision.headline(entry.report)
        return f"No result: {entry.model} {entry.locale}"
    endings = Counter(decision.ending(entry.report) if entry.report else _NO_RESULT for entry in models)
    order = [*decision.ENDINGS, _NO_RESULT]
    counted = ", ".join(f"{endings[name]} {name}" for name in order if endings[name])
    line = f"{len(models)} models: {counted}"
    void = [entry.model for entry in models if entry.report and entry.report.test and entry.report.test.void]
    return f"Leak in {', '.join(void)}. {line}" if void else line


_NO_RESULT = "without a result"
_FAULT = "\N{CROSS MARK}"
_GRAVITY = (_FAULT, decision.WARNING)


def mark(models: Sequence[Entry]) -> str:
    """Return a sign for the whole: the gravest of all models."""
    marks = [decision.mark(entry.report) if entry.report else _FAULT for entry in models]
    grave = next((sign for sign in _GRAVITY if sign in marks), "")
    return grave or next((sign for sign in marks if sign != _PROMOTED), marks[0])


_PROMOTED = "\N{WHITE HEAVY CHECK MARK}"


def _context(models: Sequence[Entry], run: Context) -> dict[str, Any]:
    return {
        "models": models,
        "run": run,
        "earlier": tuple(Markup(line) for line in run.earlier),  # noqa: S704 - our own comment's lines
        "headline": headline(models),
        "version": __version__,
        "shown": _SHOWN,
        "REPORT_MARK": Markup(_REPORT_MARK),  # noqa: S704 - a constant
    }


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import PackageLoader, StrictUndefined  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("speechops.report"),
        autoescape=True,
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        figures=figures, decision=decision, code=code, link=link, trend=trend, mark=mark
    )
    return environment


_URL = re.compile(r"https?://[A-Za-z0-9.\-:]+(/[A-Za-z0-9._~/\-]*)?(#[A-Za-z0-9._~%=\-]*)?")


def link(text: str, url: str) -> Markup:
    """Return a link to an address of plain form; the text alone for any other."""
    if not _URL.fullmatch(url):
        return escape(text)
    return Markup("[") + escape(text) + Markup("](") + Markup(url) + Markup(")")  # noqa: S704 - matched above


def trend(history: History) -> Markup:
    """Return the error rate over the latest tests as a Mermaid chart; nothing if there are fewer than two.

    Tests whose text was in another form, or normalized by other rules, than the latest are left out.

    https://mermaid.js.org/syntax/xyChart.html
    """
    points = [point for point in history.points if point.benchmark_rate is not None]
    points = [point for point in points if point.scale == points[-1].scale][-_CHART:]
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup("")
    rates = [point.benchmark_rate or 0.0 for point in points]
    tried = [point.candidate_rate if point.candidate_rate is not None else rate
             for point, rate in zip(points, rates, strict=True)]  # fmt: skip
    days = ", ".join(f'"{number} {_day(point.created)}"' for number, point in enumerate(points, 1))
    top = max([*rates, *tried, 0.01]) * 100
    lines = [
        "```mermaid",
        "xychart-beta",
        '  title "Error rate: benchmark before each test (line), tested model (bars)"',
        f"  x-axis [{days}]",
        f'  y-axis "percent" 0 --> {top * 1.1:.0f}' if top >= 1 else f'  y-axis "percent" 0 --> {top:.2f}',
        f"  bar [{', '.join(f'{rate * 100:.2f}' for rate in tried)}]",
        f"  line [{', '.join(f'{rate * 100:.2f}' for rate in rates)}]",
        "```",
    ]
    return Markup("\n".join(lines))  # noqa: S704 - figures, and days of digits


def _day(moment: str) -> str:
    return re.sub(r"[^0-9-]", "", moment[5:10])
