"""The files that figures are counted from: the parts of the journal, and the entries of runs. SHELL.

Its one law: a file is known by what it is, not by what it is called, for parts of a journal are moved.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from pathlib import Path

from finestream.journal import EVENTS
from finestream.journal.reading import open_part, open_parts

RUNS = "runs"
"""The folder of runs, in that of the journal."""
_LOOKED_AT = 4096  # bytes at the beginning of a file, and before the place up to which it was read


@dataclass(frozen=True, slots=True)
class Source:
    """An open file. ``name``: of all parts of the journal the same. ``is_over``: a part that was moved away, to which nobody writes."""

    name: str
    file: BufferedReader
    is_over: bool = False

    @property
    def key(self) -> str:
        """What stays the same when it is moved."""
        status = os.fstat(self.file.fileno())
        return f"{self.name}:{status.st_dev}:{status.st_ino}"

    @property
    def size(self) -> int:
        """Bytes in it now."""
        return os.fstat(self.file.fileno()).st_size

    @property
    def modified(self) -> int:
        """When it was written last, in nanoseconds."""
        return os.fstat(self.file.fileno()).st_mtime_ns

    @property
    def is_run(self) -> bool:
        """Whether it holds the entries of a run, which are counted together."""
        return self.name != EVENTS

    def head(self, end: int) -> str:
        """Return a hash of its beginning, but of nothing behind ``end``."""
        return self._hash(0, min(end, _LOOKED_AT))

    def tail(self, end: int) -> str:
        """Return a hash of what stands before ``end``."""
        return self._hash(max(0, end - _LOOKED_AT), end)

    def _hash(self, start: int, end: int) -> str:
        return sha256(os.pread(self.file.fileno(), end - start, start)).hexdigest()


@contextmanager
def opened(folder: Path) -> Iterator[list[Source]]:
    """Open all files that there are, the oldest part of the journal first.

    Raises:
        JournalError: One is there and cannot be read.
    """
    with ExitStack() as stack:
        parts = [stack.enter_context(part) for part in open_parts(folder / EVENTS)]
        sources = [Source(EVENTS, part, is_over=part is not parts[-1]) for part in parts]
        for path in sorted((folder / RUNS).glob(f"*/{EVENTS}")):
            file = open_part(path)
            if file:
                sources.append(Source(f"{RUNS}/{path.parent.name}", stack.enter_context(file)))
        yield sources
