"""Words that are not used any more: private names, and forms of messages that read like a translation."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "speechops").rglob("*.py"))
BENCHES = sorted((ROOT / "bench").rglob("*.py"))
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md"))]

RETIRED = frozenset(
    {
        "anew",
        "asked",
        "awaiting",
        "challenger",
        "condemned",
        "desk",
        "ears",
        "hangup",
        "held",
        "intake",
        "lessons",
        "occasion",
        "pardoned",
        "patient",
        "play",
        "rounds",
        "settle",
        "settled",
        "spared",
        "standing",
        "steer",
        "swaps",
        "told",
        "way",
        "ways",
    }
)
"""Parts of names of modules, types, functions and variables."""

NOT_NOUNS = frozenset({"each", "one", "other"})
"""Whole names; ``other`` stays the operand of an operator."""

FORMS = {
    r"\bstands? (?:twice|more than once)\b": "Duplicate ...",
    r"\banew\b": "again",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\bbe had\b": "is available",
    r"\bfault of (?:SpeechOps|ours)\b": "bug in SpeechOps",
    r"\bhang together\b": "correlated",
    r"\bWhat (?:wins|stays to do)\b": "Precedence, Next steps",
    r"\bis no (?:region|key|file|zip|repository|container|commit|JSON|WAV|URL|date|command)\b": "is not a",
    r"\b(?:None|empty) where (?:it|there|the|no)\b": "if",
    r"\bgoes on where\b": "continues",
    r"\b[Tt]here is no such\b": "does not exist",
    r"\b(?:[Rr]ecognis|[Nn]ormalis|[Oo]rganis)(?:ed|es|ing|ation)\b|\b[Bb]ehaviour|\b[Cc]olour\b|\b[Cc]ancelled\b":
        "American spelling",
}  # fmt: skip
"""Forms of sentences, and what to write instead."""


def names(module: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives to types, functions, arguments and variables."""
    for node in ast.walk(module):
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.FunctionDef(name=name, args=arguments) | ast.AsyncFunctionDef(name=name, args=arguments):
                yield name
                operator = name.startswith("__")
                given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                yield from (argument.arg for argument in given if not (operator and argument.arg == "other"))
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case _:
                pass


def words(name: str) -> set[str]:
    """Return the words of an identifier or of a key, and the whole: ``HangUp`` is two words and one name."""
    parts = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return {part.lower() for part in parts} | {name.strip("_").lower()}


def prose(text: str) -> Iterator[str]:
    """Yield docstrings, comments and other strings of more than one word."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in {tokenize.STRING, tokenize.COMMENT} and " " in token.string:
            yield re.sub(r"``[^`]*``|:\w+:`[^`]*`", "", token.string)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module__uses_no_retired_word(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = {
        name for name in (*names(ast.parse(text)), path.stem) if words(name) & RETIRED or name in NOT_NOUNS
    }
    assert not found
    assert not [
        (form[0], FORMS[rule]) for part in prose(text) for rule in FORMS if (form := re.search(rule, part))
    ]


@pytest.mark.parametrize("path", BENCHES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_bench__has_no_retired_name(path: Path) -> None:
    assert not [name for name in names(ast.parse(path.read_text(encoding="utf-8"))) if words(name) & RETIRED]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page__uses_no_retired_form(path: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not [(form[0], FORMS[rule]) for rule in FORMS if (form := re.search(rule, text))]


@pytest.mark.parametrize("name", ["Patient", "told_names", "LESSONS", "the_way_out", "HangUp"])
def test_words__of_a_name(name: str) -> None:
    assert words(name) & RETIRED


@pytest.mark.parametrize("sentence", ["The key 'x' stands twice.", "Run it anew.", "It is recognised."])
def test_forms__find_theirs(sentence: str) -> None:
    assert any(re.search(rule, sentence) for rule in FORMS)
