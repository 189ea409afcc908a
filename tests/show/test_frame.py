"""A drawing takes the place of the one before, and of nothing else; whatever happens to the terminal."""

from __future__ import annotations

import fcntl
import io
import os
import struct
import termios
from collections.abc import Iterator
from contextlib import suppress

import pytest
from rich.text import Text

from finestream.show.frame import Frame
from finestream.show.look import Look
from tests.show.screen import Screen


class Window:
    """A real terminal without a program."""

    def __init__(self) -> None:
        self._outside, inside = os.openpty()
        self.stream = os.fdopen(inside, "w", encoding="utf-8")
        self.screen = Screen(80)
        self.resize(80, 24)

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.width = columns

    def look(self) -> list[str]:
        """Return what is to be seen."""
        os.set_blocking(self._outside, False)
        with suppress(BlockingIOError):
            while data := os.read(self._outside, 65536):
                self.screen.feed(data.decode())
        return self.screen.lines

    def close(self) -> None:
        os.close(self._outside)
        with suppress(OSError):
            self.stream.close()


@pytest.fixture
def window() -> Iterator[Window]:
    opened = Window()
    yield opened
    opened.close()


def rows(look: Look) -> list[Text]:
    return [look.line(f"row {number} ", "-" * 200) for number in range(min(look.height or 30, 30))]


def test_what_is_drawn_again_takes_the_place_of_what_was_there(window: Window) -> None:
    window.stream.write("$ finestream run\n")
    frame = Frame(window.stream)
    frame.draw(lambda look: [Text("one"), Text("a longer one"), Text("three")])
    assert window.look() == ["$ finestream run", "one", "a longer one", "three", ""]
    assert not window.screen.is_cursor_shown
    frame.draw(lambda look: [Text("four", "bold red"), Text("five")])
    assert window.look() == ["$ finestream run", "four", "five", ""]
    frame.finish(lambda look: [Text("six")])
    frame.leave()
    assert window.look() == ["$ finestream run", "six", ""]
    assert window.screen.is_cursor_shown


def test_what_others_say_stands_above(window: Window) -> None:
    frame = Frame(window.stream)
    frame.draw(lambda look: [Text("one"), Text("a longer line")])
    frame.draw(lambda look: [Text("two"), Text("three")], "they say\nthis\n")
    assert window.look() == ["they say", "this", "two", "three", ""]
    frame.finish(lambda look: [Text("four")], "and that\n")
    assert window.look() == ["they say", "this", "and that", "four", ""]


@pytest.mark.parametrize("columns", [200, 79, 60, 41, 40, 20])
def test_a_terminal_that_is_resized_shows_no_rests(columns: int, window: Window) -> None:
    window.stream.write("$ finestream run\n")
    frame = Frame(window.stream)
    frame.draw(lambda look: rows(Look(look.width, 10)))
    window.look()
    window.resize(columns, 24)
    frame.draw(lambda look: rows(Look(look.width, 10)))
    shown = window.look()
    assert shown[0] == "$ finestream run" and shown[-1] == ""
    assert [line.split()[1] for line in shown[1:-1]] == [str(number) for number in range(10)]
    assert all(len(line) <= columns for line in shown)


def test_the_last_drawing_may_be_higher_than_the_terminal_and_no_other(window: Window) -> None:
    frame = Frame(window.stream)
    frame.draw(rows)
    assert len(window.look()) == 24
    frame.finish(rows)
    assert len(window.look()) == 31


def test_colours_are_left_out_where_nobody_wants_them(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    Frame(out).draw(lambda look: [Text("red", "red")])
    assert "red\x1b[K" in out.getvalue() and "31m" not in out.getvalue()


def test_a_stream_without_a_terminal_is_taken_for_an_ordinary_one() -> None:
    out = io.StringIO()
    Frame(out).draw(lambda look: [Text(f"{look.width} {look.height} {look.encoding}")])
    assert "80 23 ascii" in out.getvalue()


def test_a_terminal_that_does_not_know_its_size_is_taken_for_an_ordinary_one(window: Window) -> None:
    window.resize(0, 0)
    Frame(window.stream).draw(lambda look: [Text(f"{look.width} {look.height}")])
    assert window.look()[0] == "80 23"
