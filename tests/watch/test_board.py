"""The board holds the latest view of each stream, and what has ended for a little while."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.watch.board import LINGER, MOST_ENDED, Board


def view(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "agent": "main", "tool": "Write", "target": name, "state": "streaming", "bytes": 1, "quiet": 0.0, **more}


def take(board: Board, event: str, body: dict[str, Any], now: float = 0.0, gateway: str = "g") -> list[tuple[str, dict[str, Any]]]:
    return board.take(gateway, "/p", (event, body), now)


def targets(board: Board, now: float = 0.0) -> list[str]:
    return [each.target for each in board.views(now)]


def test_the_latest_view_holds_and_ages() -> None:
    board = Board()
    assert take(board, "snapshot", {"streams": [view("a"), view("b"), "odd"]}) == [("snapshot", view("a")), ("snapshot", view("b"))]
    take(board, "began", view("c"), 1.0)
    take(board, "progress", view("a", bytes=5, quiet=0.5), 2.0)
    take(board, "state", view("b", state="stalled"), 2.0)
    take(board, "what nobody knows", view("d"))
    found = board.views(3.0)
    assert [(each.target, each.size, each.state, each.quiet, each.project) for each in found] == [
        ("a", 5, "streaming", 1.5, "/p"),
        ("b", 1, "stalled", 1.0, "/p"),
        ("c", 1, "streaming", 2.0, "/p"),
    ]
    take(board, "gone", {"id": "a"})
    take(board, "gone", {"id": "never there"})
    assert targets(board) == ["b", "c"]


def test_what_has_ended_stays_for_a_little_while_and_does_not_age() -> None:
    board = Board()
    take(board, "began", view("a"))
    take(board, "ended", view("a", state="done", outcome="complete"), 1.0)
    (found,) = board.views(1.0 + LINGER)
    assert (found.outcome, found.quiet, found.is_done) == ("complete", 0.0, True)
    assert board.views(1.1 + LINGER) == []


def test_of_many_that_ended_at_once_the_latest_stay() -> None:
    board = Board()
    take(board, "began", view("live"))
    for number in range(MOST_ENDED + 10):
        take(board, "ended", view(str(number)))
    assert len(board.views(0.0)) == MOST_ENDED + 1
    assert targets(board)[:2] == ["live", "10"]


def test_the_streams_of_a_gateway_that_goes_have_ended() -> None:
    board = Board()
    take(board, "began", view("a"), gateway="one")
    take(board, "began", view("a"), gateway="two")
    take(board, "ended", view("b", outcome="complete"), gateway="one")
    (lost,) = board.lose("one", 1.0)
    assert (lost["state"], lost["outcome"]) == ("done", "gateway gone")
    assert [each.outcome for each in board.views(1.0)] == ["gateway gone", "", "complete"]


def test_a_gateway_that_is_read_anew_tells_what_there_is_now() -> None:
    board = Board()
    for gateway in ("one", "two"):
        take(board, "snapshot", {"streams": [view("a"), view("b")]}, gateway=gateway)
    take(board, "ended", view("c"), gateway="one")
    take(board, "snapshot", {"streams": [view("b")]}, gateway="one")
    assert targets(board) == ["b", "a", "b", "c"]


@pytest.mark.parametrize("streams", [None, 5, "x", [None, 7]])
def test_a_snapshot_that_is_not_understood_is_empty(streams: object) -> None:
    board = Board()
    assert take(board, "snapshot", {"streams": streams}) == []
    assert targets(board) == []
