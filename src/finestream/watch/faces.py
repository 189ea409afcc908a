"""Ways to show what streams: a picture, lines, JSON. SHELL. Its one law: what comes from a stream is shown, and never obeyed."""

from __future__ import annotations

import json
import os
from typing import Any, Protocol, TextIO

from finestream.roster import Entry
from finestream.show.frame import Frame
from finestream.show.look import Look
from finestream.show.stream_view import StreamView, parse_view
from finestream.show.streams import picture, said

Json = dict[str, Any]
_TOLD = ("snapshot", "began", "state", "ended")


class Face(Protocol):
    """One way to show it."""

    def hear(self, entry: Entry, name: str, view: Json) -> None:
        """Take the news of one stream."""

    def show(self, views: list[StreamView], idle: str) -> None:
        """Show all as it stands."""

    def close(self) -> None:
        """Give the stream back as it was."""


def face_of(stream: TextIO, *, as_json: bool) -> Face:
    """Choose the one that ``stream`` can show."""
    if as_json:
        return Records(stream)
    can_draw = stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    return Picture(stream) if can_draw else Lines(stream)


class Picture:
    """For a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._frame = Frame(stream)

    def hear(self, entry: Entry, name: str, view: Json) -> None:
        """What is new is seen with the rest."""

    def show(self, views: list[StreamView], idle: str) -> None:
        self._frame.draw(lambda look: picture(views, idle, look))

    def close(self) -> None:
        self._frame.finish(lambda look: [])
        self._frame.leave()


class Lines:
    """For a file, a pipe, or a terminal that can do no better: a line for each thing that matters."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._look = Look(10**6, encoding=stream.encoding or "ascii")
        self._idle = ""

    def hear(self, entry: Entry, name: str, view: Json) -> None:
        if name in _TOLD and view.get("tool"):
            self._write(said(parse_view(view, entry.project, 0.0), self._look))

    def show(self, views: list[StreamView], idle: str) -> None:
        if not views and idle != self._idle:
            self._idle = idle
            self._write("\n".join(map(self._look.text, idle.splitlines())))

    def close(self) -> None:
        self._stream.flush()

    def _write(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


class Records:
    """For a program: one object a line, in ASCII."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def hear(self, entry: Entry, name: str, view: Json) -> None:
        body = {"event": name, "project": entry.project, "gateway": entry.pid, "kind": entry.kind, **view}
        self._stream.write(json.dumps(body) + "\n")
        self._stream.flush()

    def show(self, views: list[StreamView], idle: str) -> None:
        """A program needs no picture."""

    def close(self) -> None:
        self._stream.flush()
