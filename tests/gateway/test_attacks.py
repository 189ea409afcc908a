"""What strangers and hostile upstreams send, over real sockets: nobody gets in, nothing goes elsewhere, and the gateway lives on."""

from __future__ import annotations

import asyncio
import gzip
import os
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from finestream.gateway import Gateway, serve
from finestream.gateway.encoding import LARGEST, decoder
from finestream.gateway.upstream import MOST_OF_A_REFUSAL
from finestream.settings import Settings
from tests.gateway.sockets import BODY, SECRET, STREAM, Book, between, event_stream, upstream

EAGER = {**BODY, "tools": [{"name": "Note", "eager_input_streaming": True}]}


async def paths(request: web.Request) -> web.StreamResponse:
    return web.json_response({"path": request.raw_path, "upgrade": request.headers.get("Upgrade")})


async def ask(gate: Gateway, target: str, *lines: str, method: str = "GET", body: str = "") -> str:
    """Send a request as it stands and return the answer; ``{token}`` and ``{port}`` are filled in."""
    head = [f"{method} {target} HTTP/1.1", *(lines or ("Host: 127.0.0.1:{port}",)), "Connection: close", "", body]
    text = "\r\n".join(head).replace("{token}", gate.token).replace("{port}", str(gate.port))
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    writer.write(text.encode("latin-1"))
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return answer.decode("latin-1")


HOST = "Host: 127.0.0.1:{port}"
SOCKET = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
STRANGE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "no host": ("GET", "/{token}/v1/x", ("X: y",)),
    "two hosts": ("GET", "/{token}/v1/x", (HOST, "Host: evil.example")),
    "another port": ("GET", "/{token}/v1/x", ("Host: 127.0.0.1:1",)),
    "a name that was bound anew": ("GET", "/{token}/v1/x", ("Host: evil.example:{port}",)),
    "a web page without rights": ("GET", "/{token}/finestream/streams", (HOST, "Origin: null")),
    "a form of a web page": ("POST", "/{token}/hooks/SessionStart", (HOST, "Origin: http://evil.example", "Content-Length: 0")),
    "a question of a browser": ("OPTIONS", "/{token}/v1/messages", (HOST, "Origin: http://evil.example")),
    "a web socket of a web page": ("GET", "/{token}/finestream/streams", (HOST, "Origin: http://evil.example", *SOCKET)),
    "a web socket without token": ("GET", "/finestream/streams", (HOST, *SOCKET)),
    "a proxy for others": ("GET", "http://evil.example/{token}/v1/x", (HOST,)),
    "a proxy for others, named so": ("GET", "http://127.0.0.1:{port}/{token}/v1/x", (HOST,)),
    "a tunnel": ("CONNECT", "evil.example:443", (HOST,)),
    "another host behind the token": ("GET", "/{token}%2F@evil.example:1/", (HOST,)),
    "a user in front of another host": ("GET", "/{token}@evil.example/", (HOST,)),
    "the token spelled otherwise": ("GET", "/%{first}{token}", (HOST,)),
    "a way round": ("GET", "/x/../{token}/v1/x", (HOST,)),
    "two slashes": ("GET", "//{token}/v1/x", (HOST,)),
    "bytes that are no text": ("GET", "/%ff%fe/v1/x", (HOST,)),
    "two lengths": ("POST", "/{token}/v1/x", (HOST, "Content-Length: 4", "Transfer-Encoding: chunked")),
    "two lengths that differ": ("POST", "/{token}/v1/x", (HOST, "Content-Length: 4", "Content-Length: 5")),
    "a header that is split": ("GET", "/{token}/v1/x", (HOST, "X: y\r z")),
    "a header that is too long": ("GET", "/{token}/v1/x", (HOST, "X: " + "y" * 100_000)),
}


@pytest.mark.parametrize("case", STRANGE)
async def test_no_stranger_gets_in_or_out(case: str) -> None:
    method, target, lines = STRANGE[case]
    reached: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        reached.append(request.raw_path)
        return web.Response()

    async with between(note) as (gate, _):
        spelled = target.replace("%{first}{token}", f"%{ord(gate.token[0]):02x}{gate.token[1:]}/v1/x")
        answer = await ask(gate, spelled, *lines, method=method)
        assert answer.split(" ")[1] in ("400", "403", "404")
        assert gate.token not in answer
        assert "Access-Control-" not in answer
    assert reached == []


async def test_a_web_socket_is_an_ordinary_request_to_upstream() -> None:
    async with between(paths) as (gate, _):
        answer = await ask(gate, "/{token}/v1/x", HOST, *SOCKET)
        assert answer.startswith("HTTP/1.1 200 ")
        assert '"upgrade": null' in answer


