"""Nobody is left behind, and nobody else is ended. Real processes; each tells through a pipe that it is there, and by its end that it
has gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from finestream.workflow import guard
from finestream.workflow.guard import Guard

_STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('there', flush=True); signal.pause()"
_POLITE = "import signal; print('there', flush=True); signal.pause()"
_PARENT = """
import signal, sys
from finestream.workflow.guard import Guard
guard = Guard()
for pid in sys.argv[1:]:
    guard.born(int(pid))
print(guard._process.pid, flush=True)
signal.pause()
"""
# The kernel tells another start of the process at every look: whoever has the id now is not who had it before.
_TAKEN_OVER = """
from io import BytesIO
looks = iter(range(100))
def open(path, mode):
    return BytesIO(b"1 (python) " + b"x " * 19 + b"%d" % next(looks))
"""
_TELLING = """
import builtins
def open(path, mode):
    print("looked", flush=True)
    return builtins.open(path, mode)
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def client(stack: ExitStack, code: str = _POLITE) -> subprocess.Popen[str]:
    """A process that is there, and would be for ever."""
    process = stack.enter_context(subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True))
    stack.callback(process.kill)
    assert process.stdout
    assert process.stdout.readline() == "there\n"
    return process


@pytest.mark.parametrize(("code", "number"), [(_POLITE, signal.SIGTERM), (_STUBBORN, signal.SIGKILL)])
def test_closing_ends_whoever_is_still_there(code: str, number: int, stack: ExitStack) -> None:
    own, other = client(stack, code), client(stack)
    kept = Guard()
    kept.born(own.pid)
    kept.close()
    assert (own.wait(), other.poll()) == (-number, None)


def test_a_parent_that_was_killed_leaves_nobody_behind(stack: ExitStack) -> None:
    clients, other = [client(stack), client(stack)], client(stack)
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, *(str(each.pid) for each in clients)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline()
        parent.kill()
        assert [each.wait() for each in clients] == [-signal.SIGTERM] * 2
    assert other.poll() is None


def test_it_is_in_no_group_of_the_terminal() -> None:
    kept = Guard()
    try:
        assert os.getsid(kept._process.pid) == kept._process.pid != os.getsid(0)
    finally:
        kept.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stays_whatever_signal_it_gets(number: int, stack: ExitStack) -> None:
    own, pipe = client(stack), subprocess.PIPE
    program = [sys.executable, "-I", "-S", "-c", _TELLING + guard._PROGRAM]
    with subprocess.Popen(program, stdin=pipe, stdout=pipe, text=True) as kept:
        assert kept.stdin
        assert kept.stdout
        kept.stdin.write(f"{own.pid}\n")
        kept.stdin.flush()
        assert kept.stdout.readline() == "looked\n"
        kept.send_signal(number)
        kept.stdin.close()
        assert kept.wait() == 0
    assert own.wait() == -signal.SIGTERM


def test_a_client_that_has_ended_is_nobody_any_more(stack: ExitStack) -> None:
    gone, kept = client(stack), Guard()
    kept.born(gone.pid)
    gone.kill()
    gone.wait()
    kept.born(gone.pid)
    kept.close()
    assert kept._process.returncode == 0


def test_a_process_that_has_taken_over_an_id_is_left_alone(stack: ExitStack) -> None:
    stranger = client(stack)
    program = [sys.executable, "-I", "-S", "-c", _TAKEN_OVER + guard._PROGRAM]
    done = subprocess.run(program, input=f"{stranger.pid}\n", text=True, capture_output=True)
    assert (done.returncode, done.stderr, stranger.poll()) == (0, "", None)


def test_a_guard_that_is_gone_itself_is_no_reason_to_fail(stack: ExitStack) -> None:
    own, kept = client(stack), Guard()
    kept._process.kill()
    kept._process.wait()
    kept.born(own.pid)
    kept.close()
    kept.close()
    assert own.poll() is None
