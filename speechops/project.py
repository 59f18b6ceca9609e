"""``speechops.yml``: the models of a repository and what they share, read strictly.

Every key is the name of an input. A model's training data may be written as a mapping from kind to file
(``training-data: {text: …}`` for ``training-text``), its gate as a mapping of the gate's inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from speechops.errors import Place, UsageError, reason
from speechops.inputs import BY_NAME, INPUTS, TRAINING_INPUTS, Level, nearest, variable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from speechops.inputs import Input

MOST_BYTES = 1 << 20
MOST_DEPTH = 12
MOST_NODES = 20_000
"""Limits of ``speechops.yml``, aliases expanded. Hundreds of models with all their settings fit."""

TRAINING_KEYS = tuple(TRAINING_INPUTS)


@dataclass(frozen=True, slots=True)
class Project:
    """``speechops.yml`` as read: inputs at its top, of each model and target, and the line of each key."""

    path: Path
    top: Mapping[str, str]
    models: Mapping[str, Mapping[str, str]]
    lines: Mapping[tuple[str, ...], int]
    targets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def place(self, *keys: str) -> Place:
        """Return the place of a key, as ``models, pharmacy, locale``; the gate's may be one level deeper."""
        line = self.lines.get(keys) or self.lines.get((*keys[:-1], "gate", *keys[-1:]))
        return Place(file=str(self.path), line=line)


