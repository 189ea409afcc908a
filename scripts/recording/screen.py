"""What a program does to a terminal, as frames of styled text. Its one law: a frame is what a person could have seen, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import pyte
from pyte.screens import Char


class Style(NamedTuple):
    """How a run of text looks. A colour is a name of the sixteen, or six hexadecimal digits; ``default`` is the terminal's own."""

    foreground: str = "default"
    background: str = "default"
    is_bold: bool = False
    is_italic: bool = False
    is_underlined: bool = False


class Run(NamedTuple):
    """Text of one style; ``column`` and ``width`` count cells, of which a wide character takes two."""

    column: int
    width: int
    text: str
    style: Style


Line = tuple[Run, ...]


class Frame(NamedTuple):
    """A screen, and the seconds since the program's start at which it stood there."""

    moment: float
    lines: tuple[Line, ...]


class Screen:
    """A terminal of so many columns and lines, to which bytes are fed."""

    def __init__(self, columns: int, lines: int) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, data: bytes) -> None:
        """Show what a program has written."""
        self._stream.feed(data)

    def lines(self) -> tuple[Line, ...]:
        """Return what stands there."""
        rows = (self._screen.buffer[row] for row in range(self._screen.lines))
        return tuple(tuple(_runs([row[column] for column in range(self._screen.columns)])) for row in rows)


def frames(outputs: Iterable[tuple[float, bytes]], screen: Screen, pause: float) -> list[Frame]:
    """Return the frames that (moment, output) pairs make; what follows within ``pause`` seconds is one frame with what came before it."""
    found: list[Frame] = []
    for moment, data in outputs:
        screen.feed(data)
        lines = screen.lines()
        if found and lines == found[-1].lines:
            continue
        if found and moment - found[-1].moment < pause:
            found[-1] = Frame(found[-1].moment, lines)
        else:
            found.append(Frame(moment, lines))
    return found


def shortened(found: list[Frame], longest: float) -> list[Frame]:
    """Let no frame stand for more than ``longest`` seconds."""
    moment, before, told = 0.0, found[0].moment, []
    for frame in found:
        moment += min(longest, frame.moment - before)
        before = frame.moment
        told.append(Frame(moment, frame.lines))
    return told


def _runs(cells: list[Char]) -> Iterator[Run]:
    column = 0
    for (style, is_wide), group in groupby(_cells(cells), key=lambda cell: cell[1:]):
        size, texts = 2 if is_wide else 1, [text for text, *_ in group]
        start, column = column, column + len(texts) * size
        while texts and texts[-1] == " " and style.background == "default" and not style.is_underlined:
            texts.pop()  # nothing is to be seen of it
        if texts:
            yield Run(start, len(texts) * size, "".join(texts), style)


def _cells(cells: list[Char]) -> Iterator[tuple[str, Style, bool]]:
    """Yield text, style and whether it is wide. Behind a wide character the emulator leaves an empty cell."""
    for index, cell in enumerate(cells):
        if not cell.data:
            continue
        is_wide = index + 1 < len(cells) and not cells[index + 1].data
        yield cell.data, _style(cell), is_wide


def _style(cell: Char) -> Style:
    colours = (cell.bg, cell.fg) if cell.reverse else (cell.fg, cell.bg)
    return Style(*colours, cell.bold, cell.italics, cell.underscore)
