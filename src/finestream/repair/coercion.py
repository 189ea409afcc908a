"""Values of the wrong JSON type. PURE. Its one law: nothing is touched that the schema permits, and the whole result must validate.

A list that was sent as a string becomes a list only where the schema forbids every string there, the whole string parses, and then the
whole input validates. A comment that begins with ``[label]`` stays a comment (epam/dm.ai#461). And what a correction has touched is not
quoted: whether the text or its correction was meant, nobody can say.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Final

from finestream.repair.edits import Draft, Edit, correct
from finestream.repair.findings import is_damaged
from finestream.repair.locate import Path, show, spans_of
from finestream.repair.outcome import Change, Repaired
from finestream.repair.schema import Json, Misfit, Schema
from finestream.repair.strict import NotJson, encodable, parse_strictly, write
from finestream.repair.words import LITERALS

_ROUNDS: Final = 4
"""A string in a string in a string; past it nobody can say what was meant."""

_EXACT: Final = 2**53
"""JavaScript reads larger integers as floats: an identifier would change."""

# The tempered parts keep each of these to one way of matching, so that a long text cannot make it slow.
_OPENER: Final = r'<(?:antml:)?parameter\s+name="([^"<>]+)">'
_CONTENT: Final = r"((?:(?!</?(?:antml:)?parameter\b).)*+)"
_LEAKED: Final = re.compile(rf"{_OPENER}{_CONTENT}</(?:antml:)?parameter>\s*", re.DOTALL)
_LEAK: Final = re.compile(rf"</([\w:.-]+)>\s*(?={_OPENER})")
_LEAK_END: Final = re.compile(r"(?:</(?:antml:)?invoke>\s*)?\Z")

_ENVELOPES: Final = frozenset(("arguments", "args", "input", "parameters", "params", "kwargs", "tool_input"))
"""What other APIs call a tool's input."""

Mend = Callable[[str], object]
"""Repairs a text that stands inside a string, without a schema."""


def coerce(draft: Draft, schema: Schema, mend: Mend) -> Draft | None:
    """Make the value satisfy the schema where one reading does.

    Args:
        draft: Its text must be JSON.
    Returns:
        A draft that satisfies the schema (the same one where nothing is wrong), or None where nothing certain can be done.
    """
    for _ in range(_ROUNDS):
        value = parse_strictly(draft.text)
        misfits = schema.misfits(value)
        if misfits == []:
            return draft
        if misfits is None or is_damaged(value):
            return None
        edits = _edits(draft, value, schema, misfits=misfits, mend=mend)
        if not edits:
            return None
        draft = correct(draft, edits)
    return None


def _edits(draft: Draft, value: object, schema: Schema, *, misfits: Sequence[Misfit], mend: Mend) -> list[Edit]:
    """Correct what the schema says is of a wrong type; where nothing is, look at the shape of the whole."""
    text, touched = draft.text, _Touched(draft)
    paths = _outermost({misfit.path for misfit in misfits if misfit.keyword in ("type", "anyOf", "oneOf", "enum", "const")})
    spans = spans_of(text, paths)
    edits = []
    for path in paths:
        here = [misfit for misfit in misfits if misfit.path == path]
        found = _at(value, path)
        start, end = spans[path]
        retyped = _retyped(found, text[start:end], start, forbids=any(misfit.forbids_strings for misfit in here), mend=mend)
        may_quote = any(misfit.is_mistyped for misfit in here) and not touched.holds(path, start, end)
        edits += [edit for edit in retyped if may_quote or edit.rule != "quoted_value"]
        edits += _listed(found, path, schema, span=(start, end))
    return edits or _reshaped(text, value, schema)


