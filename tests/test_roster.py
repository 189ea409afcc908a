"""The notes of the gateways that run: private, true as long as the process lives, and swept afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from finestream.roster import Entry, entries, folder, noted
from tests.cli.starting import environment

ENTRY = Entry("http://127.0.0.1:5000/" + "t" * 32, "/project", os.getpid(), "claude", 1.5)
HOLD = """
import os, sys
from finestream.roster import Entry, noted
with noted(Entry("http://127.0.0.1:5001/" + "u" * 32, "/other", os.getpid(), "run", 0.5), os.environ):
    print("noted", flush=True)
    sys.stdin.read()
"""


def notes(home: Path) -> list[Path]:
    place = folder(os.environ)
    assert place == home / ".local" / "state" / "finestream" / "gateways"
    return list(place.iterdir()) if place.is_dir() else []


def test_a_gateway_is_noted_as_long_as_it_runs_and_nothing_is_left_behind(home: Path) -> None:
    with noted(ENTRY, os.environ):
        (note,) = notes(home)
        assert note.stat().st_mode & 0o777 == 0o600
        assert note.parent.stat().st_mode & 0o777 == note.parent.parent.stat().st_mode & 0o777 == 0o700
        assert entries(os.environ) == [ENTRY]
        with noted(Entry(ENTRY.url, "/second", 1, "run", 0.5), os.environ):
            assert [entry.project for entry in entries(os.environ)] == ["/second", "/project"]
        assert entries(os.environ) == [ENTRY]
    assert entries(os.environ) == []
    assert not (home / ".local" / "state" / "finestream").exists()


def test_the_users_own_key_is_not_swept_with_it(home: Path) -> None:
    key = home / ".local" / "state" / "finestream" / "key"
    key.parent.mkdir(parents=True)
    key.write_text("key")
    with noted(ENTRY, os.environ):
        pass
    assert list(key.parent.iterdir()) == [key]


def test_the_note_of_a_process_that_was_killed_is_swept(home: Path) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLD], env=environment(), stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        process.stdout.readline()
        (entry,) = entries(os.environ)
        assert (entry.pid, entry.project) == (process.pid, "/other")
        assert len(notes(home)) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert entries(os.environ) == []
        assert notes(home) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"url": "http://127.0.0.1:1/tttttttttttttttt", "project": "/p", "pid": "7", "kind": "run", "began": 1.0}',
        '{"url": "http://evil.example/tttttttttttttttt", "project": "/p", "pid": 7, "kind": "run", "began": 1.0}',
        '{"url": "http://127.0.0.1:1/tttttttttttttttt\\n", "project": "/p", "pid": 7, "kind": "run", "began": 1.0}',
        "[" * 100_000,
    ],
)
def test_what_is_no_note_is_not_followed(home: Path, text: str) -> None:
    with noted(ENTRY, os.environ):
        (note,) = notes(home)
        note.write_text(text)  # the lock is on the file, not on what it says
        assert entries(os.environ) == []


def test_a_note_that_others_may_read_or_that_is_a_link_is_not_followed(home: Path) -> None:
    with noted(ENTRY, os.environ):
        (note,) = notes(home)
        note.with_name("link.json").symlink_to(note)
        assert entries(os.environ) == [ENTRY]
        note.with_name("link.json").unlink()
        note.chmod(0o644)
        assert entries(os.environ) == []
        assert note.exists()


def test_without_a_place_for_it_the_gateway_works_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".local").write_text("a file in the way")
    with noted(ENTRY, os.environ):
        assert entries(os.environ) == []
    monkeypatch.delenv("HOME")
    with noted(ENTRY, os.environ):
        assert folder(os.environ) is None
        assert entries(os.environ) == []
