"""One streamed response, and the ways in which its connection can end. SHELL.

Its one law: what was sent before an end has arrived before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from aiohttp import web

from finestream.simulator import frames as events
from finestream.simulator.faults import CHARACTERS_A_TOKEN
from finestream.simulator.play import Frame

_BATCH = 16 * 1024  # bytes gathered before a write when nothing is paced
_PATIENCE = 2.0  # seconds to wait for the other side to read; one that does not read has no claim to what it did not read
_PING_EVERY = 10.0  # seconds of silence after which the API sends a ping
_PING = events.ping()


async def stream(response: web.StreamResponse, frames: Iterable[Frame], tokens_per_second: float, sent: Callable[[Frame], None]) -> None:
    """Write ``frames`` at a pace, 0 for none, and tell ``sent`` of each one that is on its way."""
    if tokens_per_second:
        await _paced(response, frames, tokens_per_second, sent)
        return
    for batch in _batches(frames, sent):
        await response.write(batch)
        await asyncio.sleep(0)


def _batches(frames: Iterable[Frame], sent: Callable[[Frame], None]) -> Iterator[bytes]:
    batch = bytearray()
    for frame in frames:
        batch += frame.data
        sent(frame)
        if len(batch) >= _BATCH:
            yield bytes(batch)
            batch.clear()
    if batch:
        yield bytes(batch)


async def _paced(response: web.StreamResponse, frames: Iterable[Frame], rate: float, sent: Callable[[Frame], None]) -> None:
    clock = asyncio.get_running_loop().time
    due = clock()
    for frame in frames:
        due += frame.characters / CHARACTERS_A_TOKEN / rate
        while (left := due - clock()) > 0:
            await asyncio.sleep(min(left, _PING_EVERY))
            if left > _PING_EVERY:
                await response.write(_PING)
        if frame.data:
            await response.write(frame.data)
        sent(frame)


async def settle(transport: asyncio.Transport, grace: float) -> None:
    """Wait until the other side has read all that was written, and then ``grace`` seconds more; give up after a while."""
    clock = asyncio.get_running_loop().time
    end = clock() + _PATIENCE
    pause = 0.0
    while _pending(transport) and clock() < end:
        await asyncio.sleep(pause)
        pause = 0.001
    await asyncio.sleep(grace)


def reset(transport: asyncio.Transport) -> None:
    """End the connection with a RST."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _pending(transport: asyncio.Transport) -> bool:
    """Tell whether bytes are still on their way: in the transport, in the kernel, or unread at the other side."""
    if transport.is_closing():
        return False
    if transport.get_write_buffer_size():
        return True
    connection = transport.get_extra_info("socket")
    return connection is not None and (_unacknowledged(connection.fileno()) > 0 or _unread(connection) > 0)


def _unacknowledged(descriptor: int) -> int:
    """Bytes in the kernel's send queue (SIOCOUTQ, where there is such a thing)."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import fcntl
        import termios

        return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.TIOCOUTQ, b"\0" * 4))[0])
    return 0


def _unread(connection: socket.socket) -> int:
    """Bytes that wait unread in the other end's receive queue. On loopback Linux shows that end too; elsewhere 0."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        ours, theirs = connection.getsockname()[1], connection.getpeername()[1]
        for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
            local, remote, _, queues = line.split()[1:5]
            if int(local[-4:], 16) == theirs and int(remote[-4:], 16) == ours:
                return int(queues.split(":")[1], 16)
    return 0
