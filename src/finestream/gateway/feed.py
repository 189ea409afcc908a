"""What streams by here now, told to whoever asks, as server-sent events. SHELL.

Its one law: no stream feels that it is watched. Nothing is told by a stream but the end of an input; each reader looks by itself, ten times
a second or, where looking takes long, less often, and tells his connection what has changed since his last look. One that does not read
does not look, and misses what was in between: the latest state wins.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from aiohttp import web

from finestream.events import Json
from finestream.gateway.records import Speaker
from finestream.monitor import Live, Monitor, Note, changes

STREAMS = "/finestream/streams"
MOST_READERS = 16
_PAUSE, _LONGEST_PAUSE = 0.1, 2.0  # seconds between two looks
_SHARE = 0.03  # of all time that all readers together may look
_KEPT = 256  # ends that a reader may learn late
_QUIET = 10.0  # seconds without news after which a reader is told that somebody is there

Names = Callable[[str], str | None]
"""The id of an agent -> its name, where somebody has told it."""


class Feed:
    """Knows the streams that are open, and who reads of them."""

    def __init__(self, names: Names | None = None) -> None:
        self._names = names or (lambda _: None)
        self._open: dict[Channel, None] = {}
        self.readers: dict[Reader, asyncio.Task[None] | None] = {}
        """Who reads now, each with the task that writes to him."""

    @contextmanager
    def following(self, monitor: Monitor, speaker: Speaker) -> Iterator[Channel]:
        """Show a stream as long as the context lasts."""
        channel = Channel(Live(monitor, speaker.fields), speaker, self._end)
        self._open[channel] = None
        try:
            yield channel
        finally:
            del self._open[channel]

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Tell a reader everything, until he or the gateway goes; with ``once=1`` as JSON what there is now, and no more."""
        if request.query.get("once") == "1":
            return web.json_response(_snapshot(self.now()))
        if len(self.readers) >= MOST_READERS:
            return web.Response(status=503, text="too many readers")
        reader = Reader(with_text=request.query.get("text") == "1")
        self.readers[reader] = asyncio.current_task()
        try:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
            await response.prepare(request)
            await self._tell(reader, response)
        finally:
            del self.readers[reader]
        return response

    def now(self) -> list[Json]:
        """Return what is to be seen of each open stream."""
        return [self._named(view) for view in self._views(asyncio.get_running_loop().time(), with_text=False)]

    async def close(self) -> None:
        """Send the readers away: nothing waits for them."""
        for task in self.readers.values():
            if task:
                task.cancel()

    async def _tell(self, reader: Reader, response: web.StreamResponse) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            began = loop.time()
            news = reader.look(self._views(began, with_text=reader.with_text), self._named)
            spent = loop.time() - began
            if news or loop.time() - last >= _QUIET:
                await response.write(news or b": nothing new\n\n")
                last = loop.time()
            await asyncio.sleep(min(max(_PAUSE, spent * len(self.readers) / _SHARE), _LONGEST_PAUSE))

    def _views(self, now: float, *, with_text: bool) -> Iterator[Json]:
        for channel in self._open:
            view = channel.live.view(now, with_text=with_text)
            if view:
                yield view

    def _end(self, live: Live, record: Json) -> None:
        if self.readers:
            view = live.ended(record)
            for reader in self.readers:
                reader.ended.append(view)

    def _named(self, view: Json) -> Json:
        agent_id = view["agent_id"]
        name = self._names(agent_id) if agent_id and view["agent_from"] == agent_id else None
        rest = {key: value for key, value in view.items() if key != "agent_from"}
        return {**rest, "agent": name or view["agent_from"]}


class Channel:
    """What a stream has to tell the feed, which is little."""

    def __init__(self, live: Live, speaker: Speaker, on_end: Callable[[Live, Json], None]) -> None:
        self.live = live
        self.speaker = speaker
        self._on_end = on_end

    def note(self, note: Note) -> None:
        """Take a note of the monitor."""
        if note.kind == "tool_input":
            self._on_end(self.live, note.record)


class Reader:
    """What one reader has been told."""

    def __init__(self, *, with_text: bool) -> None:
        self.with_text = with_text
        self.ended: deque[Json] = deque(maxlen=_KEPT)
        self._told: dict[str, Json] | None = None

    def look(self, views: Iterable[Json], named: Callable[[Json], Json]) -> bytes:
        """Return what is new to him, as events."""
        now = {view["id"]: named(view) for view in views}
        before, self._told = self._told, now
        ended = [named(view) for view in self.ended]
        self.ended.clear()
        if before is None:
            return _event("snapshot", _snapshot(now.values()))
        return b"".join(_event(name, view) for name, view in changes(before, now, ended))


def _snapshot(views: Iterable[Json]) -> Json:
    return {"pid": os.getpid(), "streams": list(views)}


def _event(name: str, body: Json) -> bytes:
    return f"event: {name}\ndata: {json.dumps(body)}\n\n".encode()
