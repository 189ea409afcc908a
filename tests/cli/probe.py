"""A command that fails in whatever way it is told, for the tests of the one door."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import NoReturn

import click

from finestream.errors import GatewayError


def fail(error: BaseException) -> NoReturn:
    raise error


WAYS: dict[str, Callable[[], int | None]] = {
    "fine": lambda: None,
    "code": lambda: 42,
    "expected": lambda: fail(GatewayError("the port is in use", "Give another one with --port.", address="127.0.0.1:80")),
    "grouped": lambda: fail(ExceptionGroup("tasks", [ExceptionGroup("more", [GatewayError("it broke", "Mend it.", address="a:1")])])),
    "two": lambda: fail(ExceptionGroup("tasks", [ValueError("one"), ValueError("two")])),
    "bug": lambda: fail(ValueError("x-api-key: k3y-of-mine")),
    "eof": lambda: fail(EOFError("a stream ended")),
    "interrupt": lambda: fail(KeyboardInterrupt()),
    "interrupts": lambda: fail(BaseExceptionGroup("tasks", [KeyboardInterrupt()])),
    "abort": lambda: fail(click.Abort()),
    "exit": lambda: fail(SystemExit(7)),
    "usage": lambda: fail(click.UsageError("give one or the other")),
    "disk": lambda: fail(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/file")),
    "connection": lambda: fail(BrokenPipeError(errno.EPIPE, "upstream left")),
    "deep": lambda: fail(RecursionError("too deep")),
    "errors": lambda: sys.stderr.write("a line\n" * 100_000) and None,
    "lines": lambda: sys.stdout.write("a line\n" * 100_000) and None,
}


@click.command()
@click.argument("way", type=click.Choice(list(WAYS)))
@click.argument("rest", nargs=-1)
def command(way: str, rest: tuple[str, ...]) -> int | None:
    return WAYS[way]()
