"""Every name of the product is used by the product: what only tests reach is dead weight.

A function, class or constant of a module counts as used if its module, or one that imports it, reads it; an
``__init__`` that passes it on does not count. A method or field counts as used if its name is read anywhere.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "speechops"

# Read by others than our code: the standard library, people who read what is stored.
# Members of enumerations are found by their value.
BY_OTHERS = {
    "embedded.transport": {
        "readinto",
        *("protocol_version", "disable_nagle_algorithm", "wbufsize", "handle_expect_100", "log_message"),
        *("daemon_threads", "block_on_close", "request_queue_size", "allow_reuse_address", "handle_error"),
        *(f"do_{method}" for method in ("POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")),
    },
    "output": {"emit"},
    "corpus.archive": {"filelist", "seekable"},
    "speech.entities": {"_missing_"},
    "app": {"main"},
    "scoring.comparison": {"permutation_p"},  # stored with each result
    "embedded.recogniser.model": {"new_words", "aligned_seconds"},  # in the report of a training
}


class Definition(NamedTuple):
    """A name that a module defines; ``owner`` is its class, if it is a method or a field."""

    module: str
    owner: str
    name: str
    line: int


@cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def _defined(module: str, body: list[ast.stmt], owner: str = "") -> Iterator[Definition]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield Definition(module, owner, node.name, node.lineno)
        if isinstance(node, ast.ClassDef) and not any("Enum" in ast.unparse(base) for base in node.bases):
            yield from _defined(module, node.body, node.name)
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        for target in targets:
            if isinstance(target, ast.Name):
                yield Definition(module, owner, target.id, node.lineno)


def definitions() -> list[Definition]:
    found = [item for name, tree in modules().items() for item in _defined(name, tree.body)]
    return [
        item
        for item in found
        if not item.name.startswith("__") and item.name not in BY_OTHERS.get(item.module, ())
    ]


def _reads(tree: ast.AST) -> Counter[str]:
    """Count the names and attributes that code reads, and the fields that it sets by keyword."""
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found[node.id] += 1
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            found[node.attr] += 1
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            found.update(str(value.value) for value in node.args if isinstance(value, ast.Constant))
    return found


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """Return (module, name in it) of each imported name of ours; the second is empty for a module."""
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(modules()[module]):
        if not isinstance(node, ast.ImportFrom):
            continue
        source = node.module or ""
        if node.level:  # from .module import name
            is_package = (PACKAGE / module.replace(".", "/") / "__init__.py").exists()
            package = module.split(".")[: None if is_package else -1]
            source = ".".join(["speechops", *package, *([source] if source else [])])
        if source.partition(".")[0] != "speechops":
            continue
        source = source.removeprefix("speechops").lstrip(".")
        for alias in node.names:
            inner = f"{source}.{alias.name}".lstrip(".")
            found[alias.asname or alias.name] = (inner, "") if inner in modules() else (source, alias.name)
    return found


def _origin(module: str, name: str) -> tuple[str, str]:
    """Follow a name through the ``__init__`` that passes it on."""
    source, inner = _imports(module).get(name, ("", "")) if module in modules() else ("", "")
    return _origin(source, inner) if inner else (module, name)


@cache
def used() -> set[tuple[str, str]]:
    """Return (module, name) of the names of modules that some code reads."""
    found: set[tuple[str, str]] = set()
    for module, tree in modules().items():
        local = _imports(module)
        for node in tree.body:
            own = getattr(node, "name", "")
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                    source, name = local.get(inner.id, (module, inner.id))
                    if (source, name) != (module, own):
                        found.add(_origin(source, name))
                elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
                    source, name = local.get(inner.value.id, ("", "."))
                    if not name:
                        found.add(_origin(source, inner.attr))
    return found


@cache
def in_texts() -> set[str]:
    """Return the words of templates and entry points, and those that the table of operations names."""
    paths = [*PACKAGE.rglob("*.j2"), ROOT / "entrypoint.py", ROOT / "post.py"]
    found = set(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in paths)))
    table = (PACKAGE / "operations" / "table.py").read_text(encoding="utf-8")
    return found | set(re.findall(r'"[\w.]+:(\w+)"', table)) | {"run"}


def test_names_of_modules__are_used_by_the_product() -> None:
    found = [
        f"{item.module}.{item.name}"
        for item in definitions()
        if not item.owner
        and item.module != "inputs"  # rows of a table
        and (item.module, item.name) not in used()
        and item.name not in in_texts()
    ]
    assert not found


def test_methods_and_fields__are_used_by_the_product() -> None:
    reads = sum((_reads(tree) for tree in modules().values()), Counter[str]())
    found = [
        f"{item.module}.{item.owner}.{item.name}"
        for item in definitions()
        if item.owner and not reads[item.name] and item.name not in in_texts()
    ]
    assert not found
