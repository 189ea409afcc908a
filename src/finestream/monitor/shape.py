"""What a tool's `input_schema` says of the top level of its input, as far as it can be checked while the input streams. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

_KIND_OF_TYPE = {
    "integer": "number",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "object": "object",
    "array": "array",
    "null": "null",
}
_ALL_KINDS = frozenset(_KIND_OF_TYPE.values())


class Shape(NamedTuple):
    """What a tool's `input_schema` says of the top level: the JSON kinds each member may have, and the members that must be there."""

    kinds: Mapping[str, frozenset[str]]
    required: frozenset[str]


def shape(schema: Any) -> Shape:
    """Read the top level of a JSON Schema; what it does not say clearly is permitted."""
    if not isinstance(schema, dict):
        return Shape({}, frozenset())
    members = schema.get("properties")
    required = schema.get("required")
    kinds = {name: _kinds(member) for name, member in members.items()} if isinstance(members, dict) else {}
    names = frozenset(name for name in required if isinstance(name, str)) if isinstance(required, list) else frozenset()
    return Shape({name: found for name, found in kinds.items() if found != _ALL_KINDS}, names)


def _kinds(schema: Any) -> frozenset[str]:
    if not isinstance(schema, dict):
        return _ALL_KINDS
    for joint in ("anyOf", "oneOf"):
        if isinstance(schema.get(joint), list):
            return frozenset().union(*(_kinds(option) for option in schema[joint])) or _ALL_KINDS
    named = schema.get("type")
    found = {_KIND_OF_TYPE.get(name) for name in (named if isinstance(named, list) else [named]) if isinstance(name, str)}
    if not found or None in found:
        return _ALL_KINDS
    return frozenset(kind for kind in found if kind) | _nothing(schema)


def _nothing(schema: dict[str, Any]) -> frozenset[str]:
    """Null, where it is permitted in other words: in OpenAPI's own, or because it is the default."""
    return frozenset({"null"} if schema.get("nullable") is True or schema.get("default", 0) is None else ())
