"""The one door: every error and every exit code of the command line goes through here. SHELL.

Its one law: no traceback reaches a terminal. Exit codes: 0 fine, 1 an expected failure, 2 usage, 3 a bug, whose traceback is in a file that
is named, 130 an interrupt. A command may return an exit code of its own, such as that of a child it ran.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from finestream import __version__
from finestream.errors import FinestreamError

FINE, EXPECTED, BUG, INTERRUPT = 0, 1, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        code = _dispatch(arguments)
        _flush()
    except BaseException as error:  # the door: nothing passes it unjudged
        return _judge(error, arguments)
    return code


def _dispatch(arguments: list[str]) -> int:
    if arguments == ["--version"]:  # asked by other programs, at each of their starts: click would cost three times the interpreter
        print(f"finestream {__version__}")
        return FINE
    import click

    from finestream.cli.commands import group

    try:
        # Not `group.main`: that takes every broken pipe for a reader that left, and every end of a stream for an interrupt.
        with group.make_context("finestream", arguments) as context:
            code = group.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:  # of a question
        return INTERRUPT
    return code if isinstance(code, int) else FINE


def _flush() -> None:
    """Meet a full disk or a reader that left here, not in the interpreter's own ending, which would print a traceback."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _judge(error: BaseException, arguments: list[str]) -> int:
    error = _innermost(error)
    if isinstance(error, SystemExit):
        raise error
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPT
    if isinstance(error, FinestreamError):
        return _say(f"finestream: {error}")
    if isinstance(error, OSError) and (said := _outside_reason(error)) is not None:
        return said
    return _report(error, arguments)


def _outside_reason(error: OSError) -> int | None:
    """Say what the world around us has done, where it is that."""
    if isinstance(error, BrokenPipeError) and _is_reader_gone():  # such as `head`, which has what it wanted
        return _silence()
    if isinstance(error, FileNotFoundError) and _is_folder_gone():
        return _say("finestream: the current folder does not exist any more\n  Change to one that does.")
    if error.errno == errno.ENOSPC:
        _say(f"finestream: {error.filename or 'the output'} cannot be written: the disk is full\n  Make room, or write it elsewhere.")
        return _silence()
    return None


def _innermost(error: BaseException) -> BaseException:
    """Unpack what a task group wrapped."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _report(error: BaseException, arguments: list[str]) -> int:
    from finestream.cli.bug import save_bug
    from finestream.journal.scrubbing import redact

    path = save_bug(error, arguments)
    where = f"The details are in {path}; please report it with that file." if path else "The details could not be written anywhere."
    _say(f"finestream: this is a bug of finestream: {redact(f'{type(error).__name__}: {error}')}\n  {where}")
    return BUG


def _say(text: str) -> int:
    from finestream.printable import printable

    with suppress(OSError):  # nobody can be told
        print(printable(text, lines=True), file=sys.stderr, flush=True)
    return EXPECTED


def _is_folder_gone() -> bool:
    try:
        return not os.getcwd()  # noqa: PTH109 - whether there is one, not which
    except FileNotFoundError:
        return True


def _is_reader_gone() -> bool:
    """Say whether standard output or standard error leads nowhere; a broken connection of ours is another matter."""
    import select

    poll = select.poll()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # no such stream, or no file behind it
            poll.register(stream.fileno(), 0)
    return any(flags & (select.POLLERR | select.POLLHUP) for _, flags in poll.poll(0))


def _silence() -> int:
    """Let what is still in the buffer go nowhere when the interpreter ends."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
            continue
        with suppress(AttributeError, OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return EXPECTED
