"""From a cut tool input to the text that a continuation has to begin with. PURE.

Words: *kept* is the part of the input that is certain, a prefix of its JSON text. The *trail* is the path of containers that are open at
its end, with what each holds already. The *opening* is a prefix of a JSON object that mirrors the trail: the same nesting, without what
is complete, and at its end the anchor (see `seam`), or, where the text has none, a mark (see `mark`). It ends exactly where kept ends, so
whatever follows an opening also follows what was kept.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import NamedTuple

from finestream.recovery.items import LONGEST_REPEAT, item_anchor
from finestream.recovery.mark import mark_of, tail_of
from finestream.recovery.parts import DECODER, Part, parts, raw_length, skip_space
from finestream.recovery.seam import anchor

MOST_LESS, STEP = 48, 3  # characters of an open string that are given up for an anchor, and how many at a time
_ONE_LINE = {ord("\n"): " ", ord("\r"): " "}  # an opening is one line; inside of strings these are escaped
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+("?)|[{}\[\]]', re.DOTALL)


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
    unfinished rest is given up; ``mark`` is the word in the opening that is no part of the document, empty where an anchor does without.
    """

    kept: str
    opening: str
    path: str
    retreated: bool
    mark: str = ""


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
    """Find the opening for what was kept: with an anchor, else with a mark; where neither can stand, go back to a place that needs none."""
    with suppress(RecursionError):  # deeper than the JSON decoder goes: all of it is asked for again
        path, end = trail(kept) if kept else Trail([], None), len(kept)
        while end:
            if (found := _opening(kept, end, path)) is not None:
                return Plan(kept[: found.end], found.text, _show(path), end < len(kept.rstrip('"]} \n\t\r')), found.mark)
            is_closed = kept[end - 1] in '"]}' and path.leaf is None and path.levels[-1].is_object
            path, end = _inside(kept, end, path) if is_closed else _before(path, end)
    return Plan("", "", "$", True)


def _inside(kept: str, end: int, path: Trail) -> tuple[Trail, int]:
    """Go back into the value that has just ended: its own end is the anchor then."""
    level = path.levels.pop()
    if not level.done or level.done[-1].end < end:  # what has ended is all of it
        path.levels.append(level)
        return path, level.done[-1].end if level.done else kept.index("{") + 1
    part = level.done.pop()
    path.levels.append(level._replace(child=part))
    if isinstance(part.value, str):
        return Trail(path.levels, part.value), part.end - 1
    inner = list(parts(kept, part.value_at))
    path.levels.append(Level(kept[part.value_at] == "{", inner, None))
    return path, inner[-1].end if inner else part.value_at + 1


def _before(path: Trail, end: int) -> tuple[Trail, int]:
    """Go back to the end of the last member that is complete outside of every list."""
    found = -1
    for depth, level in enumerate(path.levels):
        if not level.is_object:
            break
        if level.done and (level.child is not None or level.done[-1].end < end):
            found = depth
    if found < 0:
        return path, 0
    del path.levels[found + 1 :]
    level = path.levels.pop()
    path.levels.append(level._replace(child=None))
    return Trail(path.levels, None), level.done[-1].end


class _Opening(NamedTuple):
    text: str
    end: int  # where it ends in what was kept
    mark: str = ""


def _opening(kept: str, end: int, path: Trail) -> _Opening | None:
    skeleton = "".join(_step(level.child) for level in path.levels if level.child)
    if path.leaf is None:
        repeated = _repeated(kept, end, path)
        if repeated is None and path.levels[-1].done and not path.levels[-1].is_object:
            mark = mark_of(kept)
            return _Opening(f'{skeleton}["{mark}"', end, mark)
        return None if repeated is None else _Opening(skeleton + repeated, end)
    last = path.levels[-1].child
    assert last is not None  # it holds the leaf
    raw, before = kept[last.value_at + 1 : end], kept[: last.value_at]
    for less in range(0, MOST_LESS if end == len(kept) else 1, STEP):  # in a table the anchor may stand a few characters before the end
        text = path.leaf[: len(path.leaf) - less]
        if (repeated := anchor(text, before)) is not None:
            size = raw_length(raw, len(text))
            return _Opening(f'{skeleton}"{raw[raw_length(raw, len(text) - len(repeated)) : size]}', end - len(raw) + size)
    mark, tail = mark_of(kept), tail_of(path.leaf)
    return _Opening(f'{skeleton}"{mark}{raw[raw_length(raw, len(path.leaf) - len(tail)) :]}', end, mark)


def _step(child: Part) -> str:
    return "[" if child.key is None else "{" + json.dumps(child.key, ensure_ascii=False) + ": "


def _repeated(kept: str, end: int, path: Trail) -> str | None:
    """The last complete member, or what stands for the last items, as it stands in kept; None where that is too much or nothing."""
    level = path.levels[-1]
    if not level.done:
        return None
    if level.is_object:
        text = kept[level.done[-1].start : end]
        is_item = not all(outer.is_object for outer in path.levels)  # what follows may as well belong to the next item
        return None if is_item or len(text) > LONGEST_REPEAT else "{" + text.translate(_ONE_LINE)
    found = item_anchor(kept, level.done)
    return None if found is None else "[" + found.text.translate(_ONE_LINE)


def _show(path: Trail) -> str:
    shown = "$"
    for level in path.levels:
        part = level.child or level.done[-1]  # where an opening was found, something is complete
        shown += f"[{len(level.done) - (level.child is None)}]" if part.key is None else f".{part.key}"
    return shown
