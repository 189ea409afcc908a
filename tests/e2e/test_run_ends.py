"""However a run is ended, nobody is left behind, and it can be gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.starting import FINESTREAM, environment
from tests.e2e.runs import LEFT, Json, Project, Run, Started, wrong
from tests.terminal import Terminal, terminal

SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"
PACING = "0.2,1000"


@pytest.fixture(params=["claude-code", "api"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project", "--pacing", PACING, "--backend", request.param)
    with made.tidied():
        yield made


def is_busy(told: Json) -> bool:
    """Whether two agents are in the middle of their work."""
    return bool(told["kind"] == "part" and told["step"] == "right")


def start(project: Project, **how: object) -> tuple[Started, Run, list[int]]:
    """Begin a run, and come back when its agents are at work; with those that it has started."""
    started = project.begin("--json", **how)
    assert started.until(is_busy)
    [run] = project.runs
    processes = run.processes()
    assert processes or "api" in project.options
    return started, run, processes


def check_over(project: Project, run: Run, processes: list[int]) -> None:
    """See that nobody is left, and that the run can be completed."""
    assert not run.left(processes, time.monotonic() + LEFT)
    assert not run.processes()
    assert run.summarized()["state"] in ("interrupted", "partial")
    code, out, err = project.resume(run.ident).finish()
    assert code == 0, out + err
    assert not run.processes()
    assert not wrong(run, run.documents())


def to_it_alone(process: subprocess.Popen[str], number: int) -> None:
    process.send_signal(number)


def to_its_group(process: subprocess.Popen[str], number: int) -> None:
    os.killpg(process.pid, number)  # as the terminal does: the clients hear it, too


# With the API nobody else is in the group.
@pytest.mark.parametrize(
    ("project", "send"),
    [("claude-code", to_it_alone), ("claude-code", to_its_group), ("api", to_it_alone)],
    ids=["claude-code-to_it_alone", "claude-code-to_its_group", "api-to_it_alone"],
    indirect=["project"],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_one_signal_ends_the_agents_and_says_how_to_go_on(
    number: int, send: Callable[[subprocess.Popen[str], int], None], project: Project
) -> None:
    started, run, processes = start(project)
    send(started.process, number)
    code, out, err = started.finish()
    assert code == 130, out + err
    assert not run.processes()
    assert "the run is being interrupted" in err and "Traceback" not in err
    assert run.summary()["state"] == "partial"
    assert {agent["cause"] for agent in run.summary()["agents"].values()} <= {None, "the run was interrupted"}
    check_over(project, run, processes)


def test_a_second_signal_ends_it_at_once(project: Project) -> None:
    started, run, processes = start(project)
    started.send(signal.SIGINT)
    assert started.process.stderr
    assert "the run is being interrupted" in started.process.stderr.readline()
    started.send(signal.SIGINT)
    code, _, err = started.finish()
    assert (code, err) == (130, "")
    check_over(project, run, processes)


def test_a_hang_up_leaves_nobody(project: Project) -> None:
    started, run, processes = start(project)
    started.send(signal.SIGHUP)
    started.finish()
    check_over(project, run, processes)


@pytest.mark.parametrize("rest", [(), ("--json",)], ids=["", "json"])
def test_a_reader_that_has_gone_does_not_end_the_run(rest: tuple[str, ...], project: Project) -> None:
    started = project.begin(*rest)
    streams = (started.process.stdout, started.process.stderr)
    for stream in streams:
        assert stream
        if rest or stream is started.process.stderr:
            stream.readline()
        stream.close()
    started.process.wait(120)
    [run] = project.runs
    assert run.summary()["state"] == "completed"
    assert not run.processes()
    assert not wrong(run, run.documents())


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[tuple[Terminal, Project]]:
    """A run in a terminal, whose agents are at work."""
    project = Project(tmp_path / "project")
    command = [*FINESTREAM, "run", "--project", str(project.folder), "diamond", "Build it.", "--simulate", "--pacing", PACING]
    with project.tidied(), terminal(command, project.folder, environment()) as shown:
        shown.expect("First: .* received")
        yield shown, project


def test_two_keys_end_it_at_once_and_give_the_cursor_back(screen: tuple[Terminal, Project]) -> None:
    shown, project = screen
    [run] = project.runs
    processes = run.processes()
    shown.press("\x03")
    shown.expect("once more ends it at once")
    shown.press("\x03")
    assert shown.wait() == 130
    assert shown.raw.rfind(SHOW_CURSOR) > shown.raw.rfind(HIDE_CURSOR)
    check_over(project, run, processes)


def test_a_terminal_that_is_closed_leaves_nobody(screen: tuple[Terminal, Project]) -> None:
    shown, project = screen
    [run] = project.runs
    processes = run.processes()
    shown.hang_up()
    shown.process.wait(120)
    check_over(project, run, processes)
