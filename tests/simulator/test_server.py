"""The HTTP side, asked over real sockets: how answers end, what is recorded, what is refused."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from finestream.errors import GatewayError
from finestream.simulator import server as module
from finestream.simulator.background import running
from finestream.simulator.scenes import code, one
from finestream.simulator.script import Author, Fault, Portion, Route, Script, Text, ToolUse, Turn
from finestream.simulator.server import Request, Simulator, serve
from tests.simulator.asking import ask, call, events, go_on, joined, results, said, script

DOC = {"file_path": "/tmp/a", "content": code(6000, 1)}
WRITTEN = json.dumps(DOC, ensure_ascii=False)


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def _post(
    client: aiohttp.ClientSession, simulator: Simulator, body: Any, path: str = "/v1/messages?beta=true"
) -> tuple[int, bytes, Exception | None]:
    got = b""
    status = 0
    try:
        async with client.post(simulator.url + path, json=body, headers={"x-api-key": "secret", "Authorization": "secret"}) as response:
            status = response.status
            async for piece in response.content.iter_any():
                got += piece
    except aiohttp.ClientError as error:
        return status, got, error
    return status, got, None


async def test_a_healthy_answer_is_whole_and_recorded_without_credentials(client: aiohttp.ClientSession) -> None:
    ended: list[Request] = []
    async with serve(one("Write", DOC), watch=ended.append) as simulator:
        status, data, error = await _post(client, simulator, ask(), "/some/prefix/v1/messages?beta=true")
    assert (status, error) == (200, None)
    assert joined(events(data)) == WRITTEN
    (request,) = simulator.requests
    assert ended == [request]
    assert (request.kind, request.route, request.turn) == ("first", 0, 0)
    assert (request.streamed, request.ended, request.generated) == (True, "complete", len(WRITTEN))
    assert [part.text for part in request.parts] == [WRITTEN]
    assert (request.path, request.body) == ("/some/prefix/v1/messages", ask())
    assert "secret" not in repr(request)
    assert not request.trimmed
    assert simulator.generated == len(WRITTEN)


@pytest.mark.parametrize("at", [0, 1, 3000, len(WRITTEN)])
@pytest.mark.parametrize("kind", ["reset", "drop", "end", "error", "max_tokens"])
async def test_what_was_sent_before_the_end_arrives_before_it(client: aiohttp.ClientSession, kind: Any, at: int) -> None:
    async with serve(one("Write", DOC, fault=Fault(kind, at=at))) as simulator:
        status, data, error = await _post(client, simulator, ask())
        assert status == 200
        assert joined(events(data)) == WRITTEN[:at]
        assert (error is None) == (kind in ("end", "error", "max_tokens"))
        assert kind != "reset" or "reset by peer" in str(error)
        assert (simulator.requests[0].ended, simulator.requests[0].generated) == (kind, at)
        _, data, error = await _post(client, simulator, ask())
        assert error is None
        assert joined(events(data)) == WRITTEN


async def test_a_torn_frame_arrives_torn(client: aiohttp.ClientSession) -> None:
    async with serve(one("Write", DOC, fault=Fault("reset", at=100, torn=True))) as simulator:
        _, data, _ = await _post(client, simulator, ask())
    assert not data.endswith(b"\n\n")


async def test_a_reset_before_the_headers_leaves_nothing(client: aiohttp.ClientSession) -> None:
    for kind in ("reset", "drop", "end"):
        async with serve(one("Write", DOC, fault=Fault(kind, at="before_headers"))) as simulator:
            status, data, error = await _post(client, simulator, ask())
        assert (status, data) == (0, b"")
        assert error is not None


async def test_a_status_comes_instead_of_a_stream(client: aiohttp.ClientSession) -> None:
    async with serve(one("Write", DOC, fault=Fault("status", status=429, retry_after=3))) as simulator:
        async with client.post(simulator.url + "/v1/messages", json=ask()) as response:
            assert (response.status, response.headers["retry-after"]) == (429, "3")
            assert (await response.json())["error"]["type"] == "rate_limit_error"
        assert simulator.requests[0].ended == "status"
        assert (await _post(client, simulator, ask()))[0] == 200


async def test_a_stall_is_silent_until_the_client_leaves(client: aiohttp.ClientSession) -> None:
    ended: asyncio.Queue[Request] = asyncio.Queue()
    for body in (ask(), ask(stream=False)):
        async with serve(one("Write", DOC, fault=Fault("stall", at=3000, times=None)), watch=ended.put_nowait) as simulator:
            got = b""
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3), client.post(simulator.url + "/v1/messages", json=body) as response:
                    async for piece in response.content.iter_any():
                        got += piece
            assert joined(events(got)) == (WRITTEN[:3000] if body["stream"] else "")
            assert (await ended.get()).ended == "stall"


async def test_a_stall_ends_with_the_simulator(client: aiohttp.ClientSession) -> None:
    async with serve(one("Write", DOC, fault=Fault("stall", at="before_message"))) as simulator:
        asking = asyncio.create_task(_post(client, simulator, ask()))
        while not simulator.struck:
            await asyncio.sleep(0)
    assert (await asking)[2] is not None


async def test_a_client_that_leaves_is_recorded(client: aiohttp.ClientSession) -> None:
    ended: asyncio.Queue[Request] = asyncio.Queue()
    slow = Script(one("Write", DOC).routes, tokens_per_second=1)
    for scene in (slow, Script(slow.routes, first_token=60)):
        async with serve(scene, watch=ended.put_nowait) as simulator:
            asking = asyncio.create_task(_post(client, simulator, ask()))
            while not simulator.requests:
                await asyncio.sleep(0)
            asking.cancel()
            assert (await ended.get()).ended == "left"


async def test_a_buffered_tool_is_not_streamed_eagerly(client: aiohttp.ClientSession) -> None:
    async with serve(one("Write", DOC)) as simulator:
        _, data, _ = await _post(client, simulator, ask(tools=[{"name": "Write"}]))
    deltas = [event for event in events(data) if event["type"] == "content_block_delta"]
    assert (joined(events(data)), len(deltas)) == (WRITTEN, 4)


async def test_the_requests_own_max_tokens_cuts_every_answer(client: aiohttp.ClientSession) -> None:
    async with serve(one("Write", DOC)) as simulator:
        for _ in range(2):
            _, data, _ = await _post(client, simulator, ask(max_tokens=100))
            assert joined(events(data)) == WRITTEN[:400]
        _, data, _ = await _post(client, simulator, ask(max_tokens=100, stream=False))
        assert json.loads(data)["content"][0]["input"] == {"file_path": "/tmp/a"}
        assert [request.ended for request in simulator.requests] == ["max_tokens"] * 3
        assert simulator.generated == 1200


async def test_an_answer_that_is_not_streamed(client: aiohttp.ClientSession) -> None:
    async with serve(one("Write", {"lone": "\ud83d", **DOC}, fault=[Fault("error", at=5), Fault("reset", at=7)])) as simulator:
        status, data, _ = await _post(client, simulator, ask(stream=False))
        assert (status, json.loads(data)["error"]["type"]) == (529, "overloaded_error")
        assert (await _post(client, simulator, ask(stream=False)))[2] is not None
        _, data, _ = await _post(client, simulator, ask(stream=False))
        assert json.loads(data)["content"][0]["input"] == {"lone": "\ud83d", **DOC}
        assert [request.generated for request in simulator.requests][:2] == [5, 7]


async def test_each_continuation_takes_the_next_character(client: aiohttp.ClientSession) -> None:
    opening = '{"content": "' + WRITTEN[960:1000]
    async with serve(one("Write", DOC, fault=Fault("reset", at=2000, during="continuation"), character=["text", "rest"])) as simulator:
        body = ask(*go_on(WRITTEN[:1000], opening))
        _, data, _ = await _post(client, simulator, body)
        assert events(data)[-2]["delta"]["stop_reason"] == "end_turn"
        _, data, error = await _post(client, simulator, body)
        assert error is not None
        assert joined(events(data)) == opening + WRITTEN[1000:2000]
        _, data, _ = await _post(client, simulator, body)
        assert joined(events(data)) == opening + WRITTEN[1000:]
        assert [request.character for request in simulator.requests] == ["text", "rest", "rest"]
        assert {request.kind for request in simulator.requests} == {"continuation"}


async def test_the_faults_of_an_author_strike_the_call_they_name(client: aiohttp.ClientSession) -> None:
    author = Author("Write", (Portion({"a": 1}), Portion({"text": "é" * 20}, ("fine",))), faults=((1, Fault("reset", at=20)),))
    once: list[Any] = [said({**call("Write"), "input": {"a": 1}}), results()]
    written = json.dumps({"text": "é" * 20}, ensure_ascii=False)
    async with serve(Script((Route(author=author),), faults=(Fault("end", at="before_message"),))) as simulator:
        bodies = [ask(), ask(), *[ask(*once)] * 3, ask(*once, *go_on(written[:20], '{"text": "é'))]
        got = [joined(events((await _post(client, simulator, body))[1])) for body in bodies]
    assert got == ["", '{"a": 1}', "", written[:20], written, '{"text": "é' + written[20:]]
    assert [request.ended for request in simulator.requests] == ["end", "complete", "end", "reset", "complete", "complete"]
    assert [request.turn for request in simulator.requests] == [0, 0, 1, 1, 1, 1]


async def test_a_standing_fault_strikes_again_and_again(client: aiohttp.ClientSession) -> None:
    scene = Script(one("Write", DOC).routes, faults=(Fault("reset", every=1000),))
    kept, opening = "", ""
    async with serve(scene) as simulator:
        while True:
            _, data, error = await _post(client, simulator, ask(*go_on(kept, opening)) if kept else ask())
            kept += joined(events(data)).removeprefix(opening)
            if error is None:
                break
            opening = '{"content": "' + kept[-40:]
        assert json.loads(kept) == DOC
        assert simulator.generated < 1.1 * len(WRITTEN)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/models?limit=1000", 404), ("HEAD", "/api/hello", 404), ("GET", "/v1/messages", 405), ("POST", "/", 404)],
)
async def test_other_paths_are_refused_in_the_apis_shape(client: aiohttp.ClientSession, method: str, path: str, status: int) -> None:
    async with serve(one("Write", DOC)) as simulator, client.request(method, simulator.url + path) as response:
        assert response.status == status
        assert method == "HEAD" or (await response.json())["type"] == "error"
        assert simulator.requests[0].ended == "refused"


async def test_tokens_are_counted_as_four_characters(client: aiohttp.ClientSession) -> None:
    async with serve(script(Turn((Text("x"),)))) as simulator:
        _, data, _ = await _post(client, simulator, ask(), "/v1/messages/count_tokens")
        assert json.loads(data) == {"input_tokens": len(json.dumps(ask())) // 4}
    async with serve(script(Turn((Text("x"),)), input_tokens=9)) as simulator:
        assert events((await _post(client, simulator, ask()))[1])[0]["message"]["usage"]["input_tokens"] == 9


async def test_what_the_api_refuses_is_refused(client: aiohttp.ClientSession) -> None:
    async with serve(script(Turn((Text("x"),)), refuses_eager=True)) as simulator:
        status, data, _ = await _post(client, simulator, ask())
        assert (status, "eager_input_streaming" in json.loads(data)["error"]["message"]) == (400, True)
        async with client.post(simulator.url + "/v1/messages", data=b"{not json") as response:
            assert response.status == 400


async def test_a_paced_answer_pings_in_long_silence(client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    from finestream.simulator import wire

    monkeypatch.setattr(wire, "_PING_EVERY", 0.01)
    async with serve(script(Turn((Text("twenty characters is."),)), tokens_per_second=100, delta=40)) as simulator:
        _, data, _ = await _post(client, simulator, ask())
    assert sum(event["type"] == "ping" for event in events(data)) > 1


async def test_recorded_bodies_are_trimmed_when_they_grow(client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 100)
    body = ask(*[{"role": "user", "content": str(number)} for number in range(9)])
    async with serve(script(Turn((Text("x"),)))) as simulator:
        await _post(client, simulator, body)
    (request,) = simulator.requests
    assert request.trimmed
    assert request.body == {**body, "messages": body["messages"][-3:]}


async def test_a_port_in_use_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(GatewayError, match="cannot listen"):
            async with serve(one("Write", DOC), port=taken.getsockname()[1]):
                pass


def test_the_simulator_runs_in_a_thread() -> None:
    async def whole(url: str) -> bytes:
        async with aiohttp.ClientSession() as session, session.post(f"{url}/v1/messages", json=ask()) as response:
            return await response.read()

    with running(script(Turn((ToolUse("Write", DOC),)))) as simulator:
        assert joined(events(asyncio.run(whole(simulator.url)))) == WRITTEN
        with pytest.raises(GatewayError), running(simulator.script, port=int(simulator.url.rsplit(":", 1)[1])):
            pass


async def test_a_slow_reader_still_gets_what_was_sent_before_a_reset() -> None:
    document = {"content": code(60_000, 2)}
    written = json.dumps(document, ensure_ascii=False)
    loop = asyncio.get_running_loop()
    async with serve(one("Write", document, fault=Fault("reset", at=60_000))) as simulator:
        with socket.socket() as reader:
            # A small window, so that most of the answer waits at the simulator's side when the reset is due.
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            reader.setblocking(False)
            await loop.sock_connect(reader, ("127.0.0.1", int(simulator.url.rsplit(":", 1)[1])))
            body = json.dumps(ask(max_tokens=10**5)).encode()
            head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            await loop.sock_sendall(reader, head.encode() + body)
            got = bytearray()
            with pytest.raises(ConnectionResetError):
                while piece := await loop.sock_recv(reader, 65536):
                    got += piece
                    for _ in range(5):  # slower than the simulator writes
                        await asyncio.sleep(0)
    assert joined(events(_unchunked(bytes(got)))) == written[:60_000]


def _unchunked(data: bytes) -> bytes:
    rest = data.split(b"\r\n\r\n", 1)[1]
    whole = b""
    while rest:
        size, rest = rest.split(b"\r\n", 1)
        whole, rest = whole + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return whole
