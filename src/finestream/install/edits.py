"""Insertion into JSON text and removal from it. PURE: text -> text.

Its one law: what is inserted is one unbroken piece, and its removal takes exactly that piece, so that each character of the rest is where
it was. Indentation, line ends and separators are those that the text has around the place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from finestream.install.spans import Node

_UNIT = "  "


class _Style(NamedTuple):
    """How a text is written: its line end, one step of indentation, and what stands behind a comma and a colon inside a line."""

    newline: str
    unit: str
    comma: str
    colon: str
    is_line: bool

    def render(self, value: object, indent: str | None) -> str:
        """Write ``value``; its further lines begin with ``indent``, and where that is None it is one line."""
        if indent is None:
            return json.dumps(value, ensure_ascii=False, separators=("," + self.comma, ":" + self.colon))
        lines = json.dumps(value, ensure_ascii=False, indent=self.unit).split("\n")
        return (self.newline + indent).join(lines)


class Splice(NamedTuple):
    """``piece`` instead of what stands from ``start`` to ``end``."""

    start: int
    end: int
    piece: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Carry out splices that do not overlap and that all belong to this ``text``."""
    for start, end, piece in sorted(splices, reverse=True):
        text = text[:start] + piece + text[end:]
    return text


def insertion(text: str, root: Node, container: Node, parts: Sequence[tuple[str | None, object]]) -> Splice:
    """Put members (or items, whose key is None) behind the last one of ``container``."""
    style = _style(text, root)
    if container.parts:
        gap = _gap(text, container, len(container.parts) - 1)
        indent = gap.rpartition("\n")[2] if "\n" in gap else None
        # A line of one member says nothing of how its members are set apart.
        gap = gap if indent is not None or len(container.parts) > 1 else style.comma
        at = container.parts[-1].end
        return Splice(at, at, "".join("," + gap + _written(style, key, value, indent) for key, value in parts))
    at = container.start + 1
    if style.is_line:
        return Splice(at, at, ("," + style.comma).join(_written(style, key, value, None) for key, value in parts))
    outer = _indentation(text, root, container.start)
    indent = outer + style.unit
    piece = ("," + style.newline + indent).join(_written(style, key, value, indent) for key, value in parts)
    return Splice(at, at, style.newline + indent + piece + style.newline + outer)


def removal(text: str, root: Node, container: Node, *, numbers: Collection[int]) -> list[Splice]:
    """Take the parts of these numbers out of ``container``."""
    parts = container.parts
    kept = [number for number in range(len(parts)) if number not in numbers]
    if not numbers:
        return []
    if not kept:
        return [Splice(container.start + 1, _end_of_all(text, root, container), "")]
    front = [Splice(parts[0].start, parts[kept[0]].start, "")] if kept[0] else []
    return front + [Splice(parts[number - 1].end, parts[number].end, "") for number in numbers if number > kept[0]]


def replacement(text: str, root: Node, node: Node, value: object) -> Splice:
    """Put ``value`` in the place of another."""
    style = _style(text, root)
    indent = None if style.is_line else _indentation(text, root, node.start)
    return Splice(node.start, node.end, style.render(value, indent))


def new_object(text: str) -> str:
    """Return a text of white space with an empty object in front of it."""
    return "{}" + _newline(text) + text


def without_object(text: str, root: Node) -> str:
    """Take back what `new_object` did."""
    end = root.end + len(_newline(text[root.end :]))
    return text[: root.start] + text[end:]


def _written(style: _Style, key: str | None, value: object, indent: str | None) -> str:
    name = "" if key is None else json.dumps(key, ensure_ascii=False) + ":" + (style.colon if indent is None else " ")
    return name + style.render(value, indent)


def _end_of_all(text: str, root: Node, container: Node) -> int:
    """Return where the piece that holds all parts ends: behind the line end and the indentation that came with it."""
    end = container.parts[-1].end
    lead = text[container.start + 1 : container.parts[0].start]
    if "\n" not in lead:
        return end
    newline = "\r\n" if "\r\n" in lead else "\n"
    own = newline + _indentation(text, root, container.start)
    return end + len(own) if text.startswith(own, end) else container.end - 1


def _gap(text: str, container: Node, number: int) -> str:
    """Return the white space in front of a part: what stands between it and the comma or bracket before."""
    before = container.parts[number - 1].end if number else container.start + 1
    gap = text[before : container.parts[number].start]
    return gap.rpartition(",")[2] if number else gap


def _style(text: str, root: Node) -> _Style:
    newline = _newline(text)
    if not root.parts:
        return _Style(newline, _UNIT, " ", " ", is_line=False)
    first, gap = root.parts[0], _gap(text, root, 0)
    colon = text[first.start : first.value.start].rpartition(":")[2]
    comma = _gap(text, root, 1) if len(root.parts) > 1 else colon
    is_line = "\n" not in gap
    unit = _UNIT if is_line else gap.rpartition("\n")[2] or _UNIT
    return _Style(newline, unit, comma if "\n" not in comma else " ", colon if "\n" not in colon else " ", is_line)


def _newline(text: str) -> str:
    return "\r\n" if re.match(r"[^\n]*\r\n", text) else "\n"


def _indentation(text: str, root: Node, at: int) -> str:
    """Return the white space with which the innermost line that begins with a part around ``at`` begins.

    Not that of the line of ``at`` itself: what stands before it in the line may be replaced by something of more lines, or fewer.
    """
    indent = text[: root.start].rpartition("\n")[2]
    node = root
    while True:
        number = next((number for number, part in enumerate(node.parts) if part.start <= at < part.end), None)
        if number is None:
            return indent
        gaps = (_gap(text, node, earlier) for earlier in range(number, -1, -1))
        indent = next((gap.rpartition("\n")[2] for gap in gaps if "\n" in gap), indent)
        node = node.parts[number].value
