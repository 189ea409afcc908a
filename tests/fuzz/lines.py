"""Which lines of the product have been run, told once each: what a fuzzer needs to know that an input was new.

A line that has been seen costs nothing any more on Python 3.12 and newer. Before that a function is traced until all of its lines have been
seen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDERS = (str(ROOT / "src" / "finestream"), str(ROOT / "hooks" / "finestream_hooks"))

_Tracer = Callable[[FrameType, str, Any], Any]


class Lines:
    """Counts the lines of the product that have been run for the first time. To look costs so much here that one input in ``rarity`` has
    to do.
    """

    rarity = 8

    def __init__(self) -> None:
        self.count = 0
        self._open: dict[CodeType, set[int]] = {}  # the lines of each function that have not been seen

    def start(self) -> None:
        """Begin to look."""
        sys.settrace(self._enter)

    def stop(self) -> None:
        """Look away."""
        sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, arg: object) -> _Tracer | None:
        code = frame.f_code
        left = self._open.get(code)
        if left is None:
            is_ours = code.co_filename.startswith(FOLDERS)
            left = self._open[code] = {line for *_, line in code.co_lines() if line and line != code.co_firstlineno} if is_ours else set()
        if not left:
            return None

        def look(frame: FrameType, event: str, arg: object) -> _Tracer | None:
            if event == "line" and frame.f_lineno in left:
                left.discard(frame.f_lineno)
                self.count += 1
            return look

        return look


class MonitoredLines(Lines):
    """The same where the interpreter itself can be told that one look at a line is enough."""

    rarity = 1

    if sys.version_info >= (3, 12):

        def start(self) -> None:
            tool, events = sys.monitoring.PROFILER_ID, sys.monitoring.events.LINE
            if sys.monitoring.get_tool(tool) is None:
                sys.monitoring.use_tool_id(tool, "fuzz")
                sys.monitoring.register_callback(tool, events, self._see)
            sys.monitoring.set_events(tool, events)

        def stop(self) -> None:
            sys.monitoring.set_events(sys.monitoring.PROFILER_ID, 0)

        def _see(self, code: CodeType, line: int) -> object:
            self.count += code.co_filename.startswith(FOLDERS)
            return sys.monitoring.DISABLE


def lines() -> Lines:
    """What this interpreter can do best."""
    return MonitoredLines() if sys.version_info >= (3, 12) else Lines()
