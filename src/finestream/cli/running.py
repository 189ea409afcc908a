"""What commands that run for long have in common: the event loop, the signals that end a server. SHELL."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import click

from finestream.printable import printable

_Result = TypeVar("_Result")
_CERTIFICATES = "SSL_CERT_FILE"  # OpenSSL takes what it names for the system's


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run ``main`` to its end: on uvloop where it is installed, else on asyncio's own loop.

    SIGTERM is as Ctrl-C, so that what was started is ended, unless ``main`` hears it itself.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_interruptible(main))


async def _interruptible(main: Coroutine[Any, Any, _Result]) -> _Result:
    task, told = asyncio.current_task(), asyncio.Event()

    def interrupt() -> None:
        told.set()
        if task:
            task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, interrupt)
    try:
        return await main
    except asyncio.CancelledError:
        if told.is_set():
            raise KeyboardInterrupt from None
        raise


def give_way() -> None:
    """Run with low priority from now on: streams come before whoever looks at them."""
    os.nice(10)


@contextmanager
def no_certificates() -> Iterator[None]:
    """Where aiohttp is imported in here, it does not read the system's certificates, which takes it a tenth of a second.

    For a process that speaks with loopback only: it trusts nobody's TLS.
    """
    before = os.environ.get(_CERTIFICATES)
    os.environ[_CERTIFICATES] = os.devnull
    try:
        yield
    finally:
        if before is None:
            del os.environ[_CERTIFICATES]
        else:
            os.environ[_CERTIFICATES] = before


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def tell(sentence: str) -> None:
    """Say something on stderr. That nobody listens there any more is no reason to fail."""
    with suppress(OSError):
        click.echo(f"finestream: {printable(sentence, lines=True)}", err=True)


class Stopped:
    """Waits for the signal that ends a server. Make it before the server says that it is ready: from then on no signal is lost.

    Its exit code is that of a polite end (SIGTERM: 0) or of an interrupt (SIGINT: 130).
    """

    def __init__(self) -> None:
        self._signal: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._stop, number)

    async def exit_code(self) -> int:
        """Wait for the end."""
        return 130 if await self._signal is signal.SIGINT else 0

    def _stop(self, number: signal.Signals) -> None:
        if not self._signal.done():
            self._signal.set_result(number)
