"""``python -m tools.contract``: writes action.yml and the tables of README.md from the inputs and outputs.

``action.yml`` gives no default to an input that ``speechops.yml`` may set: the runner hands a default over as
if a person had given it, and it would win. The descriptions name the defaults instead.
"""

from __future__ import annotations

from pathlib import Path

from speechops.inputs import INPUTS, OUTPUTS, SUMMARIES, Input, Operation, Scope

ROOT = Path(__file__).parent.parent
COMMAND_LINE_ONLY = frozenset({Operation.SERVE, Operation.DEMO})
OPERATIONS = tuple(operation for operation in Operation if operation not in COMMAND_LINE_ONLY)

_HEAD = """\
# Written by `python -m tools.contract` from speechops/inputs.py; a test holds the two together.
# An input without a default may stand in speechops.yml instead; the description names what counts otherwise.
name: {name}
description: {description}
author: SpeechOps
branding:
  icon: mic
  color: blue
"""
_OPERATION = Input("operation", "What to do", choices=tuple(OPERATIONS))
_TOKEN = "${{ github.token }}"  # noqa: S105 - an expression


def action_inputs() -> tuple[Input, ...]:
    """Return the inputs of the Action, the operation first."""
    return (_OPERATION, *(item for item in INPUTS if item.scope is not Scope.COMMAND_LINE))


def action(image: str, *, name: str = "SpeechOps", folder: str = "") -> str:
    """Return an ``action.yml`` that runs ``image``."""
    description = "CI/CD for custom speech models: test, train, compare, gate, deploy."
    lines = [_HEAD.format(name=name, description=f'"{description}{folder}"'), "inputs:"]
    for item in action_inputs():
        lines += [f"  {item.name}:", f"    description: {_quoted(describe(item))}"]
        lines.append(f"    required: {'true' if item is _OPERATION else 'false'}")
        if item.name == "github-token":
            lines.append(f"    default: {_TOKEN}")
    lines.append("\noutputs:")
    for output, description in OUTPUTS.items():
        lines += [f"  {output}:", f"    description: {_quoted(_sentence(description))}"]
    lines.append(f"\nruns:\n  using: docker\n  image: {image}\n  env:")
    lines += [f"    INPUT_{item.name.upper()}: ${{{{ inputs.{item.name} }}}}" for item in action_inputs()]
    return "\n".join(lines) + "\n"


def describe(item: Input) -> str:
    """Return the description of an input with what it allows and what counts where it is blank."""
    allowed = f" One of {', '.join(item.choices)}." if item.choices else ""
    default = f" Default: {item.default}." if item.default else ""
    return f"{_sentence(item.description)}{allowed}{default}"


def inputs_table() -> str:
    """Return the inputs as Markdown."""
    rows = [
        f"| `{item.name}` | {_cell(item.description)} | {_cell(', '.join(item.choices) or 'any')} "
        f"| {_default(item)} | {_where(item)} |"
        for item in action_inputs()
    ]
    return "\n".join(
        ("| input | meaning | values | default | in speechops.yml |", "|---|---|---|---|---|", *rows)
    )


def outputs_table() -> str:
    """Return the outputs as Markdown."""
    rows = [f"| `{name}` | {_cell(description)} |" for name, description in OUTPUTS.items()]
    return "\n".join(("| output | set by, and meaning |", "|---|---|", *rows))


def operations_table() -> str:
    """Return the operations as Markdown."""
    rows = [f"| `{operation}` | {_cell(SUMMARIES[operation])} |" for operation in Operation]
    return "\n".join(("| operation | does |", "|---|---|", *rows))


TABLES = {"inputs": inputs_table, "outputs": outputs_table, "operations": operations_table}


def with_tables(markdown: str) -> str:
    """Return a page with the tables between its marks as they have to be."""
    for name, table in TABLES.items():
        mark, end = f"<!-- table: {name} -->", "<!-- end -->"
        before, found, rest = markdown.partition(f"{mark}\n")
        _, closed, after = rest.partition(end)
        if found and closed:
            markdown = f"{before}{found}{table()}\n{closed}{after}"
    return markdown


def files() -> dict[Path, str]:
    """Return every file that follows from the code, with its content."""
    readme = ROOT / "README.md"
    local = action("../Dockerfile.local", name="SpeechOps with its embedded speech service", folder=_LOCAL)
    return {
        ROOT / "action.yml": action("Dockerfile"),
        ROOT / "local" / "action.yml": local,
        readme: with_tables(readme.read_text(encoding="utf-8")),
    }


_LOCAL = " With the embedded speech service."


def main() -> None:
    """Write the files."""
    for path, content in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if not text.startswith(tuple(Operation)) else f"{text}."


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(item: Input) -> str:
    if item.name == "github-token":
        return "the token of the job"
    return f"`{item.default}`" if item.default else ""


def _where(item: Input) -> str:
    return {Scope.PROJECT: "yes", Scope.MODEL: "yes, for each model", Scope.NOWHERE: "no"}.get(
        Scope.NOWHERE if item is _OPERATION else item.scope, ""
    )


if __name__ == "__main__":
    main()
