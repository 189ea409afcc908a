"""The end of a journal file, as it grows. SHELL. Its one law: each line once, when it is whole, whatever happens to the file.

A journal is rotated by moving its file: what was written to the old one after the last look is read there first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BufferedReader
from itertools import count
from pathlib import Path

from finestream.journal.lines import part_of
from finestream.journal.reading import open_part

_LOOK = 2**20  # bytes that are read at once


class Tail:
    """Follows ``path`` from its present end on. `close` it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rest = b""  # of a line that is not whole yet
        self._file = open_part(path)
        if self._file:
            self._file.seek(0, os.SEEK_END)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that have become whole since the last call."""
        if self._file is None:
            self._file = open_part(self._path)
        if self._file is None:
            return
        yield from self._read(self._file)
        for newer in self._newer(self._file):
            self._file.close()
            self._file, self._rest = newer, b""
            yield from self._read(newer)

    def close(self) -> None:
        """Let go of the file."""
        if self._file:
            self._file.close()

    def _read(self, file: BufferedReader) -> Iterator[bytes]:
        if os.fstat(file.fileno()).st_size < file.tell():  # somebody emptied it
            file.seek(0)
            self._rest = b""
        while data := file.read(_LOOK):
            *whole, self._rest = (self._rest + data).split(b"\n")
            yield from whole

    def _newer(self, file: BufferedReader) -> list[BufferedReader]:
        """The files that have come after ``file``, the oldest first; where it has been deleted, the present one."""
        parts: dict[int, BufferedReader] = {}
        found = None
        for index in count():
            part = open_part(part_of(self._path, index))
            if part is None and index:
                break
            if part and os.path.sameopenfile(part.fileno(), file.fileno()):
                part.close()
                found = index
                break
            if part:
                parts[index] = part
        newer = [parts.pop(index) for index in sorted(parts, reverse=True) if found is not None or index == 0]
        for part in parts.values():
            part.close()
        return newer


def last_lines(path: Path, size: int) -> list[bytes]:
    """Return the whole lines within the last ``size`` bytes of ``path``."""
    file = open_part(path)
    if file is None:
        return []
    with file:
        start = max(0, file.seek(0, os.SEEK_END) - size)
        file.seek(start)
        lines = file.read(size).split(b"\n")
    return lines[bool(start) : -1]
