"""Whoever looks on sees the run as it is, on a terminal, in a file and as a program; and the run does not suffer from it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest

from finestream.workflow.display import display
from tests.cli.starting import PYTHONPATH
from tests.show.screen import Screen
from tests.terminal import Terminal, terminal
from tests.workflow.telling import a_run, plain, plan

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "tests.workflow.looking_on"]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{PYTHONPATH}", "PYTHONUTF8": "1"}


def final(screen: Terminal) -> list[str]:
    """What a user has before him in the end."""
    grid = Screen(120)
    grid.feed(screen._shown.decode().replace("^C", ""))
    assert grid.is_cursor_shown
    return grid.lines


def piped(way: str, *rest: str, folder: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, way, *rest], cwd=folder, env=ENVIRONMENT, text=True, timeout=60, check=False, **more)


def test_a_terminal_shows_the_run_while_it_goes_on_and_keeps_the_last_picture(tmp_path: Path) -> None:
    with terminal([*PROGRAM, "begun"], tmp_path, ENVIRONMENT) as screen:
        shown = screen.expect("at work together: Architect, Developer")
        assert "Architect: Streaming API endpoints..." in shown and "📥 Architect: 1 chunk received, more to come" in shown
        # The line that it waits for must not be echoed: it would push the picture down, as on any terminal.
        modes = termios.tcgetattr(screen._keyboard)
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(screen._keyboard, termios.TCSANOW, modes)
        os.write(screen._keyboard, b"\n")
        assert screen.wait() == 0
        lines = final(screen)
    assert lines[:3] == ["a warning", "half a line", "━" * 80]
    assert lines.count("Architect: Done (4.0s at work) · 1,000 tokens read, 70 written, $0.50") == 1
    assert "  ✅ API endpoints [██████████] 2.5s  1 chunk, 200 B" in lines
    assert lines[-3].startswith("3 of 3 agents done · 3 chunks, 303 B handed on · 1,030 tokens read, 85 written, $1.25")
    assert lines[-2:] == ["2.0s of work overlapped", ""]


def test_an_interrupt_leaves_a_clean_screen(tmp_path: Path) -> None:
    with terminal([*PROGRAM, "begun"], tmp_path, ENVIRONMENT) as screen:
        screen.expect("at work together")
        modes = screen.modes
        os.write(screen._keyboard, b"\x03")
        assert screen.wait() == 130
        assert screen.modes == modes
        lines = final(screen)
    assert sum(line.startswith("Architect:") for line in lines) == 1
    assert lines[-2:] == ["at work together: Architect, Developer", ""]


def test_a_terminal_that_is_taken_away_does_not_end_the_run(tmp_path: Path) -> None:
    with terminal(["sh", "-c", 'trap "" HUP; exec "$0" "$@"', *PROGRAM, "begun"], tmp_path, ENVIRONMENT) as screen:
        screen.expect("at work together")
        screen.hang_up()
        assert screen.process.wait(60) == 0
    assert (tmp_path / "ended").read_text() == "None"


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_be_drawn_on_gets_lines(term: str, tmp_path: Path) -> None:
    with terminal([*PROGRAM, "whole"], tmp_path, {**ENVIRONMENT, "TERM": term}) as screen:
        assert screen.wait() == 0
        assert b"\x1b" not in screen._shown and "Architect: begins" in screen.screen


def test_a_pipe_gets_a_line_for_each_thing_that_matters(tmp_path: Path) -> None:
    done = piped("whole", folder=tmp_path, capture_output=True)
    said = [line.split("s  ", 1) for line in done.stderr.replace("a warning\n", "").replace("half a line", "").splitlines()]
    assert [text for _, text in said] == [
        "Architect: begins",
        "Architect: Overview complete (1 chunk, 100 B, 0.0s)",
        "Developer: begins",
        "Developer: receives the first 1 chunk of Architect",
        "Architect: API endpoints complete (1 chunk, 200 B, 2.5s)",
        "Architect: done (2 chunks, 300 B, 2.5s)",
        "Developer: Notes complete (1 chunk, 3 B, 0.0s)",
        "Developer: done (1 chunk, 3 B, 0.0s)",
        "QA: left out, its condition does not hold",
    ]
    assert [float(moment) for moment, _ in said] == sorted(float(moment) for moment, _ in said)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_program_gets_everything(tmp_path: Path) -> None:
    done = piped("whole", "json", folder=tmp_path, capture_output=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    start = told[0]["at"]
    assert told == [{"step": step, **entry} for step, entry in a_run(start)]
    assert (done.returncode, done.stderr) == (0, "a warning\nhalf a line")


@pytest.mark.parametrize("rest", [(), ("json",)])
def test_a_reader_that_has_gone_does_not_end_the_run(rest: tuple[str, ...], tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "begun", *rest], cwd=tmp_path, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        stream, other = (process.stdout, process.stderr) if rest else (process.stderr, process.stdout)
        assert process.stdin and stream and other
        assert stream.readline()
        stream.close()
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.wait(60) == 0
        assert other.read() == (b"a warning\nhalf a line" if rest else b"")
    assert (tmp_path / "ended").read_text() == "None"


def test_a_stream_that_somebody_has_closed_does_not_end_the_run() -> None:
    stream = io.StringIO()
    with display(plan(), as_json=False, stream=stream) as watch:
        stream.close()
        for step, entry in a_run(1e10):
            watch(step, entry)


def test_our_own_fault_is_told_when_the_run_is_over_and_not_before(tmp_path: Path) -> None:
    done = piped("bug", folder=tmp_path, capture_output=True)
    assert done.returncode == 1 and "KeyError: 'number'" in done.stderr
    with terminal([*PROGRAM, "bug"], tmp_path, ENVIRONMENT) as screen:
        assert screen.wait() == 1
        final(screen)


def test_what_was_before_this_process_is_known_and_no_news() -> None:
    before: dict[str, list[Any]] = {}
    for step, entry in a_run(1000.0)[:-3]:
        before.setdefault(step, []).append(entry)
    lines, records = io.StringIO(), io.StringIO()
    with display(plan(), as_json=False, stream=lines, before=before) as watch:
        watch("developer", plain("done", time.time()))
    assert [line.split("s  ", 1)[1] for line in lines.getvalue().splitlines()] == ["Developer: done (1 chunk, 3 B, 0.0s)"]
    with display(plan(), as_json=True, stream=records, before=before):
        pass
    assert len(records.getvalue().splitlines()) == len(a_run(0.0)) - 3


def test_a_slow_reader_does_not_slow_the_run() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream, display(plan(), as_json=True, stream=stream) as watch:
        for _ in range(500):  # more than a pipe holds; with nobody reading, a run that waited would never come to its end
            for step, entry in a_run(1e10):
                watch(step, entry)
        os.close(reader)


def test_a_stop_by_a_signal_in_the_middle_is_an_interrupt_like_any_other(tmp_path: Path) -> None:
    with subprocess.Popen([*PROGRAM, "begun"], cwd=tmp_path, env=ENVIRONMENT, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
