"""Strict JSON text to where each member and item of it stands. PURE. Its one law: it accepts exactly what ``JSON.parse`` accepts.

A settings file is edited in place, so what counts of it are places and not values. Nothing here recurses: a file may be nested as deep as
it likes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["object", "array", "scalar"]

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_SCALAR = re.compile(rf"{_STRING.pattern}|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")


class NotJson(ValueError):
    """The text is no JSON: ``reason`` says why, ``offset`` where."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


@dataclass(slots=True)
class Node:
    """A value and where it stands, first character to one past the last. ``parts``: the members of an object, the items of an array."""

    kind: Kind
    start: int
    end: int = -1
    parts: list[Part] = field(default_factory=list)

    def of(self, key: str) -> list[Part]:
        """Return the members of this name; the last one counts, as it does for ``JSON.parse``."""
        return [part for part in self.parts if part.key == key] if self.kind == "object" else []

    def get(self, key: str) -> Node | None:
        """Return the value that counts of a member."""
        found = self.of(key)
        return found[-1].value if found else None


@dataclass(slots=True)
class Part:
    """A member of an object, from its key to its value's end, or an item of an array, whose ``key`` is None."""

    key: str | None
    start: int
    value: Node

    @property
    def end(self) -> int:
        """One past its last character."""
        return self.value.end


def parse_spans(text: str) -> Node:
    """Parse ``text``.

    Raises:
        NotJson: It is no strict JSON.
    """
    root: Node | None = None
    stack: list[Node] = []
    at = _skip(text, 0)
    while root is None or stack:
        key, start = None, at
        if stack and stack[-1].kind == "object":
            key, at = _key(text, at)
        node = _open(text, at)
        at = node.end
        if stack:
            stack[-1].parts.append(Part(key, start, node))
        else:
            root = node
        if node.kind != "scalar":
            stack.append(node)
        at = _close(text, at, stack)
    if at < len(text):
        raise NotJson(f"there is more after the end of the value: {_seen(text, at)}", at)
    return root


def _open(text: str, at: int) -> Node:
    """Begin the value that stands at ``at``; the end of a container is for now where its content begins."""
    if text[at : at + 1] in ("{", "["):
        return Node("object" if text[at] == "{" else "array", at, at + 1)
    match = _SCALAR.match(text, at)
    if match is None:
        raise NotJson(_complaint(text, at, "a value"), at)
    return Node("scalar", at, match.end())


def _close(text: str, at: int, stack: list[Node]) -> int:
    """Close whatever ends here, and return where the next value begins, or the end of the text."""
    while stack:
        top = stack[-1]
        is_new = top.end == at and not top.parts
        at = _skip(text, at)
        closer = "}" if top.kind == "object" else "]"
        if text.startswith(closer, at):
            at += 1
            top.end = at
            stack.pop()
        elif is_new:
            return at
        elif text.startswith(",", at):
            return _skip(text, at + 1)
        else:
            raise NotJson(_complaint(text, at, f"',' or '{closer}'"), at)
    return _skip(text, at)


def _key(text: str, at: int) -> tuple[str, int]:
    match = _STRING.match(text, at)
    if match is None:
        raise NotJson(_complaint(text, at, "a name in double quotes"), at)
    colon = _skip(text, match.end())
    if not text.startswith(":", colon):
        raise NotJson(_complaint(text, colon, "':'"), colon)
    key: str = json.loads(match[0])
    return key, _skip(text, colon + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _complaint(text: str, at: int, wanted: str) -> str:
    if text.startswith(("//", "/*"), at):
        return "JSON has no comments"
    if text[at : at + 1] in ("}", "]") and text[:at].rstrip(" \t\n\r").endswith(","):
        return "the comma before this is one too many"
    if text.startswith('"', at):
        return "this string does not end in its line, or holds something that JSON must escape"
    return f"expected {wanted}, found {_seen(text, at)}"


def _seen(text: str, at: int) -> str:
    return repr(text[at : at + 12]) if at < len(text) else "the end of the file"


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, counted from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


def value_of(text: str, node: Node) -> Any:
    """Return the value as Python has it, or None where it is deeper or longer than Python reads, and so nothing of ours."""
    try:
        return json.loads(text[node.start : node.end])
    except (RecursionError, ValueError):
        return None


def texts(text: str, node: Node | None) -> Iterator[str]:
    """Yield the string that ``node`` is, or those that are its items."""
    nodes = [] if node is None else [part.value for part in node.parts] if node.kind == "array" else [node]
    yield from (json.loads(text[node.start : node.end]) for node in nodes if text.startswith('"', node.start))
