"""Real sockets on both sides of a gateway, and a journal in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from finestream.gateway import Gateway, serve
from finestream.settings import Settings

STREAM = (Path(__file__).parents[1] / "fixtures" / "streams" / "tool-call.sse").read_bytes()
SECRET = "sk-ant-not-a-real-key"
BODY = {"model": "claude-x", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "go"}]}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Book:
    """A journal in memory."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def event(self, record: dict[str, Any], /) -> None:
        self.records.append(record)

    error = event


@asynccontextmanager
async def upstream(handler: Handler) -> AsyncIterator[str]:
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, handler_cancellation=True, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def between(
    handler: Handler, settings: Settings | None = None, book: Book | None = None
) -> AsyncIterator[tuple[Gateway, aiohttp.ClientSession]]:
    async with (
        upstream(handler) as url,
        serve(settings or Settings(), upstream=url, book=book or Book()) as gate,
        aiohttp.ClientSession(auto_decompress=False) as client,
    ):
        yield gate, client


def event_stream(data: bytes, *, step: int = 10**9, headers: dict[str, str] | None = None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8", **(headers or {})})
        await response.prepare(request)
        for start in range(0, len(data), step):
            await response.write(data[start : start + step])
        return response

    return handle
