"""The permanent monitor of a project, kept alive when a session starts or a turn has failed. SHELL.

Its one law: a session never waits long for it. Where it does not answer and cannot be started, the settings that name its address are taken
back, and the user is told. Where the settings name an address of a monitor and nothing is arranged for one, the same.
"""

import contextlib
import json
import os
import re
import socket
import subprocess
import time

from finestream_hooks.decisions import Answer, speaker
from finestream_hooks.fallback import API, LOCAL, fall_back
from finestream_hooks.jsontext import spell
from finestream_hooks.listeners import is_foreign
from finestream_hooks.seals import is_sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from finestream_hooks.decisions import Json

PATIENCE = 5.0  # seconds until a monitor that was started answers; on a busy machine its half a second may become that
_PAUSE = 0.02  # between two looks
_FOLLOWING = 2.5  # seconds in which the client sees that its settings have changed; what it asks before that goes to the dead address
_ONE_LOOK = 0.5  # seconds; it is on this machine
_FORWARDING = 2.0
_LONGEST = 2**20
# The monitor serves many sessions, so it gets none's credentials and secrets; the client sends them with each request.
_PRIVATE = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:([0-9]{1,5})/([A-Za-z0-9_-]{32})/?")
_OF_ONE_SESSION = ("CLAUDE_CODE_MESSAGING_", "CLAUDE_PID", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_CHILD_")


class Arrangement:
    """What ``monitor.json`` says. ``command``: empty where no file says anything that can be believed."""

    def __init__(self, port: int, token: str, command: "list[str]", upstream: str) -> None:
        self.port, self.token, self.command, self.upstream = port, token, command, upstream


def keep(event: "Json", project: str, folder: str) -> "Answer | None":
    """Let the monitor answer the event, after starting it where it must be; None: there is none for this project.

    Args:
        project: Whose scripts run. What its ``monitor.json`` names is started where the user's key has sealed that file.
    """
    address = _address(project)
    arrangement, stray = _arrangement(f"{folder}/monitor.json", project), _nothing_but(address)
    if arrangement is None or (stray and stray.port != arrangement.port):
        arrangement = stray
    if arrangement is None:
        return None
    is_led_here = _leads_to(arrangement, address)
    if is_alive(arrangement):
        return _forward(event, arrangement)
    if not is_led_here and not _leads_to(arrangement, os.environ.get("ANTHROPIC_BASE_URL", "")):
        return None  # it was taken back before, so nobody needs it
    if arrangement.command and _start(arrangement, project):
        return _forward(event, arrangement)
    return _give_way(event, project, folder, arrangement) if is_led_here else None


def _give_way(event: "Json", project: str, folder: str, arrangement: Arrangement) -> Answer:
    token = arrangement.token if arrangement.command else None
    told = fall_back(project, folder, port=arrangement.port, upstream=arrangement.upstream, token=token)
    if event.get("hook_event_name") != "StopFailure" and not _leads_to(arrangement, _address(project)):
        time.sleep(_FOLLOWING)  # else the session for which all this is done begins with a request to nobody
    record = {"event": "monitor_lost", **speaker(event), "agent_to": None, "port": arrangement.port, "did": told}
    return Answer({"systemMessage": f"finestream: its monitor does not answer and cannot be started; {told}."}, [record])


def _address(project: str) -> str:
    """Return where the project's local settings lead its sessions."""
    try:
        with open(os.open(f"{project}/.claude/{LOCAL}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), encoding="utf-8-sig") as file:
            return str(json.loads(file.read(_LONGEST))["env"]["ANTHROPIC_BASE_URL"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ""


def _leads_to(arrangement: Arrangement, address: str) -> bool:
    return address.startswith(f"http://127.0.0.1:{arrangement.port}/")


def _nothing_but(address: str) -> "Arrangement | None":
    """Return what an address alone tells of a monitor, where its arrangement was lost or cannot be trusted: it cannot be started."""
    match = _ADDRESS.fullmatch(address)
    return Arrangement(int(match.group(1)), match.group(2), [], API) if match else None


def _arrangement(path: str, project: str) -> "Arrangement | None":
    """Read what the user has arranged for this project, and nobody else: it is run, and gets the credentials."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, encoding="utf-8") as file:
            status = os.fstat(handle)
            found = json.loads(file.read(_LONGEST))
    except (OSError, ValueError):
        return None
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or not isinstance(found, dict) or not is_sealed(found):
        return None
    if os.path.realpath(str(found.get("project"))) != os.path.realpath(project):
        return None
    port, token, command = found.get("port"), found.get("token"), found.get("command")
    if not isinstance(port, int) or not isinstance(token, str) or not isinstance(command, list) or not command:
        return None
    return Arrangement(port, token, [str(word) for word in command], str(found.get("upstream") or API))


def is_alive(arrangement: Arrangement) -> bool:
    """Say whether the monitor itself answers, and nobody else on its port."""
    answer = _ask(arrangement, "GET", "finestream/health", patience=_ONE_LOOK)
    try:
        return answer is not None and "pid" in json.loads(answer)
    except (ValueError, TypeError):
        return False


def _start(arrangement: Arrangement, project: str) -> bool:
    """Start the monitor, and wait until it answers. Of two that are started at once one ends by itself; the address counts."""
    nothing = subprocess.DEVNULL
    try:
        started = subprocess.Popen(  # it outlives this process
            arrangement.command,
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            cwd=project,
            env=_environment(arrangement.port),
            start_new_session=True,
        )
    except OSError:
        return False
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if is_alive(arrangement):
            return True
        if started.poll():  # it failed; one that finds another at work ends with 0
            return False
        time.sleep(_PAUSE)  # nothing tells when a socket begins to listen, so it is looked for again
    return False


def _environment(port: int) -> "dict[str, str]":
    """Return what the monitor may know. Its own address, which the client has from the settings, is not its upstream."""
    known = {name: value for name, value in os.environ.items() if name not in _PRIVATE and not name.startswith(_OF_ONE_SESSION)}
    if f"127.0.0.1:{port}" in known.get("ANTHROPIC_BASE_URL", ""):
        del known["ANTHROPIC_BASE_URL"]
    return known


def _forward(event: "Json", arrangement: Arrangement) -> "Optional[Answer]":
    """Let the monitor decide, so that it knows of the session; where it fails now, decide here."""
    body = spell(event).encode("ascii")
    answer = _ask(arrangement, "POST", f"hooks/{event['hook_event_name']}", body=body, patience=_FORWARDING)
    if answer is None:
        return None
    try:
        output = json.loads(answer) if answer.strip() else None
    except ValueError:
        output = None
    return Answer(output if isinstance(output, dict) else None)


def _ask(arrangement: Arrangement, method: str, path: str, *, body: bytes = b"", patience: float) -> "bytes | None":
    """Send a request; return the body of the answer, None where there is no good one, or another user would get it."""
    if is_foreign(arrangement.port):
        return None
    pid = os.environ.get("CLAUDE_PID", "")
    lines = [f"{method} /{arrangement.token}/{path} HTTP/1.1", f"Host: 127.0.0.1:{arrangement.port}", "Connection: close"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"x-finestream-client-pid: {pid}"] if pid.isdigit() else []
    head = "\r\n".join([*lines, "", ""])
    data = b""
    deadline = time.monotonic() + patience
    with contextlib.suppress(OSError, UnicodeError), socket.create_connection(("127.0.0.1", arrangement.port), patience) as connection:
        connection.sendall(head.encode("ascii") + body)
        while len(data) < _LONGEST and time.monotonic() < deadline:
            more = connection.recv(65536)
            if not more:
                break
            data += more
    status, _, rest = data.partition(b"\r\n")
    _, found, content = rest.partition(b"\r\n\r\n")
    return content if found and status.split(b" ")[1:2] == [b"200"] else None
