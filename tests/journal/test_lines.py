"""Files of lines: several real processes, a disk that is really full, and what else may stand in the place of a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from finestream.journal import read_records
from finestream.journal.lines import LineFile, part_of

SRC = Path(__file__).parents[2] / "src"


def run(code: str, *args: object) -> subprocess.Popen[str]:
    """Start ``code`` in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, args)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(SRC)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(processes: Iterator[subprocess.Popen[str]] | list[subprocess.Popen[str]]) -> list[str]:
    results = [(process, *process.communicate(timeout=120)) for process in processes]
    assert [error for _, _, error in results] == [""] * len(results)
    return [output for _, output, _ in results]


def parts(path: Path) -> list[bytes]:
    """Return the contents, the oldest first."""
    found = [part_of(path, index) for index in range(200)]
    return [part.read_bytes() for part in reversed(found) if part.exists()]


APPEND = """
    import json, sys
    from pathlib import Path
    from finestream.journal.lines import LineFile
    path, name, lines, rotate = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    file = LineFile(path, rotate=rotate, keep=10_000)
    sys.stdin.readline()
    for number in range(lines):
        # Now and then a line of many pages, which the system writes page by page.
        text = name * (20_000 if number % 97 == 0 else number % 80)
        file.append(json.dumps({"name": name, "number": number, "text": text}).encode())
"""


@pytest.mark.parametrize("rotate", [2**30, 40_000])
def test_several_processes_neither_tear_nor_lose_nor_reorder_a_line(tmp_path: Path, rotate: int) -> None:
    path, lines = tmp_path / "events.jsonl", 1500
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(APPEND), str(path), name, str(lines), str(rotate)],
            env={**os.environ, "PYTHONPATH": str(SRC)},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "abcd"
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    finish(processes)
    assert b"".join(parts(path)).count(b"\n") >= 4 * lines
    records = list(read_records(path))
    assert len(records) == 4 * lines
    for name in "abcd":
        mine = [record for record in records if record["name"] == name]
        assert [record["number"] for record in mine] == list(range(lines))
        assert all(set(record["text"]) <= {name} for record in mine)
    # Nobody waits for who moves the files, so a part may grow beyond its size: how many there are is chance.
    assert (len(parts(path)) > 2) == (rotate == 40_000)


def test_rotation_keeps_the_newest_parts_and_every_part_within_the_size(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "log", rotate=30, keep=2)
    for number in range(20):
        file.append(b"%09d" % number)
    assert parts(tmp_path / "log") == [
        b"000000012\n000000013\n000000014\n",
        b"000000015\n000000016\n000000017\n",
        b"000000018\n000000019\n",
    ]


def test_a_part_may_be_full_to_the_byte(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "log", rotate=6, keep=5)
    for line in (b"ab", b"cd", b"ef", b"ghi", b"j"):
        file.append(line)
    assert parts(tmp_path / "log") == [b"ab\ncd\n", b"ef\n", b"ghi\nj\n"]


def test_a_line_longer_than_the_size_has_a_part_of_its_own(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "log", rotate=4, keep=5)
    for line in (b"abcdefgh", b"ijklmnop", b"q"):
        file.append(line)
    assert parts(tmp_path / "log") == [b"abcdefgh\n", b"ijklmnop\n", b"q\n"]


def test_nothing_older_is_kept_where_nothing_is_to_be_kept(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "log", rotate=4, keep=0)
    for line in (b"abc", b"def", b"ghi"):
        file.append(line)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log"]
    assert parts(tmp_path / "log") == [b"ghi\n"]


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"n": 1}\n{"n": ')
    LineFile(path, rotate=2**20, keep=1).append(b'{"n": 3}')
    assert [record["n"] for record in read_records(path)] == [1, 3]
    assert path.read_bytes().count(b"\n") == 3


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    LineFile(tmp_path / "log", rotate=100, keep=1).append(b"x")
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_brought_along_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"theirs\n")
    (tmp_path / "log").chmod(0o666)
    LineFile(tmp_path / "log", rotate=100, keep=1).append(b"x")
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "log", rotate=100, keep=1)
    file.append(b"x")
    (tmp_path / "log").unlink()
    file.append(b"y")
    assert parts(tmp_path / "log") == [b"y\n"]


def test_rotation_that_is_refused_lets_the_file_grow(tmp_path: Path) -> None:
    (tmp_path / "log.1" / "foreign").mkdir(parents=True)  # a folder with something in it cannot be replaced by a file
    file = LineFile(tmp_path / "log", rotate=4, keep=1)
    for line in (b"abc", b"def"):
        file.append(line)
    assert (tmp_path / "log").read_bytes() == b"abc\ndef\n"


def test_while_another_process_rotates_nobody_waits_and_nothing_is_lost(tmp_path: Path) -> None:
    import fcntl

    file = LineFile(tmp_path / "log", rotate=4, keep=1)
    file.append(b"abc")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        file.append(b"def")
    finally:
        os.close(folder)
    assert parts(tmp_path / "log") == [b"abc\ndef\n"]


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_is_not_written_to(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "log", tmp_path / "other"
    other.write_bytes(b"mine\n")
    if kind == "link":
        path.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(OSError, match=r"."):
        LineFile(path, rotate=100, keep=1).append(b"x")
    assert other.read_bytes() == b"mine\n"


def test_a_full_disk_tears_at_most_the_line_it_refuses(tmp_path: Path) -> None:
    (output,) = finish(
        [
            run(
                """
                import json, resource, sys
                from pathlib import Path
                from finestream.journal.lines import LineFile
                file = LineFile(Path(sys.argv[1]), rotate=2**30, keep=1)
                line = lambda n: json.dumps({"n": n, "text": "x" * 50}).encode()
                resource.setrlimit(resource.RLIMIT_FSIZE, (200, resource.RLIM_INFINITY))
                refused = 0
                for n in range(5):
                    try:
                        file.append(line(n))
                    except OSError:
                        refused += 1
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                file.append(line(5))
                print(refused)
                """,
                tmp_path / "log",
            )
        ]
    )
    assert output == "3\n"
    assert (tmp_path / "log").stat().st_size > 200
    assert [record["n"] for record in read_records(tmp_path / "log")] == [0, 1, 5]
    json.loads((tmp_path / "log").read_bytes().splitlines()[-1])