async def test_a_request_that_is_none_is_written_down_nowhere(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    book = Book()
    async with between(paths, book=book) as (gate, _):
        for line in (f"authorization : Bearer {SECRET}", f"x-api-key: {SECRET}\x01", f"x: {SECRET * 1000}"):
            assert (await ask(gate, "/{token}/v1/x", HOST, line)).split(" ")[1] == "400"
    assert (capfd.readouterr(), caplog.text) == (("", ""), "")
    assert book.records == []


# -- upstream ------------------------------------------------------------------------------------------------------------------------------

EVENTS = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"


@asynccontextmanager
async def hostile(head: str, body: Iterable[bytes] = (), settings: Settings | None = None) -> AsyncIterator[tuple[Gateway, Book, Any]]:
    """A gateway in front of a server that says what it likes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.encode("latin-1"))
            for data in body:
                writer.write(data)
                await writer.drain()
            await reader.read(1000)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    book = Book()
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with (
        serve(settings or Settings(attempts=0, backoff=(0.0,)), upstream=url, book=book) as gate,
        aiohttp.ClientSession(auto_decompress=False) as client,
    ):
        yield gate, book, client
        async with client.get(f"{gate.url}/finestream/health") as answered:
            assert answered.status == 200
    server.close()


HEADERS = {
    "split": "X-A: a\rSet-Cookie: evil=1\r\n",
    "with a zero": "X-A: a\x00b\r\n",
    "too long": "X-A: " + "a" * 100_000 + "\r\n",
    "too many": "".join(f"X-{number}: a\r\n" for number in range(40_000)),
    "two lengths": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
}


@pytest.mark.parametrize("case", HEADERS)
async def test_an_answer_whose_headers_are_none_is_a_clear_error(case: str) -> None:
    async with hostile(EVENTS + HEADERS[case] + "\r\n") as (gate, _, client), client.post(f"{gate.url}/v1/messages", json=BODY) as answer:
        assert answer.status == 502
        assert "evil" not in str(answer.headers)


async def test_headers_that_no_client_takes_are_left_out_and_the_answer_goes_on() -> None:
    head = f"HTTP/1.1 200 O\x1bK\r\n{EVENTS.partition(chr(10))[2]}X-Escape: \x1b[31m\r\nX-Kept: caf\xe9\r\n\r\n"
    async with hostile(head, [STREAM]) as (gate, _, client), client.post(f"{gate.url}/v1/messages", json=BODY) as answer:
        assert (answer.status, "X-Escape" in answer.headers) == (200, False)
        assert "X-Kept" in answer.headers


async def test_a_redirection_is_not_followed() -> None:
    async with hostile("HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as (gate, book, client):
        async with client.post(f"{gate.url}/v1/messages", json=BODY, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (307, "http://127.0.0.1:1/")
        assert book.records == []


async def test_a_refusal_without_end_is_read_as_far_as_it_matters() -> None:
    """What is read ahead is bounded; the rest is passed on as it comes, as fast as the client takes it."""
    body = b"x" * (3 * MOST_OF_A_REFUSAL)
    head = "HTTP/1.1 400 Bad\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    async with (
        hostile(head, (body for _ in range(10**9))) as (gate, _, client),
        client.post(f"{gate.url}/v1/messages", json=EAGER) as answer,
    ):
        assert answer.status == 400
        assert await answer.content.readexactly(5 * len(body)) == 5 * body


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    line = b": " + b"a" * (2**20 - 4) + b"\n\n"
    return b"".join(packer.compress(line) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_of_a_bomb_a_bounded_part_is_unpacked_at_once(encoding: str) -> None:
    plain = os.urandom(1000) + b"a" * (20 * LARGEST) + os.urandom(1000)
    packed = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)
    decoding = decoder(encoding)
    assert decoding is not None
    parts = [decoding.decompress(packed)]
    while decoding.has_more:
        parts.append(decoding.decompress(b""))
    assert b"".join(parts) == plain
    assert max(map(len, parts)) <= LARGEST


async def test_a_bomb_costs_the_gateway_no_memory() -> None:
    """64 MB of comments, in 64 KB: they go by in pieces."""
    packed, pieces = bomb(64), 0
    async with (
        hostile(f"{EVENTS}Content-Encoding: gzip\r\n\r\n", [packed]) as (gate, _, client),
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        assert "Content-Encoding" not in answer.headers
        tracemalloc.start()
        try:
            async for data in answer.content.iter_any():
                pieces += len(data)
                if pieces >= 64 * 2**20:
                    break
            assert tracemalloc.get_traced_memory()[1] < 24 * 2**20
        finally:
            tracemalloc.stop()


async def test_a_password_of_the_netrc_goes_to_nobody(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client would not send it; aiohttp does for whoever trusts the environment, or fails where there is an authorization already."""
    (home / ".netrc").write_text("default login me password mine\n")
    seen: list[dict[str, str]] = []

    async def proxy(request: web.Request) -> web.StreamResponse:
        seen.append({"target": request.raw_path, **{name.lower(): value for name, value in request.headers.items()}})
        return await event_stream(STREAM)(request)

    async with upstream(proxy) as way:
        monkeypatch.setenv("http_proxy", way)
        async with serve(Settings(), upstream="http://api.example", book=Book()) as gate, aiohttp.ClientSession() as client:
            for headers in ({"x-api-key": SECRET}, {"Authorization": f"Bearer {SECRET}"}):
                async with client.post(f"{gate.url}/v1/messages", json=BODY, headers=headers) as answer:
                    assert await answer.read() == STREAM
    assert [each["target"] for each in seen] == ["http://api.example/v1/messages"] * 2
    assert [each.get("authorization") for each in seen] == [None, f"Bearer {SECRET}"]
    assert not any("proxy-authorization" in each for each in seen)


async def test_a_password_in_the_upstream_beside_an_authorization_is_a_clear_error() -> None:
    async with (
        serve(Settings(), upstream="http://me:mine@127.0.0.1:9", book=Book()) as gate,
        aiohttp.ClientSession() as client,
        client.post(f"{gate.url}/v1/messages", json=BODY, headers={"Authorization": "Bearer x"}) as answer,
    ):
        assert answer.status == 502
        assert "mine" not in await answer.text()
