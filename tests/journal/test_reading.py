"""Reading back: older parts first, and what is no record costs nothing but itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from finestream.errors import JournalError
from finestream.journal import Damage, read_records


def test_no_file_is_no_record(tmp_path: Path) -> None:
    assert list(read_records(tmp_path / "events.jsonl")) == []


def test_older_parts_come_first_even_where_the_newest_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.with_name("events.jsonl.1").write_text('{"n": 2}\n{"n": 3}\n')
    path.with_name("events.jsonl.2").write_text('{"n": 1}\n')
    assert [record["n"] for record in read_records(path)] == [1, 2, 3]
    path.write_text('{"n": 4}\n')
    assert [record["n"] for record in read_records(path)] == [1, 2, 3, 4]


def test_what_is_no_record_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"n": 1}\n\n{"n": \n[1]\nnull\n\xff\xfe\n' + b"[" * 100_000 + b'\n{"s": "a\xe2\x80\xa8b"}\n{"n": 2}')
    assert list(read_records(path)) == [{"n": 1}, {"s": "a\u2028b"}, {"n": 2}]


def test_damage_is_counted_but_not_what_is_still_being_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.with_name("events.jsonl.1").write_bytes(b'{"n": 1}\n{"torn": ')
    path.write_bytes(b'\n  \n[1]\nnot JSON\n{"n": 2}\n{"half": ')
    damage = Damage()
    assert list(read_records(path, damage=damage)) == [{"n": 1}, {"n": 2}]
    assert damage.lines == 3


def test_lines_that_are_not_wanted_are_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"n": 1}\nnot JSON\n{"n": 2}\n')
    damage = Damage()
    assert list(read_records(path, damage=damage, wanted=lambda line: b"2" in line)) == [{"n": 2}]
    assert damage.lines == 0


def test_a_part_that_moves_on_while_it_is_read_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": 2}\n')
    os.link(path, path.with_name("events.jsonl.1"))  # as it is met by a reader who opened it before it was moved, and looks behind it
    records = read_records(path)
    assert next(records) == {"n": 1}
    path.unlink()
    path.write_bytes(b'{"n": 3}\n')
    assert list(records) == [{"n": 2}]
    assert [record["n"] for record in read_records(path)] == [1, 2, 3]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    pipe = tmp_path / "events.jsonl"
    os.mkfifo(pipe)
    with pytest.raises(JournalError, match="no regular file"):
        list(read_records(pipe))
    with pytest.raises(JournalError, match="no regular file"):
        list(read_records(tmp_path))
    assert list(read_records(pipe / "below")) == []
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(JournalError, match="cannot be read"):
        list(read_records(loop))
