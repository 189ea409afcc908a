"""Where the agents of a run see what the others have done. SHELL. Its one law: nobody sees what is not on disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from finestream.workflow.ledger import Entry, Ledger

STARTS = 2
"""Sessions that start at the same time. A start keeps a processor busy, and who comes first in a workflow is waited for first."""

Watch = Callable[[str, Entry], None]
"""(step, entry): is told of everything that happens, durable or not."""


class Store(Protocol):
    """What keeps entries."""

    async def append(self, step: str, entry: Mapping[str, Any], /) -> None:
        """Return when the entry is safe."""


class Board:
    """The ledgers of a run."""

    def __init__(self, steps: Iterable[str], store: Store, entries: Mapping[str, Iterable[Entry]]) -> None:
        self.entries = entries
        """What was there before."""
        self.ledgers = {step: Ledger(step, entries.get(step, ())) for step in steps}
        self.stopped_by = ""
        """Why no agent goes on, once that is so."""
        self.starts = asyncio.Semaphore(STARTS)
        """Held while a session starts; those who wait for it get it in their order."""
        self._store = store
        self._watching: list[Watch] = []
        self._listeners: list[Callable[[], None]] = []

    async def record(self, step: str, kind: str, **facts: Any) -> None:
        """Write an entry of ``step``, and tell everybody."""
        entry = {"kind": kind, "at": time.time(), **facts}
        await self._store.append(step, entry)
        self.ledgers[step].take(entry)
        self.notice(step, entry)
        self._wake()

    def stop(self, reason: str) -> None:
        """Let every agent end where it stands."""
        self.stopped_by = self.stopped_by or reason
        self._wake()

    def notice(self, step: str, entry: Entry) -> None:
        """Tell those who watch of something that need not be kept."""
        for watch in self._watching:
            watch(step, entry)

    def _wake(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def watch(self, watch: Watch) -> None:
        """Tell ``watch`` of everything from now on."""
        self._watching.append(watch)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every entry."""
        self._listeners.append(listener)

    def ignore(self, listener: Callable[[], None]) -> None:
        """Stop calling it."""
        self._listeners.remove(listener)
