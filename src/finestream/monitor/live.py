"""What there is to see of one response while it streams: a fold of what its monitor knows. PURE.

Its law: it is asked, and never told, so that a stream at which nobody looks costs nothing. Only the end of an input is told, because nobody
may look in time. A view is plain JSON.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from finestream.events import Json
from finestream.monitor.passage import Lines, last_lines
from finestream.monitor.state import Phase, State
from finestream.monitor.target import HEAD, subject
from finestream.monitor.tool_input import ToolInput

QUIET = 5.0
"""Seconds without anything from upstream after which a stream has stalled in the eyes of whoever watches; the monitor waits for longer."""
_WINDOW = 3.0  # seconds over which the rate is taken
_PASSING = ("seconds", "quiet", "rate")  # what changes all the time, and is no news
_DOING = {"text": "writing", "thinking": "thinking", "redacted_thinking": "thinking"}
_OVER = (Phase.ENDING, Phase.DONE, Phase.CUT)

View: TypeAlias = Json
"""``state``: streaming, stalled, correcting, continuing, done; without an open tool input also waiting, thinking, writing, unwatched."""


class Live:
    """The live view of one response. ``speaker``: whose it is."""

    def __init__(self, monitor: State, speaker: Mapping[str, object]) -> None:
        self.is_thinking = False
        """The monitor is at work in a thread, and must not be asked anything else: what was seen last still holds."""
        self._monitor = monitor
        self._speaker = dict(speaker)
        self._began = monitor.now
        self._input: ToolInput | None = None
        self._lines = Lines()
        self._subject: str | None = None
        self._samples: deque[tuple[float, int]] = deque()
        self._seen: View | None = None

    def view(self, now: float, *, with_text: bool = False) -> View | None:
        """Return what is to be seen; None: the response is over, or as good as over."""
        monitor = self._monitor
        if self.is_thinking:
            return self._seen and {**self._seen, "state": "correcting"}
        if monitor.phase in _OVER:
            self._seen = None
        elif monitor.input and monitor.tally:
            self._seen = self._of_input(monitor.input, monitor.tally.started, now, with_text=with_text)
        else:
            self._seen = self._of_response(now)
        return self._seen

    def ended(self, record: Json) -> View:
        """Return the last view of an input, from the record that its end has left."""
        call, tool = str(record["tool_use_id"]), record["tool"]
        seconds = record["duration_ms"] / 1000
        is_known = self._input is not None and self._input.tool_use_id == call
        about = self._subject if is_known else record["agent_to"] or record["target"]
        settings = self._monitor.settings
        return {
            **self._named(call),
            "tool": tool,
            "tool_use_id": call,
            "target": about,
            **{name: record[name] for name in ("bytes", "lines", "chunks")},
            "rate": _rate(record["bytes"], seconds),
            "seconds": seconds,
            "quiet": 0.0,
            "state": "done",
            "attempt": record["attempts"],
            "attempts": settings.attempts,
            "action": "",
            "outcome": record["outcome"],
        }

    def _named(self, call: str) -> View:
        stream = self._speaker.get("stream")
        return {"id": f"{stream}:{call}" if call else str(stream), **self._speaker}

    def _of_input(self, tool_input: ToolInput, began: float, now: float, *, with_text: bool) -> View:
        text = tool_input.text
        if tool_input is not self._input:
            self._input, self._lines, self._subject, self._samples = tool_input, Lines(), None, deque([(began, 0)])
        if self._subject is None or len(text) <= HEAD:
            self._subject = subject(tool_input.tool, text)
        view = {
            **self._named(tool_input.tool_use_id),
            "tool": tool_input.tool,
            "tool_use_id": tool_input.tool_use_id,
            "target": self._subject,
            "bytes": len(text),
            "lines": self._lines.count(text),
            "chunks": len(tool_input.chunk_ends),
            "rate": self._rate(len(text), now),
            **self._timing(began, now),
            **self._standing(now),
        }
        if with_text:
            view["text"] = last_lines(text) if tool_input.scanner.open == "string" else []
        return view

    def _of_response(self, now: float) -> View:
        monitor = self._monitor
        block = monitor.block.start.get("type") if monitor.block else None
        doing = _DOING.get(str(block), "writing") if block else "waiting"
        standing = self._standing(now)
        if monitor.phase is Phase.BLIND:
            standing["state"] = "unwatched"
        elif standing["state"] == "streaming":
            standing["state"] = doing
        figures = dict.fromkeys(("tool", "tool_use_id", "target", "bytes", "lines", "chunks", "rate"))
        return {**self._named(""), **figures, **self._timing(self._began, now), **standing}

    def _timing(self, began: float, now: float) -> View:
        return {"seconds": round(now - began, 3), "quiet": round(max(0.0, now - self._monitor.last_byte), 3)}

    def _standing(self, now: float) -> View:
        """Say how it stands. ``attempt``: of ``attempts`` in a row, 0 where nothing is being mended; ``action``: what is tried."""
        monitor = self._monitor
        row, settings = monitor.row, monitor.settings
        is_again = monitor.phase is Phase.PAUSED or (monitor.phase is Phase.WAITING and monitor.requests > 0)
        if row is not None or is_again:
            action = str(row.get("action", "")) if row else "retry"
            failures = monitor.ladder.failures if row else monitor.ladder.failures - 1
            attempt = min(failures + 1, settings.attempts)
            return {"state": "continuing", "attempt": attempt, "attempts": settings.attempts, "action": action}
        state = "streaming"
        if monitor.is_held_back:
            state = "correcting"
        elif now - monitor.last_byte >= min(QUIET, settings.stall / 2):
            state = "stalled"
        return {"state": state, "attempt": 0, "attempts": settings.attempts, "action": ""}

    def _rate(self, size: int, now: float) -> float:
        """Bytes a second, of late."""
        while len(self._samples) > 1 and now - self._samples[1][0] >= _WINDOW:
            self._samples.popleft()
        since, before = self._samples[0]
        if now - self._samples[-1][0] >= _WINDOW / 10:
            self._samples.append((now, size))
        return _rate(max(0, size - before), now - since)


def _rate(size: int, seconds: float) -> float:
    return round(size / seconds, 1) if seconds > 0 else 0.0


def changes(before: Mapping[str, View], now: Mapping[str, View], ended: Sequence[View] = ()) -> Iterator[tuple[str, View]]:
    """Tell what is new as events: what ended, what is gone without an end of its own, what began, changed its state, or grew."""
    told = {view["id"] for view in ended}
    yield from (("ended", view) for view in ended)
    yield from (("gone", {"id": name}) for name in before if name not in now and name not in told)
    for name, view in now.items():
        last = before.get(name)
        if last is None:
            yield "began", view
        elif last["state"] != view["state"] or last["attempt"] != view["attempt"]:
            yield "state", view
        elif _news(last) != _news(view):
            yield "progress", view


def _news(view: View) -> View:
    return {name: value for name, value in view.items() if name not in _PASSING}
