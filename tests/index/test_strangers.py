"""An index that a clone has brought: SQLite does what such a file says, so what is not ours is not opened."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from finestream.index import FILE
from finestream.journal import EVENTS
from tests.index.files import anew, lines, measured
from tests.index.test_store import execute

PAGE, SECTOR = 4096, 512
MAGIC = bytes.fromhex("d9d505f920a163d7")


def hot_journal(database: Path, other: Path) -> bytes:
    """What a process that was killed leaves behind, whose transaction went over two files: the ``other`` is deleted with it.

    See "The Super-Journal Format" and "The Rollback Journal" in SQLite's description of its files.
    """
    data, nonce = database.read_bytes(), 1234
    head = MAGIC + struct.pack(">IIIII", 1, nonce, len(data) // PAGE, SECTOR, PAGE)
    checksum = (nonce + sum(data[place] for place in range(PAGE - 200, 0, -200))) & 0xFFFFFFFF
    page = struct.pack(">I", 1) + data[:PAGE] + struct.pack(">I", checksum)
    name = str(other).encode()
    end = struct.pack(">I", 2**30 // PAGE + 1) + name + struct.pack(">II", len(name), sum(name)) + MAGIC
    return head.ljust(SECTOR, b"\0") + page + end


def test_what_is_crafted_here_makes_sqlite_delete_a_file(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    execute(tmp_path / FILE, "CREATE TABLE a (b)")
    (tmp_path / f"{FILE}-journal").write_bytes(hot_journal(tmp_path / FILE, precious))
    execute(tmp_path / FILE, "SELECT * FROM a")
    assert not precious.exists()


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_no_journal_of_a_database_deletes_a_file(mode: int, folder: Path, tmp_path: Path) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(6)))
    found = measured(folder)
    precious = tmp_path / "precious"
    precious.write_text("mine")
    journal = folder / f"{FILE}-journal"
    journal.write_bytes(hot_journal(folder / FILE, precious))
    journal.chmod(mode)
    assert measured(folder) == found
    assert precious.read_text() == "mine"
    assert not journal.exists()


ENDLESS = """WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n)
SELECT k id, k key, k name, 0 end, 0 modified, '' head, '' tail FROM n"""
BROUGHT: dict[str, Callable[[Path], object]] = {
    "a table that never ends": lambda path: execute(path, f"DROP TABLE sources; CREATE VIEW sources AS {ENDLESS}"),
    "a table that does more": lambda path: execute(path, "CREATE TRIGGER t AFTER INSERT ON sums BEGIN DELETE FROM names; END"),
    "one table more": lambda path: execute(path, "CREATE TABLE more (a)"),
    "a log beside it": lambda path: execute(path, "PRAGMA journal_mode = WAL"),
    "readable by others": lambda path: path.chmod(0o644),
}


@pytest.mark.parametrize("bring", BROUGHT.values(), ids=BROUGHT)
def test_an_index_that_is_not_as_ours_is_made_anew(bring: Callable[[Path], object], folder: Path) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(6)))
    found = measured(folder)
    execute(folder / FILE, "UPDATE sums SET inputs = 77")
    bring(folder / FILE)
    assert measured(folder) == found == anew(folder)


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_nothing_is_written_behind_a_link_beside_it(ending: str, folder: Path, tmp_path: Path) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(6)))
    found = measured(folder)
    execute(folder / FILE, "PRAGMA journal_mode = WAL")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (folder / f"{FILE}{ending}").symlink_to(precious)
    assert measured(folder) == found
    assert precious.read_text() == "mine"
