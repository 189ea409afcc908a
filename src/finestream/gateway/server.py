"""The loopback server. SHELL. Its law: nobody but the user's own client gets through, and for that one nothing changes as long as nothing
breaks.

Loopback only, a random token in the path, foreign `Host` or `Origin` refused (pain P25); every path is relayed, streams of `/v1/messages`
are watched. The token counts as it is spelled: a path that only means the same could mean another host to whoever reads it next.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from socket import socket

import aiohttp
from aiohttp import web

from finestream.errors import GatewayError
from finestream.gateway.breaking import break_off, left_over
from finestream.gateway.desk import PAGES, Answer, Desk, Metrics, Pages, Register
from finestream.gateway.encoding import decoder
from finestream.gateway.feed import Feed, Names
from finestream.gateway.observing import Observer, observed
from finestream.gateway.records import Book, Speaker, write
from finestream.gateway.stream import Stream
from finestream.gateway.upstream import Exchange, Reply, Upstream, end_to_end, reason, reason_phrase
from finestream.monitor import Monitor, Note, Request
from finestream.settings import Settings

HOST = "127.0.0.1"
# aiohttp would tell of each request that is none, with the lines that it does not understand: keys and passwords may stand in them. Who
# sent it is told. What fails in here is told by the journal.
_SILENT = logging.getLogger("finestream.silent")
_SILENT.disabled = True
_WATCHED = "/v1/messages"
_UNREACHABLE = {"error": "network_interruption", "action": "surfaced", "outcome": "surfaced"}
_GRACE = 1.0  # seconds for streams that are open when the gateway is told to stop; aiohttp would wait for a minute


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: ``url`` is the base URL for `ANTHROPIC_BASE_URL`, token included."""

    url: str
    port: int
    token: str
    desk: Desk
    runner: web.AppRunner

    async def drain(self, seconds: float) -> None:
        """Take no more connections, and wait until the open streams have ended, but not longer than ``seconds``."""
        for site in list(self.runner.sites):
            await site.stop()
        await self.desk.quiet(seconds)


def problem(status: int, kind: str, message: str) -> web.Response:
    """An error in the API's own shape, so that the client shows it (facts 8.6)."""
    return web.json_response({"type": "error", "error": {"type": kind, "message": f"finestream: {message}"}}, status=status)


