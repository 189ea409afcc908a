"""``finestream monitor --permanent`` of which all is killed at once, and who comes after it."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from finestream.permanent.arrangement import FOLDER, LOCK
from finestream.permanent.instance import is_locked
from finestream.simulator.background import running
from finestream.simulator.scenes import one
from finestream.simulator.script import Fault
from tests.cli.monitoring import QUESTION
from tests.permanent.arranging import PATIENCE, address, arrange, health, kept, kill_monitor, log, signed, until_replaced


def test_supervisor_and_worker_killed_at_once_are_replaced(tmp_path: Path, home: Path) -> None:
    """By the successor, which is followed by another."""
    arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        known = [(supervisor.pid, health(tmp_path)["pid"])]
        for _ in range(2):
            follower = successor(tmp_path)
            kill_monitor(tmp_path)
            known.append((follower, until_replaced(tmp_path, known[-1][0])["pid"]))
            assert signed(tmp_path) == [follower]
        assert len({pid for pair in known for pid in pair}) == 6
    assert log(tmp_path).count("another takes their place") == 2


def test_a_successor_that_dies_with_its_supervisor_leaves_it_to_the_worker(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        while (before := health(tmp_path))["uptime"] < 1.0:
            pass
        for pid in (supervisor.pid, successor(tmp_path)):
            os.kill(pid, signal.SIGKILL)
        assert until_replaced(tmp_path, supervisor.pid)["pid"] > 0
        assert successor(tmp_path) > 0
        while health(tmp_path)["pid"] == before["pid"]:
            pass


def test_a_supervisor_that_is_replaced_by_its_worker_needs_its_successor_no_more(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        while health(tmp_path)["uptime"] < 1.0:
            pass
        follower = successor(tmp_path)
        supervisor.kill()
        supervisor.wait()
        until_over(follower)
        (another,) = signed(tmp_path)
        assert another not in (supervisor.pid, follower)
    assert "takes their place" not in log(tmp_path)


def test_a_worker_with_its_last_streams_does_not_keep_the_successor_waiting(tmp_path: Path, home: Path) -> None:
    """It has lost its supervisor and handed the address on; then those who got it are killed."""
    with running(one("Write", {"content": "x" * 3000}, fault=Fault("stall", at=1000))) as upstream:
        arrange(tmp_path, upstream.url)
        with kept(tmp_path) as supervisor, open_stream(tmp_path) as stream:
            while (first := health(tmp_path))["uptime"] < 1.0:
                pass
            supervisor.kill()
            supervisor.wait()
            while health(tmp_path)["pid"] == first["pid"]:
                pass
            (second,) = signed(tmp_path)
            follower = successor(tmp_path)
            kill_monitor(tmp_path)
            until_replaced(tmp_path, second)
            assert signed(tmp_path) == [follower]
            assert not select.select([stream], [], [], 0)[0], "the stream goes on"


@contextmanager
def open_stream(project: Path) -> Iterator[socket.socket]:
    """Ask for a stream, and read what there is of it."""
    body = json.dumps(QUESTION).encode()
    head = f"POST {urlsplit(address(project)).path}/v1/messages HTTP/1.1\r\nHost: {urlsplit(address(project)).netloc}\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(address(project)).port or 0)) as client:
        client.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        while health(project)["streams"] == 0:
            pass
        while select.select([client], [], [], 1.0)[0]:
            assert client.recv(65536)
        yield client


def test_a_monitor_that_was_told_to_end_has_no_successor(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        follower = successor(tmp_path)
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(60) == 0
        until_over(follower)
    assert not is_locked(tmp_path / FOLDER / LOCK)
    assert signed(tmp_path) == []


def test_what_was_uninstalled_and_then_killed_is_not_started_again(tmp_path: Path, home: Path) -> None:
    file = arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        follower, text = successor(tmp_path), file.read_text()
        kill_monitor(tmp_path, before_the_end=file.unlink)
        supervisor.wait()
        until_over(follower)
        file.write_text(text)
    assert "takes their place" not in log(tmp_path)


def test_a_successor_can_be_told_to_end_as_any_process(tmp_path: Path, home: Path) -> None:
    """Its supervisor has signals blocked, and a child inherits that."""
    arrange(tmp_path)
    with kept(tmp_path):
        follower = successor(tmp_path)
        os.kill(follower, signal.SIGTERM)
        until_over(follower)


def successor(project: Path) -> int:
    """Wait until the supervisor has a successor."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        supervisor = signed(project)[:1]
        command = ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = [line.split() for line in listed.splitlines()]
        followers = [int(pid) for pid, parent, *words in found if [int(parent)] == supervisor and "--succeed" in words]
        if followers:
            return followers[0]
    raise AssertionError(log(project))


def until_over(pid: int) -> None:
    """Wait for the end of a process of somebody else's; what is left of it may wait to be cleared away."""
    deadline = time.monotonic() + PATIENCE
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    while subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()[:1] not in ("", "Z"):
        assert time.monotonic() < deadline, "it goes on"
