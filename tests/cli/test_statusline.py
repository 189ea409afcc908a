"""The command prints the line that the script prints, finds the project's gateway by itself, and is quiet about whatever goes wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

from finestream.journal import EVENTS
from tests.cli.journal_of import write_journal
from tests.cli.starting import finish, start
from tests.story.records import tool_input


def line(folder: Path, status: object) -> str:
    code, out, err = finish("statusline", folder=folder, stdin=status if isinstance(status, str) else json.dumps(status))
    assert (code, err, out.count("\n")) == (0, "", 1)
    return out


def test_the_session_that_the_client_names_is_told_of(tmp_path: Path) -> None:
    write_journal(tmp_path / "project")
    status = {"session_id": "s1", "cwd": "/nowhere", "workspace": {"project_dir": str(tmp_path / "project")}}
    assert line(tmp_path, status).startswith("finestream: refused by the client: Write")
    assert line(tmp_path, {"session_id": "s2", "cwd": str(tmp_path / "project"), "workspace": 5}).startswith(
        "finestream: corrected Note docs/a.md"
    )
    assert line(tmp_path / "project", {"session_id": "s3"}) == "finestream: nothing to mend\n"


def test_by_hand_a_path_is_told_as_the_client_s_line_tells_it(tmp_path: Path) -> None:
    write_journal(tmp_path, [tool_input(1, "continued", target=str(tmp_path / "docs" / "a.md"))], [])
    assert " docs/a.md " in line(tmp_path, "")


def test_only_the_end_of_a_long_journal_is_read(tmp_path: Path) -> None:
    folder = write_journal(tmp_path, [tool_input(1, "cut")], [])
    with (folder / EVENTS).open("a") as file:
        file.write((json.dumps(tool_input(2, tool_use_id="t2")) + "\n") * 1000)
    assert line(tmp_path, {}) == "finestream: nothing to mend\n"


def test_nothing_that_goes_wrong_is_loud(tmp_path: Path) -> None:
    for status in ("", "{", "[1]", "no JSON", "[" * 99_999):
        assert line(tmp_path, status) == "finestream: no journal yet\n"
    folder = write_journal(tmp_path, [], [])
    (folder / EVENTS).unlink()
    os.mkfifo(folder / EVENTS)
    assert line(tmp_path, {}) == "finestream: nothing to mend\n"


def test_a_client_that_does_not_close_its_end_is_not_waited_for(tmp_path: Path) -> None:
    write_journal(tmp_path)
    with start("statusline", folder=tmp_path) as process:
        assert process.stdin and process.stdout
        process.stdin.write('{"session_id": "s2"}')
        process.stdin.flush()
        assert process.stdout.readline().startswith("finestream: corrected")
        assert process.wait(60) == 0


def test_without_an_input_it_says_the_same(tmp_path: Path) -> None:
    write_journal(tmp_path)
    with start("statusline", folder=tmp_path) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("finestream: refused")  # after its own deadline
