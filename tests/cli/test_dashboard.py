"""The dashboard as a process: on terminals of all kinds, watched, resized, interrupted, and where there is none."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import termios
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.request import urlopen

import pytest
from rich.cells import cell_len

from finestream.journal import EVENTS
from tests.cli.journal_of import write_journal
from tests.cli.starting import FINESTREAM, environment, finish, start
from tests.cli.test_metrics import now
from tests.show.screen import Screen
from tests.story.records import tool_input
from tests.terminal import Terminal, terminal


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    write_journal(folder, [now(tool_input(1, agent_from="日本語のエージェント")), now(tool_input(1, "cut", cuts=1))])
    return folder


def more(project: Path) -> None:
    with (project / ".claude" / "finestream" / EVENTS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(now(tool_input(1))) + "\n")


@pytest.mark.parametrize("columns", [40, 60, 80, 300])
def test_it_fits(columns: int, project: Path) -> None:
    code, out, err = finish("dashboard", folder=project, COLUMNS=str(columns), PYTHONUTF8="1")
    assert (code, err) == (0, "")
    assert {cell_len(line) for line in out.splitlines()} == {min(columns, 100)}
    assert "50.00%" not in out and "50%" in out and "\x1b" not in out


def test_where_only_ascii_can_be_shown_only_ascii_is(project: Path) -> None:
    code, out, _ = finish("dashboard", folder=project, PYTHONIOENCODING="ascii")
    assert code == 0 and out.isascii() and "50% !!" in out


def watched(project: Path, **variables: str) -> AbstractContextManager[Terminal]:
    return terminal([*FINESTREAM, "dashboard", "--watch"], project, environment(PYTHONUTF8="1", TERM="xterm-256color", **variables))


def shown(screen: Terminal, width: int) -> Screen:
    grid = Screen(width)
    grid.feed(screen.raw)
    return grid


def test_it_goes_on_showing_what_changes_until_it_is_interrupted(project: Path) -> None:
    with watched(project) as screen:
        modes = screen.modes
        screen.expect("1 of 2 inputs")
        more(project)
        screen.expect("1 of 3 inputs")
        os.write(screen._keyboard, b"\x03")
        assert screen.wait() == 130
        grid = shown(screen, 120)
        assert grid.is_cursor_shown
        assert sum("Fine-grained streaming" in line for line in grid.lines) == 1
        assert grid.lines[-1] == "" and "^C" not in "".join(grid.lines) and "Traceback" not in screen.screen
        assert screen.modes == modes


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_end_in_the_middle_of_a_drawing_leaves_a_whole_one(unbuffered: str, project: Path) -> None:
    with watched(project, PYTHONUNBUFFERED=unbuffered) as screen:
        screen.expect("Fine-grained")
        screen.process.send_signal(signal.SIGTERM)
        assert screen.wait() == 143
        grid = shown(screen, 120)
        assert grid.is_cursor_shown
        assert sum("Fine-grained streaming" in line for line in grid.lines) == 1
        assert (grid.lines[0][0], grid.lines[-2][0], grid.lines[-1]) == ("┌", "└", "")


def test_a_terminal_that_is_resized_is_drawn_anew_at_once(project: Path) -> None:
    with watched(project) as screen:
        screen.expect("1 of 2 inputs")
        fcntl.ioctl(screen._keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 44, 0, 0))
        screen._shown = b""
        screen.expect("┌─{42}┐")
        os.write(screen._keyboard, b"\x03")
        assert screen.wait() == 130


def test_no_colour_where_nobody_wants_any(project: Path) -> None:
    with watched(project, NO_COLOR="1") as screen:
        screen.expect("1 of 2 inputs")
        os.write(screen._keyboard, b"\x03")
        screen.wait()
        assert b"\x1b[31m" not in screen._shown and b"\x1b[3" not in screen._shown


@pytest.mark.parametrize("name", ["dumb", ""])
def test_a_terminal_that_cannot_draw_is_told(name: str, project: Path) -> None:
    command = [*FINESTREAM, "dashboard", "--watch"]
    with terminal(command, project, {**environment(PYTHONUTF8="1"), "TERM": name}) as screen:
        screen.expect("1 of 2 inputs")
        more(project)
        screen.expect("1 of 3 inputs")
        os.write(screen._keyboard, b"\x03")
        assert screen.wait() == 130
        assert b"\x1b[?25l" not in screen._shown


def test_without_a_terminal_each_change_is_told_once(project: Path) -> None:
    with start("dashboard", "--watch", folder=project, PYTHONUTF8="1", PYTHONUNBUFFERED="1") as process:
        assert process.stdout
        lines = [process.stdout.readline()]
        while not lines[-1].startswith("└"):
            lines.append(process.stdout.readline())
        assert len(lines) > 10 and "\x1b" not in "".join(lines)
        more(project)
        assert process.stdout.readline().startswith("┌")
        while "1 of 3 inputs" not in lines[-1]:
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (130, "")


def test_the_page_is_served_where_no_monitor_runs_and_ends_with_its_process(tmp_path: Path, home: Path) -> None:
    with start("dashboard", "--web", "--json", folder=tmp_path) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        assert told["pid"] == process.pid
        with urlopen(told["url"], timeout=30) as answer:
            assert answer.status == 200 and "script-src 'self'" in answer.headers["Content-Security-Policy"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "")


def test_the_page_of_a_monitor_that_runs_is_named(tmp_path: Path, home: Path) -> None:
    with start("monitor", "--json", "--upstream", "http://127.0.0.1:9", folder=tmp_path) as monitor:
        assert monitor.stdout
        url = json.loads(monitor.stdout.readline())["url"]
        code, out, err = finish("dashboard", "--web", folder=tmp_path)
        assert (code, out) == (0, f"{url}/finestream/dashboard/\n")
        assert "the page of the monitor that runs here (monitor)" in err


@pytest.mark.parametrize("options", [["--open"], ["--json"], ["--web", "--watch"]])
def test_options_of_the_page_need_the_page(options: list[str], tmp_path: Path) -> None:
    code, _, err = finish("dashboard", *options, folder=tmp_path)
    assert code == 2 and "--web" in err
