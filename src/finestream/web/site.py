"""The page and what it asks for, over HTTP. SHELL. Its one law: it is read-only, and nobody's script but its own runs in it.

Everything is below one folder, so that it can stand behind any token. Answers are JSON, made safe to be shown; what is new comes as
server-sent events.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from itertools import count
from typing import Any, Protocol

from aiohttp import web

from finestream.errors import FinestreamError
from finestream.quantities import seconds
from finestream.web.answers import HEADERS
from finestream.web.live import Live
from finestream.web.shown import encoded, name_of

FOLDER = "/finestream/dashboard"
"""Where the page is, behind the token of its server."""
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_ASSET = re.compile(r"[a-z]{1,20}\.(html|css|js|svg)")
_PAUSE = 0.25  # seconds between two looks at what streams
_LOOKS = 4  # of these until the next one at the files
_QUIET = 5.0  # seconds without news after which the page is told that somebody is there
_RETRY = 1000  # milliseconds after which the page connects again
_SINCE = "24h"

Json = dict[str, Any]


class Sources(Protocol):
    """What the page is about. Each of these may take its time, and is called in a thread.

    Raises:
        FinestreamError: There is no such thing, or it cannot be read.
    """

    def about(self) -> Json: ...
    def figures(self, since: float, /) -> Json: ...
    def calls(self, since: float, /, *, words: str, is_trouble: bool) -> Json: ...
    def call(self, name: str, session: str, /) -> Json: ...
    def runs(self) -> Json: ...
    def run(self, name: str, /) -> Json: ...
    def marks(self) -> Json: ...


class Site:
    """Answers whatever stands below `FOLDER`."""

    def __init__(self, sources: Sources, live: Live) -> None:
        self._sources = sources
        self._live = live
        self.open = 0
        """Requests that are being answered now."""
        self._views: Mapping[str, Callable[[Mapping[str, str]], Awaitable[Json]]] = {
            "about": self._about,
            "figures": self._figures,
            "calls": self._calls,
            "call": self._call,
            "runs": self._runs,
            "run": self._run,
        }

    async def respond(self, request: web.Request, path: str) -> web.StreamResponse:
        """Answer a request. ``path``: without what stands before `FOLDER`, and without the query."""
        self.open += 1
        try:
            if request.method not in ("GET", "HEAD"):
                return _plain(405, "only GET")
            if path == FOLDER:
                return web.Response(status=308, headers={**HEADERS, "Location": f"{FOLDER.rpartition('/')[2]}/"})
            if not path.startswith(f"{FOLDER}/"):
                return _plain(404, "no such page")
            name = path.removeprefix(f"{FOLDER}/")
            if name == "live":
                return await self._tell(request)
            if name.startswith("data/"):
                return await self._data(name.removeprefix("data/"), request.query)
            return _asset(name or "index.html")
        finally:
            self.open -= 1

    # -- what is asked for -----------------------------------------------------------------------------------------------------------------

    async def _data(self, name: str, query: Mapping[str, str]) -> web.Response:
        view = self._views.get(name)
        if view is None:
            return _plain(404, "no such view")
        try:
            body, status = await view(query), 200
        except FinestreamError as error:
            body, status = {"error": error.message, "fix": error.fix}, 404
        except ValueError as error:
            body, status = {"error": str(error), "fix": "Ask for a time such as 15m, 24h or 7d."}, 400
        return web.Response(status=status, body=await asyncio.to_thread(encoded, body), content_type="application/json", headers=HEADERS)

    async def _about(self, query: Mapping[str, str]) -> Json:
        return await asyncio.to_thread(self._sources.about)

    async def _figures(self, query: Mapping[str, str]) -> Json:
        return await asyncio.to_thread(self._sources.figures, _since(query))

    async def _calls(self, query: Mapping[str, str]) -> Json:
        words, is_trouble = query.get("words", "")[:200], query.get("trouble") == "1"
        return await asyncio.to_thread(self._sources.calls, _since(query), words=words, is_trouble=is_trouble)

    async def _call(self, query: Mapping[str, str]) -> Json:
        return await asyncio.to_thread(self._sources.call, name_of(query.get("key", "")), name_of(query.get("session", "")))

    async def _runs(self, query: Mapping[str, str]) -> Json:
        return await asyncio.to_thread(self._sources.runs)

    async def _run(self, query: Mapping[str, str]) -> Json:
        return await asyncio.to_thread(self._sources.run, name_of(query.get("key", "")))

    # -- what is new -----------------------------------------------------------------------------------------------------------------------

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        """Tell what changes until the page goes."""
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        await response.write(f"retry: {_RETRY}\n\n".encode())
        loop, told, last, marks = asyncio.get_running_loop(), Told(), 0.0, Json()
        with self._live.looking():
            for number in count():
                if number % _LOOKS == 0:
                    marks = await asyncio.to_thread(self._sources.marks)
                news = told.news(self._live.state(), marks)
                if news or loop.time() - last >= _QUIET:
                    await response.write(news or b"event: still\ndata: {}\n\n")
                    last = loop.time()
                await asyncio.sleep(_PAUSE)
        return response


class Told:
    """What one page has been told."""

    def __init__(self) -> None:
        self._streams: Json | None = None
        self._gateways: object = None
        self._marks: Json = {}

    def news(self, state: Json, marks: Json) -> bytes:
        """Return what is new to it, as events: streams that changed, null for those that are gone; which files have changed."""
        is_first = self._streams is None
        before, now = self._streams or {}, state["streams"]
        changed = {key: view for key, view in now.items() if before.get(key) != view} | dict.fromkeys(before.keys() - now.keys())
        events = b""
        if is_first or changed or state["gateways"] != self._gateways:
            body = {"whole": is_first, "gateways": state["gateways"], "streams": changed}
            events += b"event: streams\ndata: " + encoded(body) + b"\n\n"
        if marks != self._marks:
            events += b"event: changed\ndata: " + encoded({name: marks[name] != self._marks.get(name) for name in marks}) + b"\n\n"
        self._streams, self._gateways, self._marks = now, state["gateways"], marks
        return events


def _since(query: Mapping[str, str]) -> float:
    return seconds("1m", "3650d")(query.get("since") or _SINCE)


def _plain(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, headers=HEADERS)


def _asset(name: str) -> web.Response:
    match = _ASSET.fullmatch(name)
    file = files("finestream.web") / "assets" / name
    if match is None or not file.is_file():
        return _plain(404, "no such page")
    return web.Response(body=file.read_bytes(), content_type=_KINDS[match[1]], charset="utf-8", headers=HEADERS)
