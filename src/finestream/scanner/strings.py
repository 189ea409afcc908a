"""Keys and string values. PURE. Its one law: a character is taken whole or not at all.

A character here is one byte of ASCII, one escape, or one UTF-8 sequence (a lone surrogate in three bytes included). What a feed cuts in the
middle of a character waits in the machine and comes again in front of the next bytes.
"""

from __future__ import annotations

import json
import re
from typing import Final

from finestream.scanner.machine import AFTER, ANCHOR, BEFORE_COLON, QUOTE, SPACE, VALUE, Chunk, Machine, Match, done, fail

LINES: Final = 1024
"""Bytes after which a run of lines is long enough to be handed on."""

PARAGRAPH: Final = 256
"""Bytes after which a blank line ends a run of lines."""

_BACKSLASH: Final = 0x5C

_PLAIN = rb"[ !#-\[\]-\x7f]*+"
# Everything else. No branch repeats or chooses behind its first byte: before Python 3.11.5 a possessive group did not give back what a
# failed last round had taken (gh-106052).
_ODD = (
    rb'(?:\\["\\/bfnrt]'
    rb"|[\xe1-\xef][\x80-\xbf][\x80-\xbf]"
    rb"|[\xc2-\xdf][\x80-\xbf]"
    rb"|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xf1-\xf3][\x80-\xbf][\x80-\xbf][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf][\x80-\xbf]"
    rb"|\xf4[\x80-\x8f][\x80-\xbf][\x80-\xbf]"
    rb"|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])"
)
# The longest run of whole characters.
_BODY: Match = re.compile(_PLAIN + rb"(?:" + _ODD + _PLAIN + rb")*+").match  # type: ignore[assignment]  # never None: it may be empty
# As much of one character as is beyond doubt; used where _BODY stopped, so never a whole one.
_BEGUN: Match = re.compile(  # type: ignore[assignment]  # never None: it may be empty
    rb"\\(?:u[0-9a-fA-F]{0,3})?"
    rb"|[\xe1-\xef][\x80-\xbf]?|\xe0[\xa0-\xbf]?|[\xc2-\xdf]"
    rb"|[\xf1-\xf3][\x80-\xbf]{0,2}|\xf0(?:[\x90-\xbf][\x80-\xbf]?)?|\xf4(?:[\x80-\x8f][\x80-\xbf]?)?"
    rb"|"
).match
_TO_NEWLINE = re.compile(rb"(?:[^\\]++|\\[^n])*+\\n").match
_HIGH_HALF = re.compile(rb"\\u[dD][89abAB]").match


def in_key(machine: Machine, data: bytes, pos: int) -> int:
    """Take key characters; at the closing quote name the member."""
    stop = _BODY(data, pos).end()
    key = data[pos:stop]
    if stop == len(data):
        machine._key.append(key)
        return stop
    if data[stop] != QUOTE:
        machine._key.append(key)
        return _cut_or_fail(machine, data, stop)
    if machine._key:
        machine._key.append(key)
        key = b"".join(machine._key)
        machine._key.clear()
    machine._names[-1] = key if machine._quiet else parse_key(key)
    if data[stop + 1 : stop + 3] == b": ":  # the usual spelling; it only saves two steps
        machine._state = VALUE
        return stop + 3
    machine._state = BEFORE_COLON
    return stop + 1


def in_string(machine: Machine, data: bytes, pos: int) -> int:
    """Take characters of a string value; at its closing quote end the value."""
    stop = _BODY(data, pos).end()
    if machine._base + stop - machine._body >= ANCHOR:
        _advance(machine, data, pos, stop)
    if stop == len(data):
        return stop
    if data[stop] != QUOTE:
        return _cut_or_fail(machine, data, stop)
    if machine._quiet:
        machine._state = AFTER
    else:
        done(machine, machine._base + stop + 1)
    return stop + 1


def parse_key(raw: bytes) -> str:
    """Decode the characters between the quotes of a key."""
    text = raw.decode("utf-8", "surrogatepass")
    return str(json.loads(f'"{text}"')) if "\\" in text else text


