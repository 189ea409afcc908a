"""The streams of several gateways as they stand now: a fold of the events that they tell. PURE.

Its law: the latest view of a stream holds; one that has ended stays a little, so that its outcome is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from finestream.show.stream_view import StreamView, parse_view

LINGER = 4.0  # seconds
MOST_ENDED = 200

Json = dict[str, Any]


@dataclass(slots=True)
class _Entry:
    body: Json
    project: str
    told: float
    ended: float | None = None


class Board:
    """Streams by gateway and id, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], _Entry] = {}

    def take(self, gateway: str, project: str, event: tuple[str, Json], now: float) -> list[tuple[str, Json]]:
        """Take an event of a gateway; return it as events of single streams. What is not understood is left out."""
        name, body = event
        if name == "snapshot":
            found = body.get("streams")
            streams = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
            self._forget(gateway, {str(each.get("id")) for each in streams})
            news = [("snapshot", each) for each in streams]
        else:
            news = [(name, body)]
        for kind, view in news:
            self._note((gateway, str(view.get("id"))), kind, _Entry(view, project, now))
        return news

    def lose(self, gateway: str, now: float) -> list[Json]:
        """A gateway has gone, and with it what streamed through it; return that."""
        lost = [entry for (place, _), entry in self._entries.items() if place == gateway and entry.ended is None]
        for entry in lost:
            entry.body = {**entry.body, "state": "done", "outcome": "gateway gone"}
            entry.ended = now
        self._sweep(now)
        return [entry.body for entry in lost]

    def views(self, now: float) -> list[StreamView]:
        """Return what is to be seen."""
        return list(self.standing(now).values())

    def standing(self, now: float) -> dict[tuple[str, str], StreamView]:
        """Return what is to be seen, by gateway and id."""
        self._sweep(now)
        return {
            key: parse_view(entry.body, entry.project, 0.0 if entry.ended is not None else max(0.0, now - entry.told))
            for key, entry in self._entries.items()
        }

    def _note(self, key: tuple[str, str], kind: str, entry: _Entry) -> None:
        if kind == "gone":
            self._entries.pop(key, None)
        elif kind in ("snapshot", "began", "state", "progress", "ended"):
            entry.ended = entry.told if kind == "ended" else None
            self._entries[key] = entry

    def _forget(self, gateway: str, but: set[str]) -> None:
        for key, entry in list(self._entries.items()):
            if key[0] == gateway and key[1] not in but and entry.ended is None:
                del self._entries[key]

    def _sweep(self, now: float) -> None:
        ended = [key for key, entry in self._entries.items() if entry.ended is not None]
        for number, key in enumerate(ended):
            ended_at = self._entries[key].ended
            if number < len(ended) - MOST_ENDED or (ended_at is not None and now - ended_at > LINGER):
                del self._entries[key]