class _Server:
    def __init__(
        self, settings: Settings, upstream: Upstream, book: Book, *, token: str, desk: Desk, observer: Observer | None = None
    ) -> None:
        self._settings = settings
        self._upstream = upstream
        self._book = book
        self._desk = desk
        self._observer = observer
        self._prefix = f"/{token}"
        self._names = count(1)
        self.port = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Check, read, send on, and stream the answer back."""
        refusal = self._refusal(request)
        if refusal:
            return refusal
        own = await self._desk.respond(request, request.path.removeprefix(self._prefix))
        if own is not None:
            return own
        with self._desk.busy():
            try:
                return await self._pass_on(request)
            except ConnectionError:  # the client has gone; of an error aiohttp would print a traceback, into the client's screen
                return web.Response()
            except Exception as fault:  # aiohttp would answer likewise, and say so on a terminal only
                self._book.event({"event": "fault", "reason": f"{type(fault).__name__}: {fault}"})
                raise

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            limit = self._settings.body_limit
            return problem(
                413, "request_too_large", f"the request is larger than limits.body ({limit} bytes); raise it in the settings, or send less"
            )
        path = request.raw_path.removeprefix(self._prefix)
        exchange = Exchange(request.method, path, end_to_end(request.headers.items()), body)
        is_watched = request.method == "POST" and request.path.endswith(_WATCHED)
        speaker = Speaker(exchange.headers, f"{self.port}-{next(self._names)}")
        asked = asyncio.get_running_loop().time()
        try:
            reply = await self._upstream.send(exchange, is_watched=is_watched)
        except (aiohttp.ClientError, OSError, ValueError) as trouble:  # the last one: two authorizations that contradict each other
            why = reason(trouble)
            path = request.path.removeprefix(self._prefix)
            write(self._book, speaker.record(Note("unreachable", {**_UNREACHABLE, "path": path, "reason": why})), is_error=True)
            return problem(502, "api_error", f"the upstream API cannot be reached ({why}); check the upstream address and the network")
        try:
            return await self._reply(request, exchange, reply, speaker=speaker if is_watched else None, asked=asked)
        finally:
            reply.response.close()

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.host not in (f"{HOST}:{self.port}", f"localhost:{self.port}") or not self._is_of_nobody_else(request):
            return problem(
                403, "permission_error", "only the local Claude Code client may use this address, no web page and no other host name"
            )
        first, _, rest = request.raw_path.partition("?")[0].partition("/")
        given = "" if first else rest.partition("/")[0]
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._prefix[1:].encode()):
            return problem(404, "not_found_error", "no such path; use the base URL that 'finestream monitor' printed, token included")
        return None

    def _is_of_nobody_else(self, request: web.Request) -> bool:
        """Whether no page asks, or our own for what belongs to it: a browser names the page where it asks for a module of its script."""
        origin = request.headers.get("Origin")
        is_own = origin == f"http://{request.host}" and request.method == "GET"
        return origin is None or (is_own and request.path.startswith(f"{self._prefix}{PAGES}/"))

    async def _reply(
        self, request: web.Request, exchange: Exchange, reply: Reply, *, speaker: Speaker | None, asked: float
    ) -> web.StreamResponse:
        answer = reply.response
        plain = decoder(answer.headers.get("Content-Encoding", ""))
        is_stream = answer.status == 200 and answer.content_type == "text/event-stream"
        headers = end_to_end(answer.headers.items())
        if speaker and is_stream and plain:
            headers.popall("Content-Encoding", None)
            headers.popall("Content-Length", None)
        response = web.StreamResponse(status=answer.status, reason=reason_phrase(answer), headers=headers)
        await response.prepare(request)
        if speaker and is_stream and plain:
            now = asyncio.get_running_loop().time()
            monitor = Monitor(Request(exchange.body), self._settings, now)
            observation = observed(self._observer, monitor, speaker, request.headers, waited=now - asked)
            with self._desk.feed.following(monitor, speaker) as channel, observation:
                await Stream(monitor, self._upstream, exchange, book=self._book, channel=channel).run(answer, plain, request, response)
        else:
            await response.write(reply.head)
            await self._relay(request, answer, response)
        return response

    async def _relay(self, request: web.Request, answer: aiohttp.ClientResponse, response: web.StreamResponse) -> None:
        try:
            async for data in answer.content.iter_any():
                await response.write(data)
        except aiohttp.ClientError:
            rest = left_over(answer.content)
            if rest:
                await response.write(rest)
            await break_off(request)
        else:
            await response.write_eof()


@asynccontextmanager
async def serve(
    settings: Settings,
    *,
    upstream: str,
    book: Book,
    port: int = 0,
    token: str | None = None,
    listener: socket | None = None,
    answer: Answer | None = None,
    register: Register | None = None,
    names: Names | None = None,
    observer: Observer | None = None,
    metrics: Metrics | None = None,
    pages: Pages | None = None,
) -> AsyncIterator[Gateway]:
    """Run a gateway on loopback. ``port`` 0: the system chooses one.

    Args:
        listener: A socket that listens already, instead of ``port``.
        answer: Decides what the hooks of Claude Code are answered.
        register: Is told which sessions begin and end.
        names: Knows what agents are called.
        observer: Is told of watched responses.
        metrics: Makes the page for Prometheus.
        pages: Shows what there is to see of the project.
    Raises:
        GatewayError: the port is taken, or the upstream address is no http(s) URL.
    """
    if not upstream.startswith(("http://", "https://")):
        raise GatewayError(
            "the upstream address is no http or https URL", "Give a full URL, for example https://api.anthropic.com.", address=upstream
        )
    token = token or secrets.token_urlsafe(24)
    there = Upstream(upstream)
    desk = Desk(book, upstream, answer=answer, register=register, feed=Feed(names), metrics=metrics, pages=pages)
    server = _Server(settings, there, book, token=token, desk=desk, observer=observer)
    app = web.Application(client_max_size=settings.body_limit)
    app.router.add_route("*", "/{path:.*}", server.handle)
    app.on_shutdown.append(lambda _: desk.close())
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, logger=_SILENT, auto_decompress=False, shutdown_timeout=_GRACE)
    await runner.setup()
    try:
        await _listen(runner, port, listener)
        server.port = runner.addresses[0][1]
        yield Gateway(f"http://{HOST}:{server.port}/{token}", server.port, token, desk, runner)
    finally:
        await runner.cleanup()
        await there.close()


async def _listen(runner: web.AppRunner, port: int, listener: socket | None) -> None:
    site = web.SockSite(runner, listener) if listener else web.TCPSite(runner, HOST, port)
    try:
        await site.start()
    except OSError as error:
        fix = "Choose another with --port, or leave it out to get a free one."
        raise GatewayError(f"the port cannot be used: {error.strerror or error}", fix, address=f"{HOST}:{port}") from error
