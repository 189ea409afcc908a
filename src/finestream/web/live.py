"""What streams now, for all who look at the page. SHELL. Its one law: it listens once, however many look, and only while somebody does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from finestream.roster import Entry
from finestream.show.stream_view import WELL, StreamView
from finestream.watch.board import Board
from finestream.watch.reading import Listening

Json = dict[str, Any]
MOST_SHOWN = 200  # streams


class Live:
    """The streams of the gateways that there are."""

    def __init__(self, find: Callable[[], list[Entry]]) -> None:
        self._find = find
        self._lookers = 0
        self._board = Board()
        self._listening: Listening | None = None
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Listen as long as the context lasts, or longer where others look."""
        self._lookers += 1
        if self._task is None:
            self._board = Board()
            self._listening = Listening(self._find, self._hear, with_text=True)
            self._task = asyncio.create_task(self._listening.run())
        try:
            yield
        finally:
            self._lookers -= 1
            if not self._lookers:
                self._task.cancel()
                self._task = None

    def state(self) -> Json:
        """Return how it stands. A stream is known by the process of its gateway and its id; no address of a gateway gets out."""
        now = asyncio.get_running_loop().time()
        listened = self._listening.gateways if self._listening else []
        numbers: dict[str, int] = {}
        streams = {}
        for (gateway, ident), view in list(self._board.standing(now).items())[-MOST_SHOWN:]:
            streams[f"{numbers.setdefault(gateway, len(numbers))}:{ident}"] = _told(view)
        return {"gateways": [{"kind": entry.kind, "pid": entry.pid} for entry in listened], "streams": streams}

    def _hear(self, entry: Entry, event: tuple[str, Json] | None) -> None:
        now, key = asyncio.get_running_loop().time(), f"{entry.url} {entry.pid}"
        if event is None:
            self._board.lose(key, now)
        else:
            self._board.take(key, entry.project, event, now)


def _told(view: StreamView) -> Json:
    body = asdict(view)
    project = body.pop("project")
    return {**body, "target": view.target.removeprefix(f"{project}/"), "quiet": int(view.quiet), "is_well": view.outcome in WELL}
