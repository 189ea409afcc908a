"""The journal: what a line holds, where it goes, and that the disk's trouble is told once and costs nobody a session."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.journal import ERRORS, EVENTS, FOLDER, Journal, open_journal, read_records
from finestream.journal.journal import _line
from finestream.settings import Settings

SRC = Path(__file__).parents[2] / "src"


class Desk:
    """A project with its journal, and what was said about trouble."""

    def __init__(self, project: Path, **settings: Any) -> None:
        self.folder = project / FOLDER
        self.told: list[str] = []
        self.journal = open_journal(project, replace(Settings(), **settings), self.told.append)

    def records(self, name: str = EVENTS) -> list[dict[str, Any]]:
        return list(read_records(self.folder / name))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_nothing_is_made_before_the_first_record(desk: Desk, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []
    assert desk.journal.trouble is None


def test_events_and_errors_go_to_their_own_files(desk: Desk) -> None:
    desk.journal.event({"timestamp": "t1", "event": "chunk"})
    desk.journal.error({"timestamp": "t2", "error": "incomplete_json", "tokens_used": 4096})
    assert desk.records(EVENTS) == [{"timestamp": "t1", "event": "chunk"}]
    assert desk.records(ERRORS) == [{"timestamp": "t2", "error": "incomplete_json", "tokens_used": 4096}]


def test_the_folder_hides_itself_from_git_and_from_others(desk: Desk) -> None:
    desk.journal.event({})
    assert (desk.folder / ".gitignore").read_text() == "*\n"
    assert desk.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in desk.folder.iterdir()} == {0o600}


def test_a_gitignore_of_somebody_else_is_left_alone(desk: Desk) -> None:
    desk.folder.mkdir(parents=True)
    (desk.folder / ".gitignore").write_text("# mine\n")
    desk.journal.event({})
    assert (desk.folder / ".gitignore").read_text() == "# mine\n"


def test_the_time_is_utc_with_milliseconds_and_comes_first(desk: Desk) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    desk.journal.event({"event": "x"})
    ((key, stamp), _) = desk.records()[0].items()
    assert key == "timestamp"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp)
    assert before <= datetime.fromisoformat(stamp) <= datetime.now(UTC)


@given(st.text() | st.text(alphabet='\ud83d\ude00\u2028\u0085\n\r\x00\\"日'))
def test_any_text_is_one_line_that_reads_back(text: str) -> None:
    line = _line({"s": text}).decode()
    assert len((line + ".").splitlines()) == 1
    assert json.loads(line)["s"] == json.loads(json.dumps(text))


def test_a_line_is_readable_by_people(desk: Desk) -> None:
    desk.journal.event({"text": "設計 😀"})
    assert "設計 😀" in (desk.folder / EVENTS).read_text(encoding="utf-8")


def test_settings_reach_the_files(tmp_path: Path) -> None:
    desk = Desk(tmp_path, journal_content=False, journal_rotate=4096, journal_keep=1)
    for _ in range(100):
        desk.journal.error({"INVALID_JSON": "{" * 100})
    names = sorted(path.name for path in desk.folder.iterdir())
    assert names == [".gitignore", ERRORS, f"{ERRORS}.1"]
    assert all(record["INVALID_JSON"]["bytes"] == 100 for record in desk.records(ERRORS))
    assert (desk.folder / ERRORS).stat().st_size <= 4096
    short = Desk(tmp_path, journal_content_limit=3)
    short.journal.event({"text": "abcdef"})
    assert short.records()[0]["text"] == "abc...[3 bytes omitted]"


def test_no_credential_reaches_the_disk(desk: Desk) -> None:
    desk.journal.error(
        {"headers": {"x-api-key": "k3y"}, "INVALID_JSON": '{"a": "sk-ant-api03-k3y"}', "detail": "Bearer k3yk3yk3yk3yk3yk3y"}
    )
    assert b"k3y" not in (desk.folder / ERRORS).read_bytes()


def test_a_folder_that_vanished_is_made_again(desk: Desk) -> None:
    desk.journal.event({"n": 1})
    shutil.rmtree(desk.folder.parent)
    desk.journal.event({"n": 2})
    assert [record["n"] for record in desk.records()] == [2]
    assert (desk.folder / ".gitignore").exists()
    assert desk.told == []


def test_a_project_that_vanished_is_not_made_again(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    desk = Desk(project)
    desk.journal.event({})
    shutil.rmtree(project)
    desk.journal.event({})
    assert not project.exists()
    assert len(desk.told) == 1


def test_trouble_is_told_once_and_what_was_lost_is_counted_when_it_is_over(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / ".claude").write_text("a file where the folder should be")
    for n in range(3):
        desk.journal.event({"n": n})
    assert desk.told == [desk.journal.trouble]
    assert str(desk.folder) in desk.told[0]
    assert "the session goes on without it" in desk.told[0]
    (tmp_path / ".claude").unlink()
    desk.journal.error({"n": 3})
    assert desk.journal.trouble is None
    (gap,) = desk.records()
    assert (gap["event"], gap["lost"], gap["trouble"]) == ("journal_gap", 3, desk.told[0])
    assert [record["n"] for record in desk.records(ERRORS)] == [3]


def test_trouble_that_comes_and_goes_is_still_told_once_of_each_kind(desk: Desk, tmp_path: Path) -> None:
    for _ in range(3):
        (tmp_path / ".claude").write_text("")
        desk.journal.event({})
        (tmp_path / ".claude").unlink()
        desk.journal.event({})
        shutil.rmtree(tmp_path / ".claude")
    (tmp_path / ".claude").mkdir()
    desk.folder.write_text("")
    desk.journal.event({})
    assert len(desk.told) == len(set(desk.told)) <= 2


STORY = """
    import os, resource, sys
    from pathlib import Path
    from finestream.journal import Journal
    told = []
    folder = Path(sys.argv[1], ".claude", "finestream")
    journal = Journal(folder, rotate=2**20, keep=1, content=True, content_limit=2**20, on_trouble=told.append)
