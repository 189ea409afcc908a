"""The monitor that runs for a place while it is installed anew or taken out. SHELL.

Its one law: whom a session still needs lives on; a session keeps the address that it began with, even when the settings lose it (2.1.332).
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import NamedTuple

from finestream.install.layout import LOCK, STATE
from finestream.install.places import Place
from finestream.permanent.arrangement import SESSIONS
from finestream.permanent.instance import is_locked, signature
from finestream.permanent.sessions import Sessions


class Running(NamedTuple):
    """``pid``: of its supervisor; ``sessions``: how many still need it."""

    pid: int
    sessions: int

    def end(self) -> None:
        """Tell it to end; it lets open streams come to theirs."""
        with suppress(ProcessLookupError, PermissionError):
            os.kill(self.pid, signal.SIGTERM)


def running_monitor(place: Place) -> Running | None:
    """Return the monitor that runs, or None."""
    if not is_locked(place.root / LOCK):
        return None
    pid = signature(place.root / LOCK)  # 0: it has been started just now, and has not signed yet
    return Running(pid, Sessions(place.root / STATE / SESSIONS).living()) if pid > 1 else None
