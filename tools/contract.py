"""``python -m tools.contract``: writes what follows from the inputs and outputs.

That is each ``action.yml``, the schema of ``speechops.yml`` for editors, docs/inputs.md and, from
the reusable workflows, those of docs/workflows.md. ``action.yml`` gives no default to an input that
``speechops.yml`` may set: the runner hands a default over as if a person had given it, and it would win. The
descriptions name the defaults instead.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from speechops import values
from speechops.inputs import GATE_INPUTS, INPUTS, OUTPUTS, TRAINING_INPUTS, Group, Input, Level, variable
from speechops.operations.table import OPERATIONS

ROOT = Path(__file__).parent.parent
IN_ACTION = tuple(operation for operation in OPERATIONS.values() if operation.in_action)

_HEAD = """\
# Written by `python -m tools.contract` from speechops/inputs.py; a test holds the two together.
# An input without a default may be set in speechops.yml; the description says what applies otherwise.
name: {name}
description: {description}
author: SpeechOps
branding:
  icon: mic
  color: blue
"""
_OPERATION = Input(
    "operation",
    "What to do",
    values.choice(*(operation.name for operation in IN_ACTION)),
    Group.RUN,
    "",
    Level.RUN,
    secret=False,
    example="",
)
_POST = "/opt/speechops/post.py"  # completes the checks of a step that was killed
_TOKEN = "${{ github.token }}"  # noqa: S105 - an expression


def action_inputs() -> tuple[Input[Any], ...]:
    """Return the inputs of the Action, the operation first."""
    read = {item.name for operation in IN_ACTION for item in operation.inputs}
    return (_OPERATION, *(item for item in INPUTS if item.name in read))


def action(image: str) -> str:
    """Return ``action.yml``, which runs ``image``."""
    return _action(image, "SpeechOps", "CI/CD for custom speech models: test, train, compare, gate, deploy.")


def local_action(image: str) -> str:
    """Return ``local/action.yml``, the same with the embedded speech service in its ``image``."""
    return _action(
        image, "SpeechOps with its embedded speech service", "SpeechOps, no speech resource needed."
    )


def _action(image: str, name: str, about: str) -> str:
    lines = [_HEAD.format(name=name, description=_quoted(about)), "inputs:"]
    for item in action_inputs():
        lines += [f"  {item.name}:", f"    description: {_quoted(describe(item))}"]
        lines.append(f"    required: {'true' if item is _OPERATION else 'false'}")
        if item.name == "github-token":
            lines.append(f"    default: {_TOKEN}")
    lines.append("\noutputs:")
    for output, description in OUTPUTS.items():
        lines += [f"  {output}:", f"    description: {_quoted(_sentence(description))}"]
    lines.append(f"\nruns:\n  using: docker\n  image: {image}\n  post-entrypoint: {_POST}\n  env:")
    lines += [f"    {variable(item.name)}: ${{{{ inputs.{item.name} }}}}" for item in action_inputs()]
    return "\n".join(lines) + "\n"


def describe(item: Input[Any]) -> str:
    """Return the description of an input, with its values, its default and, if few, its readers."""
    allowed = f" One of {', '.join(item.type.choices)}." if item.type.choices else ""
    default = f" Default: {item.default}." if item.default else ""
    return f"{_readers(item)}{_sentence(item.description)}{allowed}{default}"


_FEW = 3


def _readers(item: Input[Any]) -> str:
    """Return the operations that read an input, if they are few."""
    names = [operation.name for operation in OPERATIONS.values() if operation.reads(item)]
    return f"{', '.join(names)}: " if 0 < len(names) <= _FEW else ""


def inputs_sections() -> str:
    """Return a section for each input, by group, as Markdown."""
    lines: list[str] = []
    for group in Group:
        lines += [f"### About {group}", ""]
        for item in INPUTS:
            if item.group is group:
                lines += [*_section(item), ""]
    return "\n".join(lines).rstrip()


def _section(item: Input[Any]) -> list[str]:
    readers = [operation.name for operation in OPERATIONS.values() if operation.reads(item)]
    values = ", ".join(f"`{choice}`" for choice in item.type.choices) or item.type.expected
    default = f"`{item.default}`" if item.default else "none"
    example = item.example or item.default
    rows = [
        f"#### {item.name}",
        "",
        f"{_sentence(item.description)}",
        "",
        f"* values: {values}",
        f"* default: {'the token of the job' if item.name == 'github-token' else default}",
        f"* in `speechops.yml`: {_where(item)}",
        f"* read by: {', '.join(f'`{name}`' for name in readers)}",
    ]
    if example:
        rows.append(f"* example: `--{item.name} {example}`")
    return rows


def outputs_table() -> str:
    """Return the outputs as Markdown."""
    rows = [f"| `{name}` | {_cell(description)} |" for name, description in OUTPUTS.items()]
    return "\n".join(("| output | set by, and meaning |", "|---|---|", *rows))


def operations_table() -> str:
    """Return the operations as Markdown."""
    command_line = " (command line only)"
    rows = [
        f"| `{operation.name}` | {_cell(operation.summary)}{'' if operation.in_action else command_line} |"
        for operation in OPERATIONS.values()
    ]
    return "\n".join(("| operation | does |", "|---|---|", *rows))


WORKFLOWS = ("ci-cd", "pull-request", "maintenance", "compare-fork", "publish-report")


def workflow(name: str) -> dict[str, Any]:
    """Return what a reusable workflow declares: inputs, secrets and outputs."""
    text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    return dict(content[True]["workflow_call"])  # YAML 1.1 reads the word on as a truth value


def workflow_inputs_table() -> str:
    """Return the inputs of the reusable workflows as Markdown."""
    return _workflow_table("inputs", "input")


def workflow_secrets_table() -> str:
    """Return the secrets of the reusable workflows as Markdown."""
    return _workflow_table("secrets", "secret")


def workflow_outputs_table() -> str:
    """Return the outputs of the reusable workflows as Markdown."""
    return _workflow_table("outputs", "output")


def _workflow_table(section: str, title: str) -> str:
    declared = {name: workflow(name).get(section, {}) for name in WORKFLOWS}
    having = [name for name in WORKFLOWS if declared[name]]
    default = section == "inputs"
    titles = [title, "meaning", *(["default"] if default else []), *(f"`{name}.yml`" for name in having)]
    rows = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    for item in dict.fromkeys(item for name in having for item in declared[name]):
        forms = [declared[name][item] for name in having if item in declared[name]]
        if any(form != forms[0] for form in forms):
            raise ValueError(f"the workflows do not agree on {item}")
        value = _yaml(forms[0].get("default"))
        cells = [f"`{item}`", _cell(forms[0]["description"])]
        cells += [f"`{value}`" if value else ""] if default else []
        cells += ["yes" if item in declared[name] else "" for name in having]
        rows.append(f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |"))
    return "\n".join(rows)


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")


TABLES = {
    "docs/inputs.md": {"inputs": inputs_sections, "outputs": outputs_table, "operations": operations_table},
    "docs/workflows.md": {
        "workflow-inputs": workflow_inputs_table,
        "workflow-secrets": workflow_secrets_table,
        "workflow-outputs": workflow_outputs_table,
    },
}


def with_tables(page: str, markdown: str) -> str:
    """Return a page with the tables between its marks as they have to be."""
    for name, table in TABLES[page].items():
        mark, end = f"<!-- table: {name} -->", "<!-- end -->"
        before, found, rest = markdown.partition(f"{mark}\n")
        _, closed, after = rest.partition(end)
        if found and closed:
            markdown = f"{before}{found}{table()}\n{closed}{after}"
    return markdown


def schema() -> str:
    """Return the JSON schema of ``speechops.yml``, in the draft that editors know best."""
    shared = {item.name: _property(item) for item in INPUTS if item.level is not Level.RUN}
    own = {item.name: shared[item.name] for item in INPUTS if item.level is Level.MODEL}
    policy = own["gate"]
    rules = {key: policy if key == "policy" else own[row.name] for key, row in GATE_INPUTS.items()}
    training = {key: own[row.name] for key, row in TRAINING_INPUTS.items()}
    gate = {"description": policy["description"], "anyOf": [policy, _mapping(rules)]}
    models = {
        "description": "Each model by its name.",
        "type": "object",
        "propertyNames": {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$"},
        "additionalProperties": _mapping(
            {
                **own,
                "gate": gate,
                "training-data": {"description": "The files to train from, by kind.", **_mapping(training)},
            }
        ),
    }
    content = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": "Written by `python -m tools.contract` from speechops/inputs.py; a test holds it.",
        "title": "speechops.yml",
        **_mapping({"models": models, **shared}),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _mapping(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _property(item: Input[Any]) -> dict[str, Any]:
    about: dict[str, Any] = {"description": describe(item)}
    if choices := item.type.choices:
        truths = [choice == "true" for choice in choices if choice in {"true", "false"}]
        return {**about, "enum": [*choices, *truths, "", None]}
    single = ["string", "number", "null"]
    if item.type.many:
        return {**about, "type": [*single, "array"], "items": {"type": ["string", "number"]}}
    if item.type.mapping:
        values = {"type": ["string", "number"]}
        return {**about, "type": [*single, "object"], "additionalProperties": values}
    return {**about, "type": single}


def files() -> dict[Path, str]:
    """Return every file that follows from the code, with its content."""
    pages = {ROOT / page: with_tables(page, (ROOT / page).read_text(encoding="utf-8")) for page in TABLES}
    return {
        ROOT / "action.yml": action("Dockerfile"),
        ROOT / "local" / "action.yml": local_action("../Dockerfile.local"),
        ROOT / "step" / "action.yml": step(),
        ROOT / "schema" / "speechops.schema.json": schema(),
        **pages,
    }


# What the reusable workflows hand to one step; the rest stands in speechops.yml.
STEP_INPUTS = (
    "operation",
    "model",
    "config",
    "speech-endpoint",
    "speech-region",
    "speech-key",
    "speech-project",
    "storage-account",
    "storage-connection-string",
    "azure-client-id",
    "azure-tenant-id",
    "azure-credentials",
    "deploy-client-id",
    "speech-resource-id",
    "target-keys",
    "candidate",
    "environment",
    "require-approval",
    "github-release",
)
STEP_OUTPUTS = ("candidate", "deployed", "endpoint-id", "improved", "verdict", "version", "word-error-rate")
STEP_REPORT = "${{ runner.temp }}/_github_home/speechops-report"
"""Outside of the checkout, where a committed file could pass for a report; in the container it is HOME."""

_RESTORE = "actions/cache/restore@55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6.1.0"
_SAVE = "actions/cache/save@55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6.1.0"
_STEP_HEAD = """\
# Written by `python -m tools.contract`; a test holds it.
# One step of the reusable workflows, which check the Action out into .speechops-action. It runs in the image
# without the embedded speech service or, where `local` is true, in the one with it. The state of the service
# then goes from job to job and from run to run through the cache, one for all models, whose jobs therefore
# take turns; a pull request reads that of its base branch and cannot change it.
name: SpeechOps step
description: One step of the reusable workflows of SpeechOps.
"""


def step() -> str:
    """Return the composite action that the reusable workflows call."""
    known = {item.name: item for item in action_inputs()}
    lines = [_STEP_HEAD, "inputs:", "  local:"]
    lines += [
        '    description: "Whether the embedded speech service is used, true or false."',
        "    required: true",
        "  restore:",
        '    description: "Whether to restore the embedded service; false after another step of the job."',
        "    required: false",
        '    default: "true"',
    ]
    for name in STEP_INPUTS:
        lines += [f"  {name}:", f"    description: {_quoted(describe(known[name]))}"]
        lines.append(f"    required: {'true' if name in {'operation', 'model'} else 'false'}")
    lines.append("\noutputs:")
    for name in STEP_OUTPUTS:
        lines += [f"  {name}:", f"    description: {_quoted(_sentence(OUTPUTS[name]))}"]
        lines.append(f"    value: ${{{{ steps.local.outputs.{name} || steps.service.outputs.{name} }}}}")
    key = "speechops/"
    run = "${{ github.run_id }}-${{ github.run_attempt }}-${{ inputs.operation }}-${{ inputs.model }}"
    lines += ["\nruns:", "  using: composite", "  steps:"]
    lines += [
        "    - name: Restore the embedded service",
        "      if: inputs.local == 'true' && inputs.restore == 'true'",
    ]
    lines += [
        f"      uses: {_RESTORE}",
        "      with:",
        "        path: .speechops",
        f"        key: {key}{run}",
    ]
    lines += [f"        restore-keys: {key}"]
    given = [f"        {name}: ${{{{ inputs.{name} }}}}" for name in STEP_INPUTS]
    for name, condition, uses in (
        ("local", "inputs.local == 'true'", "./.speechops-action/local"),
        ("service", "inputs.local != 'true'", "./.speechops-action"),
    ):
        lines += [f"    - name: Run with the {_ENGINES[name]}", f"      id: {name}", f"      if: {condition}"]
        lines += [f"      uses: {uses}", "      with:", *given, f"        report-folder: {STEP_REPORT}"]
        if name == "local":
            lines += ["        store-folder: .speechops/store", "        local-folder: .speechops/service"]
    lines += [
        "    - name: Keep the embedded service",
        "      if: ${{ !cancelled() && inputs.local == 'true' }}",
    ]
    lines += [f"      uses: {_SAVE}", "      with:", "        path: .speechops", f"        key: {key}{run}"]
    return "\n".join(lines) + "\n"


_ENGINES = {"local": "embedded speech service", "service": "Speech resource"}


def main() -> None:
    """Write the files."""
    for path, content in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if not text.startswith(tuple(OPERATIONS)) else f"{text}."


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _where(item: Input[Any]) -> str:
    return {Level.PROJECT: "yes", Level.MODEL: "yes, for each model", Level.RUN: "no"}[item.level]


if __name__ == "__main__":
    main()
