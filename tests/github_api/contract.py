"""GitHub's OpenAPI description as the judge of every exchange.

OpenAPI 3.0 differs from JSON Schema by ``nullable``; requests are judged more strictly than written: a field
or a query parameter that the description does not know is a fault.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012, Draft202012Validator, Registry

from tests.contract import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_URN = "urn:github-api"
# Any endpoint may answer with these, whether its description says so or not.
_EVERYWHERE = frozenset({401, 403, 404, 422, 429, 500, 502, 503})

# Not in the part of the description at hand: https://docs.github.com/rest/reactions/reactions
_REACTIONS = re.compile(r"/repos/[^/]+/[^/]+/issues/comments/\d+/reactions")
_REACTION_BODIES = [
    {"content": content} for content in ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; ``path`` without the prefix of the API, bodies None where there is none.

    An ``ordered`` answer is a fault that a test asked for, and is not judged.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    status: int
    answer: Any
    ordered: bool = False


class Contract:
    """The description, ready to judge."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        document = {
            "components": _converted(description["components"], strict=False),
            "strict": _converted(description["components"]["schemas"], strict=True),
        }
        self._registry = Registry([(_URN, document)], draft=Draft202012)
        self._components = description["components"]
        self._operations = [
            (_Pattern(template), method.upper(), operation)
            for template, operations in description["paths"].items()
            for method, operation in operations.items()
        ]
        self._validator = cache(self._make_validator)

    @classmethod
    def load(cls, path: Path) -> Contract:
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def faults(self, exchange: Exchange) -> list[str]:
        """Return what is wrong with an exchange, on one line each."""
        operation = self._operation(exchange.method, exchange.path)
        where = f"{exchange.method} {exchange.path}"
        if operation is None and exchange.method == "POST" and _REACTIONS.fullmatch(exchange.path):
            return [] if exchange.body in _REACTION_BODIES else [f"{where}: {exchange.body}"]
        if operation is None:
            return [f"{where}: not in GitHub's description"]
        faults = list(self._request_faults(operation, exchange))
        if not exchange.ordered:
            faults += self._answer_faults(operation, exchange)
        return [f"{where}: {fault}" for fault in faults]

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        """Return the operation of a path; of several, the one whose template says most."""
        fitting = [
            (pattern.literals, operation)
            for pattern, its_method, operation in self._operations
            if its_method == method and pattern.regex.fullmatch(path)
        ]
        return max(fitting, key=lambda item: item[0])[1] if fitting else None

    def _request_faults(self, operation: dict[str, Any], exchange: Exchange) -> Iterator[str]:
        for header in ("Accept", "User-Agent", "X-GitHub-Api-Version"):
            if header.casefold() not in map(str.casefold, exchange.headers):
                yield f"header {header} is missing"
        yield from self._query_faults(operation, exchange)
        described = operation.get("requestBody", {})
        schema = described.get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            if exchange.body is not None:
                yield "a body is not expected"
        elif exchange.body is not None or described.get("required"):
            yield from self._schema_faults("request", schema, exchange.body, strict=True)

    def _query_faults(self, operation: dict[str, Any], exchange: Exchange) -> Iterator[str]:
        parameters = {
            parameter["name"]: parameter
            for parameter in map(self._resolved, operation.get("parameters", ()))
            if parameter["in"] == "query"
        }
        for name in exchange.query:
            if name not in parameters:
                yield f"query parameter {name} is not known"
        for name, parameter in parameters.items():
            if parameter.get("required") and name not in exchange.query:
                yield f"query parameter {name} is missing"
            allowed = parameter["schema"].get("enum")
            if allowed and exchange.query.get(name, allowed[0]) not in allowed:
                yield f"query parameter {name} is not one of {allowed}"

    def _answer_faults(self, operation: dict[str, Any], exchange: Exchange) -> Iterator[str]:
        described = operation["responses"].get(str(exchange.status))
        if described is None:
            if exchange.status not in _EVERYWHERE:
                yield f"status {exchange.status} is not described"
            described = {"content": {"application/json": {"schema": _ref("schemas/basic-error")}}}
        content = self._resolved(described).get("content")
        if content is None:
            if exchange.answer is not None and exchange.status < 400:
                yield "the answer has a body"
            return
        yield from self._schema_faults(
            "answer", content["application/json"]["schema"], exchange.answer, strict=False
        )

    def _schema_faults(
        self, what: str, schema: dict[str, Any], value: object, *, strict: bool
    ) -> Iterator[str]:
        validator = self._validator(json.dumps(schema), strict=strict)
        for error in validator.iter_errors(value):
            place = "/".join(map(str, error.instance_path))
            yield f"{what} {place or '(whole)'}: {_short(error.message)}"

    def _make_validator(self, schema: str, *, strict: bool) -> Draft202012Validator:
        return Draft202012Validator(
            _converted(json.loads(schema), strict=strict),
            registry=self._registry,
            formats=FORMATS,
            validate_formats=True,
        )

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        _, _, kind, name = node["$ref"].split("/")
        found: dict[str, Any] = self._components[kind][name]
        return found


@dataclass(frozen=True)
class _Pattern:
    template: str

    @cached_property
    def regex(self) -> re.Pattern[str]:
        parts = re.split(r"(\{\w+\})", self.template)
        return re.compile("".join(_part(part) for part in parts))

    @cached_property
    def literals(self) -> int:
        return len(re.sub(r"\{\w+\}", "", self.template))


def _part(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    # GitHub marks these as holding slashes.
    return ".+" if part in {"{ref}", "{path}", "{basehead}", "{commit_sha}"} else "[^/]+"


def _short(message: str) -> str:
    """Return a message without the middle of a long value that it quotes."""
    return message if len(message) <= 300 else f"{message[:150]} … {message[-150:]}"


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{name}"}


def _converted(node: Any, *, strict: bool, branch: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Return an OpenAPI 3.0 schema as JSON Schema; ``branch`` marks the parts of a union."""
    if isinstance(node, list):
        return [_converted(item, strict=strict, branch=branch) for item in node]
    if not isinstance(node, dict):
        return node
    result = {
        key: _converted(value, strict=strict, branch=key in {"anyOf", "oneOf", "allOf"})
        for key, value in node.items()
        if key not in {"nullable", "example", "description"} or isinstance(value, dict)
    }
    reference = result.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        result["$ref"] = f"{_URN}{reference}"
        if strict:
            result["$ref"] = result["$ref"].replace("#/components/schemas/", "#/strict/")
    if node.get("nullable") is True:
        if isinstance(result.get("type"), str):
            result["type"] = [result["type"], "null"]
        if "enum" in result:
            result["enum"] = [*result["enum"], None]
    if strict and not branch and isinstance(node.get("properties"), dict) and node.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result
