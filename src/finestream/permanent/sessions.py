"""The sessions of the client that a permanent monitor lives for. SHELL.

Its one law: a session lives as long as its process does. They are on disk, too, because a monitor that was started again must not believe
that it is alone.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from finestream.permanent.owned import open_own

MOST = 1000  # a client that starts session after session and ends none


class Sessions:
    """Session ids and the processes they live in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pids: dict[str, int] = _load(path)

    def begin(self, session: str, pid: int) -> None:
        """Note a session; again is no harm."""
        if self._pids.get(session) != pid and is_alive(pid):
            self._pids[session] = pid
            while len(self._pids) > MOST:
                del self._pids[next(iter(self._pids))]
            self._save()

    def end(self, session: str) -> None:
        """Forget a session; one that nobody knows is no harm."""
        if self._pids.pop(session, None) is not None:
            self._save()

    def living(self) -> int:
        """Count those whose process lives; the others are forgotten."""
        dead = [session for session, pid in self._pids.items() if not is_alive(pid)]
        for session in dead:
            del self._pids[session]
        if dead:
            self._save()
        return len(self._pids)

    def _save(self) -> None:
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with suppress(OSError):  # then a monitor that is started again will not know of it: it ends too early, and is started again
            with os.fdopen(open_own(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w", encoding="utf-8") as file:
                file.write(json.dumps(self._pids))
            draft.replace(self._path)


def is_alive(pid: int) -> bool:
    """Say whether there is such a process."""
    try:
        os.kill(pid, 0)
    except PermissionError:  # it is somebody else's, but it is there
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _load(path: Path) -> dict[str, int]:
    try:
        with os.fdopen(open_own(path, os.O_RDONLY), encoding="utf-8") as file:
            found = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {session: pid for session, pid in pairs if type(pid) is int and pid > 0}
