"""The simulator in a thread of its own, for programs that are not asynchronous. SHELL. Its one law: leaving the context ends it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from finestream.simulator.script import Script
from finestream.simulator.server import Simulator, serve


@contextmanager
def running(script: Script, *, port: int = 0) -> Iterator[Simulator]:
    """Run a simulator in a thread as long as the context lasts. Its counters may be read at any time.

    Raises:
        GatewayError: the port cannot be had.
    """
    started: SimpleQueue[Simulator | BaseException] = SimpleQueue()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        async with serve(script, port=port) as simulator:
            started.put(simulator)
            await stop.wait()

    thread = threading.Thread(target=_work, args=(loop, run, started), name="finestream-simulator", daemon=True)
    thread.start()
    first = started.get()
    try:
        if isinstance(first, BaseException):
            raise first
        try:
            yield first
        finally:
            loop.call_soon_threadsafe(stop.set)
    finally:
        thread.join()


def _work(loop: asyncio.AbstractEventLoop, run: Callable[[], Awaitable[None]], started: SimpleQueue[Simulator | BaseException]) -> None:
    try:
        loop.run_until_complete(run())
    except BaseException as error:  # handed to the thread that waits for it
        started.put(error)
    finally:
        loop.close()
