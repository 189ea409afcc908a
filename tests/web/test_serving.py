"""The page over HTTP: who gets it, what it may do, what it is told."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import pytest

from finestream.web.answers import HEADERS
from finestream.web.serving import serve_behind, served
from tests.web.sources import Sources, site


@asynccontextmanager
async def page(sources: Sources | None = None) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    async with served(site(sources)) as url, aiohttp.ClientSession() as client:
        yield url, client


async def test_every_answer_forbids_what_a_page_could_do_otherwise() -> None:
    async with page() as (url, client):
        for path in ("", "app.js", "page.css", "mark.svg", "data/about", "data/runs", "data/none", "../secret", "none.html"):
            async with client.get(f"{url}{path}") as answer:
                assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS), path
                assert "Set-Cookie" not in answer.headers
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("", 200, "text/html"),
        ("app.js", 200, "text/javascript"),
        ("page.css", 200, "text/css"),
        ("mark.svg", 200, "image/svg+xml"),
        ("__init__.py", 404, "text/plain"),
        ("%2e%2e%2fsite.py", 404, "text/plain"),
        ("assets/app.js", 404, "text/plain"),
        ("data/figures?since=never", 400, "application/json"),
        ("data/runs", 404, "application/json"),
    ],
)
async def test_what_is_there_and_what_is_not(path: str, status: int, kind: str) -> None:
    async with page() as (url, client), client.get(f"{url}{path}") as answer:
        assert (answer.status, answer.content_type) == (status, kind)


async def test_the_folder_without_its_slash_leads_to_the_page() -> None:
    async with page() as (url, client), client.get(url.rstrip("/")) as answer:
        assert (answer.status, str(answer.url)) == (200, url)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("figures", {"since": 86400.0}),
        ("figures?since=15m", {"since": 900.0}),
        ("calls?words=a%20b&trouble=1", {"since": 86400.0, "words": "a b", "is_trouble": True}),
        ("call?key=a%252Fb&session=s", {"name": "a/b", "session": "s"}),
        ("run?key=last", {"name": "last"}),
        ("about", {"name": "\\x1b[31m<b>"}),
        ("runs", {"error": "there is no journal yet", "fix": "Run a session."}),
    ],
)
async def test_questions_are_put_to_the_sources_and_answers_made_safe(query: str, told: object) -> None:
    async with page() as (url, client), client.get(f"{url}data/{query}") as answer:
        assert await answer.json() == told


async def test_nobody_else_gets_in() -> None:
    async with page() as (url, client):
        parts = urlsplit(url)
        own = f"{parts.scheme}://{parts.netloc}"
        for headers, status in (
            ({"Host": "evil.example"}, 403),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": own}, 200),
        ):
            async with client.get(url, headers=headers) as answer:
                assert answer.status == status, headers
        for path in ("/", f"/{'x' * 32}{parts.path[33:]}", parts.path.replace("/finestream/", "/v1/")):
            async with client.get(f"{own}{path}") as answer:
                assert answer.status == 404, path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_can_be_changed(method: str) -> None:
    async with page() as (url, client), client.request(method, f"{url}data/about") as answer:
        assert answer.status == 405


async def test_a_port_that_is_taken_is_an_error_before_anything_is_served() -> None:
    async with page() as (url, _):
        with pytest.raises(OSError):
            async with served(site(), urlsplit(url).port or 0):
                pass


async def test_what_is_new_is_told_as_events() -> None:
    sources = Sources()
    async with page(sources) as (url, client), client.get(f"{url}live") as answer:
        assert answer.content_type == "text/event-stream"
        found = [await _event(answer) for _ in range(3)]
        sources.mark = 1
        found.append(await _event(answer))
    assert found == [
        ("", None),
        ("streams", {"whole": True, "gateways": [], "streams": {}}),
        ("changed", {"journal": True, "runs": True}),
        ("changed", {"journal": True, "runs": False}),
    ]


async def _event(answer: aiohttp.ClientResponse) -> tuple[str, object]:
    lines = (await answer.content.readuntil(b"\n\n")).decode().splitlines()
    told = dict(line.split(": ", 1) for line in lines if line)
    return told.get("event", ""), json.loads(told["data"]) if "data" in told else None


async def test_behind_a_gateway_it_ends_with_it() -> None:
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        work = asyncio.create_task(serve_behind(site(), listener, gone))
        async with aiohttp.ClientSession() as client:
            async with client.get(f"http://127.0.0.1:{port}/finestream/dashboard/data/about") as answer:
                assert answer.status == 200
            async with client.get(f"http://127.0.0.1:{port}/finestream/dashboards") as answer:
                assert answer.status == 404
            gone.set_result(None)
            await work


async def test_behind_a_gateway_it_ends_when_nobody_looks_any_more() -> None:
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await serve_behind(site(), listener, gone, idle=0.01)
    assert gone.cancelled()
