"""A session with the Messages API on a stage: an upstream that is simulated or plays answers one by one, and somebody who listens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

from finestream import gateway
from finestream.handoff.messages import TOOL
from finestream.settings import Settings
from finestream.simulator.admission import check_request
from finestream.simulator.faults import CHARACTERS_A_TOKEN, Cut
from finestream.simulator.model import Answer, Part
from finestream.simulator.play import Voice, play
from finestream.simulator.script import Route, Script, ToolUse, Turn
from finestream.simulator.server import Simulator
from finestream.simulator.server import serve as simulate
from finestream.workflow.messages_api import ApiSession
from finestream.workflow.plan import Assignment
from finestream.workflow.session import Begun, Called, Ended, Fragment, Gone, Happening
from tests.gateway.sockets import Book, upstream

DOCUMENT = {"summary": "Zwei Wörter 😀 🧵.", "remarks": [{"line": 1, "remark": 'a "quote"\n'}, {"line": 2, "remark": "b"}]}
SCHEMA = {
    "type": "object",
    "required": ["summary", "remarks"],
    "properties": {"summary": {"type": "string"}, "remarks": {"type": "array", "items": {"type": "object"}}},
}
ASSIGNMENT = Assignment(
    step="review",
    agent="reviewer",
    is_shipped=False,
    description="Reviews.",
    body="You review.",
    tools=(TOOL, "Read"),
    disallowed_tools=(),
    model="inherit",
    effort=None,
    permission_mode=None,
    max_turns=None,
    needs=(),
    receivers=(),
    priority="high",
    expected_size=4096,
    schema=SCHEMA,
    prompt=None,
    when=None,
    max_tokens=None,
    retry=2,
    timeout=60.0,
)


def handing(value: Mapping[str, object] | None = None, raw: str | None = None) -> ToolUse:
    """A call of the handoff tool."""
    return ToolUse(TOOL, value if raw is None and value is not None else DOCUMENT if raw is None else None, raw)


def playing(*turns: Turn, **settings: Any) -> Script:
    return Script((Route(tuple(turns)),), **settings)


@asynccontextmanager
async def simulated(script: Script, book: Book | None = None) -> AsyncIterator[tuple[Simulator, str]]:
    """A simulator, and the address to speak to: its own, or that of a gateway which writes into ``book``."""
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(simulate(script))
        if book is None:
            yield simulator, simulator.url
        else:
            gate = await stack.enter_async_context(gateway.serve(Settings(), upstream=simulator.url, book=book))
            yield simulator, gate.url


def spoken(*parts: Part, stop: str = "", cut_at: int | None = None, number: int = 0) -> bytes:
    """An answer as the API streams it. ``cut_at``: the output limit strikes after so many characters of its last block."""
    reason = stop or ("tool_use" if any(part.kind == "tool_use" for part in parts) else "end_turn")
    cut = None if cut_at is None else Cut(len(parts) - 1, 1, cut_at)
    frames = play(Answer(parts, reason), cut, Voice(f"msg_{number}", "claude-x", 10, frozenset({TOOL}), seed=number))
    return b"".join(frame.data for frame in frames)


def called(raw: str) -> Part:
    return Part("tool_use", raw, name=TOOL, ordinal=0)


def words(text: str) -> Part:
    return Part("text", text)


@asynccontextmanager
async def answering(answers: Sequence[bytes], *, promised: int = 0) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """An upstream that gives these answers, and the requests that it has had; it refuses what the API refuses.

    ``promised``: bytes of each answer that never come, because the connection ends before.
    """
    asked: list[dict[str, Any]] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        refusal = check_request(body)
        if refusal is not None:
            return web.json_response({"type": "error", "error": {"type": refusal.kind, "message": refusal.message}}, status=refusal.status)
        asked.append(body)
        answer = answers[len(asked) - 1]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Content-Length": str(len(answer) + promised)})
        await response.prepare(request)
        await response.write(answer)
        if promised and request.transport:
            request.transport.close()
        return response

    async with upstream(handle) as url:
        yield url, asked


@asynccontextmanager
async def session(
    url: str, folder: Path, *, taken_up: str | None = None, api_key: str | None = "sk-ant-test", **changes: Any
) -> AsyncIterator[tuple[ApiSession, asyncio.Queue[Happening]]]:
    """An open session."""
    queue: asyncio.Queue[Happening] = asyncio.Queue()
    own = replace(ASSIGNMENT, **changes)
    made = ApiSession(own, queue, url=url, folder=folder, default_model="haiku", api_key=api_key, taken_up=taken_up)
    await made.open()
    try:
        yield made, queue
    finally:
        await made.close()


async def turn(
    made: ApiSession, queue: asyncio.Queue[Happening], text: str, answer: Callable[[Called], str] = lambda call: "Handed on."
) -> list[Happening]:
    """Say something, and return all that happens until the turn is over."""
    await made.say(text)
    found: list[Happening] = []
    while not found or not isinstance(found[-1], Ended | Gone):
        found.append(await queue.get())
        if isinstance(found[-1], Called):
            found[-1].answer.set_result(answer(found[-1]))
    return found


def end(found: Sequence[Happening]) -> Ended:
    last = found[-1]
    assert isinstance(last, Ended), last
    return last


def given(found: Sequence[Happening]) -> list[Mapping[str, Any]]:
    return [each.given for each in found if isinstance(each, Called)]


def inputs(found: Sequence[Happening]) -> list[str]:
    """What the fragments of each call are, joined."""
    joined = {each.call: "" for each in found if isinstance(each, Begun)}
    for each in found:
        if isinstance(each, Fragment):
            joined[each.call] += each.text
    return list(joined.values())


def tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_A_TOKEN)


def kept(folder: Path) -> list[dict[str, Any]]:
    """The messages of the one conversation in ``folder``."""
    (path,) = folder.iterdir()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
