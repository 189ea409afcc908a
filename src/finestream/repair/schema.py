"""A tool's input schema. PURE. Its one law: a schema that cannot be used says nothing. It fetches nothing, and never goes on for long.

``jsonschema`` costs 50 times what this package costs to import, and is only imported where a schema is really asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from finestream.repair.budget import STEPS, Budget
from finestream.repair.locate import Path

_MOST_ERRORS: Final = 100
"""Past it the value is not slightly wrong, but another thing."""

_LONGEST: Final = 200
"""Characters of a message."""

Json = Mapping[str, Any]


class Misfit(NamedTuple):
    """One place where a value does not satisfy the schema."""

    path: Path
    keyword: str
    forbids_strings: bool
    is_mistyped: bool
    message: str


class Schema:
    """Asks one schema."""

    def __init__(self, schema: Json) -> None:
        self._schema = dict(schema)
        self._validator: Any = None
        self._budget = Budget()

    def misfits(self, value: object) -> list[Misfit] | None:
        """List where the value does not satisfy the schema; None where the schema itself cannot be used."""
        self._budget.allow(value, STEPS)
        try:
            return [_misfit(error) for error in islice(self._ready().iter_errors(value), _MOST_ERRORS)]
        except Exception:  # a schema is foreign text: no patterns, references to nowhere, to themselves or without end, any type
            return None

    def declared(self, path: Path = ()) -> Json | None:
        """Return the members that the schema declares for the object at a path; None where it leaves them open."""
        schema = self._at(path)
        members = schema.get("properties") if schema is not None else None
        return members if isinstance(members, dict) and members else None

    def required(self, path: Path = ()) -> Sequence[str]:
        """Return the members without which the object at a path is not complete."""
        names = (self._at(path) or {}).get("required")
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    def is_closed(self, path: Path) -> bool:
        """Say whether the object at a path can have no other members than those declared."""
        schema = self._at(path) or {}
        return not any(schema.get(key) for key in ("additionalProperties", "patternProperties", "unevaluatedProperties"))

    def types(self, path: Path) -> frozenset[str]:
        """Return the JSON types that the schema names for the value at a path; empty where it leaves them open."""
        named = (self._at(path) or {}).get("type")
        return frozenset([named] if isinstance(named, str) else named if isinstance(named, list) else [])

    def _ready(self) -> Any:
        if self._validator is None:
            from jsonschema import Draft202012Validator
            from jsonschema.validators import validator_for
            from referencing import Registry

            kind: Any = validator_for(self._schema, default=Draft202012Validator)
            kind.check_schema(self._schema)
            # An empty registry: the default one would fetch remote references over the network.
            self._validator = self._budget.bounded(kind, self._schema, Registry())
        return self._validator

    def _at(self, path: Path) -> Json | None:
        schema = self._resolved(self._schema)
        for step in path:
            members = schema.get("properties")
            inner = schema.get("items") if isinstance(step, int) else members.get(step) if isinstance(members, dict) else None
            if not isinstance(inner, dict):
                return None
            schema = self._resolved(inner)
        return schema

    def _resolved(self, schema: Json) -> Json:
        """Follow references inside the schema."""
        for _ in range(_MOST_ERRORS):
            reference = schema.get("$ref")
            if not isinstance(reference, str) or not reference.startswith("#/"):
                return schema
            target: Any = self._schema
            for step in reference[2:].split("/"):
                target = target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
            if not isinstance(target, dict):
                return schema
            schema = target
        return schema


def _misfit(error: Any) -> Misfit:
    return Misfit(tuple(error.absolute_path), error.validator, _forbids_strings(error), _is_mistyped(error), _said(error))


def _said(error: Any) -> str:
    """Say what is wrong without saying what is there: a finding is kept where content must not be."""
    rule = error.validator_value
    if error.validator == "type":
        return f"the schema wants {rule if isinstance(rule, str) else ' or '.join(rule)} here"
    if error.validator in ("required", "additionalProperties"):
        return str(error.message)[:_LONGEST]  # names members, never values
    return f"the schema's {error.validator} does not hold here"


def _is_mistyped(error: Any) -> bool:
    """Say whether this error proves that the value is of a wrong type, and not an object or list that is right but for something inside."""
    if error.validator in ("anyOf", "oneOf"):
        mistyped = {inner.schema_path[0] for inner in error.context if not inner.relative_path and _is_mistyped(inner)}
        return mistyped == set(range(len(error.validator_value)))
    return error.validator in ("type", "enum", "const")


def _forbids_strings(error: Any) -> bool:
    """Say whether this error proves that no string at all can stand at its place."""
    rule = error.validator_value
    if error.validator == "type":
        return "string" not in ([rule] if isinstance(rule, str) else rule)
    if error.validator in ("enum", "const"):
        return not any(isinstance(choice, str) for choice in (rule if error.validator == "enum" else [rule]))
    if error.validator in ("anyOf", "oneOf"):
        return set(_forbidding(error)) == set(range(len(rule)))
    return False


def _forbidding(error: Any) -> Iterator[int]:
    """Name the branches of an alternative that no string can take."""
    for inner in error.context:
        if not inner.relative_path and _forbids_strings(inner):
            yield inner.schema_path[0]
