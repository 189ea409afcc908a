"""Places in a JSON text. PURE. Its one law: the text is JSON, and one pass over its tokens is enough."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import Final

Path = tuple[str | int, ...]
Span = tuple[int, int]

# No branch repeats or chooses behind its first character: before Python 3.11.5 a possessive group did not give back what a failed last
# round had taken (gh-106052).
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_MARK: Final = re.compile(rf"[{{}}\[\],]|{_STRING}(\s*:)?", re.DOTALL)
_TOKEN: Final = re.compile(rf"[{{}}\[\],]|({_STRING})\s*:|{_STRING}|[^\s{{}}\[\],:\"]++", re.DOTALL)
_NAME: Final = re.compile(r"[^\W\d]\w*")

_Frame = int | str | None
"""Where an open container stands: the index of an array, the name (as it is written) of an object's member, None between two members."""


def paths_at(text: str, offsets: Sequence[int]) -> list[str]:
    """Name the innermost value at each of the offsets, which must be in ascending order."""
    found: list[str] = []
    frames: list[_Frame] = []
    for match in _MARK.finditer(text):
        if len(found) == len(offsets):
            break
        start, end = match.span()
        head = text[start]
        if match[1] is not None:
            frames[-1] = match[0][: -len(match[1])]
        if offsets[len(found)] < end:
            between = bisect_left(offsets, start) - len(found)
            found += [show(_path(frames))] * between
            within = bisect_left(offsets, end) - len(found)
            found += [show(_path(frames[:-1] if head in "]}," else frames))] * within
        _move(frames, head)
    return found + ["$"] * (len(offsets) - len(found))


def spans_of(text: str, wanted: Collection[Path]) -> dict[Path, Span]:
    """Find where the values at these paths are written."""
    found: dict[Path, Span] = {}
    opened: list[tuple[Path | None, int]] = []
    frames: list[_Frame] = []
    depths = {len(path) for path in wanted}
    for match in _TOKEN.finditer(text):
        head = text[match.start()]
        if match[1] is not None:
            frames[-1] = match[1]
        elif head in "]}":
            path, start = opened.pop()
            if path is not None:
                found[path] = (start, match.end())
        elif head != ",":
            path = _path(frames) if len(frames) in depths else None
            if head in "[{":
                opened.append((path, match.start()))
            elif path is not None:
                found[path] = match.span()
        _move(frames, head)
    return {path: found[path] for path in wanted if path in found}


def show(path: Path) -> str:
    """Write a path as people do: ``$.edits[0].oldText``."""
    return "$" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if _NAME.fullmatch(step) else f"[{json.dumps(step)}]" for step in path
    )


def _move(frames: list[_Frame], head: str) -> None:
    """Take note of a bracket or a comma."""
    if head == "{":
        frames.append(None)
    elif head == "[":
        frames.append(0)
    elif head in "]}":
        frames.pop()
    elif head == ",":
        top = frames[-1]
        frames[-1] = top + 1 if isinstance(top, int) else None


def _path(frames: Sequence[_Frame]) -> Path:
    return tuple(frame if isinstance(frame, int) else str(json.loads(frame)) for frame in frames if frame is not None)
