"""The report as one HTML file: offline, without anything from elsewhere, whatever the data say.

Style and script are named in the page's content security policy by their hashes, so nothing that hides in the
data can run. The utterances stand in a block of JSON; the script makes rows of them as they are needed.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from speechops import __version__
from speechops.report import charts, decision, figures
from speechops.report.direction import direction
from speechops.report.report import WITHOUT_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Template

    from speechops.report.report import Report, Test, Utterance

_PLAIN = 20
"""Utterances that are shown where scripts are switched off."""

_TEMPLATES = resources.files("speechops.report") / "templates"


def page(report: Report, clips: Mapping[str, bytes] | None = None) -> str:
    """Return the report as HTML; ``clips`` are recordings to listen to, by utterance id."""
    style, script = _asset("report.css"), _asset("report.js")
    return _template("report.html.j2").render(
        report=report,
        test=report.test,
        verdict=report.verdict,
        history=report.history,
        figures=figures,
        charts=charts,
        decision=decision,
        label=figures.label(report.test),
        noun=report.test.unit.noun if report.test else "word",
        release=report.history.version_of(report.test.benchmark.name) if report.test else "",
        most_changed=_most_changed(report.test) if report.test else (),
        direction=direction(report.locale),
        language=report.locale,
        style=style,
        script=script,
        policy=_policy(style, script),
        data=_data(report.test, clips or {}) if report.test else "",
        generator=f"SpeechOps {__version__}",
    )


def overview(reports: Sequence[Report]) -> str:
    """Return the page of several models, with a link to the page of each."""
    style = _asset("report.css")
    return _template("overview.html.j2").render(
        reports=reports,
        figures=figures,
        today=max((report.origin.made for report in reports), default=""),
        style=style,
        policy=_policy(style, ""),
        generator=f"SpeechOps {__version__}",
    )


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only where a page is made

    environment = Environment(
        loader=PackageLoader("speechops.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["upper_first"] = lambda text: f"{text[:1].upper()}{text[1:]}"
    environment.filters["file_name"] = lambda path: path.rpartition("/")[2]
    return environment.get_template(name)


@cache
def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return a content security policy that allows our style and script, and data within the page."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; media-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    """Return the hash by which a policy names an inline block: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(test: Test, clips: Mapping[str, bytes]) -> str:
    """Return the utterances as JSON that no ``</script>`` and no comment in it can end."""
    content = {
        "utterances": [
            *(_row(utterance) for utterance in test.utterances),
            *([name, "", "", WITHOUT_TEXT, "", "", ""] for name in test.missing),
        ],
        "advice": [piece.utterances for piece in test.advice],
        "clips": {key: base64.b64encode(clip).decode() for key, clip in clips.items()},
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # U+2028 and U+2029 are fine in JSON; lone surrogates are not fine in UTF-8.
    return (
        text.encode("utf-8", "backslashreplace")
        .decode()
        .replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
    )


def _row(utterance: Utterance) -> list[Any]:
    row: list[Any] = [
        utterance.id,
        utterance.group,
        utterance.raw,
        utterance.left_out,
        utterance.reference,
        utterance.benchmark_path,
        utterance.benchmark,
    ]
    if utterance.candidate_path is None:
        return row
    return [*row, utterance.candidate_path, utterance.candidate]


def _most_changed(test: Test) -> list[Utterance]:
    """Return the utterances that are shown without a script: those that changed most, then most errors."""

    def errors(utterance: Utterance) -> int:
        paired = utterance.candidate_path is not None
        return (utterance.candidate_counts if paired else utterance.benchmark_counts).errors

    ranked = heapq.nsmallest(
        _PLAIN, test.judged, key=lambda utterance: (-abs(utterance.change), -errors(utterance), utterance.id)
    )
    return [utterance for utterance in ranked if utterance.change or errors(utterance)]
