"""The page of a gateway, made by a process beside it. SHELL.

Its one law: no stream feels that somebody looks. All streams would stand still while a day of journal is read and counted; so a process of
low priority does that. It is started when the page is opened, ends when nobody looks any more, and is gone with its gateway, which passes
bytes on and nothing else.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from aiohttp import web
from yarl import URL

from finestream.web.answers import problem

_PATIENCE = 30.0  # seconds for the process to begin to answer
_GRACE = 2.0  # seconds for the process to end; one that is stopped, or in the midst of reading, must not keep its gateway
_SECRET = ("TOKEN", "KEY", "SECRET", "PASSWORD", "ANTHROPIC_")


class Backstage:
    """Answers requests for the page.

    Args:
        command: Serves the page on a socket that listens already, whose number is its last argument, until its standard input ends.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
        self._command = command
        self._environ = environ
        self._child: subprocess.Popen[bytes] | None = None
        self._client: aiohttp.ClientSession | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._passing: set[asyncio.Timeout] = set()
        self._turn = asyncio.Lock()
        self._is_over = False

    async def respond(self, request: web.Request, path: str) -> web.StreamResponse:
        """Let the other process answer. ``path``: without the token."""
        for is_last in (False, True):
            async with self._turn:  # a page asks for several things at once
                if self._is_over:  # one that was woken by the end would start another process, and nobody would end that
                    break
                client = await self._ready()
            response = await self._pass_on(client, request, path)
            if response is not None:
                return response
            if not is_last:
                async with self._turn:
                    if client is self._client:
                        await self._stop()  # it had nothing to do and has ended; another one
        return problem(503, "the page cannot be made now; see whether finestream is still installed as it was")

    async def close(self) -> None:
        """End the process, and what it is answering, for good."""
        self._is_over = True
        async with self._turn:
            await self._stop()

    async def _stop(self) -> None:
        child, client, folder = self._child, self._client, self._folder
        self._child = self._client = self._folder = None
        passing, self._passing = self._passing, set()
        for limit in passing:  # of a client that is closed nobody would hear any more, not even that it is
            limit.reschedule(0.0)
        if client:
            await client.close()
        if child:
            if child.stdin:
                child.stdin.close()
            child.terminate()  # it only reads
            await asyncio.to_thread(_end, child)
        if folder:
            folder.cleanup()

    async def _ready(self) -> aiohttp.ClientSession:
        if self._client is None or self._child is None or self._child.poll() is not None:
            await self._stop()
            self._folder = TemporaryDirectory(prefix="finestream-", ignore_cleanup_errors=True)  # nobody else gets into it
            path = str(Path(self._folder.name, "page"))
            self._child = self._start(path)
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=_PATIENCE)
            self._client = aiohttp.ClientSession(connector=aiohttp.UnixConnector(path, limit=0), timeout=timeout, auto_decompress=False)
        return self._client

    def _start(self, path: str) -> subprocess.Popen[bytes]:
        known = {name: value for name, value in self._environ.items() if not any(word in name.upper() for word in _SECRET)}
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(64)
            return subprocess.Popen(
                [*self._command, str(listener.fileno())],
                env=known,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C is meant for others
            )

    async def _pass_on(self, client: aiohttp.ClientSession, request: web.Request, path: str) -> web.StreamResponse | None:
        """Pass a request on, and its answer back; None: there is none."""
        url = URL.build(scheme="http", host="page", path=path, query=request.query)  # a path may hold what begins a query, spelled out
        response, limit = None, asyncio.timeout(None)
        self._passing.add(limit)
        try:
            async with limit, client.request(request.method, url, allow_redirects=False) as answer:
                headers = {name: value for name, value in answer.headers.items() if name not in ("Content-Length", "Transfer-Encoding")}
                response = web.StreamResponse(status=answer.status, headers=headers)
                await response.prepare(request)
                async for data in answer.content.iter_any():
                    await response.write(data)
                await response.write_eof()
        except (aiohttp.ClientError, TimeoutError):  # what is torn must not look whole; the page connects again
            if response and request.transport:
                request.transport.abort()
        finally:
            self._passing.discard(limit)
        return response


def _end(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
