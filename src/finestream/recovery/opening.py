"""From a cut tool input to the text that a continuation has to begin with. PURE.

Words: *kept* is the part of the input that is certain, a prefix of its JSON text. The *trail* is the path of containers that are open at
its end, with what each holds already. The *opening* is a prefix of a JSON object that mirrors the trail: the same nesting, without what
is complete, and at its end the anchor (see `seam`). It ends exactly where kept ends, so whatever follows an opening also follows what was
kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from finestream.recovery.seam import anchor, item_anchor

# Numbers are compared by their spelling: 1.0 and 1.00 are one value but not one text.
DECODER = json.JSONDecoder(parse_float=lambda text: ("number", text), parse_int=lambda text: ("number", text))
LONGEST_REPEAT = 400  # characters of complete members or items that an opening may repeat
_ONE_LINE = {ord("\n"): " ", ord("\r"): " "}  # an opening is one line; inside of strings these are escaped
_SPACE = re.compile(r"[ \t\n\r]*")
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+("?)|[{}\[\]]', re.DOTALL)
_UNITS = re.compile(r"([^\\]+)|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)


class Part(NamedTuple):
    """A member of an object or an item of a list (key None): where it starts, where its value starts and ends, and the value."""

    key: str | None
    start: int
    value_at: int
    end: int
    value: Any


class Level(NamedTuple):
    """An open container: its complete parts, and the open one, if one is open."""

    is_object: bool
    done: list[Part]
    child: Part | None


class Trail(NamedTuple):
    """The open containers from the outside in, and the decoded text of the open string they lead to, if they do."""

    levels: list[Level]
    leaf: str | None


class Plan(NamedTuple):
    """What to ask for: kept, the opening (empty: the whole input again), the path at which kept ends, and whether more than the
    unfinished rest is given up.
    """

    kept: str
    opening: str
    path: str
    retreated: bool


def parts(text: str, at: int) -> Iterator[Part]:
    """The members or items of the container that starts at ``at`` in a valid JSON text."""
    is_object = text[at] == "{"
    at = skip_space(text, at + 1)
    while text[at] not in "}]":
        start, key = at, None
        if is_object:
            key, at = DECODER.raw_decode(text, at)
            at = skip_space(text, skip_space(text, at) + 1)
        value, end = DECODER.raw_decode(text, at)
        yield Part(key, start, at, end, value)
        at = skip_space(text, end)
        if text[at] == ",":
            at = skip_space(text, at + 1)


def skip_space(text: str, at: int) -> int:
    """The offset of the next character that is no white space."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


def raw_length(raw: str, count: int) -> int:
    """How many characters of the inside of a JSON string spell its first ``count`` decoded characters."""
    at = 0
    for match in _UNITS.finditer(raw):
        if not count:
            break
        size = len(match[1]) if match[1] else 1
        if match[1] and count < size:
            return match.start() + count
        count -= size
        at = match.end()
    return at


def trail(kept: str) -> Trail:
    """Follow what is open at the end of ``kept``, a prefix of a JSON text that ends at a checkpoint."""
    closed = kept + closers(kept)
    levels: list[Level] = []
    at = skip_space(closed, int(closed.startswith("\ufeff")))  # the scanner passes a byte order mark, too
    while closed[at] in "{[":
        done, child = [], None
        for part in parts(closed, at):
            if part.end > len(kept):
                child = part
            else:
                done.append(part)
        levels.append(Level(closed[at] == "{", done, child))
        if child is None:
            return Trail(levels, None)
        at = child.value_at
    return Trail(levels, DECODER.raw_decode(closed, at)[0])


def closers(kept: str) -> str:
    """What makes ``kept`` a complete JSON text: a quote if a string is open, and the brackets."""
    open_brackets: list[str] = []
    in_string = False
    for match in _TOKENS.finditer(kept):
        mark = match[0]
        if mark in ("{", "["):
            open_brackets.append("}" if mark == "{" else "]")
        elif mark in ("}", "]"):
            open_brackets.pop()
        else:
            in_string = not match[1]
    return ('"' if in_string else "") + "".join(reversed(open_brackets))


def plan(kept: str) -> Plan:
    """Find the opening for what was kept; where no anchor is unique, go back to the last place that needs none."""
    here = kept
    with suppress(RecursionError):  # deeper than the JSON decoder goes: all of it is asked for again
        while here:
            path = trail(here)
            if (opening := _opening(here, path)) is not None:
                return Plan(here, opening, _show(path), len(here) < len(kept.rstrip('"]} \n\t\r')))
            here = _inside(here) if here[-1] in '"]}' and _may_go_inside(path) else _before(here, path)
    return Plan("", "", "$", True)


def _may_go_inside(path: Trail) -> bool:
    """Whether what has just ended can be told from what may come: members have names, items only their text."""
    level = path.levels[-1]
    return path.leaf is None and (level.is_object or _items_needed(level) is not None)


def _items_needed(level: Level) -> int | None:
    return item_anchor([part.value for part in level.done], [part.end - part.start for part in level.done])


def _inside(kept: str) -> str:
    """Go back into the value that has just ended: its own end is the anchor then."""
    return kept[:-1].rstrip(" \t\n\r") if kept[-1] != '"' else kept[:-1]


def _before(kept: str, path: Trail) -> str:
    """Go back to the end of the last member that is complete outside of every list."""
    end = 0
    for level in path.levels:
        if not level.is_object:
            break
        if level.done and (level.child is not None or level.done[-1].end < len(kept)):
            end = level.done[-1].end
    return kept[:end]


def _opening(kept: str, path: Trail) -> str | None:
    skeleton = "".join(_step(level.child) for level in path.levels if level.child)
    if path.leaf is not None:
        end = anchor(path.leaf)
        last = path.levels[-1].child
        if end is None or last is None:
            return None
        raw = kept[last.value_at + 1 :]
        return f'{skeleton}"{raw[raw_length(raw, len(path.leaf) - len(end)) :]}'
    repeated = _repeated(kept, path.levels[-1])
    return None if repeated is None else skeleton + repeated


def _step(child: Part) -> str:
    return "[" if child.key is None else "{" + json.dumps(child.key, ensure_ascii=False) + ": "


def _repeated(kept: str, level: Level) -> str | None:
    """The last complete member, or the last items that make an anchor, as they stand in kept; None where that is too much or nothing."""
    count = 1 if level.is_object else _items_needed(level)
    if not level.done or count is None:
        return None
    text = kept[level.done[-count].start :]
    return None if len(text) > LONGEST_REPEAT else ("{" if level.is_object else "[") + text.translate(_ONE_LINE)


def _show(path: Trail) -> str:
    shown = "$"
    for level in path.levels:
        part = level.child or level.done[-1]  # where an opening was found, something is complete
        shown += f"[{len(level.done) - (level.child is None)}]" if part.key is None else f".{part.key}"
    return shown
