"""The addresses of the gateway that are its own and not upstream's: how it is, what streams by, and the hooks of Claude
Code. SHELL.

Its one law: a hook that goes wrong here costs its caller nothing: the answer is 200 and empty, as that of a hook that has nothing to say.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from finestream import __version__
from finestream.errors import FinestreamError
from finestream.gateway.feed import STREAMS, Feed
from finestream.gateway.records import Book

Answer = Callable[[str, bytes], bytes | None]
"""What a hook answers: the name of the event and the body -> JSON, or None for nothing to say. May take its time with a large body."""

Metrics = Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], bytes]
"""Makes the page for Prometheus from how the gateway is, and the views of the streams that are open. May take its time."""

HEALTH = "/finestream/health"
METRICS = "/metrics"
PAGES = "/finestream/dashboard"
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
HOOKS = "/hooks/"
PID_HEADER = "x-finestream-client-pid"
_EVENT = re.compile(r"[A-Za-z]{1,64}\Z")
_LARGE = 64 * 1024  # bytes of a body that is looked at in a thread: a stream that goes by would feel it


class Register(Protocol):
    """Who keeps count of the client's sessions."""

    def begin(self, session: str, pid: int, /) -> None: ...
    def end(self, session: str, /) -> None: ...
    def living(self) -> int: ...


class Pages(Protocol):
    """Who shows what there is to see of a project. ``path``: without the token and the query."""

    async def respond(self, request: web.Request, path: str, /) -> web.StreamResponse: ...
    async def close(self) -> None: ...


class Desk:
    """Answers what is not for upstream, and knows how busy the gateway is.

    Args:
        upstream: What stands behind the gateway, to be told.
        answer: Decides what a hook answers; None: every hook gets an empty answer.
        pages: Shows the page; None: there is none.
    """

    def __init__(
        self,
        book: Book,
        upstream: str,
        *,
        answer: Answer | None = None,
        register: Register | None = None,
        feed: Feed | None = None,
        metrics: Metrics | None = None,
        pages: Pages | None = None,
    ) -> None:
        self.feed = feed or Feed()
        self.streams = 0
        """Requests for upstream that are open now."""
        self._born = time.monotonic()
        self._is_used = False
        self._book = book
        self._upstream = _without_password(upstream)
        self._answer = answer
        self._register = register
        self._metrics = metrics
        self._pages = pages
        self._given: dict[tuple[str, str], Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
            ("GET", HEALTH): self._tell_health,
            ("HEAD", HEALTH): self._tell_health,
            ("GET", STREAMS): self.feed.respond,
            **({("GET", METRICS): self._page} if metrics else {}),
        }
        self._turn = asyncio.Lock()
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()

    async def respond(self, request: web.Request, path: str) -> web.StreamResponse | None:
        """Answer a request for one of our own addresses; None: it is for upstream. ``path``: without the token and the query."""
        if path.startswith(PAGES) and self._pages:
            return await self._pages.respond(request, path)
        if path.startswith(HOOKS) and request.method == "POST":
            return await self._hook(request, path.removeprefix(HOOKS))
        give = self._given.get((request.method, path))
        return await give(request) if give else None

    async def close(self) -> None:
        """Send away who only looks: nothing waits for them."""
        await self.feed.close()
        if self._pages:
            await self._pages.close()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count a request for upstream as long as the context lasts."""
        self.streams += 1
        self._is_used = True
        self._is_quiet.clear()
        try:
            yield
        finally:
            self.streams -= 1
            if not self.streams:
                self._is_quiet.set()

    async def quiet(self, seconds: float) -> None:
        """Wait until no request is open, but not longer than ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_quiet.wait()

    def was_used(self) -> bool:
        """Say whether somebody has used the gateway since the last question, or does now. Asking for its health is no use of it."""
        was_used, self._is_used = self._is_used, False
        return was_used or self.streams > 0

    def age(self) -> float:
        """Return the seconds since it was made."""
        return time.monotonic() - self._born

    async def _tell_health(self, _: web.Request) -> web.Response:
        return web.json_response(self._health())

    async def _page(self, _: web.Request) -> web.Response:
        assert self._metrics is not None
        try:
            health = self._health() if self._register else {**self._health(), "sessions": None}
            page = await asyncio.to_thread(self._metrics, health, self.feed.now())
        except FinestreamError as error:
            return web.Response(status=503, text=f"finestream: {error}")
        return web.Response(body=page, headers={"Content-Type": _TEXT})

    def _health(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "version": __version__,
            "upstream": self._upstream,
            "streams": self.streams,
            "sessions": self._register.living() if self._register else 0,
            "uptime": round(self.age(), 3),
        }

    async def _hook(self, request: web.Request, event: str) -> web.Response:
        self._is_used = True
        answer = await self._answered(request, event)
        return web.Response(body=answer, content_type="application/json") if answer else web.Response()

    async def _answered(self, request: web.Request, event: str) -> bytes | None:
        try:
            body = await request.read()
            self._note(event, body, request.headers.get(PID_HEADER, ""))
            if self._answer is None or not _EVENT.match(event):
                return None
            if len(body) <= _LARGE:
                return self._answer(event, body)
            async with self._turn:  # one such is enough work at once; the others' calls wait for nobody
                return await asyncio.to_thread(self._answer, event, body)
        except web.HTTPRequestEntityTooLarge:
            self._fault(event, "the body is larger than limits.body")
        except Exception as fault:  # whatever it is: the tool call that waits for this answer must go on
            self._fault(event, f"{type(fault).__name__}: {fault}")
        return None

    def _note(self, event: str, body: bytes, pid: str) -> None:
        if self._register is None or event not in ("SessionStart", "SessionEnd"):
            return
        session = _session(body)
        if event == "SessionEnd":
            self._register.end(session)
        elif pid.isascii() and pid.isdigit() and len(pid) < 12 and int(pid) > 0:
            self._register.begin(session, int(pid))

    def _fault(self, event: str, reason: str) -> None:
        self._book.event({"event": "hook_fault", "source": "gateway", "hook": event[:64], "reason": reason})


def _without_password(url: str) -> str:
    place = urlsplit(url).netloc
    return url.replace(place, place.rpartition("@")[2], 1)


def _session(body: bytes) -> str:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(found.get("session_id", ""))[:200] if isinstance(found, dict) else ""
