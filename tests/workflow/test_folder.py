"""The folder of a run: found by what somebody types, held by one process, whole whenever it is read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from finestream.errors import FinestreamError, JournalError
from finestream.workflow.folder import RUNS, Folder, find_folder, list_folders, new_folder
from finestream.workflow.ledger import Ledger
from tests.workflow.telling import a_run, began, part, plain, plan

HOW = {"backend": "api", "simulate": None, "is_elsewhere": False}


def begun(project: Path, run: str) -> Folder:
    folder = Folder(project / RUNS / run)
    folder.begin(plan(), HOW)
    return folder


def lines(folder: Folder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder.path / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def damage(folder: Folder, data: bytes) -> None:
    with (folder.path / "events.jsonl").open("ab") as file:
        file.write(data)


def test_a_run_can_be_gone_on_with_from_its_folder_alone(tmp_path: Path) -> None:
    folder = new_folder(tmp_path)
    folder.begin(plan(), HOW)
    assert Folder(folder.path).load() == (plan(), HOW)
    assert (folder.project, folder.database) == (tmp_path, f"sqlite:///{folder.path}/run.sqlite")
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", folder.run)
    assert list_folders(tmp_path) == [folder]


def test_what_agents_write_is_for_nobody_else_and_no_part_of_the_project(tmp_path: Path) -> None:
    folder = begun(tmp_path, "1")
    assert folder.path.stat().st_mode & 0o077 == 0
    folder.keep_document(Ledger("architect"))
    assert (folder.path / "documents").stat().st_mode & 0o077 == 0
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    told = subprocess.run(["git", "-C", str(tmp_path), "status", "--porcelain"], check=True, capture_output=True)
    assert told.stdout == b""


FOUND = {
    "20260101-120000-aaaa": "20260101-120000-aaaa",
    "20260101-120000-a": "20260101-120000-aaaa",
    "20260102": "20260102-120000-cccc",
    "last": "20260102-120000-cccc",
    "20260101-120000": "several runs '20260101-120000'",
    "2": "several runs '2'",
    "3": "no run '3'",
    "../runs/20260102": "no run '../runs/20260102'",
}


@pytest.mark.parametrize("said", FOUND)
def test_a_run_is_found_by_what_tells_it_from_others(said: str, tmp_path: Path) -> None:
    for run in ("20260102-120000-cccc", "20260101-120000-aaaa", "20260101-120000-bbbb"):
        begun(tmp_path, run)
    (tmp_path / RUNS / "3-without-a-plan").mkdir()
    if FOUND[said].startswith("2"):
        assert find_folder(tmp_path, said).run == FOUND[said]
    else:
        with pytest.raises(FinestreamError, match=f"{re.escape(FOUND[said])}.*\n.*finestream run --list"):
            find_folder(tmp_path, said)


def test_a_whole_id_is_meant_although_another_one_begins_with_it(tmp_path: Path) -> None:
    short, long = begun(tmp_path, "1"), begun(tmp_path, "10")
    assert [find_folder(tmp_path, run) for run in ("1", "10", "last")] == [short, long, long]


def test_where_nothing_was_run_there_is_no_last_run(tmp_path: Path) -> None:
    assert list_folders(tmp_path) == []
    with pytest.raises(FinestreamError, match="there is no run 'last'"):
        find_folder(tmp_path, "last")


PLANS = {
    "cut off": '{"plan": {"workflow": "w", "req',
    "not what is meant": "[]",
    "without how": '{"plan": {"workflow": "w", "request": "r", "assignments": {}}}',
    "of another version": '{"plan": {"workflow": "w", "request": "r", "assignments": {"a": {"step": "a"}}}, "how": {}}',
    "no text": "\udcff",
}


@pytest.mark.parametrize("what", PLANS)
def test_a_plan_that_cannot_be_read_says_where_it_is(what: str, tmp_path: Path) -> None:
    folder = begun(tmp_path, "1")
    (folder.path / "plan.json").write_bytes(PLANS[what].encode("utf-8", "surrogateescape"))
    with pytest.raises(JournalError, match="this plan cannot be read") as caught:
        folder.load()
    assert caught.value.path == str(folder.path / "plan.json")


def test_a_run_without_a_plan_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FinestreamError, match="there is no run '1' here"):
        Folder(tmp_path / RUNS / "1").load()


_HOLDER = """
import sys
from pathlib import Path
from finestream.workflow.folder import Folder
with Folder(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_do_not_carry_one_run_out(tmp_path: Path) -> None:
    folder, other = begun(tmp_path, "1"), begun(tmp_path, "2")
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(folder.path)], stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FinestreamError, match="the run '1' is being carried out by another process"), folder.held():
            pass
        with other.held():
            pass
        holder.kill()  # whoever is gone holds nothing
        holder.wait()
    with folder.held():
        pass
    with folder.held():
        pass


