"""An answer that breaks off: on the side of upstream, and for the client. SHELL.

Its one law: what came before the break counts. What upstream has sent is read, and what was sent to the client reaches it, for the monitor
takes it for forwarded; only then does the connection break.
"""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web

_PATIENCE = 30.0  # seconds for a client to take what is on its way; one that reads nothing for so long is not there any more
_PAUSE = 0.01  # nothing tells when a buffer is empty
# Seconds for the client to look at what it has. On a busy machine the break overtakes the bytes in there: it (2.1.332) then throws away
# what it has not looked at, does not run a call that was whole, and asks for everything anew. Seen with eight times too much to do; there
# 0.05 were enough. Before its own retry it waits for longer than this.
_GRACE = 0.25


def left_over(content: aiohttp.StreamReader) -> bytes:
    """Return what had come before the answer broke off. aiohttp holds it back behind the error, which stays for the next reading."""
    trouble = content.exception()
    if trouble is None:
        return b""
    content.set_exception(None)  # type: ignore[arg-type]  # it takes None back, and its types do not say so
    try:
        return content.read_nowait()
    finally:
        content.set_exception(trouble)


async def break_off(request: web.Request) -> None:
    """Break the client's connection without a clean end, when the client has had the time to read everything.

    An abort throws away what has not left the process.
    """
    transport = request.transport
    if transport is None:
        return
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE
    while transport.get_write_buffer_size() and loop.time() < deadline:
        await asyncio.sleep(_PAUSE)
    await asyncio.sleep(_GRACE)
    transport.abort()
