"""What a project's journal tells on the command line: the right calls, in the right form, whatever the files look like."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from finestream.cli.logs import command
from finestream.errors import FinestreamError
from finestream.journal import ERRORS, EVENTS
from tests.cli.journal_of import CALLS, FAULTS, write_journal
from tests.cli.starting import FINESTREAM, environment
from tests.story.records import TEXT, rejected, row, tool_input
from tests.terminal import terminal


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_journal(tmp_path)
    return tmp_path


def run(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["--project", str(project), *arguments])


def listed(project: Path, *arguments: str) -> list[dict[str, Any]]:
    result = run(project, *arguments)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def refused(project: Path, *arguments: str) -> FinestreamError:
    error = run(project, *arguments).exception
    assert isinstance(error, FinestreamError)
    assert error.fix.endswith(".")
    return error


def test_each_call_is_a_line_of_json(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    lines = [json.loads(line) for line in CliRunner().invoke(command).stdout.splitlines()]
    assert [(line["event"], line.get("tool_use_id"), line.get("outcome")) for line in lines] == [
        ("subagent_started", None, None),
        ("call", "toolu_whole1", "ok"),
        ("call", "toolu_cut2", "cut"),
        ("call", "toolu_fixed3", "corrected"),
        ("call", "toolu_refused4", "refused"),
    ]
    assert (lines[1]["timestamp"], lines[1]["began"]) == ("2026-11-25T10:00:03.000Z", "2026-11-25T10:00:00.000Z")


@pytest.mark.parametrize(
    ("arguments", "calls"),
    [
        (["--tool", "Note"], ["fixed3"]),
        (["--session", "s2"], ["fixed3"]),
        (["--agent", "writer", "--tool", "Write"], ["whole1", "cut2", "refused4"]),
        (["--agent", "a17", "--session", "s2"], ["fixed3"]),
        (["--agent", "nobody"], []),
        (["-n", "2"], ["fixed3", "refused4"]),
        (["--since", "3650d", "--last", "0", "--tool", "Write"], ["whole1", "cut2", "refused4"]),
        (["--since", "0s"], []),
    ],
)
def test_calls_are_chosen(project: Path, arguments: list[str], calls: list[str]) -> None:
    assert [str(line.get("tool_use_id")).removeprefix("toolu_") for line in listed(project, *arguments)] == calls


def test_the_lines_of_the_journal_are_given_as_they_are(project: Path) -> None:
    assert listed(project, "--records") == [*CALLS, FAULTS[2]]
    assert listed(project, "--errors") == list(FAULTS)
    assert listed(project, "--errors", "--session", "s2") == [FAULTS[1]]


def test_agents_are_known_by_the_notes_that_hooks_leave(project: Path) -> None:
    folder = write_journal(project, CALLS[1:2], [])
    (folder / "agents").mkdir()
    (folder / "agents" / "a17").write_text("architect\n")
    (folder / "agents" / "a18").mkdir()
    assert len(listed(project, "--agent", "architect")) == 1


def test_rotated_torn_and_damaged_files_are_read_all_the_same(project: Path) -> None:
    folder = write_journal(project, CALLS[4:])
    (folder / f"{EVENTS}.1").write_text("".join(json.dumps(record) + "\n" for record in CALLS[:4]) + "\n{torn\n\xff\n")
    with (folder / EVENTS).open("a") as file:
        file.write('{"event": "half')
    result = run(project)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 5)
    assert result.stderr == "finestream: 2 lines are damaged and left out\n"
    (folder / f"{EVENTS}.1").write_text("{torn\n")
    assert run(project).stderr == "finestream: 1 line is damaged and left out\n"


def test_a_project_without_a_journal_is_told_so(tmp_path: Path) -> None:
    assert refused(tmp_path).message == "there is no journal yet"
    (tmp_path / ".claude" / "finestream").mkdir(parents=True)
    assert run(tmp_path).output == ""


@pytest.mark.parametrize("since", ["yesterday", "24 parsecs", "-5s"])
def test_a_time_that_is_none_is_wrong_usage(project: Path, since: str) -> None:
    result = run(project, "--since", since)
    assert (result.exit_code, "must be a time such as 5s" in result.output) == (2, True)


# -- show ----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["toolu_cut2", "toolu_c", "cut2", "8080-2"])
def test_a_story_is_shown_by_any_name_that_is_clear(project: Path, name: str) -> None:
    text = run(project, "show", name).stdout
    assert text.startswith("Write docs/a.md: its input was cut and could not be continued\n  call      toolu_cut2\n")
    assert "attempt 1 (continue): given_up" in text
    assert "agents    writer (agent a17)" in text


def test_a_story_as_json_holds_everything_that_was_written(project: Path) -> None:
    result = run(project, "show", "fixed3", "--json", "--project", str(project))
    told = json.loads(result.stdout)
    assert (told["calls"][0]["outcome"], told["records"]) == ("corrected", list(CALLS[7:]))


@pytest.mark.parametrize("identifier", ["ab\u00e9", 'ab"', "ab\ud800", ["ab"], {"ab": 1}])
@pytest.mark.parametrize("verb", ["show", "recover"])
def test_an_id_that_is_spelled_in_another_way_or_is_none_is_no_fault(verb: str, identifier: Any, tmp_path: Path) -> None:
    write_journal(tmp_path, [tool_input(1, "cut", tool_use_id=identifier, stream="ab", INVALID_JSON="{")], [])
    result = run(tmp_path, verb, "ab")
    assert isinstance(result.exception, FinestreamError) == (not isinstance(identifier, str)), result.exception
    assert result.exit_code == int(not isinstance(identifier, str))


def test_a_name_that_is_no_text_is_unknown(project: Path) -> None:
    assert "there is no call" in refused(project, "show", "\udc80").message


def test_all_calls_of_a_stream_are_shown(project: Path) -> None:
    write_journal(project, [tool_input(1, tool_use_id="t1"), tool_input(2, tool_use_id="t2")], [])
    text = run(project, "show", "8080-1").stdout
    assert text.count("its input came whole") == 2 and "\n\nWrite" in text


def test_a_name_that_is_not_clear_or_unknown_is_said(project: Path) -> None:
    assert refused(project, "show", "toolu_").fix == "Give one of: toolu_whole1, toolu_cut2, toolu_fixed3, toolu_refused4."
    assert "no call 'nothing'" in refused(project, "show", "nothing").message
    write_journal(project, [tool_input(1, tool_use_id=f"t{number}") for number in range(12)], [])
    assert refused(project, "show", "t").fix.endswith("t9 and 2 more.")
    assert "can mean 12 calls" in refused(project, "recover", "8080-1").message


# -- recover -------------------------------------------------------------------------------------------------------------------------------


def test_what_arrived_is_given_back_and_what_is_missing_is_said(project: Path) -> None:
    result = run(project, "recover", "cut2")
    assert (result.exit_code, result.stdout) == (0, TEXT)
    assert result.stderr == (
        "finestream: this is incomplete: 47 bytes had arrived when it was cut (network_interruption)\nfinestream: about 60% is missing\n"
    )


def test_one_parameter_is_given_as_text(project: Path) -> None:
    result = run(project, "recover", "cut2", "--parameter", "content")
    assert (result.stdout, "content is incomplete: its first 7 bytes" in result.stderr) == ("one\ntwo", True)
    whole = run(project, "recover", "fixed3", "--parameter", "file_path", "--project", str(project))
    assert (whole.stdout, "file_path itself is whole: 1 bytes, as corrected" in whole.stderr) == ("b", True)
    assert "file_path itself is whole: 9 bytes\n" in run(project, "recover", "cut2", "--parameter", "file_path").stderr
    assert refused(project, "recover", "cut2", "--parameter", "x").fix == "What arrived has: file_path, content."
    assert "Leave --parameter out" in refused(project, "recover", "refused4", "--parameter", "x").fix


def test_a_file_is_replaced_only_where_that_is_asked_for(project: Path) -> None:
    file = project / "saved.json"
    arguments = ("recover", "cut2", "-o", str(file))
    result = run(project, *arguments)
    assert (result.exit_code, result.stdout, file.read_text()) == (0, "", TEXT)
    file.write_text("mine, and longer than what would be written" * 9)
    assert "is there already" in refused(project, *arguments).message
    assert file.read_text().startswith("mine")
    assert run(project, *arguments, "--force").exit_code == 0
    assert file.read_text() == TEXT
    assert "cannot be written" in refused(project, "recover", "cut2", "-o", str(project / "no" / "folder")).message


def test_the_text_of_a_rejected_input_is_found_in_the_file_that_has_it(project: Path) -> None:
    write_journal(project, [rejected(1), tool_input(2, tool_use_id="t9")], [rejected(1, INVALID_JSON=TEXT)])
    assert run(project, "recover", "t1").stdout == TEXT
    assert run(project, "show", "t1").stdout.count("input_rejected") == 1
    assert len(listed(project, "--records")) == 2


def test_what_cannot_be_given_is_said(project: Path) -> None:
    assert "not written down" in refused(project, "recover", "whole1").message
    write_journal(project, [], [row(1, INVALID_JSON={"omitted": True, "bytes": 47, "sha256": "ab"})])
    assert "keep no content" in refused(project, "recover", "t1").message


def test_half_a_character_is_given_as_a_file_can_hold_it(project: Path) -> None:
    write_journal(project, [], [row(1, INVALID_JSON='{"a": "\ud83d')])
    assert run(project, "recover", "t1").stdout == '{"a": "?'


# -- a terminal ----------------------------------------------------------------------------------------------------------------------------


def shown(project: Path, *arguments: str) -> str:
    variables = {name: value for name, value in environment().items() if name in ("PATH", "PYTHONPATH", "HOME")}
    with terminal([*FINESTREAM, "logs", *arguments], project, variables) as screen:
        screen.wait()
        assert "\x1b]0;" not in screen._shown.decode()
        return screen.screen


def test_a_terminal_gets_a_table(project: Path) -> None:
    text = shown(project)
    assert "time" in text and "outcome" in text
    assert "Write docs/a.md" in text and "corrected (dropped_trailing_comma)" in text.replace("\r\n", "")
    assert "Nothing of that kind" in shown(project, "--tool", "Other")


def test_a_terminal_is_never_sent_what_it_would_obey(project: Path) -> None:
    evil = "\x1b]0;owned\x07[red]"
    text = '{"file_path": "' + evil
    write_journal(project, [tool_input(1, "client_left", target=evil, tool=evil, INVALID_JSON=text, bytes=len(text))], [])
    assert "\\x1b]0;owned\\x07[red]" in shown(project).replace("\r\n", "").replace(" ", "")
    assert "\\x1b]0;owned" in shown(project, "show", "t1")
    recovered = shown(project, "recover", "t1")
    assert "\\x1b]0;owned\\x07" in recovered and "spelled out here" in recovered
    assert '{"file_path": "a' in shown(write_path(project, '{"file_path": "a'), "recover", "t1")


def write_path(project: Path, text: str) -> Path:
    write_journal(project, [tool_input(1, "client_left", INVALID_JSON=text)], [])
    return project


def test_a_path_in_the_project_is_shown_from_there(project: Path) -> None:
    write_journal(project, [tool_input(1, target=str(project.resolve() / "docs" / "a.md"))], [])
    assert f"Write docs{os.sep}a.md" in shown(project)
    assert len((project / ".claude" / "finestream" / ERRORS).read_text()) == 0
