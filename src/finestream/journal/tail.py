"""The end of a journal file, as it grows. SHELL. Its one law: each line once, when it is whole, whatever happens to the file.

A journal is rotated by moving its file: what was written to the old one after the last look is read there first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path

from finestream.journal.reading import open_part, open_parts, open_parts_after

_LOOK = 2**20  # bytes that are read at once


class Tail:
    """Follows ``path`` from its present end on. `close` it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        file = open_part(path)
        if file:
            file.seek(0, os.SEEK_END)
        self._open = [_Part(file)] if file else []  # what is written to now, and what was before: somebody may have that open still

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that have become whole since the last call."""
        for part in self._open:
            yield from part.lines()
        for newer in self._newer():
            for part in self._open[-1:]:  # it was written to until it was moved
                yield from part.lines()
            self._go_on(newer)
            yield from self._open[-1].lines()

    def close(self) -> None:
        """Let go of the files."""
        for part in self._open:
            part.file.close()

    def _go_on(self, file: BufferedReader) -> None:
        for part in self._open[:-1]:
            part.file.close()
        self._open = [*self._open[-1:], _Part(file)]

    def _newer(self) -> list[BufferedReader]:
        """The files that have come after the one that was last written to, the oldest first; where it has been deleted, the present one."""
        newer = open_parts_after(self._path, self._open[-1].file) if self._open else None
        if newer is not None:
            return newer
        present = open_part(self._path)
        return [present] if present else []


class _Part:
    """One of the files."""

    def __init__(self, file: BufferedReader) -> None:
        self.file = file
        self._rest = b""  # of a line that is not whole yet

    def lines(self) -> Iterator[bytes]:
        if os.fstat(self.file.fileno()).st_size < self.file.tell():  # somebody emptied it
            self.file.seek(0)
            self._rest = b""
        while data := self.file.read(_LOOK):
            *whole, self._rest = (self._rest + data).split(b"\n")
            yield from whole


def last_lines(path: Path, size: int) -> list[bytes]:
    """Return the whole lines within the last ``size`` bytes of ``path`` and its older parts."""
    found: list[list[bytes]] = []
    with ExitStack() as stack:
        for file in reversed([stack.enter_context(part) for part in open_parts(path)]):
            start = max(0, file.seek(0, os.SEEK_END) - size)
            file.seek(start)
            found.append(file.read(size).split(b"\n")[bool(start) : -1])
            size -= file.tell() - start
            if size <= 0:
                break
    return [line for lines in reversed(found) for line in lines]
