from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechops.errors import UsageError
from speechops.report import markdown
from speechops.report.markdown import Context, Entry
from tests.report.gfm import Tree
from tests.report.making import made, sentences

HOSTILE = [
    "a | b",
    "| --- |",
    "\\| \\",
    "`code` ``` ~~~",
    "</details></table><h1>x</h1>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- speechops:state commit=0 -->",
    "-->",
    "<!-- speechops:comment key=x run=999 -->",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "[ref]: https://evil.example",
    "https://evil.example www.evil.example mail@evil.example",
    "@octocat @github/team",
    "#1 GH-1 octo/repo#1",
    "*bold* _it_ ~~gone~~ **x**",
    "line\nbreak\r\n\r\n# heading\n- list\n1. one",
    "1. list",
    "- item",
    "=====",
    "> quote",
    "    indented",
    "::error::x ##[error]x",
    "$\\rm x$ $$y$$",
    "&lt;b&gt; &amp; &#64;octocat",
    "\u202eevil\u2066\u2069\u200b\u200d",
    "\u2028\u2029\x00\x1b[31m\x07",
    "\ud800 lone",
    "{{ 7*7 }} {% raw %}",
    "مرحبا بالعالم",
    "\u4f60\u597d\uff0c\u4e16\u754c",
    "😀👩‍👩‍👧",
    "a" * 3000,
    "",
]
TEXT = st.text() | st.text(alphabet="|`*_~<>[]()!#@:/\\-+=.1 \n&;wh$") | st.sampled_from(HOSTILE)
CONTEXT = Context("a" * 40, "17", "https://github.example/o/r/actions/runs/17")


def entry(*names: str, text: bool = False) -> Entry:
    rows = [(name, "other words", f"{name} x") if text else row
            for name, row in zip(names, sentences(len(names)), strict=True)]  # fmt: skip
    report = made([*rows, *sentences(30)], names=names)
    return Entry("pharmacy", "en-US", report, "A note.", "speechops-compare-pharmacy")


@given(TEXT)
def test_escape__shows_the_text_and_does_nothing_else(text: str) -> None:
    tree = Tree(
        f"| a | b |\n|---|---|\n| {markdown.escape(text)} | end |\n\nafter {markdown.escape(text)} it\n"
    )
    assert tree.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td", "p"]
    cell, end = tree.texts("td")
    assert end == "end"
    assert _bare(cell) == _bare(text)
    assert _bare(tree.texts("p")[0]) == _bare(f"after {text} it")


@given(TEXT)
def test_escape__at_the_start_of_a_line_begins_no_block(text: str) -> None:
    tree = Tree(f"before\n{markdown.escape(text)}\nafter\n")
    assert set(tree.tags) <= {"p"}


@given(TEXT)
def test_code__is_one_element(text: str) -> None:
    tree = Tree(f"x {markdown.code(text)} y")
    assert tree.tags == ["p", "code"]


@pytest.mark.parametrize("text", ["@octocat", "#1", "https://evil.example", "www.evil.example"])
def test_escape__parts_what_github_links_by_itself(text: str) -> None:
    shown = "".join(Tree(f"x {markdown.escape(text)}").texts("p"))
    assert not re.search(r"@\w|#\d|://|www\.", shown)


def test_comment__first_line_is_enough() -> None:
    first = markdown.comment([entry("a.wav")], CONTEXT).splitlines()[0]
    assert re.fullmatch(r"### \S Passes: pharmacy en-US is better by \d+\.\d points", first)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("show", [False, True])
def test_comment__keeps_its_form_whatever_it_tells(hostile: str, show: bool) -> None:
    one = entry(hostile, text=True)
    report = one.report
    assert report is not None
    report = replace(report, model=hostile)
    shown = replace(one, model=hostile, note=hostile, where=hostile or "x", report=report)
    plain = markdown.comment([entry("a.wav", text=True)], replace(CONTEXT, show_transcripts=show))
    tree = Tree(markdown.comment([shown], replace(CONTEXT, show_transcripts=show)))
    assert tree.tags == Tree(plain).tags
    assert tree.comments == Tree(plain).comments
    assert set(tree.links()) <= {f"{CONTEXT.url}#artifacts", CONTEXT.url}


def test_comment__tables_are_whole() -> None:
    tree = Tree(markdown.comment([entry("a.wav")], CONTEXT))
    assert tree.tags.count("table") == 3
    texts = tree.texts("p") + tree.texts("td")
    assert texts
    for tag in ("|", ":--"):
        assert not any(tag in text for text in texts)
    assert tree.tags.count("details") == 2


def test_comment__of_several_models_has_a_row_and_a_fold_for_each() -> None:
    failed = Entry("failed", "de-DE", None, "training.txt:3: No data.", "speechops-compare-failed")
    models = [*[entry(f"{name}.wav") for name in "abcd"], failed]
    text = markdown.comment(models, CONTEXT)
    tree = Tree(text)
    assert len(text.splitlines()) < 60
    assert tree.tags.count("table") == 1
    assert tree.tags.count("tr") == 6
    assert tree.tags.count("details") == 4
    assert any("training.txt:3: No data." in cell for cell in tree.texts("td"))
    assert "speechops-compare-failed" not in text
    assert text.splitlines()[0] == "### \N{CROSS MARK} 5 models: 4 pass, 1 without a result"


