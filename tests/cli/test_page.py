"""What the page is about: the same calls, figures and runs that the other commands tell of."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from finestream.cli.journals import ProjectJournal
from finestream.cli.latest import of_sessions, of_trouble, recent, with_words
from finestream.cli.metrics import command as metrics
from finestream.cli.page import ProjectSources
from finestream.errors import FinestreamError
from finestream.journal import EVENTS, FOLDER
from finestream.roster import Entry, noted
from finestream.workflow.folder import Folder
from tests.cli.journal_of import CALLS, write_journal
from tests.story.records import hook, tool_input
from tests.workflow.shipped import plans

DAY = 86400.0
EVER = 3650 * DAY


def keys(found: dict[str, Any]) -> list[str]:
    return [row["key"] for row in found["rows"]]


def now(project: Path, *records: dict[str, Any]) -> None:
    """Write a journal of the last minute."""
    moment = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - 60))
    write_journal(project, [{**each, "timestamp": each["timestamp"].replace("2026-11-25T10:00", moment)} for each in records], [])


def test_the_latest_calls_those_with_faults_and_those_that_are_looked_for(tmp_path: Path) -> None:
    write_journal(tmp_path)
    sources = ProjectSources(tmp_path)
    every = keys(sources.calls(EVER, words="", is_trouble=False))
    assert [key for key in every if key] == ["toolu_fixed3", "toolu_cut2", "toolu_whole1"]
    assert keys(sources.calls(EVER, words="", is_trouble=True)) == ["toolu_refused4", "toolu_fixed3", "toolu_cut2"]
    assert keys(sources.calls(EVER, words="note", is_trouble=False)) == ["toolu_fixed3"]
    assert keys(sources.calls(EVER, words="WRITER whole1", is_trouble=False)) == ["toolu_whole1"]
    assert keys(sources.calls(EVER, words="whole1", is_trouble=True)) == []
    assert keys(sources.calls(60.0, words="", is_trouble=False)) == []


def test_an_agent_is_found_by_a_name_that_its_lines_do_not_have(tmp_path: Path) -> None:
    folder = write_journal(tmp_path, [tool_input(1, tool_use_id="t1"), tool_input(2, tool_use_id="t2", agent_id="b", agent_from="b")], [])
    (folder / "agents").mkdir()
    (folder / "agents" / "a17").write_text("Librarian\n")
    assert keys(ProjectSources(tmp_path).calls(EVER, words="librarian", is_trouble=False)) == ["t1"]


def test_the_latest_are_found_across_the_parts_of_a_journal(tmp_path: Path) -> None:
    folder = write_journal(tmp_path, [tool_input(1, tool_use_id="old")], [])
    (folder / EVENTS).rename(folder / f"{EVENTS}.1")
    write_journal(tmp_path, [tool_input(2, tool_use_id="new")], [])
    journal = ProjectJournal(tmp_path)
    assert [record["tool_use_id"] for record in recent(journal, 0.0)] == ["old", "new"]


def test_what_is_looked_for_brings_everything_that_was_written_of_a_call(tmp_path: Path) -> None:
    write_journal(tmp_path)
    journal = ProjectJournal(tmp_path)
    assert {record["event"] for record in of_trouble(journal) if record.get("tool_use_id") == "toolu_cut2"} == {
        "cut",
        "recovery",
        "tool_input",
    }
    assert {record["event"] for record in with_words(journal, "whole1", journal.names()) if record["tool_use_id"]} == {
        *("tool_input", "tool_started", "tool_ended")
    }
    assert [record["event"] for record in of_sessions(tmp_path, {"s2"})] == ["correction", "tool_input"]


def test_the_figures_are_those_of_the_metrics(tmp_path: Path) -> None:
    now(tmp_path, *CALLS)
    told = ProjectSources(tmp_path).figures(DAY)
    printed = json.loads(CliRunner().invoke(metrics, ["--json", "--project", str(tmp_path)]).stdout)
    assert {name: told["report"][name] for name in ("figures", "counts", "agents", "alerts")} == {
        name: printed[name] for name in ("figures", "counts", "agents", "alerts")
    }
    for name, number in told["report"]["counts"].items():
        assert sum(period["counts"][name] for period in told["trend"]["periods"]) == number
    assert told["limits"]["incomplete_json_rate"] == 0.05


def test_the_story_of_a_call_is_that_of_its_own_session(tmp_path: Path) -> None:
    again = [hook(5, "tool_ended", outcome="failed", session_id="s9", error_class="no_match"), tool_input(6, session_id="s9", bytes=7)]
    write_journal(tmp_path, [tool_input(1), *again], [])
    sources = ProjectSources(tmp_path)
    assert sources.call("t1", "s9")["outcome"].startswith("failed")
    assert sources.call("t1", "s1")["outcome"] == "complete"
    assert sources.call("t1", "")["title"]
    assert sources.call("t1", "elsewhere")["title"]
    with pytest.raises(FinestreamError, match="no call"):
        sources.call("none", "")


def test_a_project_without_anything_says_so(tmp_path: Path) -> None:
    sources = ProjectSources(tmp_path)
    assert sources.about()["has_journal"] is False
    assert sources.marks() == {"journal": [], "runs": []}
    assert sources.runs() == {"runs": [], "more": 0}
    with pytest.raises(FinestreamError, match="no journal"):
        sources.figures(DAY)
    with pytest.raises(FinestreamError, match="no journal"):
        sources.calls(DAY, words="", is_trouble=False)
    with pytest.raises(FinestreamError, match="no run"):
        sources.run("last")


def test_runs_that_cannot_be_read_cost_nobody_the_others(tmp_path: Path) -> None:
    run = tmp_path / FOLDER / "runs" / "20261126-000000-dead"
    run.mkdir(parents=True)
    (run / "plan.json").write_text("{}")
    [told] = ProjectSources(tmp_path).runs()["runs"]
    assert (told["state"], told["key"]) == ("unreadable", "20261126-000000-dead")


def test_what_is_new_can_be_told_from_the_marks(tmp_path: Path) -> None:
    folder = write_journal(tmp_path)
    sources = ProjectSources(tmp_path)
    before = sources.marks()
    with (folder / EVENTS).open("a") as file:
        file.write("{}\n")
    assert sources.marks() != before


def test_who_works_in_a_run_has_worked_until_now_as_long_as_somebody_carries_it_out(tmp_path: Path, home: Path) -> None:
    folder = Folder(tmp_path / FOLDER / "runs" / "20261126-000000-beef")
    folder.begin(plans()["quick-flow"], {"backend": "api"})
    began = time.time() - 100
    entries = [{"kind": "began", "at": began, "session": "s1", "is_fresh": True}]
    entries.append({"kind": "given", "at": began + 1, "upto": {}, "outcomes": {}, "marker": "m"})
    (folder.path / EVENTS).write_text("".join(json.dumps({"step": "developer", **entry}) + "\n" for entry in entries))
    sources = ProjectSources(tmp_path)
    assert sources.run("last")["lanes"][0]["spells"] == [[began + 1, began + 1]]
    with noted(Entry(f"http://127.0.0.1:9/{'t' * 32}", str(tmp_path), os.getpid(), "run", began), os.environ):
        [[_, end]] = sources.run("20261126")["lanes"][0]["spells"]
    assert end > began + 99
