"""What holds for every test: no real home, no real network, no variables of the developer's own session, no signal that is ignored because
the run is.

The guards are audit hooks of the interpreter, so that no library gets round them; what they forbid raises an error that names the fix.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.data import SHARED

ROOT = Path(__file__).parents[1]

# A shared machine knows no deadline; in CI the same examples each time, so that red means changed.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

_REAL_HOME = Path.home()
_FORBIDDEN_FOLDERS = tuple(
    str(folder)
    for folder in (
        _REAL_HOME / ".claude",
        _REAL_HOME / ".config" / "finestream",
        _REAL_HOME / ".local" / "state" / "finestream",
        Path(os.environ.get("CLAUDE_CONFIG_DIR") or _REAL_HOME / ".claude"),
    )
    if not ROOT.is_relative_to(folder)  # a work tree may lie in there
)
_FILE_EVENTS = frozenset({"open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.chmod", "os.truncate"})
_NET_EVENTS = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}
# What Claude Code, its gateways and proxies put into the environment of whoever runs the tests.
_FOREIGN_PREFIXES = ("ANTHROPIC_", "CLAUDE", "FINESTREAM_", "XDG_")
_FOREIGN_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


class ForbiddenInTests(Exception):
    """A test reached for the real world."""


def _guard(event: str, args: tuple[object, ...]) -> None:
    if event in _FILE_EVENTS:
        if isinstance(args[0], (str, Path)) and os.fspath(args[0]).startswith(_FORBIDDEN_FOLDERS):
            raise ForbiddenInTests(f"{event} of {args[0]}: use the fixture `home`, or a folder below tmp_path")
    elif event in _NET_EVENTS:
        address = args[_NET_EVENTS[event]]
        host = address[0] if isinstance(address, tuple) else address
        if not _is_loopback(host):
            raise ForbiddenInTests(f"{event} to {host!r}: start a server on 127.0.0.1 in the test, or use the simulator")


def _is_loopback(host: object) -> bool:
    """Say whether ``host`` is this machine: a name, an address, a socket's file, or nothing, where a server may listen."""
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in ("", "localhost") or name.startswith(("/", "\0")):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.endswith(".localhost")


sys.addaudithook(_guard)


@pytest.fixture(scope="session", autouse=True)
def _guarded_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the whole run, and every process it starts, a home of its own and none of the developer's variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_FOREIGN_PREFIXES) or name.upper() in _FOREIGN_NAMES:
                patch.delenv(name)
        _move_home(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _heard_signals() -> Iterator[None]:
    """Let children hear every signal, though `nohup`, or a script in whose background the tests run, has had some ignored. A handler is not
    inherited as being ignored is; one that does nothing keeps the run itself as protected as it was.
    """
    numbers = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, lambda number, frame: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home for this test alone."""
    folder = tmp_path / "home"
    folder.mkdir()
    _move_home(monkeypatch, folder)
    return folder


@pytest.fixture(scope="session")
def real_home() -> Path:
    """Return the home that no test may touch."""
    return _REAL_HOME


@pytest.fixture(scope="session")
def shared_data() -> Path | None:
    """Return the folder with the real streams and the real malformed inputs, or None.

    A test passes without it: parametrize over own fixtures first (``tests.data.found``), so that nothing is skipped in silence.
    """
    return SHARED if SHARED.is_dir() else None


def _move_home(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setenv("HOME", str(folder))
    patch.setenv("USERPROFILE", str(folder))
    patch.setenv("CLAUDE_CONFIG_DIR", str(folder / ".claude"))