def test_comment__holds_no_transcript_unless_asked() -> None:
    one = entry("a.wav", text=True)
    assert "lisinopril" not in markdown.comment([one], CONTEXT)
    assert "lisinopril" not in markdown.summary(one, CONTEXT)
    assert "lisinopril" not in markdown.details(one, CONTEXT)
    assert "lisinopril" in markdown.comment([one], replace(CONTEXT, show_transcripts=True))


def test_comment__of_a_model_without_result_says_why() -> None:
    text = markdown.comment([Entry("pharmacy", "en-US", None, "No data <b>.")], CONTEXT)
    tree = Tree(text)
    assert tree.texts("h3") == ["\N{CROSS MARK} No result: pharmacy en-US"]
    assert "No data <b>." in tree.texts("p")
    assert "b" not in tree.tags


def test_comment__of_several_models_counts_their_verdicts() -> None:
    worse = made([(said, after, before) for said, before, after in sentences(60)])
    models = [entry("a.wav"), Entry("x", "de-DE", worse), Entry("y", "fr-FR", None, "failed")]
    first = markdown.comment(models, CONTEXT).splitlines()[0]
    assert first.endswith("3 models: 1 pass, 1 not promoted, 1 without a result")


def test_earlier__keeps_one_line_for_each_commit_newest_first() -> None:
    text = ""
    for commit in ("a" * 40, "b" * 40, "c" * 40, "c" * 40):
        context = replace(CONTEXT, commit=commit, earlier=markdown.earlier(text, commit))
        text = markdown.comment([entry("a.wav")], context)
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert [line[3:10] for line in lines] == ["bbbbbbb", "aaaaaaa"]


def test_earlier__keeps_the_last_ten() -> None:
    text = ""
    for number in range(15):
        commit = f"{number:07x}" + "0" * 33
        text = markdown.comment(
            [entry("a.wav")], replace(CONTEXT, commit=commit, earlier=markdown.earlier(text, commit))
        )
    assert sum(line.startswith("- ") for line in text.splitlines()) == 10


def test_template__fills_blocks_of_the_comment() -> None:
    template = (
        '{% extends "comment.md.j2" %}{% block introduction %}Hello {{ models[0].model }}!\n\n{% endblock %}'
    )
    text = markdown.comment([entry("a.wav")], CONTEXT, template)
    assert "Hello pharmacy!" in text
    assert text.startswith("### ")
    assert "| **WER** |" in text


@pytest.mark.parametrize(
    "template",
    [
        "{% block",
        "{{ nothing.here }}",
        '{% extends "other" %}',
        "{{ models.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''.format.__globals__ }}",
        "{% for a in range(999999999) %}x{% endfor %}",
        "{{ 1 / 0 }}",
        '{% extends "../../app.py" %}',
    ],
)
def test_template__that_fails_or_reaches_out_is_refused(template: str) -> None:
    with pytest.raises(UsageError, match="comment-template"):
        markdown.comment([entry("a.wav")], CONTEXT, template)


def test_summary__has_a_chart_that_github_draws() -> None:
    one = entry("a.wav")
    assert one.report is not None
    (point,) = one.report.history.points
    history = replace(one.report.history, points=(point, replace(point, created='"];<b>`' * 3)))
    text = markdown.summary(replace(one, report=replace(one.report, history=history)), CONTEXT)
    chart = text.split("```mermaid\n")[1].split("\n```")[0].splitlines()
    assert chart[0] == "xychart-beta"
    assert re.fullmatch(r'  x-axis \["1 [\d-]*", "2 [\d-]*"\]', chart[2])
    assert re.fullmatch(r"  bar \[[\d., ]+\]", chart[4])
    assert Tree(text).tags.count("pre") == 1


def test_summary__before_two_tests_has_no_chart() -> None:
    assert "mermaid" not in markdown.summary(entry("a.wav"), CONTEXT)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x.example/a)b", "https://x.example/ b", ""])
def test_link__to_an_odd_address_is_text(url: str) -> None:
    assert "a" not in Tree(f"x {markdown.link('run', url)}").tags


def _bare(text: str) -> str:
    """Reduce text to what a reader sees of it, whatever became of spaces and of what cannot be seen."""
    return re.sub(r"\s|[\u2060]", "", str(markdown._tamed(text)))


def test_comment__counts_key_terms_and_names_them_on_request() -> None:
    one = entry("a.wav")
    assert "| key terms found |" in markdown.comment([one], CONTEXT)
    assert "metformin" not in markdown.comment([one], CONTEXT)
    assert "**Key terms**" in markdown.comment([one], replace(CONTEXT, show_transcripts=True))