def read_project(path: Path) -> Project:
    """Read ``speechops.yml`` strictly.

    Raises :class:`UsageError` naming file, line and key for unknown keys, duplicate keys and wrong types.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {reason(error)}.", place=Place(file=str(path))) from error
    return parse_project(path, data)


def parse_project(path: Path, data: bytes) -> Project:
    """Read the content of ``speechops.yml``, of today or of another commit. Raises :class:`UsageError`."""
    if len(data) > MOST_BYTES:
        raise _too_large(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8.", hint="Save it as UTF-8.", place=Place(file=str(path))
        ) from error
    lines: dict[tuple[str, ...], int] = {}
    node = _compose(path, text)
    content = {} if node is None else _Plain(path, lines).value(node, ())
    where = Project(path, {}, {}, lines)
    if not isinstance(content, dict):
        raise UsageError(f"{path} must be a mapping with the key models.", place=where.place())
    models = content.pop("models", {})
    if not isinstance(models, dict):
        raise UsageError("models must be a mapping from a name to its settings.", place=where.place("models"))
    targets = content.pop("targets", {})
    if not isinstance(targets, dict):
        raise UsageError("targets must be a mapping from a name to a resource.", place=where.place("targets"))
    return Project(
        path,
        _flat(content, where, (), (Level.PROJECT, Level.MODEL)),
        {name: _model(name, settings, where) for name, settings in models.items()},
        lines,
        {name: _target(name, settings, where) for name, settings in targets.items()},
    )


def _compose(path: Path, text: str) -> Any:  # noqa: ANN401 - a node of YAML
    """Return the root of a YAML document, None for an empty one. Raises :class:`UsageError`."""
    import yaml  # noqa: PLC0415 - only where there is a file to read

    try:
        # The composer recurses, the parser does not: check the depth before building anything.
        depth = 0
        for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
            if number > 2 * MOST_NODES:
                raise _too_large(path)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_DEPTH:
                raise UsageError(
                    f"{path} is nested more than {MOST_DEPTH} levels deep.",
                    place=Place(file=str(path), line=_line(event.start_mark)),
                )
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        line = _line(getattr(error, "problem_mark", None))
        problem = getattr(error, "problem", None) or "not YAML"
        raise UsageError(
            f"{path} is not valid YAML: {problem}.", place=Place(file=str(path), line=line)
        ) from error
    except (ArithmeticError, ValueError) as error:  # an escape for a character that does not exist
        raise UsageError(f"{path} is not valid YAML.", place=Place(file=str(path))) from error


def _line(mark: object) -> int | None:
    line = getattr(mark, "line", None)
    return None if line is None else line + 1


def _too_large(path: Path) -> UsageError:
    return UsageError(
        f"{path} is too large.",
        hint=f"The limit is {MOST_BYTES >> 20} MiB and {MOST_NODES:,} values, aliases expanded.",
        place=Place(file=str(path)),
    )


@dataclass(slots=True)
class _Plain:
    """Turns YAML nodes into strings, lists and dictionaries, remembering the line of each key."""

    path: Path
    lines: dict[tuple[str, ...], int]
    nodes: int = 0

    def value(self, node: Any, keys: tuple[str, ...]) -> Any:  # noqa: ANN401 - YAML
        import yaml  # noqa: PLC0415

        self.nodes += 1
        if self.nodes > MOST_NODES or len(keys) > MOST_DEPTH:
            raise _too_large(self.path)  # aliases of aliases, or one that contains itself
        self.lines.setdefault(keys, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node.value, keys)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*keys, str(index))) for index, item in enumerate(node.value)]
        return "" if node.tag == "tag:yaml.org,2002:null" else self._text(node)

    def _text(self, node: Any) -> str:  # noqa: ANN401 - YAML
        text = str(node.value)
        if not all(character.isprintable() or character.isspace() for character in text):
            place = Place(file=str(self.path), line=node.start_mark.line + 1)
            raise UsageError("A value has a character that cannot be printed.", place=place)
        return text

    def _mapping(self, pairs: list[tuple[Any, Any]], keys: tuple[str, ...]) -> dict[str, Any]:
        import yaml  # noqa: PLC0415

        result: dict[str, Any] = {}
        for key_node, value_node in pairs:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise UsageError("A key must be a name.", place=Place(file=str(self.path), line=line))
            key = self._text(key_node)
            if key in result:
                raise UsageError(f"Duplicate key {key!r}.", place=Place(file=str(self.path), line=line))
            self.lines[*keys, key] = line
            result[key] = self.value(value_node, (*keys, key))
        return result


def _flat(
    content: Mapping[str, Any], where: Project, keys: tuple[str, ...], levels: tuple[Level, ...]
) -> dict[str, str]:
    """Check the keys of one mapping against the inputs and return their values as text."""
    values: dict[str, str] = {}
    for key, value in content.items():
        item = BY_NAME.get(key)
        if item is None or item.level not in levels:
            raise UsageError(
                f"Unknown key {key!r}.", hint=_advice(key, item, keys, levels), place=where.place(*keys, key)
            )
        values[key] = _text(value, where, (*keys, key))
    return values


def _advice(key: str, item: Input[Any] | None, keys: tuple[str, ...], levels: tuple[Level, ...]) -> str:
    """Return what to do about a misplaced key."""
    if item is not None and item.secret:
        return (
            "Secrets do not belong in the file: set it as an input of the Action,  "
            f"from secrets, or as {variable(key)}."
        )
    if item is not None and item.level is Level.PROJECT:
        return "It applies to all models: write it at the top level."
    if item is not None:
        return "It applies to one run: set it as an input of the Action, or as an option."
    known = [item.name for item in INPUTS if item.level in levels] + (
        ["training-data"] if keys else ["models", "targets"]
    )
    return nearest(key, known).strip() or f"Known keys: {', '.join(sorted(known, key=_first))}."


def _first(key: str) -> bool:
    return key not in {"models", "targets", "training-data"}


def _text(value: object, where: Project, keys: tuple[str, ...]) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        row = BY_NAME.get(keys[-1])
        if row is not None and row.type.mapping:
            return ",".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, str):
        return value
    raise UsageError(f"{keys[-1]} must be a single value or a list of values.", place=where.place(*keys))


TARGET_KEYS = ("speech-endpoint", "speech-region", "serve", "endpoint-id")
"""The keys of a target."""


def _target(name: str, settings: object, where: Project) -> dict[str, str]:
    """Return the settings of one target. Raises :class:`UsageError` for unknown keys, especially secrets."""
    keys = ("targets", name)
    if not isinstance(settings, dict):
        raise UsageError(f"targets.{name} must be a mapping.", place=where.place(*keys))
    for key in settings:
        if key not in TARGET_KEYS:
            item = BY_NAME.get(key)
            advice = (
                "Secrets do not belong in the file: set target-keys as an input of the Action, from secrets."
                if item is not None and item.secret
                else nearest(key, TARGET_KEYS).strip() or f"Known keys: {', '.join(TARGET_KEYS)}."
            )
            raise UsageError(f"Unknown key {key!r}.", hint=advice, place=where.place(*keys, key))
    return {key: _text(value, where, (*keys, key)) for key, value in settings.items()}


def _model(name: str, settings: object, where: Project) -> dict[str, str]:
    """Return one model's settings: ``training-data`` and ``gate`` may be written as mappings."""
    keys = ("models", name)
    if not isinstance(settings, dict):
        raise UsageError(f"models.{name} must be a mapping.", place=where.place(*keys))
    flat = dict(settings)
    training = flat.pop("training-data", {})
    if not isinstance(training, dict):
        raise UsageError(
            "training-data must be a mapping from a kind to its file.",
            hint=f"Kinds are {', '.join(TRAINING_KEYS)}.",
            place=where.place(*keys, "training-data"),
        )
    for kind, value in training.items():
        if kind not in TRAINING_KEYS:
            place = where.place(*keys, "training-data", kind)
            raise UsageError(
                f"Unknown kind {kind!r}.", hint=f"Kinds are {', '.join(TRAINING_KEYS)}.", place=place
            )
        flat[f"training-{kind}"] = _text(value, where, (*keys, "training-data", kind))
    gate = flat.pop("gate", "")
    if isinstance(gate, dict):
        flat["gate"] = gate.pop("policy", "")
        doubled = sorted(set(gate) & set(flat))
        if doubled:
            raise UsageError(f"Duplicate key {doubled[0]!r}.", place=where.place(*keys, "gate", doubled[0]))
        flat |= gate
    else:
        flat["gate"] = gate
    return _flat(flat, where, keys, (Level.MODEL,))
