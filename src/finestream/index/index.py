"""The index brought up to what the files say, and asked. SHELL. Its one law: where it does not fit or cannot be kept, it is made anew.

A part of the journal is read from where the last look ended; the entries of a run are counted together, whenever there are new ones.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from finestream.figures import Span, Sums, renamed
from finestream.index.counted import count_lines, count_run
from finestream.index.sources import Source
from finestream.index.sources import opened as open_sources
from finestream.index.store import Known, Store, Unfit
from finestream.index.store import opened as open_store
from finestream_hooks.lines import check_folder

FILE = "figures.sqlite"
# The disk's trouble, or others at work: another file would not be better.
_OUTER = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
_OUTER |= {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a span. ``sources``: the files that it was counted from, each as far as it was read; ``periods``: the sums of all
    agents by number of the period, where periods were asked for.
    """

    agents: dict[str, Sums]
    begins: int | None
    damaged: int
    sources: list[dict[str, Any]]
    periods: dict[int, Sums]


def measure(folder: Path, span: Span, every: int | None = None) -> Measured:
    """Count what is new in the journal's ``folder``, and return what there is in ``span``. ``every``: minutes of a period of it.

    Raises:
        JournalError: A file is there and cannot be read.
    """
    return _with_store(folder, lambda store: _measured(folder, store, span, every))


def _with_store(folder: Path, work: Callable[[Store], _Result]) -> _Result:
    """Do the work with the file; where there can be none, with one in memory."""
    path = folder / FILE
    for _ in range(2):
        try:
            check_folder(str(folder))
            with open_store(path) as store:
                return work(store)
        except (sqlite3.Error, OSError, Unfit) as error:
            if not _is_mended(path, error):
                break
    with open_store(None) as store:
        return work(store)


def _is_mended(path: Path, error: Exception) -> bool:
    """Delete a file that is of no use, and what belongs to it; say whether another one may do better."""
    if isinstance(error, OSError) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUTER:
        return False
    with suppress(OSError):
        for ending in ("", "-journal", "-wal", "-shm"):
            path.with_name(f"{FILE}{ending}").unlink(missing_ok=True)
        return True
    return False


def _measured(folder: Path, store: Store, span: Span, every: int | None) -> Measured:
    with open_sources(folder) as sources:
        known = store.known()
        for key in known.keys() - {source.key for source in sources}:
            store.forget(key)
        for source in sources:
            _follow(store, source, known.get(source.key))
    told = [{"file": each.name, "bytes": each.end, "head": each.head} for each in store.known().values()]
    periods = store.periods(span, every) if every else {}
    return Measured(renamed(store.agents(span), store.names()), store.begins(), store.damaged(), told, periods)


def _follow(store: Store, source: Source, known: Known | None) -> None:
    """Count what is new in a source."""
    size, modified = source.size, source.modified
    if known and known.modified == modified and known.end == size:
        return
    if known and (source.is_run or not _fits(source, known, size)):
        store.forget(known.key)
        known = None
    counted = count_run(source.file) if source.is_run else count_lines(source.file, known.end if known else 0, is_over=source.is_over)
    end = counted.end
    store.add(Known(source.key, source.name, end, modified, source.head(end), source.tail(end)), counted)


def _fits(source: Source, known: Known, size: int) -> bool:
    """Whether what was read before still stands there."""
    # Where nothing has come behind it, it was written elsewhere.
    return known.end < size and source.head(known.end) == known.head and source.tail(known.end) == known.tail
