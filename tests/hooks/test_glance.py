"""The line of what streams: the worst first, whole figures, one line that fits, and nothing that a terminal obeys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.show.look import sized as shown_size
from finestream_hooks.glance import columns, plain, sized, streaming

WRITE: dict[str, Any] = {
    "id": "8080-1:t1",
    "session_id": "s1",
    "agent_id": None,
    "agent": "main",
    "tool": "Write",
    "tool_use_id": "t1",
    "target": "src/app.py",
    "bytes": 12700,
    "lines": 310,
    "chunks": 9,
    "rate": 2150.4,
    "seconds": 6.0,
    "quiet": 0.1,
    "state": "streaming",
    "attempt": 0,
    "attempts": 2,
    "action": "",
}
NO_TOOL = dict.fromkeys(("tool", "tool_use_id", "target", "bytes", "lines", "chunks", "rate"))


def view(**fields: Any) -> dict[str, Any]:
    return {**WRITE, **fields}


@pytest.mark.parametrize(
    ("views", "line"),
    [
        ([], None),
        ([view()], "Write src/app.py  12.4 KB  310 lines  2.1 KB/s"),
        ([view(agent="qa", agent_id="a17")], "qa: Write src/app.py  12.4 KB  310 lines  2.1 KB/s"),
        ([view(target=None, lines=0, rate=0.0)], "Write  12.4 KB"),
        ([view(lines=1, bytes=80, rate=None)], "Write src/app.py  80 B  1 line"),
        ([view(state="stalled", quiet=12.3)], "Write src/app.py  12.4 KB  310 lines  stalled for 12 s"),
        ([view(state="correcting")], "Write src/app.py  12.4 KB  310 lines  correcting"),
        ([view(state="continuing", attempt=1, action="continue")], "Write src/app.py  12.4 KB  310 lines  continuing 1 of 2"),
        ([view(state="continuing", attempt=2, action="fallback")], "Write src/app.py  12.4 KB  310 lines  last attempt 2 of 2"),
        ([view(state="continuing", attempt=0, action="surface")], "Write src/app.py  12.4 KB  310 lines  giving up"),
        ([view(**NO_TOOL, state="continuing", attempt=1, action="retry")], "the answer  asking again 1 of 2"),
        ([view(**NO_TOOL, state="thinking"), view(**NO_TOOL, state="waiting"), view(**NO_TOOL, state="unwatched")], None),
        ([view(**NO_TOOL, state="thinking"), view(), view()], "Write src/app.py  12.4 KB  310 lines  2.1 KB/s  +1"),
        (
            [view(), view(state="stalled", quiet=9, target="b"), view(state="continuing", attempt=1, target="a")],
            "Write a  12.4 KB  310 lines  continuing 1 of 2  +2",
        ),
        ([view(session_id="s2")], None),
        ([view(tool="\x1b[31mW", target="a\u202eb\n\x07")], "?[31mW a?b??  12.4 KB  310 lines  2.1 KB/s"),
        ([view(bytes="many", lines=True, rate=float("nan"), state=5)], "Write src/app.py"),
        ([{"session_id": "s1", "tool": "Write"}], "Write"),
    ],
)
def test_the_line(views: list[dict[str, Any]], line: str | None) -> None:
    assert streaming(views, "s1", 100) == (line and f"finestream: {line}")


def test_without_a_session_all_are_told() -> None:
    assert streaming([view(session_id="s2"), view(session_id=None)], None, 100) == (
        "finestream: Write src/app.py  12.4 KB  310 lines  2.1 KB/s  +1"
    )


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (72, "finestream: Write …very/long/folder/app.py  12.4 KB  310 lines  2.1 KB/s"),
        (62, "finestream: Write …folder/app.py  12.4 KB  310 lines  2.1 KB/s"),
        (54, "finestream: Write  12.4 KB  310 lines  2.1 KB/s"),
        (30, "finestream: Write  12.4 KB  3…"),
        (-5, "finestream: Write  …"),
    ],
)
def test_what_does_not_fit_is_cut_in_the_target_first(width: int, line: str) -> None:
    assert streaming([view(target="/home/me/a/very/long/folder/app.py")], "s1", width) == line


@given(st.text(max_size=40), st.text(max_size=300), st.integers(0, 150))
def test_it_is_one_line_that_fits_whatever_it_is_about(tool: str, target: str, width: int) -> None:
    line = streaming([view(tool=f"W{tool}", target=target)], "s1", width)
    assert line and line.isprintable() and columns(line) <= max(width, 20)


@pytest.mark.parametrize("name", ["tool", "agent", "target"])
def test_a_name_without_end_is_cut_at_once(name: str) -> None:
    """The client waits for the line; a look at all of the text for each of its characters would take hours."""
    line = streaming([view(**{name: "日" * 300_000})], "s1", 100)
    assert line and "日" * 20 in line and "…" in line and columns(line) <= 100


@pytest.mark.parametrize(
    ("target", "project", "shown"),
    [("/p/q/a.md", "/p/q", "a.md"), ("/p/qq/a.md", "/p/q", "/p/qq/a.md"), ("/p/q", "/p/q", "/p/q"), ("a.md", "", "a.md")],
)
def test_a_file_of_the_project_is_called_by_the_rest_of_its_path(target: str, project: str, shown: str) -> None:
    assert streaming([view(target=target, bytes=None, lines=0, rate=None)], "s1", 100, project) == f"finestream: Write {shown}"


def test_a_wide_character_takes_two_columns() -> None:
    assert (columns("日本"), columns("äb"), columns("ab")) == (4, 2, 2)
    assert plain("日本\u200b") == "日本?"


@given(st.integers(0, 2**40))
def test_a_size_is_spelled_as_everywhere(size: int) -> None:
    assert sized(size) == shown_size(size)
