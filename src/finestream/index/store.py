"""The file that keeps what was counted: SQLite. SHELL. Its one law: what is in it is whole sources, each as far as it was read.

Two processes at once wait for each other; whatever is wrong with the file, another one is made. One that a clone may have brought is wrong:
SQLite does what such files say. A journal beside one may name any file to be deleted, a view may have no end.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from finestream.figures import Span, Sums
from finestream.index.counted import Counted

VERSION = 1
"""Of what is counted and how it is kept; a file of another version is made anew."""
_PATIENCE = 30.0  # seconds for another process to finish
_OF_SEVERAL = bytes.fromhex("d9d505f920a163d7")
_NAMES = ", ".join(Sums._fields)
_SUMMED = ", ".join(f"SUM({name})" for name in Sums._fields)
_ADDED = ", ".join(f"{name} = {name} + excluded.{name}" for name in Sums._fields)
_TABLES = f"""
CREATE TABLE sources (id INTEGER PRIMARY KEY, key TEXT UNIQUE, name, end, modified, head, tail, damaged);
CREATE TABLE sums (source, minute, agent, {_NAMES}, PRIMARY KEY (source, minute, agent)) WITHOUT ROWID;
CREATE TABLE names (source, agent, name, PRIMARY KEY (source, agent)) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""


class Known(NamedTuple):
    """A source as far as it was counted. ``modified``: when it was written last before that."""

    key: str
    name: str
    end: int
    modified: int
    head: str
    tail: str


class Unfit(Exception):
    """The file is of another version, or not as we make it."""


class Store:
    """An open file, in one transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def known(self) -> dict[str, Known]:
        """Return the sources by key."""
        rows = self._database.execute("SELECT key, name, end, modified, head, tail FROM sources ORDER BY id")
        return {row[0]: Known(*row) for row in rows}

    def forget(self, key: str) -> None:
        """Drop a source and everything of it."""
        for table in ("sums", "names"):
            self._database.execute(f"DELETE FROM {table} WHERE source = (SELECT id FROM sources WHERE key = ?)", (key,))
        self._database.execute("DELETE FROM sources WHERE key = ?", (key,))

    def add(self, known: Known, counted: Counted) -> None:
        """Add what was counted of a source, and keep how far it has been read."""
        update = "end = excluded.end, modified = excluded.modified, head = excluded.head, tail = excluded.tail"
        [(source,)] = self._database.execute(
            "INSERT INTO sources (key, name, end, modified, head, tail, damaged) VALUES (?, ?, ?, ?, ?, ?, ?)"
            f" ON CONFLICT (key) DO UPDATE SET {update}, damaged = damaged + excluded.damaged RETURNING id",
            (*known, counted.damage.lines),
        ).fetchall()
        marks = ", ".join("?" * (3 + len(Sums._fields)))
        self._database.executemany(
            f"INSERT INTO sums VALUES ({marks}) ON CONFLICT DO UPDATE SET {_ADDED}",
            ((source, *place, *sums) for place, sums in counted.counts),
        )
        self._database.executemany(
            "INSERT INTO names VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name",
            ((source, agent, name) for agent, name in counted.names.items()),
        )

    def agents(self, span: Span) -> dict[str, Sums]:
        """Return the sums of each agent."""
        rows = self._database.execute(f"SELECT agent, {_SUMMED} FROM sums WHERE minute BETWEEN ? AND ? GROUP BY agent", span)
        return {agent: Sums(*sums) for agent, *sums in rows}

    def periods(self, span: Span, every: int) -> dict[int, Sums]:
        """Return the sums of all agents in each ``every`` minutes of a span, as far as there are any, by number from 0."""
        query = f"SELECT (minute - ?) / ?, {_SUMMED} FROM sums WHERE minute BETWEEN ? AND ? GROUP BY 1"
        return {number: Sums(*sums) for number, *sums in self._database.execute(query, (span.first, every, *span))}

    def names(self) -> dict[str, str]:
        """Return the names of agents by id, the latest where there are several."""
        return dict(self._database.execute("SELECT agent, name FROM names ORDER BY source"))

    def begins(self) -> int | None:
        """Return the first minute of which something was counted."""
        minute: int | None = self._database.execute("SELECT MIN(minute) FROM sums").fetchone()[0]
        return minute

    def damaged(self) -> int:
        """Return the number of damaged lines."""
        lines: int = self._database.execute("SELECT COALESCE(SUM(damaged), 0) FROM sources").fetchone()[0]
        return lines


@contextmanager
def opened(path: Path | None) -> Iterator[Store]:
    """Open the file, or with None one in memory, alone; at the end what was changed is kept.

    Raises:
        sqlite3.Error: It cannot be read or written, or is damaged.
        OSError: It cannot be made, or something else stands in its place.
        Unfit: It is of another version, or not as we make it.
    """
    if path is not None:
        # Nobody else may read it; and no link is followed, for a clone can bring one.
        _check_own(path, os.O_RDWR | os.O_CREAT, _is_logged)
        with suppress(FileNotFoundError):
            _check_own(path.with_name(f"{path.name}-journal"), os.O_RDONLY, _names_another)
    with closing(sqlite3.connect(path or ":memory:", timeout=_PATIENCE, isolation_level=None)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA synchronous = OFF")  # what a loss of power damages is made again
        database.execute("BEGIN IMMEDIATE")
        try:
            _prepare(database)
            yield Store(database)
        except BaseException:
            with suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")


def _check_own(path: Path, flags: int, is_foreign: Callable[[int], bool]) -> None:
    handle = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    try:
        known = os.fstat(handle)
        if not stat.S_ISREG(known.st_mode) or known.st_mode & 0o077 or known.st_uid != os.geteuid() or is_foreign(handle):
            raise Unfit(path)
    finally:
        os.close(handle)


def _is_logged(handle: int) -> bool:
    """Whether changes go into a log beside the file, which ours never do ("The Database Header" in SQLite's description of its files)."""
    return 2 in os.pread(handle, 2, 18)


def _names_another(handle: int) -> bool:
    """Whether a journal is of a transaction over several files ("The Super-Journal Format"): SQLite deletes what it names."""
    return os.pread(handle, 8, max(0, os.fstat(handle).st_size - 8)) == _OF_SEVERAL


def _prepare(database: sqlite3.Connection) -> None:
    [(version,)] = database.execute("PRAGMA user_version").fetchall()
    statements = [line.removesuffix(";") for line in _TABLES.strip().split("\n")]
    known = [text for (text,) in database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")]
    if not known:
        for statement in statements:
            database.execute(statement)
    elif version != VERSION or known != statements[:-1]:
        raise Unfit(version)
