"""Who observes a gateway is told of each watched response; the page for Prometheus is served to whoever has the token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from finestream.errors import JournalError
from finestream.gateway import serve
from finestream.settings import Settings
from tests.gateway.sockets import BODY, STREAM, Book, event_stream, upstream

HEADERS = {"x-claude-code-session-id": "s1", "traceparent": "00-1-2-01", "x-other": "y"}


class Watcher:
    def __init__(self) -> None:
        self.told: list[tuple[str, Mapping[str, Any]]] = []

    def began(self, record: Mapping[str, Any], /) -> None:
        self.told.append(("began", record))

    def ended(self, record: Mapping[str, Any], /) -> None:
        self.told.append(("ended", record))


async def test_a_watched_response_is_told_of_and_no_other() -> None:
    watcher = Watcher()
    async with (
        upstream(event_stream(STREAM)) as url,
        serve(Settings(), upstream=url, book=Book(), observer=watcher) as gate,
        aiohttp.ClientSession() as client,
    ):
        async with client.post(f"{gate.url}/v1/messages", json=BODY, headers=HEADERS) as answer:
            assert await answer.read() == STREAM
        async with client.post(f"{gate.url}/v1/messages/count_tokens", json=BODY) as answer:
            await answer.read()
    [(_, began), (_, ended)] = watcher.told
    assert (began["session_id"], began["carrier"], ended["stream"]) == ("s1", {"traceparent": "00-1-2-01"}, began["stream"])
    assert began["waited"] >= 0 and began["at"] <= ended["at"]
    assert (ended["requested"], ended["outcome"], ended["requests"]) == ("claude-x", "complete", 1)


async def test_a_response_that_its_client_has_left_is_told_of() -> None:
    watcher = Watcher()

    async def hang(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(STREAM[:300])
        await asyncio.Event().wait()
        return response

    async with (
        upstream(hang) as url,
        serve(Settings(), upstream=url, book=Book(), observer=watcher) as gate,
        aiohttp.ClientSession() as client,
        client.post(f"{gate.url}/v1/messages", json=BODY) as answer,
    ):
        await answer.content.readany()
    assert [(name, record.get("outcome")) for name, record in watcher.told] == [("began", None), ("ended", "client_left")]


@pytest.mark.parametrize("is_broken", [False, True])
async def test_the_page_for_prometheus(is_broken: bool) -> None:
    def page(state: Mapping[str, Any], views: Sequence[Mapping[str, Any]]) -> bytes:
        if is_broken:
            raise JournalError("this cannot be read", "Look at it.", path="x")
        return f"up {state['streams']} {len(views)} {state['sessions']}\n".encode()

    async with (
        upstream(event_stream(b"from upstream")) as url,
        serve(Settings(), upstream=url, book=Book(), metrics=page) as gate,
        aiohttp.ClientSession() as client,
    ):
        async with client.get(f"{gate.url}/metrics") as answer:
            assert (answer.status, answer.content_type) == ((503 if is_broken else 200), "text/plain")
            text = await answer.text()
            assert text.startswith("finestream: x: this cannot be read" if is_broken else "up 0 0 None\n")
        async with client.get(f"http://127.0.0.1:{gate.port}/metrics") as answer:
            assert answer.status == 404
