"""What a monitor without a terminal says goes to a file that does not grow without end."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from finestream.permanent.logfile import LIMIT, bound
from tests.cli.starting import environment

SPEAKER = """
import pathlib, subprocess, sys
from finestream.permanent.logfile import redirect, say
print("before")
redirect(pathlib.Path(sys.argv[1]))
say("a sentence with \\udc80")
print("printed", flush=True)
subprocess.run(["sh", "-c", "echo from a child; cat"], check=True)
"""


def test_all_that_is_said_goes_there_and_nothing_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", SPEAKER, str(log)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, input="typed", check=True)
    assert (done.stdout, done.stderr) == ("before\n", "")
    first, *rest = log.read_text().splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \[\d+\] a sentence with \\udc80$", first)
    assert rest == ["printed", "from a child"]
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_last_lines_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab") as writer:
        writer.writelines(b"line %06d\n" % number for number in range(LIMIT // 12 + 1))
        writer.flush()
        bound(log)
        before = log.stat().st_size
        writer.write(b"more\n" * (LIMIT // 5))
        writer.flush()
        bound(log)
        assert before < LIMIT / 2 < LIMIT
        assert log.stat().st_size < LIMIT / 2
        writer.write(b"the end\n")
    lines = log.read_text().splitlines()
    assert lines[-2:] == ["more", "the end"]
    assert set(lines[:-1]) == {"more"}


def test_a_short_one_and_none_at_all_stay_as_they_are(tmp_path: Path) -> None:
    bound(tmp_path / "none")
    (tmp_path / "short").write_text("a line\n")
    bound(tmp_path / "short")
    assert (tmp_path / "short").read_text() == "a line\n"
