"""Everything between the scalars: brackets, commas, colons, white space. PURE. Its one law: a step takes one token, or waits for it."""

from __future__ import annotations

import re

from finestream.scanner.machine import (
    AFTER,
    ARRAY_END,
    COLON,
    COMMA,
    DEPTH_LIMIT,
    FIRST_ITEM,
    FIRST_KEY,
    IN_KEY,
    IN_SCALAR,
    IN_STRING,
    NEXT_KEY,
    OBJECT_BEGIN,
    OBJECT_END,
    QUOTE,
    SPACE,
    VALUE,
    Machine,
    Match,
    begin,
    done,
    enclose,
    fail,
)
from finestream.scanner.scalars import FIRST, in_scalar
from finestream.scanner.strings import in_key, in_string

_BOM = b"\xef\xbb\xbf"
_SPACES: Match = re.compile(rb"[ \t\n\r]*+").match  # type: ignore[assignment]  # it matches the empty string too


def at_start(machine: Machine, data: bytes, pos: int) -> int:
    """Pass the byte order mark that may stand in front of the text."""
    head = data[:3]
    if head != _BOM and _BOM.startswith(head):
        machine._tail = head
        return len(data)
    machine._state = VALUE
    if head == _BOM:
        return 3
    return fail(machine, data, 1 + (head[1] == _BOM[1]), "not-a-value") if head[0] == _BOM[0] else pos


def at_value(machine: Machine, data: bytes, pos: int) -> int:
    """Open the value that must come here, or close an empty array."""
    byte = data[pos]
    if byte <= SPACE:
        pos = _SPACES(data, pos).end()
        if pos == len(data):
            return pos
        byte = data[pos]
    if byte == QUOTE:
        if not machine._quiet:
            begin(machine, machine._base + pos, byte)
        pos += 1
        machine._body = machine._base + pos
        machine._state = IN_STRING
        return in_string(machine, data, pos)
    row = FIRST.get(byte)
    if row is None:
        return _bracket(machine, data, pos)
    if not machine._quiet:
        begin(machine, machine._base + pos, byte)
    machine._scalar = row
    machine._state = IN_SCALAR
    return in_scalar(machine, data, pos + 1)


def _bracket(machine: Machine, data: bytes, pos: int) -> int:
    """Open an object or array, or close an empty array; nothing else can be right here."""
    byte = data[pos]
    if byte in b"{[":
        return _push(machine, data, pos)
    if machine._stack[:1] != b"]" or byte not in b"]}":
        return fail(machine, data, pos, "not-a-value")
    if byte == OBJECT_END:
        return fail(machine, data, pos, "wrong-closer")
    return _pop(machine, pos) if machine._state == FIRST_ITEM else fail(machine, data, pos, "trailing-comma")


def _push(machine: Machine, data: bytes, pos: int) -> int:
    if len(machine._stack) == DEPTH_LIMIT:
        return fail(machine, data, pos, "too-deep")
    if not machine._quiet:
        begin(machine, machine._base + pos, data[pos])
    if data[pos] == OBJECT_BEGIN:
        enclose(machine, b"}" + machine._stack)
        machine._names.append("")
        machine._state = FIRST_KEY
    else:
        enclose(machine, b"]" + machine._stack)
        machine._names.append(0)
        machine._state = FIRST_ITEM
    return pos + 1


def _pop(machine: Machine, pos: int) -> int:
    enclose(machine, machine._stack[1:])
    machine._names.pop()
    if machine._quiet:
        machine._state = AFTER
    else:
        done(machine, machine._base + pos + 1)
    return pos + 1


def at_key(machine: Machine, data: bytes, pos: int) -> int:
    """Open the key that must come here, or close an empty object."""
    byte = data[pos]
    if byte <= SPACE:
        pos = _SPACES(data, pos).end()
        if pos == len(data):
            return pos
        byte = data[pos]
    if byte == QUOTE:
        machine._state = IN_KEY
        return in_key(machine, data, pos + 1)
    if byte != OBJECT_END:
        return fail(machine, data, pos, "wrong-closer" if byte == ARRAY_END else "bad-key")
    return _pop(machine, pos) if machine._state == FIRST_KEY else fail(machine, data, pos, "trailing-comma")


def at_colon(machine: Machine, data: bytes, pos: int) -> int:
    """Pass the colon behind a key."""
    pos = _SPACES(data, pos).end()
    if pos == len(data):
        return pos
    if data[pos] != COLON:
        return fail(machine, data, pos, "missing-colon")
    machine._state = VALUE
    return pos + 1


def after_value(machine: Machine, data: bytes, pos: int) -> int:
    """Go on behind a value: to the next member or item, or to the end of the container."""
    closer = machine._stack[0]
    byte = data[pos]
    if byte <= SPACE:
        pos = _SPACES(data, pos).end()
        if pos == len(data):
            return pos
        byte = data[pos]
    if byte == closer:
        return _pop(machine, pos)
    if byte != COMMA:
        return fail(machine, data, pos, "wrong-closer" if byte in b"]}" else "missing-comma")
    if closer == OBJECT_END:
        machine._state = NEXT_KEY
    else:
        machine._names[-1] += 1  # type: ignore[operator]  # an array's name is its index
        machine._state = VALUE
    return pos + 2 if data[pos + 1 : pos + 2] == b" " else pos + 1  # the space only saves a regular expression


def behind_end(machine: Machine, data: bytes, pos: int) -> int:
    """Pass white space behind the complete text."""
    pos = _SPACES(data, pos).end()
    return pos if pos == len(data) else fail(machine, data, pos, "surplus")
