"""What is sent to upstream, and what becomes of answers that are no stream."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from finestream.gateway.upstream import without_eager
from tests.gateway.sockets import BODY, STREAM, between, event_stream


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
