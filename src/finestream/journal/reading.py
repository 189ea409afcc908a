"""Reading a journal back. SHELL. Its one law: a line that is torn, empty or foreign costs that line only."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from io import BufferedReader
from itertools import count
from pathlib import Path
from typing import Any

from finestream.errors import JournalError
from finestream.journal.lines import part_of

Json = dict[str, Any]
Wanted = Callable[[bytes], bool]
"""Says of a line, before it is parsed, whether it can be of interest."""

# No waiting for a pipe: whoever wrote the project may have put something other than a file there.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
LONGEST = 64 * 2**20  # bytes; no record of ours comes near it, and a foreign file must not fill the memory


class Damage:
    """Counts the lines that are no records. What is still being written is none of them."""

    def __init__(self) -> None:
        self.lines = 0


def read_records(path: Path, *, damage: Damage | None = None, wanted: Wanted | None = None) -> Iterator[Json]:
    """Yield the records of the journal file ``path`` and of its older parts, the oldest first; nothing where there is no file.

    Raises:
        JournalError: A part is there and cannot be read.
    """
    damage = damage or Damage()
    with ExitStack() as stack:
        parts = [stack.enter_context(part) for part in open_parts(path)]
        for part in parts:
            for line in _lines(part):
                if wanted is None or wanted(line):
                    record = parse_line(line, damage, is_last=part is parts[-1] and not line.endswith(b"\n"))
                    if record is not None:
                        yield record


def _lines(part: BufferedReader) -> Iterator[bytes]:
    while line := part.readline(LONGEST):
        yield line


def parse_line(line: bytes, damage: Damage, *, is_last: bool = False) -> Json | None:
    """Return the record of one line. ``is_last``: it may still be being written, and is no damage then."""
    if not line.strip():
        return None
    with suppress(ValueError, RecursionError):
        record = json.loads(line.decode("utf-8", "replace"))
        if isinstance(record, dict):
            return record
    damage.lines += not is_last
    return None


def open_part(path: Path) -> BufferedReader | None:
    """Open one file of a journal, or return None where there is none.

    Raises:
        JournalError: It is there and cannot be read.
    """
    try:
        handle = os.open(path, _FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise JournalError(f"the journal cannot be read: {error.strerror}", "Make it a readable file.", path=str(path)) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise JournalError("the journal is no regular file", "Move away what is there.", path=str(path))
    return os.fdopen(handle, "rb")


def open_parts(path: Path) -> list[BufferedReader]:
    """Open all parts, the oldest first."""
    met = _Met()
    for part in _parts_back(path):
        met.add(part)
    return met.parts()


def open_parts_after(path: Path, file: BufferedReader) -> list[BufferedReader] | None:
    """Open the parts that are newer than the one that is open as ``file``, the oldest first; None where that is no part any more."""
    met = _Met()
    for part in _parts_back(path):
        if os.path.sameopenfile(part.fileno(), file.fileno()):
            part.close()
            return met.parts()
        met.add(part)
    for part in met.parts():
        part.close()
    return None


class _Met:
    """Parts that were opened from the newest on, while others may move them on: one that is met again belongs where it was met last."""

    def __init__(self) -> None:
        self._parts: dict[tuple[int, int], BufferedReader] = {}

    def add(self, part: BufferedReader) -> None:
        status = os.fstat(part.fileno())
        before = self._parts.pop((status.st_dev, status.st_ino), None)
        if before:
            before.close()
        self._parts[status.st_dev, status.st_ino] = part

    def parts(self) -> list[BufferedReader]:
        return [*self._parts.values()][::-1]


def _parts_back(path: Path) -> Iterator[BufferedReader]:
    """Open one part after the other, the newest first. What is moved on in the meantime is met twice, and never missed: rotation moves
    the oldest part first, so only one name is free at a time, and there may be more parts behind it.
    """
    last = 1 + max((_index(each.name, path) for each in path.parent.glob(f"{path.name}.*")), default=0)
    missing = 0
    for index in count():
        part = open_part(part_of(path, index))
        missing = 0 if part else missing + 1
        if part:
            yield part
        elif index > last and missing > 1:
            return


def _index(name: str, path: Path) -> int:
    given = name.removeprefix(f"{path.name}.")
    return int(given) if re.fullmatch("[1-9][0-9]{0,3}", given) else 0
