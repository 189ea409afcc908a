"""An answer that breaks off, with a client that takes its time: nothing that came before the break is lost."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
import uvloop
from aiohttp import web

from finestream.gateway import Gateway, breaking, serve
from finestream.settings import Settings
from tests.gateway.sockets import BODY, Book, Handler, upstream

NARROW = 4096  # bytes of a socket's buffer: what is more than a few of them waits in the gateway
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]
KINDS = {"/v1/messages": "text/event-stream", "/v1/files": "application/octet-stream"}


def words(size: int) -> bytes:
    """A stream of text, of about this size."""
    frames = [b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","content":[],"usage":{}}}\n\n']
    frames += [b'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n']
    delta = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"%08d"}}\n\n'
    frames += [(delta % number).encode() for number in range(size // len(delta))]
    return b"".join(frames)


def breaks_off_behind(data: bytes, kind: str, broken: asyncio.Event) -> Handler:
    """Answers with this, and breaks off when all of it has been sent."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        await response.write(data)
        assert request.transport
        while request.transport.get_write_buffer_size():
            await asyncio.sleep(0)
        request.transport.abort()
        broken.set()
        return response

    return answer


@asynccontextmanager
async def slow(data: bytes, path: str) -> AsyncIterator[tuple[Gateway, socket.socket]]:
    """A client that has asked for this, while upstream has broken off and the gateway knows it, and has not read anything."""
    broken = asyncio.Event()
    loop = asyncio.get_running_loop()
    with socket.socket() as listener, socket.socket() as client:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, NARROW)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
        listener.bind(("127.0.0.1", 0))
        client.setblocking(False)
        async with (
            upstream(breaks_off_behind(data, KINDS[path], broken)) as url,
            serve(Settings(recovery="off"), upstream=url, book=Book(), listener=listener) as gate,
        ):
            await loop.sock_connect(client, ("127.0.0.1", gate.port))
            body = json.dumps(BODY).encode()
            head = f"POST /{gate.token}{path} HTTP/1.1\r\nHost: 127.0.0.1:{gate.port}\r\nContent-Length: {len(body)}\r\n\r\n"
            await loop.sock_sendall(client, head.encode() + body)
            await broken.wait()
            for _ in range(100):  # turns of the loop: for the gateway to hear of it
                await asyncio.sleep(0)
            yield gate, client


async def read(client: socket.socket) -> tuple[bytes, bool]:
    """Read to the end: the body, and whether it has a clean one."""
    got = b""
    while data := await asyncio.get_running_loop().sock_recv(client, 65536):
        got += data
    rest, body = got.partition(b"\r\n\r\n")[2], b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        if size == b"0":
            return body, True
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body, False


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("size", [10_000, 50_000, 200_000, 500_000])
@pytest.mark.parametrize("loop", LOOPS)
def test_a_slow_client_gets_all_that_came_and_no_clean_end(loop: Callable[[], asyncio.AbstractEventLoop], size: int, path: str) -> None:
    data = words(size)

    async def check() -> None:
        async with slow(data, path) as (_, client):
            body, is_ended = await read(client)
            assert (len(body), is_ended) == (len(data), False)
            assert body == data

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(check())


@pytest.mark.parametrize("path", KINDS)
async def test_a_client_that_never_reads_is_not_waited_for(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaking, "_PATIENCE", 0.05)
    async with slow(words(50_000), path) as (gate, _):
        await asyncio.wait_for(gate.desk.quiet(60), 20)
        assert gate.desk.streams == 0


@pytest.mark.parametrize("path", KINDS)
async def test_the_break_does_not_overtake_what_was_sent(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real client throws away what it has not looked at by then."""
    monkeypatch.setattr(breaking, "_GRACE", 3600.0)
    data = words(1000)
    async with slow(data, path) as (gate, client):
        assert data.strip() in await asyncio.get_running_loop().sock_recv(client, 65536)
        assert gate.desk.streams == 1


async def test_what_came_before_the_break_is_read_and_the_break_stays() -> None:
    data = words(10_000)
    broken = asyncio.Event()
    async with (
        upstream(breaks_off_behind(data, "text/event-stream", broken)) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as answer,
    ):
        assert breaking.left_over(answer.content) == b""
        while answer.content.exception() is None:
            await asyncio.sleep(0)
        assert breaking.left_over(answer.content) == data
        assert breaking.left_over(answer.content) == b""
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.content.readany()
