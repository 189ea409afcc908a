"""The table of streams fits every terminal, tells what matters, and nothing in it is obeyed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.show.look import Look
from finestream.show.stream_view import StreamView
from finestream.show.streams import picture, said
from tests.show.views import EVIL

STATES = ("streaming", "stalled", "correcting", "continuing", "waiting", "thinking", "writing", "unwatched", "done", EVIL)


def view(**facts: Any) -> StreamView:
    known: dict[str, Any] = {
        "agent": "main",
        "session": "s",
        "project": "/p",
        "tool": "Write",
        "target": "/p/docs/a.md",
        "state": "streaming",
        "outcome": "",
        "action": "",
        "attempt": 0,
        "attempts": 2,
        "size": 2150,
        "lines": 40,
        "chunks": 3,
        "rate": 1024.0,
        "quiet": 0.2,
    }
    return StreamView(**{**known, **facts})


def drawn(*views: StreamView, width: int = 140, height: int | None = None, encoding: str = "utf-8") -> list[str]:
    return [row.plain.rstrip() for row in picture(views, "Nothing.", Look(width, height, encoding))]


VIEWS = st.lists(
    st.builds(
        view,
        agent=st.sampled_from(["main", "", EVIL, "a-very-long-name-of-an-agent" * 5]),
        session=st.sampled_from(["s", EVIL, "0c9e"]),
        project=st.sampled_from(["/p", "/q/漢字", EVIL]),
        tool=st.sampled_from(["Write", "", EVIL, "mcp__a_server_with_a_long_name__handoff"]),
        target=st.sampled_from(["", "/p/a", EVIL * 30, "x" * 300]),
        state=st.sampled_from(STATES),
        outcome=st.sampled_from(["", "complete", "continued", "cut", EVIL]),
        action=st.sampled_from(["", "continue", "retry", "fallback", EVIL]),
        attempt=st.integers(0, 99),
        attempts=st.integers(0, 20),
        size=st.none() | st.integers(0, 10**14),
        lines=st.none() | st.integers(0, 10**14),
        rate=st.none() | st.floats(0, 1e14),
        quiet=st.floats(0, 1e6),
        text=st.sampled_from([(), ("one", EVIL), ("a " * 300,) * 5, ("",)]),
    ),
    max_size=8,
)


@given(VIEWS, st.integers(40, 300), st.none() | st.integers(1, 40), st.sampled_from(["utf-8", "ascii"]))
def test_it_fits_and_nothing_in_it_is_obeyed(views: list[StreamView], width: int, height: int | None, encoding: str) -> None:
    rows = picture(views, EVIL, Look(width, height, encoding))
    assert rows
    assert height is None or len(rows) <= height
    for row in rows:
        assert row.cell_len <= width
        assert not set(row.plain) & {"\x1b", "\x07", "\n", "\r", "\u202e"}
        row.plain.encode(encoding)
    for each in views:
        assert not set(said(each, Look(10**6, None, encoding))) & {"\x1b", "\x07", "\n", "\u202e"}


def test_a_wide_terminal_has_all_in_a_line() -> None:
    head, names, row = drawn(view(), width=160)
    assert head == "1 stream"
    assert names.split() == ["agent", "tool", "target", "bytes", "lines", "chunks", "rate", "age", "state"]
    assert row.split() == ["⏳", "main", "Write", "docs/a.md", "2.1", "KB", "40", "3", "1.0", "KB/s", "0.2s", "streaming"]


def test_a_narrow_one_has_two_lines_and_the_end_of_the_target() -> None:
    assert drawn(view(target="/p/" + "folder/" * 10 + "file.md"), width=44) == [
        "1 stream",
        "⏳ main Write                      streaming",
        "   2.1 KB, 1.0 KB/s, 0.2s ago  …lder/file.md",
    ]
    assert len(drawn(view(tool="", target="", size=None, state="thinking"), width=44)) == 2


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": "stalled"}, "stalled"),
        ({"state": "continuing", "action": "continue", "attempt": 1}, "continuing, attempt 1 of 2"),
        ({"state": "continuing", "action": "retry", "attempt": 2}, "asking again, attempt 2 of 2"),
        ({"state": "continuing", "action": "fallback", "attempt": 2}, "last attempt"),
        ({"state": "continuing", "action": "", "attempts": 0}, "continuing"),
        ({"state": "done", "outcome": "complete"}, "done"),
        ({"state": "done", "outcome": "continued"}, "done, continued"),
        ({"state": "done", "outcome": "client_left"}, "client_left"),
        ({"state": "done"}, "ended"),
        ({"state": "new to us"}, "new to us"),
    ],
)
def test_how_it_stands_is_said(facts: dict[str, Any], words: str) -> None:
    assert drawn(view(**facts), width=160)[-1].endswith(f"0.2s {words}")
    assert said(view(**facts), Look(200)) == f"main: {words} Write docs/a.md (2.1 KB, 40 lines, 3 chunks)"


def test_a_short_state_names_the_attempt() -> None:
    for width in (60, 110):
        assert "continuing 1/2" in "\n".join(drawn(view(state="continuing", action="continue", attempt=1), width=width))
        assert "asking again 2/2" in "\n".join(drawn(view(state="continuing", action="retry", attempt=2), width=width))
        assert "continued" in "\n".join(drawn(view(state="done", outcome="continued"), width=width))


def test_agents_of_several_sessions_and_projects_are_told_apart() -> None:
    rows = "\n".join(drawn(view(session="1111-2"), view(session="2222-2", agent="qa", project="/q/shop"), width=160))
    assert "main@1111 p " in rows
    assert "qa@2222 shop " in rows


def test_tabs_of_the_text_indent_it() -> None:
    assert drawn(view(text=("\tif x:", "a\tb")), width=110)[-2:] == ["   |     if x:", "   | a   b"]


def test_of_a_hundred_what_is_in_trouble_is_shown() -> None:
    views = [view(target=f"/p/{number}", state="done" if number < 50 else "streaming") for number in range(100)]
    views[70] = view(target="/p/70", state="stalled")
    rows = drawn(*views, height=10)
    assert rows[0] == "50 streams, 50 ended"
    assert rows[-1] == "and 93 streams more"
    assert len(rows) == 10
    assert sum("stalled" in row for row in rows) == 1
    assert len(drawn(*views)) == 102


def test_the_last_lines_stand_below_as_far_as_there_is_room() -> None:
    views = [view(text=("one", "two", "three", "four")), view(text=("five",)), view()]
    assert [row for row in drawn(*views) if row.startswith("   |")] == ["   | two", "   | three", "   | four", "   | five"]
    assert [row for row in drawn(*views, height=7) if row.startswith("   |")] == ["   | four", "   | five"]
    assert [row for row in drawn(*views, height=5) if row.startswith("   |")] == []


def test_where_nothing_streams_it_says_so_whole() -> None:
    assert [row.plain for row in picture([], "Nothing streams, and so on.", Look(10))] == ["Nothing st", "reams, and", " so on."]
