"""A project with a permanent monitor: what the installation writes, and the monitor as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from finestream.permanent.arrangement import FOLDER, LOCK
from finestream.permanent.key import own_key
from finestream.permanent.supervisor import itself
from finestream_hooks.seals import sealed
from tests.cli.starting import FINESTREAM, environment

TOKEN = "not-a-secret-0123456789abc"
PATIENCE = 60.0  # seconds until a test gives up; a monitor is there much earlier
COMMAND = ["monitor", "--permanent", "--project", "."]


def arrange(where: Path, upstream: str | None = "http://127.0.0.1:9", **members: Any) -> Path:
    """Write ``monitor.json``; a member that is given replaces the right one."""
    folder = where / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    content = {"port": free_port(), "token": TOKEN, "command": itself(str(where)), "project": str(where), "upstream": upstream}
    file = folder / "monitor.json"
    file.write_text(json.dumps(sealed({**content, **members}, own_key(os.environ))))
    file.chmod(0o600)
    return file


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def address(project: Path) -> str:
    """The base URL of the project's monitor."""
    content = json.loads((project / FOLDER / "monitor.json").read_text())
    return f"http://127.0.0.1:{content['port']}/{content['token']}"


def health(project: Path) -> dict[str, Any]:
    """Ask it how it is. As long as the port is open, the question waits for the answer."""
    with urllib.request.urlopen(f"{address(project)}/finestream/health", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def start(project: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start it as a hook does: with nothing in its hands, and a session of its own."""
    nothing = subprocess.DEVNULL
    command = [*FINESTREAM, *COMMAND]
    return subprocess.Popen(
        command, cwd=project, env=environment(**variables), stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
    )


@contextmanager
def kept(project: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the permanent monitor of ``project``; the context begins when it listens, and what is left at its end is killed."""
    supervisor = start(project, **variables)
    try:
        assert_listening(project, supervisor)
        yield supervisor
    finally:
        kill_all(project, supervisor)


def assert_listening(project: Path, supervisor: subprocess.Popen[bytes]) -> None:
    """Wait until it takes connections, or has ended."""
    while supervisor.poll() is None:
        with suppress(OSError):
            health(project)
            return
    raise AssertionError(log(project))


def kill_all(project: Path, supervisor: subprocess.Popen[bytes]) -> None:
    """Kill the supervisor that was started or has taken its place, and its worker, so that neither starts the other again."""
    if supervisor.poll() is None:
        kill_both(supervisor.pid)
    supervisor.wait()
    for another in set(signed(project)) - {supervisor.pid}:
        kill_both(another)


def kill_both(supervisor: int) -> None:
    """A supervisor that is stopped starts nobody, and a worker and a successor that are dead, neither."""
    with suppress(ProcessLookupError):
        os.kill(supervisor, signal.SIGSTOP)
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        for pid, parent in (map(int, line.split()) for line in listed.splitlines()):
            if parent == supervisor:
                os.kill(pid, signal.SIGKILL)
        os.kill(supervisor, signal.SIGKILL)


def kill_monitor(project: Path, before_the_end: Callable[[], None] = lambda: None) -> None:
    """Kill the supervisor and its worker at once: stopped, neither starts another."""
    both = [*signed(project), health(project)["pid"]]
    for pid in both:
        os.kill(pid, signal.SIGSTOP)
    before_the_end()
    for pid in both:
        os.kill(pid, signal.SIGKILL)


def until_replaced(project: Path, supervisor: int) -> dict[str, Any]:
    """Wait until another one than this answers, and return how it is; where none comes, fail."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError):
            found = health(project)
            if signed(project) not in ([], [supervisor]):
                return found
    raise AssertionError(log(project))


def signed(project: Path) -> list[int]:
    """The pid of the supervisor, if there was one."""
    with suppress(OSError):
        return [int(word) for word in (project / FOLDER / LOCK).read_text().split()]
    return []


def log(project: Path) -> str:
    """What it has said."""
    return (project / FOLDER / "monitor.log").read_text()


def post(url: str, body: bytes = b"{}", **headers: str) -> tuple[int, bytes]:
    """Send a body and return the answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, {"content-type": "application/json", **named})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, answer.read()
