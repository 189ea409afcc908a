"""YAML to a tree that knows its lines. PURE: text -> nodes. Its one law: the tree is never larger or deeper than the bounds below.

Values stay the words that were written (``off`` does not become a false), and aliases are written out, so that a text of ten lines that
stands for a billion nodes is refused at the ten thousandth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

# The largest agent of which we know needs 3 KB of keys and 300 nodes. PyYAML reads about 100 KB a second.
CHARACTERS, NODES, DEPTH = 64 * 2**10, 10_000, 40


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written. ``is_quoted``: it is text whatever it looks like."""

    line: int
    text: str
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order of the file. ``lines``: of each key."""

    line: int
    values: dict[str, Node]
    lines: dict[str, int]


Node: TypeAlias = Scalar | Items | Fields


class Unreadable(Exception):
    """The text is no tree; ``rule`` is the name of the broken one."""

    def __init__(self, rule: str, line: int, message: str) -> None:
        super().__init__(message)
        self.rule, self.line, self.message = rule, line, message


def parse_tree(text: str, first_line: int = 1) -> Node | None:
    """Read ``text``, whose first line is number ``first_line`` of its file; None when it says nothing.

    Raises:
        Unreadable: It is no YAML, goes beyond a bound, or gives a key twice.
    """
    if len(text) > CHARACTERS:
        raise Unreadable("too-big", first_line, f"this is longer than {CHARACTERS // 2**10} KB")
    try:
        root = yaml.compose(text, Loader=_loader(first_line))
    except yaml.MarkedYAMLError as error:
        what = " ".join(filter(None, (error.context, error.problem)))
        line = error.problem_mark.line if error.problem_mark else 0
        raise Unreadable("not-yaml", first_line + line, f"this is not readable as YAML: {what}") from None
    except yaml.YAMLError as error:  # a character that YAML forbids: it has a position only
        line = text.count("\n", 0, getattr(error, "position", 0))
        raise Unreadable("not-yaml", first_line + line, "it holds a control character") from None
    return None if root is None else _Growth(first_line).node(root, 1)


def _loader(first_line: int) -> type[yaml.SafeLoader]:
    """Return a loader that stops at the bounds: PyYAML's time grows with the square of the depth."""

    class Bounded(yaml.SafeLoader):
        depth = count = 0

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            line = first_line + self.get_mark().line
            self.depth += 1
            self.count += 1
            if self.depth > DEPTH:
                raise _too_deep(line)
            if self.count > NODES:
                raise _too_many(line)
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

    return Bounded


class _Growth:
    """A tree while it grows."""

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.left = NODES

    def node(self, source: Any, depth: int) -> Node:
        line = self.first_line + source.start_mark.line
        self.left -= 1
        if self.left < 0:
            raise _too_many(line)
        if depth > DEPTH:
            raise _too_deep(line)
        if source.id == "scalar":
            return Scalar(line, source.value, source.style is not None)
        if source.id == "sequence":
            return Items(line, tuple(self.node(item, depth + 1) for item in source.value))
        return self._fields(source, line, depth)

    def _fields(self, source: Any, line: int, depth: int) -> Fields:
        fields = Fields(line, {}, {})
        for key, value in source.value:
            at = self.first_line + key.start_mark.line
            if key.id != "scalar":
                raise Unreadable("wrong-type", at, "a key must be a word")
            if key.value in fields.values:
                raise Unreadable("duplicate-key", at, f"'{key.value}' is given twice, first in line {fields.lines[key.value]}")
            fields.values[key.value] = self.node(value, depth + 1)
            fields.lines[key.value] = at
        return fields


def _too_deep(line: int) -> Unreadable:
    return Unreadable("too-big", line, f"this is nested more than {DEPTH} deep")


def _too_many(line: int) -> Unreadable:
    return Unreadable("too-big", line, f"this stands for more than {NODES} values")


# As YAML 1.2 and Claude Code read them: yes, no, on, off and dates are words. Bounded, so that each is a number for JSON too.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?(?:[eE][-+]?[0-9]{1,2})?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def json_value(node: Node) -> Any:
    """Return what JSON would hold in place of ``node``."""
    if isinstance(node, Fields):
        return {key: json_value(value) for key, value in node.values.items()}
    if isinstance(node, Items):
        return [json_value(value) for value in node.values]
    if node.is_quoted:
        return node.text
    if node.text in _WORDS:
        return _WORDS[node.text]
    return json.loads(node.text) if _NUMBER.fullmatch(node.text) else node.text


def kind(node: Node) -> str:
    """Name what ``node`` is, for a message."""
    return {Scalar: "a single value", Items: "a list", Fields: "a mapping"}[type(node)]


def find_line(node: Node, path: Iterable[str | int]) -> int:
    """Return the line of what is at ``path`` inside ``node``."""
    line = node.line
    for step in path:
        if isinstance(node, Fields):
            line, node = node.lines[str(step)], node.values[str(step)]
        elif isinstance(node, Items):
            node = node.values[int(step)]
            line = node.line
    return line
