"""What a program does to a terminal becomes frames, cell by cell."""

from __future__ import annotations

import pytest

from scripts.recording.screen import Frame, Run, Screen, Style, frames, shortened


def shown(data: str) -> tuple[tuple[Run, ...], ...]:
    screen = Screen(20, 3)
    screen.feed(data.encode())
    return screen.lines()


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("plain", [Run(0, 5, "plain", Style())]),
        ("  in", [Run(0, 4, "  in", Style())]),
        ("\x1b[31mred\x1b[0m on", [Run(0, 3, "red", Style("red")), Run(3, 3, " on", Style())]),
        ("\x1b[1;3;4mall", [Run(0, 3, "all", Style(is_bold=True, is_italic=True, is_underlined=True))]),
        ("\x1b[7mback", [Run(0, 4, "back", Style("default", "default"))]),
        ("\x1b[42m \x1b[0m", [Run(0, 1, " ", Style("default", "green"))]),
        ("\x1b[38;2;1;2;255mx", [Run(0, 1, "x", Style("0102ff"))]),
        ("a✅b", [Run(0, 1, "a", Style()), Run(1, 2, "✅", Style()), Run(3, 1, "b", Style())]),
        ("e\u0301 ", [Run(0, 1, "é", Style())]),
        ("gone\r\x1b[Khere", [Run(0, 4, "here", Style())]),
        ("", []),
    ],
)
def test_a_line_is_told_in_runs_of_one_style(data: str, line: list[Run]) -> None:
    assert shown(data) == (tuple(line), (), ())


def test_what_follows_at_once_is_one_frame_and_what_changes_nothing_is_none() -> None:
    outputs = [(0.0, b"a"), (0.1, b"b"), (0.5, b"c"), (0.9, b"\x1b[0m")]
    found = frames(iter(outputs), Screen(5, 1), 0.2)
    assert [(frame.moment, frame.lines[0][0].text.strip()) for frame in found] == [(0.0, "ab"), (0.5, "abc")]


def test_no_frame_stands_longer_than_it_may() -> None:
    found = shortened([Frame(moment, ()) for moment in (3.0, 3.5, 63.5, 64.0)], 1.5)
    assert [frame.moment for frame in found] == [0.0, 0.5, 2.0, 2.5]
