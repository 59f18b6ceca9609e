"""The report as Markdown of GitHub's kind: comment on a pull request, summary of a job, text of a check.

Templates write the structure; every value in them is escaped (:func:`escape`), so that no name,
sentence or message can become a table's border, a link, a mention or a tag. Text of the test data goes in
only where ``show_transcripts`` is set. A repository may lay its own template over the comment: it ``extends
"comment.md.j2"`` and fills blocks, in Jinja2's sandbox.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from speechops import __version__
from speechops.errors import Place, UsageError
from speechops.report import figures
from speechops.scoring import Outcome

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
    **{chr(one): f"&#{one};" for one in range(33, 127) if not chr(one).isalnum() and chr(one) not in _PLAIN},
    "@": f"&#64;{_JOINER}",
    "#": f"&#35;{_JOINER}",
}

_MARKS = {
    Outcome.BETTER: "\N{WHITE HEAVY CHECK MARK}",
    Outcome.WORSE: "\N{CROSS MARK}",
    Outcome.INCONCLUSIVE: "\N{MEDIUM WHITE CIRCLE}",
}
_FAULT = "\N{WARNING SIGN}"


@dataclass(frozen=True, slots=True)
class Told:
    """What one model has to tell: its report, or the reason why there is none.

    ``note`` is said besides the verdict, such as what the gate decided; ``where`` names the artifact that has
    the full report.
    """

    model: str
    locale: str
    report: Report | None
    note: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a text will stand: the run and commit it is about, and how much it may tell."""

    commit: str = ""
    run: str = ""
    run_url: str = ""
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
    return Markup(first + "".join(_ESCAPES.get(one, one) for one in line[begin:]))  # noqa: S704 - escaped here


def code(text: object) -> Markup:
    """Return text of any origin in the type of code, in which GitHub makes no mentions either."""
    return Markup("<code>") + escape(text) + Markup("</code>")


def _tamed(text: str) -> str:
    """Return text on one line, without what cannot be seen or encoded."""
    letters = []
    for one in text:
        category = unicodedata.category(one)
        if category in _SPACES:
            letters.append(" ")
        elif category == "Cs":
            letters.append("\N{REPLACEMENT CHARACTER}")
        elif category not in _INVISIBLE:
            letters.append(one)
    line = " ".join("".join(letters).split())
    return re.sub(r"(?i)(www)(?=\.)|(:)(?=//)", rf"\g<0>{_JOINER}", line)


def comment(told: Sequence[Told], setting: Setting, template: str = "") -> str:
    """Return the comment on a pull request. Its first line is enough.

    ``template`` is a repository's own, see above. Raises :class:`UsageError` where it does not work.
    """
    from jinja2 import TemplateError  # noqa: PLC0415 - only where Markdown is made

    environment = _environment()
    try:
        made = environment.from_string(template) if template else environment.get_template("comment.md.j2")
        return made.render(_context(told, setting))
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        if not template:
            raise
        raise UsageError(
            f"comment-template: {type(error).__name__}: {error}.",
            hint='It extends "comment.md.j2" and may fill the blocks that docs/reports.md names.',
            place=Place(input="comment-template"),
        ) from error


def summary(told: Told, setting: Setting) -> str:
    """Return one model's part of a job's summary, with a chart that GitHub draws."""
    return _environment().get_template("summary.md.j2").render(_context([told], setting))


def details(told: Told, setting: Setting) -> str:
    """Return the longer text of a check: the utterances that changed most."""
    return _environment().get_template("details.md.j2").render(_context([told], setting))


_STATE = re.compile(r"<!-- speechops:state commit=(?P<commit>[0-9a-f]*) -->")
_LINE = re.compile(r"^- (?P<line>.+)$")


