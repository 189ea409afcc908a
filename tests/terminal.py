"""A pseudo-terminal with a program in it, for tests of what only a terminal does: its keys, its signals, its modes."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds until a test gives up; a program answers much earlier
# A session of its own, with the terminal as the one whose keys it gets.
_LAUNCH = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvpe(sys.argv[1], sys.argv[1:], os.environ)"
)
_FORWARD = re.compile(r"\x1b\[\d*C")
_ESCAPES = re.compile(
    r"\x1b\[[0-9;:?<>=$]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()*+][0-9A-Z]|\x1bP[^\x1b]*\x1b\\|\x1b[=>78DEHMNOZc]"
)


class Terminal:
    """What a user has in front of him: keys to press, and a screen to read."""

    def __init__(self, keyboard: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.is_gone = False
        self._keyboard = keyboard
        self._shown = b""

    def press(self, keys: str) -> None:
        """Press keys; what `expect` looks at begins anew."""
        self._shown = b""
        os.write(self._keyboard, keys.encode())

    def expect(self, pattern: str) -> str:
        """Read until ``pattern`` is on the screen, and return what is there; fail when it does not come."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.screen):
            if time.monotonic() > end or not self._read(end):
                raise AssertionError(f"{pattern!r} did not come; there was:\n{self.screen[-3000:]}")
        return self.screen

    @property
    def screen(self) -> str:
        """What was shown since the last keys, as text. It is no grid: where a program jumps about, the order is that of its output."""
        text = _FORWARD.sub(" ", self._shown.decode("utf-8", "replace"))
        return _ESCAPES.sub("", text).replace("\xa0", " ")

    @property
    def raw(self) -> str:
        """What was shown since the last keys, with all that the terminal was told to do."""
        return self._shown.decode("utf-8", "replace")

    def resize(self, columns: int, lines: int) -> None:
        """Make the terminal larger or smaller; its programs are told."""
        fcntl.ioctl(self._keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    @property
    def modes(self) -> list[Any]:
        """The terminal's settings: echo, line editing, which keys are signals."""
        return termios.tcgetattr(self._keyboard)[:4]

    def outputs(self, has_ended: Callable[[], bool] = lambda: False) -> Iterator[bytes]:
        """Yield what is shown, as it is shown, until the program ends, or somebody says that it is enough."""
        end = time.monotonic() + PATIENCE
        while not has_ended():
            assert time.monotonic() < end, f"it goes on; there was:\n{self.screen[-3000:]}"
            before = len(self._shown)
            is_open = self._read(end)
            if self._shown[before:]:
                yield self._shown[before:]
            if not is_open or (self.process.poll() is not None and len(self._shown) == before):
                return

    def wait(self) -> int:
        """Wait for the program's end; what it still shows is read."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and self._read(end):
            assert time.monotonic() < end, f"it goes on; there was:\n{self.screen[-3000:]}"
        while select.select([self._keyboard], [], [], 0)[0] and self._read(end):
            pass  # what it has shown last
        return self.process.wait(PATIENCE)

    def hang_up(self) -> None:
        """Take the terminal away, as when its window is closed."""
        os.close(self._keyboard)
        self.is_gone = True

    def _read(self, end: float) -> bool:
        """Read what there is, or wait a little; False when there will be nothing more."""
        ready, _, _ = select.select([self._keyboard], [], [], min(0.2, max(0.0, end - time.monotonic())))
        if not ready:
            return True
        try:
            data = os.read(self._keyboard, 65536)
        except OSError:  # Linux says so when the last program at the other side has gone
            return False
        self._shown += data
        return bool(data)


@contextmanager
def terminal(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Run a program in a terminal of 40 lines of 120 characters; it is killed when the context ends."""
    keyboard, inside = os.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    launch = [sys.executable, "-c", _LAUNCH, *command]
    with subprocess.Popen(
        launch, cwd=folder, env={"TERM": "xterm-256color", **environment}, stdin=inside, stdout=inside, stderr=inside
    ) as process:
        os.close(inside)
        screen = Terminal(keyboard, process)
        try:
            yield screen
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not screen.is_gone:
                screen.hang_up()
