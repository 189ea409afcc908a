"""The gateway over real sockets: who gets in, what is relayed unchanged, what happens when a side goes away."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict

from finestream.errors import GatewayError
from finestream.gateway import Gateway, serve
from finestream.gateway.encoding import decoder
from finestream.gateway.records import Speaker
from finestream.gateway.stream import Stream
from finestream.gateway.upstream import Exchange, Upstream, without_eager
from finestream.monitor import Decision, Monitor, Request
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


async def echo(request: web.Request) -> web.StreamResponse:
    seen = {
        "method": request.method,
        "path": request.raw_path,
        "headers": [*request.headers.items()],
        "body": (await request.read()).decode("latin-1"),
    }
    headers = CIMultiDict({"X-Kept": "yes", "request-id": "req_1", "retry-after": "7"})
    headers.extend([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Connection", "x-hop"), ("x-hop", "gone")])
    return web.json_response(seen, status=429, headers=headers)


async def test_a_stream_passes_byte_for_byte() -> None:
    for step in (1, 13, 10**9):
        async with (
            between(event_stream(STREAM, step=step)) as (gate, client),
            client.post(f"{gate.url}/v1/messages?beta=true", json=BODY) as answer,
        ):
            assert answer.status == 200
            assert answer.content_type == "text/event-stream"
            assert await answer.read() == STREAM


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress(STREAM)), ("identity", STREAM), ("never-heard-of", b"\x00\x01odd")]
)
async def test_a_compressed_stream_arrives(encoding: str, packed: bytes) -> None:
    """What can be unpacked is watched and sent on plain; what cannot is passed on as it is, with its header."""
    async with (
        between(event_stream(packed, step=50, headers={"Content-Encoding": encoding})) as (gate, client),
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        is_known = encoding != "never-heard-of"
        assert await answer.read() == (STREAM if is_known else packed)
        assert ("Content-Encoding" in answer.headers) is not is_known


async def test_requests_and_answers_are_relayed_unchanged() -> None:
    async with between(echo) as (gate, client):
        headers = {
            "x-api-key": SECRET,
            "anthropic-beta": "a-1,b-2",
            "X-Multi": "1",
            "Accept-Encoding": "br, zstd",
            "x-finestream-agent": "qa",
        }
        async with client.put(f"{gate.url}/v1/files/a%20b%2Fc?x=1&y=%C3%A9", data=b"\x00\xff{", headers=headers) as answer:
            seen = await answer.json()
            assert answer.status == 429
            assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
            assert answer.headers["retry-after"] == "7"
            assert "x-hop" not in answer.headers
    assert (seen["method"], seen["path"], seen["body"]) == ("PUT", "/v1/files/a%20b%2Fc?x=1&y=%C3%A9", "\x00\xff{")
    sent = {key.lower(): value for key, value in seen["headers"]}
    assert sent["x-api-key"] == SECRET
    assert sent["anthropic-beta"] == "a-1,b-2"
    assert sent["accept-encoding"] == "br, zstd"
    assert "x-finestream-agent" not in sent
    assert "user-agent" in sent


async def test_head_and_count_tokens_go_through() -> None:
    async with between(echo) as (gate, client):
        async with client.head(f"{gate.url}/api/hello") as answer:
            assert (answer.status, await answer.read()) == (429, b"")
        async with client.post(f"{gate.url}/v1/messages/count_tokens", json=BODY) as answer:
            assert (await answer.json())["path"] == "/v1/messages/count_tokens"


REFUSED: dict[str, tuple[str, dict[str, str], int]] = {
    "no token": ("/v1/messages", {}, 404),
    "wrong token": ("/nonsense/v1/messages", {}, 404),
    "another host name": ("{path}", {"Host": "evil.example"}, 403),
    "a web page": ("{path}", {"Origin": "https://evil.example"}, 403),
    "a web page of this machine": ("{path}", {"Origin": "http://127.0.0.1"}, 403),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_nobody_else_gets_in(case: str) -> None:
    path, headers, status = REFUSED[case]
    async with between(echo) as (gate, client):
        url = f"http://127.0.0.1:{gate.port}" + path.replace("{path}", f"/{gate.token}/v1/messages")
        async with client.post(url, json=BODY, headers=headers) as answer:
            assert answer.status == status
            found = await answer.json()
    assert found["type"] == "error"
    assert "finestream" in found["error"]["message"]


async def test_a_body_beyond_the_limit_is_refused_with_what_to_do() -> None:
    async with (
        between(echo, Settings(body_limit=1000)) as (gate, client),
        client.post(f"{gate.url}/v1/messages", data=b"x" * 2000) as answer,
    ):
        assert answer.status == 413
        assert "limits.body" in (await answer.json())["error"]["message"]


async def test_an_unreachable_upstream_is_a_clear_error() -> None:
    async with upstream(echo) as url:
        pass  # the port is free again, nobody listens
    async with (
        serve(Settings(), upstream=url, book=Book()) as gate,
        aiohttp.ClientSession() as client,
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        assert answer.status == 502
        assert "cannot be reached" in (await answer.json())["error"]["message"]


async def test_an_upstream_that_speaks_no_http_is_a_clear_error() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-hello\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with (
        server,
        serve(Settings(), upstream=url, book=Book()) as gate,
        aiohttp.ClientSession() as client,
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        assert answer.status == 502


async def test_a_port_in_use_and_a_wrong_upstream_are_named() -> None:
    async with serve(Settings(), upstream="http://127.0.0.1:9", book=Book()) as gate:
        with pytest.raises(GatewayError, match="--port"):
            async with serve(Settings(), upstream="http://127.0.0.1:9", book=Book(), port=gate.port):
                pass
    with pytest.raises(GatewayError, match="full URL"):
        async with serve(Settings(), upstream="api.example", book=Book()):
            pass


async def test_a_client_that_leaves_closes_upstream_at_once() -> None:
    left = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(STREAM[: STREAM.index(b"event: ping")])
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return response

    book = Book()
    async with between(endless, book=book) as (gate, client):
        answer = await client.post(f"{gate.url}/v1/messages", json=BODY)
        await answer.content.readany()
        answer.close()
        await asyncio.wait_for(left.wait(), 10)
        while not any(record["event"] == "client_left" for record in book.records):
            await asyncio.sleep(0)


async def test_a_refused_eager_field_is_dropped_and_remembered() -> None:
    bodies: list[Any] = []

    async def picky(request: web.Request) -> web.StreamResponse:
        bodies.append(body := json.loads(await request.read()))
        if "eager_input_streaming" in body["tools"][0]:
            detail = {"type": "error", "error": {"message": "tools.0.custom.eager_input_streaming: Extra inputs are not permitted"}}
            return web.json_response(detail, status=400)
        return await event_stream(STREAM)(request)

    body = {**BODY, "tools": [{"name": "Note", "eager_input_streaming": True}]}
    async with between(picky) as (gate, client):
        for _ in range(2):
            async with client.post(f"{gate.url}/v1/messages", json=body) as answer:
                assert await answer.read() == STREAM
    assert [list(body["tools"][0]) for body in bodies] == [["name", "eager_input_streaming"], ["name"], ["name"]]


@pytest.mark.parametrize("body", [b"no json", b"[1]", b'{"tools": 3}'])
def test_a_body_that_is_no_request_stays_as_it_is(body: bytes) -> None:
    assert without_eager(body) == body


async def test_another_400_reaches_the_client_whole() -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.json_response({"type": "error", "error": {"type": "invalid_request_error", "message": "no such model"}}, status=400)

    body = {**BODY, "tools": [{"name": "Note", "eager_input_streaming": True}]}
    async with between(refuse) as (gate, client), client.post(f"{gate.url}/v1/messages", json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]["message"] == "no such model"


async def test_an_answer_that_breaks_off_outside_of_a_stream_breaks_off_for_the_client_too() -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"half":')
        assert request.transport
        request.transport.close()
        return response

    async with between(broken) as (gate, client):
        with pytest.raises(aiohttp.ClientPayloadError):
            async with client.get(f"{gate.url}/v1/models") as answer:
                await answer.read()


class Failing(Monitor):
    """A monitor with a bug: it raises at the second read."""

    reads = 0

    def receive(self, data: bytes, now: float) -> list[Decision]:
        self.reads += 1
        if self.reads == 2:
            raise ZeroDivisionError
        return super().receive(data, now)


async def test_a_fault_of_the_monitor_costs_nothing() -> None:
    """Everything that had not gone out goes out raw, and what follows, too."""
    book = Book()
    goes_on = asyncio.Event()
    half = STREAM.index(b"event: something_new") + 40  # in the middle of a frame

    async def in_two_reads(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(STREAM[:half])
        await goes_on.wait()
        await response.write(STREAM[half:])
        return response

    async def gateway(request: web.Request) -> web.StreamResponse:
        there = Upstream(str(source))
        exchange = Exchange("POST", "/v1/messages", CIMultiDict(), json.dumps(BODY).encode())
        answer, _ = await there.send(exchange, is_watched=True)
        response = web.StreamResponse()
        await response.prepare(request)
        failing = Failing(Request(exchange.body), Settings(), asyncio.get_running_loop().time())
        plain = decoder("")
        assert plain
        await Stream(failing, there, exchange, book=book, speaker=Speaker({}, "1")).run(answer, plain, request, response)
        await there.close()
        return response

    async with (
        upstream(in_two_reads) as source,
        upstream(gateway) as front,
        aiohttp.ClientSession() as client,
        client.post(front) as answer,
    ):
        first = await answer.content.readany()
        goes_on.set()
        assert first + await answer.content.read() == STREAM
    assert [record["reason"] for record in book.records if record["event"] == "fault"] == ["ZeroDivisionError: "] * 2
