"""The status line as the client runs it: a gateway is asked what streams, and whatever it answers, there is a line."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from finestream.journal import EVENTS
from finestream_hooks.status import line, streams
from tests.cli.journal_of import write_journal
from tests.hooks.running import SCRIPTS, environment
from tests.hooks.test_glance import WRITE
from tests.story.records import tool_input

TOKEN = "t" * 32
STREAMS = json.dumps({"pid": 1, "streams": [WRITE]}).encode()


def answering(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\n\r\n" + body


@contextmanager
def standing_in(answer: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """Something that listens, and gives one answer to all, or with None never any. Yields its address, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            open_ones = []
            try:
                while True:
                    connection, _ = listener.accept()
                    open_ones.append(connection)
                    asked.append(connection.recv(65536))
                    if answer is not None:
                        connection.sendall(answer)
                        connection.close()
            except OSError:
                for connection in open_ones:
                    connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/{TOKEN}", asked
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def run(project: Path, status: bytes, address: str = "", **known: str) -> str:
    command = [sys.executable, "-I", "-S", str(SCRIPTS / "status_line.py")]
    known = {**environment(project), "ANTHROPIC_BASE_URL": address, "COLUMNS": "120", **known}
    done = subprocess.run(command, input=status, capture_output=True, env=known, timeout=60, check=True)
    assert (done.stderr, done.stdout.count(b"\n")) == (b"", 1)
    return done.stdout.decode().rstrip("\n")


def said(**fields: Any) -> bytes:
    return json.dumps({"session_id": "s1", **fields}).encode()


def test_what_streams_is_told_first(project: Path) -> None:
    write_journal(project, [tool_input(1, "cut")])
    with standing_in(answering(STREAMS)) as (address, asked):
        assert run(project, said(), address) == "finestream: Write src/app.py  12.4 KB  310 lines  2.1 KB/s"
        assert run(project, said(), address, COLUMNS="66") == "finestream: Write src/app.py  12.4 KB  310 lines  2.1 KB/s"
        assert run(project, said(session_id="other"), address) == "finestream: nothing to mend"
        assert run(project, said(), address, COLUMNS="30") == "finestream: Write  12.4 K…"
    assert asked[0].startswith(f"GET /{TOKEN}/finestream/streams?once=1 HTTP/1.1\r\nHost: 127.0.0.1:".encode())


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"SSH-2.0-OpenSSH_9\r\n",
        answering(b"{", b"404 Not Found"),
        answering(b""),
        answering(b"[" * 99_999),
        answering(b"\xff\xfe"),
        answering(b'{"streams": 5}'),
        answering(b'[{"streams": []}]'),
        answering(b'{"streams": [5, null, "x"]}'),
        answering(b'{"streams": [{"tool": 5, "session_id": "s1"}, {"tool": [], "session_id": {}}]}'),
    ],
    ids=lambda answer: repr(answer)[-30:],
)
def test_whatever_listens_there_the_last_outcome_is_told(project: Path, answer: bytes | None) -> None:
    write_journal(project, [tool_input(1, "cut")], [])
    with standing_in(answer) as (address, _):
        assert line({"session_id": "s1", "workspace": {"project_dir": str(project)}}, {b"ANTHROPIC_BASE_URL": address.encode()}).startswith(
            "finestream: lost Write docs/a.md "
        )


@pytest.mark.parametrize(
    "address",
    [
        *("", "https://api.anthropic.com", "http://127.0.0.1", "http://127.0.0.1:9", "http://127.0.0.1:9/", "http://127.0.0.1:x/" + TOKEN),
        *("http://127.0.0.1:99999/" + TOKEN, "http://127.0.0.1:9/short", f"http://127.0.0.1:9/{TOKEN}/more"),
        "http://127.0.0.1:9/" + "t t" * 9,
        f"http://127.0.0.1:9/{TOKEN}\r\nHost: x",
        f"http://127.0.0.1:\u00b2/{TOKEN}",
    ],
)
def test_nobody_else_is_asked(address: str) -> None:
    assert streams(address) is None


def test_a_gateway_that_is_gone_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert streams(f"http://127.0.0.1:{port}/{TOKEN}") is None


@pytest.mark.parametrize("status", [b"", b"{", b"[1]", b"no JSON", b"[" * 99_999, b"\xff\x00", b'{"workspace": 5, "session_id": 7}'])
def test_nothing_on_stdin_breaks_the_line(project: Path, status: bytes) -> None:
    write_journal(project, [tool_input(1, "cut", session_id="s9")], [])
    assert run(project, status).startswith("finestream: lost Write docs/a.md ")
    assert run(project / "elsewhere", status) == "finestream: no journal yet"


def test_a_journal_of_which_only_a_torn_end_can_be_read_is_one_without_news(project: Path) -> None:
    folder = write_journal(project, [], [])
    (folder / EVENTS).write_bytes(b'{"event": "tool_input", "outcome": "cut"}\n\xff\n[]\n{"event": "tool_in')
    assert run(project, said()) == "finestream: nothing to mend"


def test_without_its_package_the_script_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "status_line.py").write_bytes((SCRIPTS / "status_line.py").read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "status_line.py")], input=b"", capture_output=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == (b"finestream\n", b"")
