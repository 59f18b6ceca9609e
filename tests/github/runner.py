"""The runner's reading of commands and command files, written down from its source for the round trips.

``ActionCommand.cs`` and ``FileCommandManager.cs`` in actions/runner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

COMMANDS = frozenset(
    {"add-mask", "debug", "error", "warning", "notice", "group", "endgroup", "stop-commands"}
)

_DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
_PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
# What .NET trims and what ends a line of a StreamReader.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass
class Log:
    """What the runner makes of the output of a step."""

    commands: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def read(output: str) -> Log:
    """Read the output of a step, with commands stopped and resumed."""
    log = Log()
    token = ""
    for line in _LINE_END.split(output)[:-1]:
        known = COMMANDS | ({token} if token else set())
        parsed = _parse(line, known) or _parse_old(line, known)
        if token and parsed is not None and parsed[0] == token:
            token = ""
        elif token or parsed is None:
            log.lines.append(line)
        elif parsed[0] == "stop-commands":
            token = parsed[2]
        else:
            log.commands.append(parsed)
    return log


def _parse(line: str, known: frozenset[str]) -> tuple[str, dict[str, str], str] | None:
    line = line.lstrip(_SPACE)
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    if name not in known:
        return None
    properties = {}
    for pair in filter(None, rest.strip(_SPACE).split(",")):
        key, _, value = pair.partition("=")
        if key and value.lstrip("="):
            properties[key] = _unescaped(value.lstrip("="), _PROPERTY)
    return name, properties, _unescaped(line[end + 2 :], _DATA)


def _parse_old(line: str, known: frozenset[str]) -> tuple[str, dict[str, str], str] | None:
    """Read the older form, which may stand anywhere in a line."""
    match = re.search(r"##\[([^\] ]*)[^\]]*\](.*)", line, re.DOTALL)
    return (match[1], {}, match[2]) if match and match[1] in known else None


def _unescaped(text: str, table: dict[str, str]) -> str:
    for escaped, plain in table.items():
        text = text.replace(escaped, plain)
    return text


def read_file(content: str) -> dict[str, str]:
    """Read a command file of names and values, as on Linux. Raises ValueError as the runner does."""
    values = {}
    lines = iter(content.split("\n")[:-1] if content.endswith("\n") else content.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
            values[name] = value
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            if not name or not delimiter:
                raise ValueError(line)
            collected: list[str] = []
            for part in lines:
                if part == delimiter:
                    break
                collected.append(part)
            else:
                raise ValueError(delimiter)
            values[name] = "\n".join(collected)
        else:
            raise ValueError(line)
    return values
