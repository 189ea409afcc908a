"""The simulator's HTTP side. SHELL. Its one law: it decides nothing; what is answered and where it breaks comes from the pure modules."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from finestream.errors import GatewayError
from finestream.simulator import frames as events
from finestream.simulator import wire
from finestream.simulator.admission import Refusal, check_request
from finestream.simulator.conversation import Reading, read_request
from finestream.simulator.faults import BEFORE_HEADERS, CHARACTERS_A_TOKEN, Cut, Key, arm, find_cut
from finestream.simulator.model import Answer, Part, answer
from finestream.simulator.play import Frame, Voice, message, play
from finestream.simulator.script import Character, Script

_SECRET = frozenset({"authorization", "proxy-authorization", "x-api-key", "cookie"})
_BODY_LIMIT = 256 * 2**20  # bytes of one request; a session of hundreds of documents repeats them all
_KEPT = 64 * 2**20  # bytes of request bodies recorded whole; after that only their last messages are


@dataclass(slots=True)
class Request:
    """A recorded request. ``headers`` are in lower case and without credentials.

    ``body``: the JSON body; of later ones only the last three ``messages`` when the recorded bodies together have
    become too large (then ``trimmed``). ``generated``: characters of tool input generated for the answer so far.
    ``parts``: the blocks of the answer, as if nothing broke.
    ``ended``: ``open``, ``complete``, ``max_tokens``, the kind of the fault, ``left`` (the client went away) or
    ``refused``.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: object = None
    trimmed: bool = False
    kind: str = "other"
    route: int | None = None
    turn: int | None = None
    character: Character | None = None
    streamed: bool = False
    parts: tuple[Part, ...] = ()
    generated: int = 0
    ended: str = "open"


