"""The gateway over real sockets: who gets in, and what is relayed unchanged."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict

from finestream.errors import GatewayError
from finestream.gateway import serve
from finestream.settings import Settings
from tests.gateway.sockets import BODY, SECRET, Book, between, upstream


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
    book = Book()
    async with (
        serve(Settings(), upstream=url, book=book) as gate,
        aiohttp.ClientSession() as client,
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        assert answer.status == 502
        assert "cannot be reached" in (await answer.json())["error"]["message"]
    event, error = book.records
    assert event == error
    assert (error["event"], error["error"], error["outcome"]) == ("unreachable", "network_interruption", "surfaced")
    assert error["path"] == "/v1/messages"


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
