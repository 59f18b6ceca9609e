"""Retired words do not come back: in identifiers, inputs, outputs, template variables and stored keys."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pytest
from jinja2 import nodes

from speechops.inputs import INPUTS, OUTPUTS
from speechops.registry import documents
from tests import test_words
from tests.test_words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parent.parent / "speechops"

RETIRED = test_words.RETIRED | {"trial"}
"""Private words of earlier states; the glossary in docs/architecture.md has those that are used."""

PLACEHOLDERS = frozenset({"each", "one", "other", "others"})
"""Not names for a loop variable: a noun is."""


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node.lineno
            case _:
                pass


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_identifiers__have_no_retired_word(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [(path.stem, 1), *identifiers(tree)]
    assert [(name, line) for name, line in names if words(name) & RETIRED] == []
    targets = [node.target for node in ast.walk(tree) if isinstance(node, ast.For | ast.comprehension)]
    variables = {name for target in targets for name, _ in identifiers(target)}
    assert variables & PLACEHOLDERS == set()


def test_inputs_and_outputs__have_no_retired_word() -> None:
    names = [*(row.name for row in INPUTS), *OUTPUTS]
    assert len(names) > 50
    assert [name for name in names if words(name) & RETIRED] == []


def test_stored_keys__have_no_retired_word() -> None:
    kinds = [kind for kind in vars(documents).values() if dataclasses.is_dataclass(kind)]
    names = [field.name for kind in kinds for field in dataclasses.fields(kind)]
    assert {"benchmark", "pending_deletion"} <= set(names)
    assert [name for name in names if words(name) & RETIRED] == []


def test_templates__have_no_retired_word() -> None:
    paths = sorted((PACKAGE / "report/templates").glob("*.j2"))
    assert paths
    for path in paths:
        tree = jinja2.Environment(extensions=["jinja2.ext.loopcontrols"], autoescape=True).parse(
            path.read_text(encoding="utf-8")
        )
        names = {node.name for node in tree.find_all(nodes.Name)} | {
            node.attr for node in tree.find_all(nodes.Getattr)
        }
        assert [name for name in sorted(names) if words(name) & RETIRED] == [], path.name
