"""What the scanner remembers between two bytes, and the few events that change it. PURE.

Its one law: whatever is recorded here follows from the bytes alone, never from how they were cut into feeds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

# What may come next. The steps of the other modules move the machine from one of these to another.
START, VALUE, FIRST_ITEM, FIRST_KEY, NEXT_KEY, BEFORE_COLON, AFTER, DONE, IN_KEY, IN_STRING, IN_SCALAR = range(11)

SPACE: Final = 0x20
QUOTE: Final = 0x22
COMMA: Final = 0x2C
COLON: Final = 0x3A
ARRAY_BEGIN: Final = 0x5B
ARRAY_END: Final = 0x5D
OBJECT_BEGIN: Final = 0x7B
OBJECT_END: Final = 0x7D

DEPTH_LIMIT: Final = 10_000
"""Containers that may be open at once. No tool input comes near it; it bounds memory and ``closers()``."""

ANCHOR: Final = 64
"""Bytes of a string that must lie before a checkpoint inside it: fewer would not tell a continuation where it belongs."""

KINDS: Final[Mapping[int, str]] = {
    OBJECT_BEGIN: "object",
    ARRAY_BEGIN: "array",
    QUOTE: "string",
    **dict.fromkeys(b"-0123456789", "number"),
    **dict.fromkeys(b"tf", "boolean"),
    ord("n"): "null",
}
"""First byte of a value -> the JSON kind it begins."""

REASONS: Final[Mapping[str, str]] = {
    "control-character": "a raw control character inside a string; it must be escaped",
    "bad-escape": "a backslash in a string that no JSON escape begins with, or \\u without four hexadecimal digits",
    "bad-utf8": "bytes that are not UTF-8",
    "trailing-comma": "a comma with nothing behind it but the closing bracket",
    "missing-comma": "something other than a comma or the closing bracket behind a value",
    "missing-colon": "something other than a colon behind a key",
    "bad-key": "something other than a string where a key must stand",
    "bad-literal": "a word that begins like true, false or null and goes on differently",
    "bad-number": "a number that JSON does not know, such as 01, 1. or -",
    "wrong-closer": "a bracket that closes what is not open",
    "not-a-value": "something that no JSON value begins with where a value must stand",
    "surplus": "something behind the complete top-level value",
    "too-deep": "more brackets open at once than are followed",
    "not-an-object": "misfit: the top level is not an object, as a tool's input must be",
    "wrong-kind": "misfit: a top-level member begins with a kind of value that its schema forbids",
}
"""The ids that ``Fault.reason`` can have, with what each means. Ids are stable; the sentences are not."""


Match = Callable[[bytes, int], re.Match[bytes]]


class Chunk(NamedTuple):
    """A finished part of the input: JSON path, byte span in the input, and what it is (see the package)."""

    path: tuple[str | int, ...]
    start: int
    end: int
    kind: Literal["member", "item", "text"]


class Fault(NamedTuple):
    """The byte that no valid text could have at ``offset``, and a key of `REASONS`."""

    offset: int
    reason: str


class Machine:
    """State of one scan. The underscored slots belong to the steps of this package."""

    __slots__ = (
        "_base", "_body", "_chunks", "_item", "_key", "_kinds", "_names", "_newline", "_piece", "_quiet", "_quoted",
        "_resume", "_scalar", "_stack", "_state", "_tail", "checkpoint", "end", "fault", "misfit", "offset",
    )  # fmt: skip

    def __init__(self, kinds: Mapping[str, frozenset[str]] | None = None) -> None:
        self.offset = 0
        self.checkpoint = 0
        self.end = 0
        self.fault: Fault | None = None
        self.misfit: Fault | None = None
        self._kinds = kinds
        self._state = START
        self._base = 0  # offset of the first byte that the running step was given
        self._tail = b""  # a character that the last feed cut; at most five bytes
        self._stack = b""  # closing brackets of the open containers, innermost first: also what would close the text
        self._names: list[str | bytes | int] = []  # per open container its key or index, outermost first; bytes: see _quiet
        self._quiet = False  # values end here without chunk and checkpoint; keys stay undecoded
        self._key: list[bytes] = []  # the open key as it arrives
        self._scalar = 0  # row of the table in `scalars` where the open number or literal stands
        self._body = 0  # offset behind the opening quote of the open string
        self._item = 0  # where the latest value began whose container is a top-level member
        self._piece = 0  # where the chunk that ends the current top-level member will begin
        self._newline = -1  # end of the latest escaped newline in a top-level string
        self._chunks: list[Chunk] = []
        self._resume = b""  # closing brackets at the checkpoint
        self._quoted = False  # the checkpoint lies inside a string


def fail(machine: Machine, data: bytes, pos: int, reason: str) -> int:
    """Record the first fault, at ``data[pos]``, and skip the rest of the bytes."""
    machine.fault = Fault(machine._base + pos, reason)
    return len(data)


def begin(machine: Machine, start: int, first: int) -> None:
    """Note that a value begins at offset ``start`` with the byte ``first``. Not for a quiet machine; call before its bracket is stacked."""
    stack = machine._stack
    if stack == b"}":
        machine._piece = start
        if machine._kinds is not None and machine.misfit is None:
            allowed = machine._kinds.get(str(machine._names[0]))
            if allowed is not None and KINDS[first] not in allowed:
                machine.misfit = Fault(start, "wrong-kind")
    elif stack == b"]}":
        machine._item = start
    elif not stack and first != OBJECT_BEGIN:
        machine.misfit = Fault(start, "not-an-object")


def done(machine: Machine, end: int) -> None:
    """Note that the value in the innermost open container has ended at offset ``end``. Not for a quiet machine."""
    stack = machine._stack
    machine._state = AFTER
    if stack == b"}":
        machine._chunks.append(Chunk((str(machine._names[0]),), machine._piece, end, "member"))
    elif stack == b"]}":
        key, index = machine._names
        machine._chunks.append(Chunk((str(key), int(index)), machine._item, end, "item"))
        machine._piece = end
    elif not stack:
        machine._state = DONE
        machine.end = end
    if machine.misfit is None:
        machine.checkpoint = end
        machine._resume = stack
        machine._quoted = False


def enclose(machine: Machine, stack: bytes) -> None:
    """Make ``stack`` the closing brackets of the open containers."""
    machine._stack = stack
    # An array around the innermost container: a continuation could not tell which of its items goes on.
    machine._quiet = stack.find(ARRAY_END, 1) > 0
