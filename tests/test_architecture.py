"""The directions of the imports, and the effects that only the composition root may have."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stub_engine import speech

PACKAGE = Path(__file__).parent.parent / "speechops"

# What each part may import of ours, besides itself.
FOUNDATIONS = {"errors", "clock", "redaction", "folders", "clouds", "costs", "json_text"}
MEANS = FOUNDATIONS | {
    *(
        "advice",
        "console",
        "corpus",
        "github",
        "inputs",
        "registry",
        "report",
        "run",
        "scoring",
        "settings",
        "speech",
    ),
    *("handover", "identity", "targets", "values"),
}
ALLOWED = {
    "__init__": set(),
    "errors": set(),
    "clock": set(),
    "clouds": set(),
    "containment": {"errors"},
    "destinations": {"clouds", "errors", "project"},
    "folders": {"errors"},
    "json_text": set(),
    "ownership": set(),
    "redaction": set(),
    "console": {"clock", "errors"},
    "values": {"clouds", "costs"},
    "inputs": {"errors", "scoring", "values"},
    "project": {"errors", "inputs"},
    "command_line": {"errors", "inputs", "operations"},
    "corpus": {"errors", "json_text"},
    "scoring": {"errors"},
    "access": FOUNDATIONS | {"identity", "inputs", "registry", "resources", "settings", "speech", "values"},
    "settings": {
        "clouds",
        "command_line",
        "corpus",
        "destinations",
        "errors",
        "inputs",
        "lookup",
        "operations",
        "project",
        "resources",
        "scoring",
        "values",
    },
    "lookup": {"command_line", "containment", "errors", "inputs", "project"},
    "resources": {"clouds", "values"},
    "targets": {
        *("clouds", "destinations", "errors", "inputs", "project", "resources", "settings", "values"),
    },
    "azure_transport": FOUNDATIONS,
    "identity": FOUNDATIONS | {"azure_transport"},
    "speech": FOUNDATIONS,
    "registry": FOUNDATIONS | {"azure_transport", "scoring"},
    "github": FOUNDATIONS,
    "advice": FOUNDATIONS | {"scoring", "registry"},
    "report": FOUNDATIONS | {"advice", "scoring", "registry"},
    "embedded": set(),
    "output": FOUNDATIONS | {"console", "corpus", "github"},
    "connections": FOUNDATIONS
    | {
        *(
            "access",
            "console",
            "destinations",
            "embedded",
            "planning",
            "project",
            "github",
            "inputs",
            "operations",
            "output",
            "registry",
        ),
        *("resources", "settings", "speech", "targets"),
    },
    "handover": FOUNDATIONS | {"github", "inputs", "output", "report", "run", "settings"},
    "run": FOUNDATIONS
    | {
        "inputs",
        *(
            "connections",
            "console",
            "github",
            "operations",
            "output",
            "planning",
            "registry",
            "report",
            "scoring",
            "settings",
        ),
        "speech",
    },
    "runner": FOUNDATIONS
    | {"console", "evaluation", "handover", "inputs", "operations", "planning", "registry", "report", "run"},
    "costs": set(),
    "planning": FOUNDATIONS | {"inputs", "registry", "settings"},
    "setup": FOUNDATIONS,
    "evaluation": MEANS,
    "upkeep": MEANS | {"evaluation"},
    "delivery": MEANS | {"evaluation", "upkeep"},
    "pull_request": MEANS | {"evaluation"},
    "operations": MEANS | {"delivery", "evaluation", "planning", "pull_request", "setup", "upkeep"},
}


TABLES = {"inputs.py", "corpus/rules.py"}
"""Files that are one table, which may be long."""

HEAVY = {"numpy", "azure", "msal", "pocketsphinx", "rapidfuzz", "jinja2", "rich", "requests", "werkzeug"}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return the parts of ours that a file imports, wherever the import stands."""
    found = set()
    package = ["speechops", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "speechops" else {module}
    return {name.split(".")[1] for name in found if name.startswith("speechops.")}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports__follow_the_directions(path: Path) -> None:
    part = part_of(path)
    if part in {"app", "__main__"}:
        return
    assert imports(path) - {part, "__version__"} <= ALLOWED[part]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_effects__belong_to_the_composition_root(path: Path) -> None:
    if part_of(path) in {"app", "__main__"}:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {f"{node.value.id}.{node.attr}" for node in ast.walk(tree)
             if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}  # fmt: skip
    called = {node.func.id for node in ast.walk(tree)
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
    assert not names & {"os.environ", "os.getenv", "sys.argv", "sys.stdout", "sys.exit"}
    assert "print" not in called


@pytest.mark.parametrize(
    "arguments", [["--help"], ["validate", "--help"], ["validate"], ["plan", "--scope", "everything"]]
)
def test_cold_start__imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    """Not even where there is work to do."""
    (tmp_path / "speechops.yml").write_text(
        "models: {m: {locale: en-US, test-data: test, training-data: {text: text.txt}}}\n"
    )
    (tmp_path / "test").mkdir()
    (tmp_path / "test/1.wav").write_bytes(speech("hello"))
    (tmp_path / "test/trans.txt").write_text("1.wav\thello\n")
    (tmp_path / "text.txt").write_text("hello there\n")
    program = (
        "import sys; from speechops.app import main\n"
        "try: code = main(sys.argv[1:])\nexcept SystemExit as end: code = end.code or 0\n"
        f"heavy = {HEAVY}\n"
        "print(code, sorted(heavy & {name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.splitlines()[-1] == "0 []"


def test_files__are_short_unless_they_are_a_table() -> None:
    lengths = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources()
    }
    assert {path for path, length in lengths.items() if length > 400} <= TABLES


def test_first_lines__are_an_index() -> None:
    first = {path: path.read_text(encoding="utf-8").splitlines()[0] for path in sources()}
    assert [path for path, line in first.items() if not re.match(r'r?"""[A-Z`].{15}', line)] == []


def test_types__are_decoded_by_decoders_of_their_modules() -> None:
    """One that is made on first use may be made by two threads at once, which msgspec does not survive."""
    late = re.compile(r"msgspec\.\w+\.decode\(|msgspec\.convert\(")
    assert [path for path in sources() if late.search(path.read_text(encoding="utf-8"))] == []
