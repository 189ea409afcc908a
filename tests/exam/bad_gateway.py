"""Gateways that do harm, one for each way: `python bad_gateway.py HOW PORT UPSTREAM`. Run as a script, by the exam's own tests.

When upstream breaks off inside a tool input, ``closes`` writes the end of the JSON that is missing, and ends the answer as if nothing had
been; ``swallows`` says something else instead; ``waits`` sends signs of life for ever; ``dies`` answers nobody any more. ``refuses``
answers nothing but 401, and ``ends`` ends before it listens.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import Any

import aiohttp
from aiohttp import web

_END = {"type": "message_stop"}
_USAGE = {"input_tokens": 9, "output_tokens": 9}
_CLOSING: list[dict[str, Any]] = [
    {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": '"}'}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": _USAGE},
    _END,
]
_MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [],
    "stop_reason": None,
    "usage": _USAGE,
}
_SAYING: list[dict[str, Any]] = [
    {"type": "message_start", "message": _MESSAGE},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "It is written."}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": _USAGE},
    _END,
]
_LIFE = b'event: ping\ndata: {"type": "ping"}\n\n'


def _frame(event: dict[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


async def _relay(request: web.Request) -> web.StreamResponse:
    how, _, upstream = sys.argv[1:]
    if how == "refuses":
        return web.Response(status=401, text="who are you?")
    headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "content-length")}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.request(request.method, upstream + request.raw_path, data=await request.read(), headers=headers) as got,
    ):
        answer = web.StreamResponse(status=got.status, headers={"content-type": got.headers.get("content-type", "")})
        await answer.prepare(request)
        held = b""
        try:
            async for piece in got.content.iter_any():
                held += piece
                if how != "swallows":
                    await answer.write(piece)
        except aiohttp.ClientError:
            await _break(how, answer)
        else:
            await answer.write(held if how == "swallows" else b"")
        return answer


async def _break(how: str, answer: web.StreamResponse) -> None:
    for event in {"closes": _CLOSING, "swallows": _SAYING}.get(how, []):
        await answer.write(_frame(event))
    if how == "dies":
        signal.pause()  # the loop stands still until it is killed
    while how == "waits":
        await answer.write(_LIFE)
        await asyncio.sleep(0.2)


def main() -> None:
    """Serve until killed."""
    if sys.argv[1] == "ends":
        sys.exit("I do not like this port")
    app = web.Application(client_max_size=2**28)
    app.router.add_route("*", "/{path:.*}", _relay)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), print=None)


if __name__ == "__main__":
    main()