def earlier(markdown: str, commit: str) -> tuple[str, ...]:
    """Return what a comment of ours told before, newest first, for the next one to keep; one line a commit.

    The lines are Markdown that we wrote and escaped. ``commit`` is the one told of now: it is left out.
    """
    state = _STATE.search(markdown)
    if state is None:
        return ()
    lines = markdown.splitlines()
    headline = lines[0].removeprefix("### ")
    kept = [f"`{state['commit'][:7]}` {headline}"]
    if "<!-- speechops:earlier -->" in lines:
        start = lines.index("<!-- speechops:earlier -->")
        kept += [match["line"] for line in lines[start:] if (match := _LINE.match(line))]
    own = f"`{commit[:7]}` "
    return tuple(line for line in dict.fromkeys(kept) if not line.startswith(own))[:_EARLIER]


def headline(told: Sequence[Told]) -> str:
    """Return the line that is enough, without its mark: one model's figures, or how several did."""
    if len(told) == 1:
        (one,) = told
        line = figures.headline(one.report) if one.report else one.note or "No result"
        return f"{one.model} {one.locale}: {line}"
    outcomes = [_outcome(one) for one in told]
    counted = [
        f"{outcomes.count(outcome)} {outcome or 'without a verdict'}"
        for outcome in (*Outcome, None)
        if outcome in outcomes
    ]
    return f"{len(told)} models: {', '.join(counted)}"


def mark(told: Sequence[Told]) -> str:
    """Return a sign for the whole: the worst that any model has to tell."""
    if any(one.report is None for one in told):
        return _FAULT
    outcomes = {_outcome(one) for one in told}
    for outcome in (Outcome.WORSE, Outcome.INCONCLUSIVE, Outcome.BETTER):
        if outcome in outcomes:
            return _MARKS[outcome]
    return _MARKS[Outcome.INCONCLUSIVE]


def _outcome(one: Told) -> Outcome | None:
    verdict = one.report.verdict if one.report else None
    return verdict.outcome if verdict else None


def _context(told: Sequence[Told], setting: Setting) -> dict[str, Any]:
    return {
        "told": told,
        "setting": setting,
        "earlier": tuple(Markup(line) for line in setting.earlier),  # noqa: S704 - our own comment's lines
        "headline": headline(told),
        "mark": _FAULT if setting.unverified else mark(told),
        "version": __version__,
        "shown": _SHOWN,
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
    environment.globals.update(figures=figures, code=code, link=link, trend=trend)
    return environment


_URL = re.compile(r"https?://[A-Za-z0-9.\-:]+(/[A-Za-z0-9._~/\-#]*)?")


def link(text: str, url: str) -> Markup:
    """Return a link to an address of plain form; the text alone for any other."""
    if not _URL.fullmatch(url):
        return escape(text)
    return Markup("[") + escape(text) + Markup("](") + Markup(url) + Markup(")")  # noqa: S704 - matched above


def trend(history: History) -> Markup:
    """Return the error rate over the latest tests as a Mermaid chart; nothing where there are fewer than two.

    https://mermaid.js.org/syntax/xyChart.html
    """
    points = [point for point in history.points if point.benchmark_rate is not None][-_CHART:]
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup("")
    rates = [(point.candidate_rate if point.promoted else point.benchmark_rate) or 0.0 for point in points]
    tried = [point.candidate_rate if point.candidate_rate is not None else rate
             for point, rate in zip(points, rates, strict=True)]  # fmt: skip
    days = ", ".join(f'"{number} {_day(point.created)}"' for number, point in enumerate(points, 1))
    top = max([*rates, *tried, 0.01]) * 100
    lines = [
        "```mermaid",
        "xychart-beta",
        '  title "Error rate: benchmark (line), tested model (bars)"',
        f"  x-axis [{days}]",
        f'  y-axis "percent" 0 --> {top * 1.1:.0f}' if top >= 1 else f'  y-axis "percent" 0 --> {top:.2f}',
        f"  bar [{', '.join(f'{rate * 100:.2f}' for rate in tried)}]",
        f"  line [{', '.join(f'{rate * 100:.2f}' for rate in rates)}]",
        "```",
    ]
    return Markup("\n".join(lines))  # noqa: S704 - figures, and days of digits


def _day(moment: str) -> str:
    return re.sub(r"[^0-9-]", "", moment[5:10])
