"""A panel that is shown again and again. SHELL. Its one law: what was drawn is drawn over, and at the end the terminal is as it was."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from rich.text import Text

from finestream.show.frame import Frame
from finestream.show.look import Look
from finestream.show.panel import Panel


class Drawn:
    """On a terminal: one picture, drawn anew when there is another one, and when the terminal has another size."""

    def __init__(self, stream: TextIO) -> None:
        # One of our own, with a buffer: Python's may have none (PYTHONUNBUFFERED), and drops what a signal leaves unwritten then.
        self._stream = open(stream.fileno(), "w", encoding=stream.encoding, closefd=False)  # noqa: SIM115 - `close` closes it
        self._frame = Frame(self._stream)
        self._panel: Panel | None = None
        self._size = self._measured()

    def show(self, panel: Panel) -> None:
        """Draw a panel."""
        self._panel, self._size = panel, self._measured()
        self._frame.draw(panel.draw)

    def keep(self) -> None:
        """See to it that the picture fits into the terminal as it is now."""
        if self._panel and self._measured() != self._size:
            self.show(self._panel)

    def close(self) -> None:
        """Leave the last picture, and give the terminal back."""
        with suppress(OSError):  # it may be gone
            if self._panel:
                self._frame.draw(self._panel.draw)
            self._frame.leave()
            self._stream.close()

    def _measured(self) -> os.terminal_size | None:
        with suppress(OSError):
            return os.get_terminal_size(self._stream.fileno())
        return None


class Told:
    """Elsewhere: a panel each time that something has changed."""

    def __init__(self, tell: Callable[[Panel], None]) -> None:
        self._tell = tell
        self._rows: list[Text] = []

    def show(self, panel: Panel) -> None:
        """Print a panel that differs from the one before."""
        rows = panel.draw(Look(80))
        if rows != self._rows:
            self._rows = rows
            self._tell(panel)

    def keep(self) -> None:
        """Nothing has to be done."""

    def close(self) -> None:
        """Nothing has to be given back."""


class Ending:
    """The signals that end it, as long as the context lasts. They strike between two drawings: half a one could not be drawn over."""

    def __init__(self) -> None:
        self._is_drawing = False
        self._struck: int | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear them."""
        before = {number: signal.signal(number, self._strike) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Let them wait until something has been drawn."""
        self._is_drawing = True
        try:
            yield
        finally:
            self._is_drawing = False
        if self._struck is not None:
            self._end(self._struck)

    def _strike(self, number: int, frame: FrameType | None) -> None:
        self._struck = number
        if not self._is_drawing:
            self._end(number)

    @staticmethod
    def _end(number: int) -> None:
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)
