"""Following a file that others write, move and empty: each line once, when it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from finestream.journal import Tail, last_lines
from finestream.journal.lines import LineFile, part_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"old\n")
    return file


@pytest.fixture
def tail(path: Path) -> Iterator[Tail]:
    follower = Tail(path)
    yield follower
    follower.close()


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_what_was_there_before_is_not_told(path: Path, tail: Tail) -> None:
    assert list(tail.lines()) == []
    append(path, b"one\ntwo\n")
    assert list(tail.lines()) == [b"one", b"two"]
    assert list(tail.lines()) == []


def test_a_line_is_told_when_it_is_whole(path: Path, tail: Tail) -> None:
    append(path, b'{"a"')
    assert list(tail.lines()) == []
    append(path, b": 1}\n{")
    assert list(tail.lines()) == [b'{"a": 1}']


def test_a_file_that_is_moved_is_read_to_its_end_first(path: Path, tail: Tail) -> None:
    append(path, b"one\n")
    path.rename(path.with_name("events.jsonl.1"))
    assert list(tail.lines()) == [b"one"]
    append(path, b"two\n")
    assert list(tail.lines()) == [b"two"]


def test_several_rotations_between_two_looks_lose_nothing(path: Path, tail: Tail) -> None:
    file = LineFile(path, rotate=40, keep=5)
    lines = [f"line {number} of the journal".encode() for number in range(5)]
    for line in lines:
        file.append(line)
    assert list(tail.lines()) == lines
    file.append(b"more")
    assert list(tail.lines()) == [b"more"]


def test_nothing_is_lost_and_nothing_told_twice_while_others_write_and_rotate(path: Path, tail: Tail) -> None:
    lines = [f"line {number} of the journal".encode() for number in range(4000)]

    def write() -> None:
        file = LineFile(path, rotate=2000, keep=100)
        for line in lines:
            file.append(line)

    found: list[bytes] = []
    with ThreadPoolExecutor(1) as elsewhere:
        writing = elsewhere.submit(write)
        while not writing.done():
            found += tail.lines()
    found += tail.lines()
    assert found == lines


def test_what_is_written_to_a_file_that_has_just_been_moved_is_told(path: Path, tail: Tail) -> None:
    with path.open("ab") as late:
        path.rename(path.with_name("events.jsonl.1"))
        append(path, b"new\n")
        assert list(tail.lines()) == [b"new"]
        late.write(b"late\n")
    assert list(tail.lines()) == [b"late"]


def test_a_part_that_is_just_being_moved_hides_none(path: Path, tail: Tail) -> None:
    for number in range(3):
        append(path, b"%d\n" % number)
        for index in range(number, -1, -1):
            part_of(path, index).rename(part_of(path, index + 1))
    part_of(path, 3).rename(part_of(path, 4))
    assert list(tail.lines()) == [b"0", b"1", b"2"]


def test_a_file_that_is_emptied_is_read_from_its_beginning(path: Path, tail: Tail) -> None:
    append(path, b"much more than what comes later, and half a")
    assert list(tail.lines()) == []
    path.write_bytes(b"new\n")
    assert list(tail.lines()) == [b"new"]


def test_a_file_that_is_deleted_may_come_back(path: Path, tail: Tail) -> None:
    path.with_name("events.jsonl.1").write_bytes(b"older\n")
    path.unlink()
    assert list(tail.lines()) == []
    path.write_bytes(b"new\n")
    assert list(tail.lines()) == [b"new"]


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    tail = Tail(path)
    assert list(tail.lines()) == []
    path.write_bytes(b"one\n")
    assert list(tail.lines()) == [b"one"]
    tail.close()
    Tail(tmp_path / "nothing").close()


@pytest.mark.parametrize(("size", "lines"), [(100, [b"old", b"two"]), (8, [b"two"]), (9, [b"two"]), (10, [b"old", b"two"]), (3, [])])
def test_the_last_lines_are_whole_ones(path: Path, size: int, lines: list[bytes]) -> None:
    append(path, b"two\nth")
    assert last_lines(path, size) == lines


def test_no_file_has_no_last_line(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "nothing", 9) == []
