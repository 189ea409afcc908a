"""Reading back: older parts first, and what is no record costs nothing but itself."""

from __future__ import annotations

from pathlib import Path

from finestream.journal import read_records


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
