"""A view is what a gateway has told, and nothing that it has not."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.show.stream_view import StreamView, parse_view

TOLD: dict[str, Any] = {
    "id": "7-1:t",
    "agent": "qa",
    "session_id": "s",
    "tool": "Write",
    "target": "/p/a.md",
    "state": "streaming",
    "attempt": 1,
    "attempts": 2,
    "action": "continue",
    "bytes": 9,
    "lines": 3,
    "chunks": 2,
    "rate": 1.5,
    "quiet": 0.25,
    "text": ["one", "two"],
}


def test_a_view_is_read() -> None:
    view = parse_view(TOLD, "/p", 1.0)
    assert view == StreamView("qa", "s", "/p", "Write", "/p/a.md", "streaming", "", "continue", 1, 2, 9, 3, 2, 1.5, 1.25, ("one", "two"))
    assert not view.is_done
    assert parse_view({**TOLD, "state": "done"}, "/p", 0.0).is_done


@pytest.mark.parametrize("value", [None, [], {}, True, -1, "x", 10**20, float("nan"), float("inf"), 1.5, [1, None, "x"]])
def test_what_is_of_the_wrong_kind_counts_as_not_told(value: object) -> None:
    view = parse_view(dict.fromkeys(TOLD, value), "/p", 0.0)
    texts = (view.agent, view.session, view.tool, view.target, view.state, view.action, view.outcome)
    assert set(texts) <= ({"x", ""} if value == "x" else {""})
    assert (view.size, view.lines, view.chunks, view.attempt) == (None, None, None, 0)
    assert view.rate == (1.5 if value == 1.5 else None)
    assert view.text == (("", "", "x") if value == [1, None, "x"] else ())
