"""What bears a guess out. PURE. Its one law: the schema must say it, member by member; that it says nothing against it is not enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from finestream.repair.edits import Edit
from finestream.repair.locate import Path, show
from finestream.repair.outcome import Repaired
from finestream.repair.schema import Schema

BY_SCHEMA: Final = frozenset(
    (
        "drop_signs",
        "open_names",
        "close_names",
        "drop_braces",
        "quote_strings",
        "add_colons",
        "quote_json",
        "unquote_json",
        "close_objects",
        "insert_closer",
        "insert_brace",
        "drop_closer",
        "drop_surplus",
        "proposal",
    )
)
"""Guesses that nothing in the text can prove: only a schema that declares every member can."""

_MOVABLE: Final[Mapping[str, bool]] = {
    "close_objects": True,
    "insert_closer": True,
    "drop_closer": False,
    "drop_surplus": False,
}
"""Guesses about one bracket, and whether it is missing (or too many)."""

_BY_TYPE: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "drop_signs": ("dropped_sign", frozenset(("integer", "number"))),
    "quote_strings": ("added_quotes", frozenset(("string",))),
}
"""Guesses about a value that needs its type to be certain: the rule by which they correct it, and what the schema must want there."""


class Guess(NamedTuple):
    """A reading that supposes one kind of damage."""

    name: str
    edits: list[Edit]


def is_borne_out(guess: Guess, result: Repaired, schema: Schema | None) -> bool:
    """Say whether the schema, if it declares members at all, knows what a guess has found; some guesses need that it does."""
    declared = schema.declared() if schema else None
    if schema is None or declared is None:
        return guess.name not in BY_SCHEMA
    value = result.value
    if not isinstance(value, dict) or not value.keys() <= declared.keys() or not _is_typed(guess, result, schema):
        return False
    return _has_one_place(guess, result, schema) and (guess.name != "close_objects" or _is_whole(value, len(guess.edits[-1].after), schema))


def _has_one_place(guess: Guess, result: Repaired, schema: Schema) -> bool:
    """Say whether a bracket that was added or dropped can only have been missing, or too many, where it was."""
    if guess.name == "insert_brace":
        return all(_is_complete(part, path, schema) for path, part in _closed(result))
    is_missing = _MOVABLE.get(guess.name)
    return is_missing is None or not any(_may_move(part, path, schema, is_missing=is_missing) for path, part in _objects(result.value))


def _is_typed(guess: Guess, result: Repaired, schema: Schema) -> bool:
    """Say whether the schema wants what a guess supposes wherever it was supposed."""
    rule, wanted = _BY_TYPE.get(guess.name, ("", frozenset()))
    places = {show(path): path for path, _ in _parts(result.value)} if rule else {}
    types = [schema.types(places[change.path]) for change in result.changes if change.rule == rule]
    return all(named and named <= wanted for named in types)


def _may_move(value: dict[str, object], path: Path, schema: Schema, *, is_missing: bool) -> bool:
    """Say whether the brace may be missing, or too many, somewhere inside: the members behind it would belong elsewhere, and may."""
    behind: set[str] = set()
    outer = schema.declared(path)
    for name, inner in reversed(value.items()):
        if isinstance(inner, dict):
            home = outer if is_missing else schema.declared((*path, name))
            moved, known = (inner.keys(), value) if is_missing else (behind, inner)
            if any(other not in known for other in (moved if home is None else home.keys() & moved)):
                return True
        behind.add(name)
    return False


def _closed(result: Repaired) -> Iterator[tuple[Path, dict[str, object]]]:
    """Find the objects that were closed."""
    closed = {change.path for change in result.changes if change.rule == "added_closer"}
    return ((path, part) for path, part in _objects(result.value) if show(path) in closed)


def _is_complete(item: dict[str, object], path: Path, schema: Schema) -> bool:
    """Say whether the schema declares all members of an object that satisfies it, and says which of them it needs, or has all of them."""
    declared = schema.declared(path) or {}
    return item.keys() <= declared.keys() and (bool(schema.required(path)) or declared.keys() <= item.keys())


def _objects(value: object) -> Iterator[tuple[Path, dict[str, object]]]:
    return ((path, part) for path, part in _parts(value) if isinstance(part, dict))


def _parts(value: object) -> Iterator[tuple[Path, object]]:
    """Go through a value and all that is in it, without recursion."""
    waiting: list[tuple[Path, object]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        yield path, part
        if isinstance(part, dict):
            waiting += [((*path, name), inner) for name, inner in part.items()]
        elif isinstance(part, list):
            waiting += [((*path, index), inner) for index, inner in enumerate(part)]


def _is_whole(value: object, depth: int, schema: Schema) -> bool:
    """Say whether nothing more could have come in the containers that were open at the end, so that closing them hides nothing."""
    path: tuple[str, ...] = ()
    for _ in range(depth):
        declared = schema.declared(path)
        if not isinstance(value, dict) or declared is None or not declared.keys() <= value.keys() or not schema.is_closed(path):
            return False
        last = list(value)[-1]
        value, path = value[last], (*path, last)
    return True
