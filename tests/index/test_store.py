"""Whatever becomes of the file that keeps the index, the figures are the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from finestream.figures import Sums
from finestream.index import FILE
from finestream.index.index import _OUTER
from finestream.index.store import VERSION
from finestream.journal import EVENTS, FOLDER
from tests.index.files import anew, lines, measured

SPOILT: dict[str, Callable[[Path], object]] = {
    "no database": lambda path: path.write_bytes(b"nothing of the kind " * 400),
    "half of one": lambda path: path.write_bytes(path.read_bytes()[: len(path.read_bytes()) // 2]),
    "spoilt in the middle": lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (len(path.read_bytes()) - 4096)),
    "empty": lambda path: path.write_bytes(b""),
    "another version": lambda path: execute(path, f"PRAGMA user_version = {VERSION + 1}"),
    "without a table": lambda path: execute(path, "DROP TABLE names"),
    "deleted": lambda path: path.unlink(),
}


def execute(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.executescript(statement)
    database.commit()
    database.close()


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_an_index_that_is_of_no_use_is_made_anew(folder: Path, spoil: Callable[[Path], object]) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(60)))
    found = measured(folder)
    spoil(folder / FILE)
    assert measured(folder) == found
    database = sqlite3.connect(folder / FILE)
    assert database.execute("SELECT COUNT(*) FROM sources").fetchone() == (1,)
    database.close()
    assert (folder / FILE).stat().st_mode & 0o077 == 0


def no_folder_to_write(folder: Path) -> None:
    folder.chmod(0o500)


def a_link(folder: Path) -> None:
    (folder / FILE).symlink_to(folder.parents[2] / "elsewhere")


def a_folder(folder: Path) -> None:
    (folder / FILE).mkdir()


@pytest.mark.parametrize("obstruct", [no_folder_to_write, a_link, a_folder])
def test_where_none_can_be_kept_the_figures_are_the_same(folder: Path, obstruct: Callable[[Path], None]) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(6)))
    found = anew(folder)
    (folder / FILE).unlink()
    obstruct(folder)
    try:
        assert measured(folder) == found
        assert not (folder.parents[2] / "elsewhere").exists()
    finally:
        folder.chmod(0o700)


def test_a_link_in_the_place_of_the_folder_is_read_and_not_written(folder: Path, tmp_path: Path) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(6)))
    other = tmp_path / "clone" / FOLDER
    other.parent.mkdir(parents=True)
    other.symlink_to(folder)
    assert measured(other)[0]["qa"].inputs == 3
    assert not (folder / FILE).exists()


def test_whoever_finds_others_at_work_waits_or_counts_alone() -> None:
    assert {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL} <= _OUTER and sqlite3.SQLITE_CORRUPT not in _OUTER


def test_many_at_once_count_each_line_once(folder: Path) -> None:
    (folder / EVENTS).write_bytes(b"".join(lines(30)))

    def look(number: int) -> tuple[dict[str, Sums], int]:
        if number % 3 == 0:
            with (folder / EVENTS).open("ab") as file:
                file.write(lines(1, number)[0])
        return measured(folder)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, range(30, 60)))
    found = measured(folder)
    assert found == anew(folder)
    assert sum(sums.inputs for sums in found[0].values()) == 40