"""


def tell(project: Path, story: str) -> list[str]:
    """Run ``story`` with a journal in a process of its own; return the lines it printed."""
    code = textwrap.dedent(STORY) + textwrap.dedent(story)
    done = subprocess.run(
        [sys.executable, "-c", code, project],
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_full_disk_is_told_once_and_outlived(tmp_path: Path) -> None:
    lines = tell(
        tmp_path,
        """
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, resource.RLIM_INFINITY))
        for n in range(10):
            journal.event({"n": n, "text": "x" * 30})
        print(len(told))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        journal.event({"n": 10})
        print(len(told), journal.trouble)
        """,
    )
    assert lines == ["1", "1 None"]
    records = list(read_records(tmp_path / FOLDER / EVENTS))
    kept = [record["n"] for record in records if "n" in record]
    (lost,) = (record["lost"] for record in records if record.get("event") == "journal_gap")
    assert kept == [*range(10 - lost), 10]
    assert lost >= 5


def test_a_folder_without_permission_is_told_once(tmp_path: Path) -> None:
    lines = tell(
        tmp_path,
        """
        Path(sys.argv[1]).chmod(0o555)
        if os.geteuid() == 0:
            os.setuid(65534)  # root may write anywhere
        journal.event({})
        journal.error({})
        print(*told, sep="\\n")
        """,
    )
    assert len(lines) == 1
    assert "Permission denied" in lines[0]


def test_a_link_in_the_place_of_the_file_is_trouble_and_not_followed(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine\n")
    desk.folder.mkdir(parents=True)
    (desk.folder / EVENTS).symlink_to(other)
    desk.journal.event({"n": 1})
    assert other.read_text() == "mine\n"
    assert len(desk.told) == 1


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("linked", [".claude", ".claude/finestream"])
def test_a_linked_folder_is_trouble_and_not_followed(desk: Desk, tmp_path: Path, linked: str, there: bool) -> None:
    """Git carries links, and what lies behind one may be anybody's. It may come while a session is running."""
    elsewhere = tmp_path / "elsewhere"
    if there:
        elsewhere.mkdir()
    desk.journal.event({"n": 1})
    shutil.rmtree(tmp_path / ".claude")
    link = tmp_path / linked
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere, target_is_directory=True)
    for n in (2, 3):
        desk.journal.event({"n": n})
    (told,) = desk.told
    assert f"{link} is a link" in told and "Put a folder in its place" in told
    assert not there or list(elsewhere.iterdir()) == []
    assert elsewhere.exists() == there
    link.unlink()
    desk.journal.event({"n": 4})
    assert [record.get("n", record.get("lost")) for record in desk.records()] == [4, 2]


def test_two_journals_share_a_folder(tmp_path: Path) -> None:
    one, two = Desk(tmp_path), Desk(tmp_path)
    for n in range(10):
        (one if n % 2 else two).journal.event({"n": n})
    assert [record["n"] for record in one.records()] == list(range(10))


def test_the_journal_can_be_made_for_any_folder(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a" / "b", rotate=10, keep=1, content=True, content_limit=10, on_trouble=pytest.fail)
    journal.event({})
    assert (tmp_path / "a" / "b" / EVENTS).exists()


def test_a_folder_that_may_not_be_made_is_not_made_and_costs_nothing(tmp_path: Path) -> None:
    """Its project was uninstalled while a session of it goes on."""
    wanted = [True]
    told: list[str] = []
    journal = Journal(
        tmp_path / "j",
        rotate=1000,
        keep=1,
        content=True,
        content_limit=1000,
        on_trouble=told.append,
        may_make=lambda: wanted[0],
    )
    journal.event({"event": "one"})
    shutil.rmtree(tmp_path / "j")
    wanted[0] = False
    journal.event({"event": "two"})
    assert not (tmp_path / "j").exists()
    wanted[0] = True
    journal.event({"event": "three"})
    assert [record["event"] for record in read_records(tmp_path / "j" / EVENTS)] == ["three"]
    assert told == []