def _advance(machine: Machine, data: bytes, pos: int, stop: int) -> None:
    """Draw chunks and checkpoint from the characters ``data[pos:stop]`` of a string value."""
    has_escapes = data.find(_BACKSLASH, pos, stop) >= 0
    if has_escapes and machine._stack == b"}" and data.find(b"\\n", pos, stop) >= 0:
        _cut_text(machine, data, pos, stop)
    border = machine._base + stop
    if stop == len(data) or data[stop] != QUOTE:  # the closing quote proves that what it closes is whole
        if stop == pos:
            return
        if has_escapes or data[stop - 1] >= 0x80:
            border -= _half(data, pos, stop)
    if border - machine._body >= ANCHOR and machine.misfit is None:
        machine.checkpoint = border
        machine._resume = machine._stack
        machine._quoted = True


def _half(data: bytes, pos: int, stop: int) -> int:
    """Length of the last of the characters in ``data[pos:stop]`` if it is the first half of a surrogate pair, else 0."""
    if stop - pos >= 3 and data[stop - 3] == 0xED and data[stop - 2] & 0xF0 == 0xA0:
        return 3
    if stop - pos < 6 or data[stop - 6] != _BACKSLASH or not _HIGH_HALF(data, stop - 6):
        return 0
    before = data[pos : stop - 6]
    is_escaped = (len(before) - len(before.rstrip(b"\\"))) % 2
    return 0 if is_escaped else 6


def _cut_text(machine: Machine, data: bytes, pos: int, stop: int) -> None:
    """Hand on the runs of lines of a top-level string that end in ``data[pos:stop]``."""
    while end := _run_end(machine, data, pos, stop):
        start = max(machine._piece, machine._body)
        machine._piece = machine._base + end
        machine._chunks.append(Chunk((str(machine._names[0]),), start, machine._piece, "text"))
        pos = end
    if data.endswith(b"\\n", pos, stop) and _border(data, pos, stop - 1) == stop:
        machine._newline = machine._base + stop


def _run_end(machine: Machine, data: bytes, pos: int, stop: int) -> int:
    """Where the open run of lines ends, or 0. Lines that are too near to its start are not looked at, so that the cost is per run."""
    start = max(machine._piece, machine._body) - machine._base
    if stop - start < PARAGRAPH:
        return 0
    if machine._newline == machine._base + pos and pos + 2 - start >= PARAGRAPH and data.startswith(b"\\n", pos, stop):
        return pos + 2  # the blank line was cut between two feeds
    line = _TO_NEWLINE(data, _border(data, pos, start + LINES - 2), stop) if stop - start >= LINES else None
    return _blank_line_end(data, pos, start + PARAGRAPH - 4, line.end() if line else stop) or (line.end() if line else 0)


def _blank_line_end(data: bytes, pos: int, at: int, stop: int) -> int:
    """Where the first blank line that begins at or behind ``at`` ends, or 0; ``pos`` is a character border."""
    at = max(at, pos)
    while (at := data.find(b"\\n\\n", at, stop)) >= 0:
        if _border(data, pos, at) == at:
            return at + 4
        at += 1
    return 0


def _border(data: bytes, pos: int, at: int) -> int:
    """``at``, or the byte behind it where ``at`` lies between a backslash and what it escapes; ``pos`` does not."""
    if at <= pos:
        return pos
    if not data.startswith(b"\\", at - 1):
        return at
    return at + (at - pos - len(data[pos:at].rstrip(b"\\"))) % 2


def _cut_or_fail(machine: Machine, data: bytes, pos: int) -> int:
    """Keep the character at ``pos`` for the next feed when only its end is missing; else record the fault."""
    broken = _BEGUN(data, pos).end()
    if broken == len(data):
        machine._tail = data[pos:]
        return broken
    if data[pos] == _BACKSLASH:
        return fail(machine, data, broken, "bad-escape")
    return fail(machine, data, broken, "control-character" if data[pos] < SPACE else "bad-utf8")
