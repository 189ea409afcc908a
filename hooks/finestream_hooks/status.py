"""The status line of Claude Code: what streams now, asked of the gateway; else the last outcome, from the ends of the journal. SHELL.

Its one law: the client runs it every second and waits for it, so it is there in time and is always a line. A gateway that does not answer
within its deadline, a file that cannot be read, an input that is none: what is not known is left out.
"""

import posix
import time

from finestream_hooks.glance import NAME, ended, streaming
from finestream_hooks.jsontext import parse
from finestream_hooks.lines import ERRORS, EVENTS
from finestream_hooks.memory import tail
from finestream_hooks.outcome import NOTHING, ago, latest
from finestream_hooks.stdin import read_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Json = dict[str, object]

FOLDER = ".claude/finestream"
DEADLINE = 0.1  # seconds for the gateway; it is on this machine, and answers in one
_SILENCE, _PATIENCE = 0.25, 0.5  # seconds for the client to say which session it is
# Bytes of each file. Next to all that is in the file of errors is in the other one, too, and what is not is new.
_ENDS = ((EVENTS, 48 * 2**10), (ERRORS, 16 * 2**10))
_WIDTH, _WIDEST = 100, 1000  # columns where the client does not say how many there are, and where it says more
_LOOPBACK = "http://127.0.0.1:"
_ONCE = "/finestream/streams?once=1"
_LARGEST = 2**20  # bytes of an answer


def run() -> None:
    """Print the line, and end the process."""
    try:
        text = line(read_status(), posix.environ)
    except BaseException:  # the outer door: the client's picture must not be torn by a traceback
        text = NAME.rstrip(": ")
    posix.write(1, (text + "\n").encode("utf-8", "replace"))
    # There is nothing left to do at an orderly exit, and that takes a fifth of the time.
    posix._exit(0)


def read_status() -> "Json":
    """Return what the client says on stdin; nothing where it says nothing in time, or nothing that is JSON."""
    try:
        return read_event(silence=_SILENCE, patience=_PATIENCE)
    except (ValueError, OSError, RecursionError):
        return {}


def line(status: "Json", environment: "Mapping[bytes, bytes]", address: "str | None" = None) -> str:
    """Return the line for what the client says. ``address``: of the gateway, where the environment of the client does not name it."""
    session = status.get("session_id")
    session = session if isinstance(session, str) and session else None
    width = _width(environment)
    views = streams(address or environment.get(b"ANTHROPIC_BASE_URL", b"").decode("utf-8", "replace"))
    project = project_of(status, environment)
    said = streaming(views, session, width, project) if views else None
    return said or _last(project, session, width)


def _last(project: str, session: "str | None", width: int) -> str:
    folder = f"{project}/{FOLDER}"
    try:
        posix.stat(folder)
    except (OSError, ValueError):
        return NAME + "no journal yet"
    call = latest((record for name, limit in _ENDS for record in _records(f"{folder}/{name}", limit)), session)
    return ended(call, ago(call.moment, time.time()), width, project) if call else NAME + NOTHING


def project_of(status: "Json", environment: "Mapping[bytes, bytes]") -> str:
    """Return the project's folder: the client names it."""
    workspace = status.get("workspace")
    named = workspace.get("project_dir") if isinstance(workspace, dict) else None
    known = environment.get(b"CLAUDE_PROJECT_DIR", b"").decode("utf-8", "surrogateescape")
    return next(folder for folder in (named, known, status.get("cwd"), ".") if isinstance(folder, str) and folder)


def _width(environment: "Mapping[bytes, bytes]") -> int:
    told = environment.get(b"COLUMNS", b"")
    # The client keeps a margin beside the line.
    return min(int(told) - 4, _WIDEST) if told.isdigit() and len(told) < 6 else _WIDTH


def _records(path: str, limit: int) -> "Iterator[Json]":
    data = tail(path, limit)
    for text in data.split(b"\n")[len(data) == limit :]:  # the first one of a part has no beginning
        try:
            record = parse(text.decode("utf-8", "replace"))
        except (ValueError, RecursionError):  # torn, or still being written
            continue
        if isinstance(record, dict):
            yield record


def streams(address: str) -> "list[Json] | None":
    """Return what the gateway at an address says of its open streams; None: it says nothing in time, or is none of ours."""
    port, _, token = address[len(_LOOPBACK) :].rstrip("/").partition("/")
    is_port = port.isascii() and port.isdigit() and len(port) < 6  # a raised two is a digit, too, and no number
    is_ours = address.startswith(_LOOPBACK) and is_port and len(token) >= 16 and _is_token(token)
    if not is_ours or int(port) > 65535:
        return None
    try:
        told = parse(_fetch(int(port), f"/{token}{_ONCE}").decode("utf-8", "replace"))
    except (OSError, ValueError, RecursionError):
        return None
    found = told.get("streams") if isinstance(told, dict) else None
    return [view for view in found if isinstance(view, dict)] if isinstance(found, list) else None


def _is_token(text: str) -> bool:
    return text.isascii() and text.replace("-", "a").replace("_", "a").isalnum()


def _fetch(port: int, path: str) -> bytes:
    """Ask for a page of this machine, and return its body.

    Raises:
        OSError, ValueError: There is no answer in time, or one that is no good.
    """
    from _socket import AF_INET, SOCK_STREAM, socket  # `socket` itself brings half of the library along

    deadline = time.monotonic() + DEADLINE
    data = bytearray()
    there = socket(AF_INET, SOCK_STREAM)
    try:
        there.settimeout(DEADLINE)
        there.connect(("127.0.0.1", port))
        there.send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode("ascii"))
        while len(data) < _LARGEST:
            there.settimeout(max(0.0, deadline - time.monotonic()))
            more = there.recv(65536)
            if not more:
                break
            data += more
    finally:
        there.close()
    head, _, body = bytes(data).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise ValueError("no answer of a gateway")
    return body
