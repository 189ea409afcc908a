"""The supervisor with workers that do nothing but end: which end means what. How it works with real ones: tests/cli/test_permanent.py."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from finestream.errors import GatewayError
from finestream.permanent.supervisor import Inherited, listen, parse_inherited
from tests.cli.starting import environment
from tests.permanent.arranging import free_port

# A supervisor of workers that run the code in the third argument, with a successor that runs that in the fourth; its log is its stderr.
SUPERVISOR = """
import os, sys
from pathlib import Path
from finestream.permanent import supervisor
from finestream.permanent.instance import take_lock
from finestream.permanent.successor import Successor
supervisor._PAUSES = (0.0, 0.01, 0.02)
with supervisor.listen(int(sys.argv[1])) as listener:
    lock = take_lock(Path(sys.argv[2]))
    command = [sys.executable, "-c", sys.argv[3]]
    successor = Successor([sys.executable, "-c", sys.argv[4]])
    sys.exit(supervisor.Supervisor(listener, lock, command, successor=successor, on_start=lambda: print("started", flush=True)).run())
"""


def supervise(folder: Path, worker: str, port: int, successor: str = "pass") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SUPERVISOR, str(port), str(folder / "lock"), worker, successor]
    return subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("worker", "code", "starts"),
    [
        ("pass", 0, 1),
        ("raise SystemExit(1)", 1, 1),
        ("raise SystemExit(3)", 1, 4),
        ("import os; os.kill(os.getpid(), 9)", 1, 4),
    ],
)
def test_which_end_of_a_worker_is_whose_end(worker: str, code: int, starts: int, tmp_path: Path) -> None:
    """Fine: nobody needs it. An expected failure: the next would fail, too. Anything else: again, but not without end."""
    with supervise(tmp_path, worker, free_port()) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert out.count("started") == starts
    assert err.count("is started again") == starts - 1
    assert ("is not started again" in err) == bool(code)


def test_a_worker_that_ends_while_somebody_connects_is_followed_by_another(tmp_path: Path) -> None:
    """The first one ends at once, with somebody in the queue; the second one answers."""
    worker = f"""
import os, pathlib, socket, sys
flag = pathlib.Path({str(tmp_path / "flag")!r})
if not flag.exists():
    flag.touch()
    input_ = open({str(tmp_path / "fifo")!r}).read()  # until somebody has connected
    sys.exit()
with socket.socket(fileno=int(sys.argv[1].split(",")[0])) as listener:
    listener.accept()[0].sendall(b"hello")
"""
    os.mkfifo(tmp_path / "fifo")
    port = free_port()
    with supervise(tmp_path, worker, port) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        with socket.create_connection(("127.0.0.1", port)) as client:
            (tmp_path / "fifo").write_text("go")
            assert client.recv(100) == b"hello"
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err.count("is started again") == 1


def test_a_worker_that_cannot_be_started_any_more_ends_it(tmp_path: Path) -> None:
    """The interpreter was taken away while it ran."""
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    code = SUPERVISOR.replace("[sys.executable,", f"[{str(python)!r},")
    worker = f"import os, pathlib; pathlib.Path({str(python)!r}).unlink(); os.abort()"
    command = [sys.executable, "-c", code, str(free_port()), str(tmp_path / "lock"), worker, "pass"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.count("started")) == (1, 2)
    assert "no worker can be started" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_both_and_leaves_port_and_lock_free(number: signal.Signals, tmp_path: Path) -> None:
    worker = "import signal; print('up', flush=True); signal.pthread_sigmask(signal.SIG_SETMASK, []); signal.pause()"
    port = free_port()
    with supervise(tmp_path, worker, port) as process:
        assert process.stdout is not None
        assert [process.stdout.readline(), process.stdout.readline()] == ["started\n", "up\n"]
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == 0
    listen(port).close()


def test_the_worker_inherits_the_address_the_lock_and_a_pipe_that_ends_with_the_supervisor(tmp_path: Path) -> None:
    worker = """
import os, socket, sys
listener, lock, lifeline = map(int, sys.argv[1].split(","))
print(socket.socket(fileno=listener).getsockname()[1], os.fstat(lock).st_size, flush=True)
os.read(lifeline, 1)
print("orphaned", flush=True)
"""
    port = free_port()
    with supervise(tmp_path, worker, port) as process:
        assert process.stdout is not None
        assert [process.stdout.readline(), process.stdout.readline()] == ["started\n", f"{port} 0\n"]
        process.kill()
        assert process.stdout.readline() == "orphaned\n"


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(GatewayError, match="the port cannot be used"):
        listen(taken.getsockname()[1])


@pytest.mark.parametrize("files", [Inherited(3, 4, 5), Inherited(3, 4)])
def test_what_is_inherited_is_written_and_read(files: Inherited) -> None:
    assert parse_inherited(str(files)) == files
    assert -1 not in files.files