@dataclass
class Simulator:
    """A running simulator: where it is, what it was asked, what it generated."""

    script: Script
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    struck: Counter[Key] = field(default_factory=Counter)
    _continued: Counter[tuple[int, int]] = field(default_factory=Counter)
    _kept: int = 0
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _watch: Callable[[Request], None] = lambda request: None

    @property
    def generated(self) -> int:
        """Characters of tool input generated in all answers together."""
        return sum(request.generated for request in self.requests)

    def character(self, reading: Reading) -> Character | None:
        """The character of this answer, None where nothing is continued. Each continuation of a turn takes the next one."""
        if reading.now is None or reading.call is None:
            return None
        count = self._continued[reading.route, reading.turn]
        self._continued[reading.route, reading.turn] += 1
        return reading.now.character[min(count, len(reading.now.character) - 1)]

    def record(self, request: web.Request, raw: bytes, body: object) -> Request:
        """Keep what is asked, without credentials."""
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in _SECRET}
        recorded = Request(request.method, request.path, headers, body)
        self._kept += len(raw)
        if self._kept > _KEPT and isinstance(body, Mapping) and isinstance(body.get("messages"), list):
            recorded.body, recorded.trimmed = {**body, "messages": body["messages"][-3:]}, True
        self.requests.append(recorded)
        return recorded

    def forget(self, routes: range) -> None:
        """Play these routes as if nobody had asked for them yet."""
        for counts in (self.struck, self._continued):
            for key in [key for key in counts if key[0] in routes]:
                del counts[key]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request."""
        raw = await request.read()
        body = _parse(raw)
        recorded = self.record(request, raw, body)
        try:
            return await self._route(request, recorded, raw, body)
        except asyncio.CancelledError:
            if recorded.ended == "open":
                recorded.ended = "left"
            raise
        except ConnectionError:  # it has gone; of an error aiohttp would print a traceback, into the terminal of whoever simulates
            recorded.ended = "left"
            return web.Response()
        finally:
            self._watch(recorded)

    async def _route(self, request: web.Request, recorded: Request, raw: bytes, body: object) -> web.StreamResponse:
        if request.path.endswith("/v1/messages/count_tokens") and request.method == "POST":
            recorded.ended = "complete"
            return web.json_response({"input_tokens": self._input_tokens(raw)})
        if not request.path.endswith("/v1/messages"):
            return _refuse(recorded, Refusal(404, "not_found_error", f"The simulator has nothing at {request.path}."))
        if request.method != "POST":
            return _refuse(recorded, Refusal(405, "invalid_request_error", "Method Not Allowed"))
        refusal = check_request(body, refuses_eager=self.script.refuses_eager)
        if refusal is not None or not isinstance(body, Mapping):
            return _refuse(recorded, refusal or Refusal(400, "invalid_request_error", ""))
        return await self._answer(request, recorded, body, self._input_tokens(raw))

    def _input_tokens(self, raw: bytes) -> int:
        return len(raw) // CHARACTERS_A_TOKEN if self.script.input_tokens is None else self.script.input_tokens

    async def _answer(self, request: web.Request, recorded: Request, body: Mapping[str, object], input_tokens: int) -> web.StreamResponse:
        reading = read_request(body, self.script)
        recorded.kind, recorded.streamed = reading.kind, body.get("stream") is True
        if reading.kind != "other":
            recorded.route, recorded.turn = reading.route, reading.turn
        recorded.character = self.character(reading)
        tools = _tools(body)
        said = answer(self.script, reading, recorded.character or "rest", [str(tool.get("name")) for tool in tools])
        recorded.parts = said.parts
        cut = find_cut(said.parts, arm(self.script, reading, self.struck), _number(body.get("max_tokens")))
        voice = Voice(
            ident=f"msg_sim{len(self.requests):07d}",
            model=str(body["model"]),
            input_tokens=input_tokens,
            eager=frozenset(str(tool.get("name")) for tool in tools if tool.get("eager_input_streaming") is True),
            seed=self.script.seed + len(self.requests),
            delta=self.script.delta,
            closes=self.script.closes,
        )
        await asyncio.sleep(self.script.first_token)
        return await _Speech(self, request, recorded, said, cut, voice).deliver()

    def strike(self, cut: Cut, recorded: Request) -> None:
        """Count a strike, and say in the record how the answer ended."""
        recorded.ended = cut.kind
        if cut.armed is not None:
            self.struck[cut.armed.key] += 1

    async def closing(self) -> None:
        """Wait until the simulator is being shut down."""
        await self._closing.wait()


@dataclass(slots=True)
class _Speech:
    """One answer on its way to one client."""

    simulator: Simulator
    request: web.Request
    recorded: Request
    said: Answer
    cut: Cut | None
    voice: Voice

    async def deliver(self) -> web.StreamResponse:
        cut = self.cut
        if cut is not None and cut.kind != "max_tokens" and (cut.part == BEFORE_HEADERS or not self.recorded.streamed):
            return await self._fail(cut)
        if not self.recorded.streamed:
            return self._whole()
        response = web.StreamResponse(headers=_headers(self.voice, "text/event-stream; charset=utf-8"))
        await response.prepare(self.request)
        await wire.stream(response, play(self.said, cut, self.voice), self.simulator.script.tokens_per_second, self._sent)
        if cut is None:
            self.recorded.ended = "complete"
        elif cut.kind in ("max_tokens", "error"):
            self.simulator.strike(cut, self.recorded)
        else:
            return await self._break(response, cut)
        return response

    def _sent(self, frame: Frame) -> None:
        if frame.tool:
            self.recorded.generated += frame.characters

    async def _fail(self, cut: Cut) -> web.StreamResponse:
        """Break an answer of which nothing has been sent."""
        self._generate()
        return self._status(cut) if cut.kind in ("status", "error") else await self._break(web.StreamResponse(), cut)

    def _generate(self) -> None:
        for frame in play(self.said, self.cut, self.voice):
            self._sent(frame)

    def _status(self, cut: Cut) -> web.Response:
        assert cut.armed is not None
        fault = cut.armed.fault
        status, kind = (fault.status, _STATUS.get(fault.status, "api_error")) if fault.kind == "status" else (529, fault.error)
        self.simulator.strike(cut, self.recorded)
        headers = _headers(self.voice, "application/json")
        if fault.retry_after is not None:
            headers["retry-after"] = str(fault.retry_after)
        body = json.dumps(events.error_object(kind, "The simulator was told to fail."))
        return web.Response(status=status, body=body.encode(), headers=headers)

    def _whole(self) -> web.Response:
        self._generate()
        if self.cut is None:
            self.recorded.ended = "complete"
        else:
            self.simulator.strike(self.cut, self.recorded)
        body = json.dumps(message(self.said, self.cut, self.voice), ensure_ascii=False, separators=(",", ":"))
        return web.Response(body=body.encode("utf-8", "backslashreplace"), headers=_headers(self.voice, "application/json"))

    async def _break(self, response: web.StreamResponse, cut: Cut) -> web.StreamResponse:
        """End the connection as the fault says. The strike is counted first: whoever sees it may ask again at once."""
        self.simulator.strike(cut, self.recorded)
        transport = self.request.transport
        if transport is None:
            return response
        if cut.kind == "stall":
            await self.simulator.closing()
            transport.abort()
        elif cut.kind != "end" or not response.prepared:
            await wire.settle(transport, self.simulator.script.settle)
            if cut.kind == "reset":
                wire.reset(transport)
            else:
                transport.close()
        return response


_STATUS = {429: "rate_limit_error", 504: "timeout_error", 529: "overloaded_error"}


def _headers(voice: Voice, content_type: str) -> dict[str, str]:
    return {"content-type": content_type, "cache-control": "no-cache", "request-id": f"req_{voice.ident.removeprefix('msg_')}"}


def _parse(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _tools(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    tools = body.get("tools")
    return [tool for tool in tools if isinstance(tool, Mapping)] if isinstance(tools, list) else []


def _refuse(recorded: Request, refusal: Refusal) -> web.Response:
    recorded.ended = "refused"
    return web.json_response(events.error_object(refusal.kind, refusal.message), status=refusal.status)


@asynccontextmanager
async def serve(
    script: Script, *, host: str = "127.0.0.1", port: int = 0, watch: Callable[[Request], None] = lambda request: None
) -> AsyncIterator[Simulator]:
    """Run a simulator as long as the context lasts; port 0 takes a free one. ``watch`` is told of each request when
    it is over.

    Raises:
        GatewayError: the port cannot be had.
    """
    simulator = Simulator(script, _watch=watch)
    application = web.Application(client_max_size=_BODY_LIMIT)
    application.router.add_route("*", "/{path:.*}", simulator.handle)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            reason = error.strerror or str(error)
            fix = "Choose another port with --port, or 0 for a free one."
            raise GatewayError(f"the simulator cannot listen there: {reason}", fix, address=f"{host}:{port}") from error
        simulator.url = f"http://{host}:{runner.addresses[0][1]}"
        yield simulator
    finally:
        simulator._closing.set()
        await runner.cleanup()