class _Touched:
    """Knows which values the corrections before have changed."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._changes = sorted(draft.changes, key=_offset)
        self._mended = [change.path for change in draft.changes if change.rule == "mended_string"]

    def holds(self, path: Path, start: int, end: int) -> bool:
        """Say whether the value at a path, which is written from ``start`` to ``end``, is not as it came."""
        shown = show(path)
        first = bisect_left(self._changes, self._draft.origin(start), key=_offset)
        last = bisect_right(self._changes, self._draft.origin(end), key=_offset)
        inside = any(_is_in(change.path, shown) for change in self._changes[first:last])
        unquoted = any(change.rule == "dropped_quotes" and change.path == shown for change in self._changes[max(0, first - 1) : first])
        return inside or unquoted or any(_is_in(shown, outer) for outer in self._mended)


def _offset(change: Change) -> int:
    return change.offset


def _is_in(path: str, outer: str) -> bool:
    return path.startswith(outer) and path[len(outer) : len(outer) + 1] in ("", ".", "[")


def _outermost(paths: set[Path]) -> list[Path]:
    return sorted((path for path in paths if not any(path[:length] in paths for length in range(len(path)))), key=str)


def _at(value: object, path: Path) -> object:
    for step in path:
        value = value[step]  # type: ignore[index]  # the path is one that the validator has gone
    return value


def _retyped(value: object, raw: str, start: int, *, forbids: bool, mend: Mend) -> Iterator[Edit]:
    """Unpack a string that may be none, or quote what must be a string."""
    if isinstance(value, str) and forbids:
        rule, inner = _unpacked(value, mend)
        if inner is not None:
            yield Edit(rule, start, start + len(raw), inner)
    elif not forbids and not isinstance(value, str | list) and value is not None:
        yield Edit("quoted_value", start, start + len(raw), write(raw))


def _unpacked(string: str, mend: Mend) -> tuple[str, str | None]:
    """Return the JSON text that a string holds, and the rule by which it does."""
    inner = LITERALS.get(string.strip(), string.strip())
    try:
        value = parse_strictly(inner)
    except NotJson:
        mended = mend(string) if inner[:1] in ("[", "{") else None
        return "mended_string", encodable(mended.text) if isinstance(mended, Repaired) else None
    return "parsed_string", encodable(inner) if _is_exact(value, inner) else None


def _is_exact(value: object, text: str) -> bool:
    """Say whether a number is what its digits say."""
    if isinstance(value, int):
        return abs(value) <= _EXACT
    return not isinstance(value, float) or Decimal(repr(value)) == Decimal(text)


def _listed(value: object, path: Path, schema: Schema, *, span: tuple[int, int]) -> list[Edit]:
    """Put a single object into the list that the schema wants."""
    members = schema.declared((*path, 0))
    if not path or schema.types(path) != {"array"} or not _is_known(value, members):
        return []
    return [Edit("wrapped_value", span[0], span[0], "["), Edit("wrapped_value", span[1], span[1], "]")]


def _is_known(value: object, members: object) -> bool:
    """Say whether the schema proves that this is an object of its own: it declares every member."""
    return isinstance(members, dict) and isinstance(value, dict) and bool(value) and value.keys() <= members.keys()


# --- the shape of the whole ---------------------------------------------------------------------------------------------------------------


def _reshaped(text: str, value: object, schema: Schema) -> list[Edit]:
    required, members = schema.required(), schema.declared() or {}
    if isinstance(value, dict) and not value.keys() & members.keys():
        return _wrapped(text, value, schema, required) or _unwrapped(text, value, members, required)
    if isinstance(value, dict):
        return next(filter(None, (_unleaked(text, value, name, schema) for name in value)), [])
    return _from_list(text, value, schema, required) if isinstance(value, list) and required else []


def _from_list(text: str, value: list[object], schema: Schema, required: Sequence[str]) -> list[Edit]:
    """Take the one item as the input where the schema knows it, or the list as the member that is all that it wants."""
    if len(value) == 1 and _is_known(value[0], schema.declared()):
        start, end = spans_of(text, [(0,)])[(0,)]
        is_item = _is_known(value[0], schema.declared((required[0], 0)))
        return [] if is_item else [Edit("unwrapped_value", 0, len(text), text[start:end])]
    if len(required) == 1 and schema.types((required[0],)) == {"array"}:
        return _around(text, f"{{{write(required[0])}: ", "}")
    return []


def _wrapped(text: str, value: dict[str, object], schema: Schema, required: Sequence[str]) -> list[Edit]:
    """Put a lone item into the list that is all that the schema wants (QwenLM/qwen-code#2329)."""
    if len(required) == 1 and schema.types((required[0],)) == {"array"} and _is_known(value, schema.declared((required[0], 0))):
        return _around(text, f"{{{write(required[0])}: [", "]}")
    return []


def _unwrapped(text: str, value: dict[str, object], members: Json, required: Sequence[str]) -> list[Edit]:
    """Take off the envelope of other APIs: one member that is the whole input, or holds it as a string."""
    name = next(iter(value)) if len(value) == 1 else ""
    content = value[name] if name in _ENVELOPES else None
    start, end = spans_of(text, [(name,)])[(name,)] if name in _ENVELOPES else (0, 0)
    inner = text[start:end]
    if isinstance(content, str):
        inner = encodable(content.strip())
        with suppress(NotJson):
            content = parse_strictly(inner)
    if not required or not _is_known(content, members):
        return []
    return [Edit("unwrapped_value", 0, len(text), inner)]


def _around(text: str, before: str, after: str) -> list[Edit]:
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    return [Edit("wrapped_value", start, start, before), Edit("wrapped_value", end, end, after)]


def _unleaked(text: str, value: dict[str, object], name: str, schema: Schema) -> list[Edit]:
    """Give back the parameters that were swallowed by the string in front of them (anthropics/claude-code#83088)."""
    content, members = value[name], schema.declared() or {}
    leak = _LEAK.search(content) if isinstance(content, str) else None
    if not isinstance(content, str) or leak is None or leak[1] not in (name, "parameter", "antml:parameter"):
        return []
    pieces = {name: write(content[: leak.start()])}
    pos = leak.end()
    while found := _LEAKED.match(content, pos):
        other = found[1]
        written = _parameter(found[2], schema.types((other,)))
        if other not in members or other in value or other in pieces or written is None:
            return []
        pieces[other] = f"{write(other)}: {written}"
        pos = found.end()
    if _LEAK_END.match(content, pos) is None:
        return []
    start, end = spans_of(text, [(name,)])[(name,)]
    return [Edit("moved_parameters", start, end, ", ".join(pieces.values()))]


def _parameter(content: str, types: frozenset[str]) -> str | None:
    if types == {"string"}:
        return write(content)
    try:
        parse_strictly(content)
    except NotJson:
        return None
    return encodable(content.strip())