def test_events_are_what_the_database_knows_and_then_what_comes(tmp_path: Path) -> None:
    folder, run = begun(tmp_path, "1"), a_run(100.0)
    with folder.events({}) as events:
        for step, entry in run[:5]:
            events.add(step, entry)
    damage(folder, b'{"step": "qa", "kind": "never heard of by the datab')
    known: dict[str, list[dict[str, Any]]] = {}
    for step, entry in run[:9]:
        known.setdefault(step, []).append(entry)
    with folder.events(known) as events:
        events.add(*run[9])
        assert lines(folder) == [{"step": step, **entry} for step, entry in run[:10]]  # at once, for whoever looks on
    assert folder.entries() == {step: [entry for name, entry in run[:10] if name == step] for step in ("architect", "developer")}


def test_the_entries_of_a_step_keep_their_order_whatever_the_clock_has_done(tmp_path: Path) -> None:
    folder = begun(tmp_path, "1")
    back = [part(9.0, 1, "a"), part(3.0, 2, "b"), part(4.0, 3, "c")]
    same = [part(5.0, 1, "z"), part(5.0, 2, "a"), plain("done", 5.0)]
    with folder.events({"one": back, "two": same}):
        assert folder.entries() == {"one": back, "two": same}
    assert [line["step"] for line in lines(folder)] == ["two", "two", "two", "one", "one", "one"]


DAMAGED = {
    "half a line": b'{"step": "one", "kind": "part", "at',
    "a hole": b"\0\0\0\0\n",
    "no object": b"12\n",
    "an object without a step": b'{"kind": "done", "at": 1.0}\n',
    "an entry without a moment": b'{"step": "one", "kind": "done"}\n',
    "an entry without a kind": b'{"step": "one", "at": 1.0}\n',
    "no text": b'{"step": "one", \xff\n',
    "too deep": b"[" * 100_000 + b"\n",
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_line_that_is_not_whole_is_passed_over(what: str, tmp_path: Path) -> None:
    folder = begun(tmp_path, "1")
    with folder.events({"one": [began(1.0)]}):
        pass
    damage(folder, DAMAGED[what])
    assert folder.entries() == {"one": [began(1.0)]}


def test_half_characters_and_line_separators_are_kept(tmp_path: Path) -> None:
    folder, said = begun(tmp_path, "1"), part(1.0, 1, "a", text='"\ud83d \u2028 \x85 \r\n ü"')
    with folder.events({"one": [said]}):
        pass
    assert folder.entries() == {"one": [said]}


def test_what_was_handed_on_is_there_as_json(tmp_path: Path) -> None:
    folder = begun(tmp_path, "1")
    ledger = Ledger("architect", [entry for step, entry in a_run(1.0) if step == "architect"])
    folder.keep_document(ledger)
    folder.keep_document(ledger)
    assert [path.name for path in (folder.path / "documents").iterdir()] == ["architect.json"]
    assert json.loads((folder.path / "documents" / "architect.json").read_text()) == ledger.document.value()


def test_what_came_of_it_is_kept(tmp_path: Path) -> None:
    folder = begun(tmp_path, "1")
    folder.keep_summary({"run": "1", "request": "ü"})
    assert json.loads((folder.path / "summary.json").read_text(encoding="utf-8")) == {"run": "1", "request": "ü"}


def test_a_project_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / ".claude").write_text("in the way")
    with pytest.raises(JournalError, match="cannot be written: Not a directory"):
        begun(tmp_path, "1")


def test_a_run_whose_files_cannot_be_written_any_more_says_so(tmp_path: Path) -> None:
    folder = begun(tmp_path, "1")
    (folder.path / "documents").write_text("in the way")
    (folder.path / "events.jsonl").mkdir()
    with pytest.raises(JournalError, match=r"events.jsonl: .* cannot be written: Is a directory"), folder.events({}):
        pass
    with pytest.raises(JournalError, match=r"architect.json: .* cannot be written: (File exists|Not a directory)"):
        folder.keep_document(Ledger("architect"))
