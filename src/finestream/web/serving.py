"""Servers of the page: one for a browser, and one behind a gateway. SHELL.

Its one law: of a browser only the page itself gets through: the token in the path, no foreign ``Host`` or ``Origin``.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from socket import socket

from aiohttp import web

from finestream.web.answers import problem
from finestream.web.site import FOLDER, Site

HOST = "127.0.0.1"
_GRACE = 0.5  # seconds for pages that are open when the server is told to stop
IDLE = 60.0  # seconds without a request after which a server behind a gateway has nothing to do
_LOOK = 5.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(site: Site, port: int = 0) -> AsyncIterator[str]:
    """Serve the page on the loopback interface, and yield its address.

    Raises:
        OSError: The port cannot be used.
    """
    token = secrets.token_urlsafe(24)
    ports: list[int] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        given, _, rest = request.path.removeprefix("/").partition("/")
        is_foreign = request.headers.get("Origin") not in (None, f"http://{request.host}")  # a module of a script is asked for by its page
        if request.host not in (f"{HOST}:{ports[0]}", f"localhost:{ports[0]}") or is_foreign:
            return problem(403, "only a browser of this machine may use this address, no other page and no other host name")
        path = f"/{rest}"
        if not hmac.compare_digest(given.encode(), token.encode()) or not is_of_page(path):
            return problem(404, "no such page; use the address that 'finestream dashboard --web' printed, token included")
        return await site.respond(request, path)

    runner = await _runner(handle)
    try:
        place = web.TCPSite(runner, HOST, port)
        await place.start()
        ports.append(runner.addresses[0][1])
        yield f"http://{HOST}:{ports[0]}/{token}{FOLDER}/"
    finally:
        await runner.cleanup()


async def serve_behind(site: Site, listener: socket, gone: Awaitable[object], *, idle: float = IDLE) -> None:
    """Serve whoever can reach the socket, until the gateway is ``gone`` or nobody has asked for ``idle`` seconds."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await site.respond(request, request.path)

    runner = await _runner(handle)
    try:
        await web.SockSite(runner, listener).start()
        end = asyncio.ensure_future(gone)
        quiet = 0.0
        look = min(_LOOK, idle)
        while quiet < idle and not (await asyncio.wait([end], timeout=look))[0]:
            quiet = 0.0 if site.open else quiet + look
        end.cancel()
    finally:
        await runner.cleanup()


def is_of_page(path: str) -> bool:
    """Whether a path belongs to the page."""
    return path == FOLDER or path.startswith(f"{FOLDER}/")


async def _runner(handle: Handler) -> web.AppRunner:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=_GRACE)
    await runner.setup()
    return runner
