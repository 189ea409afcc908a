"""``finestream run`` before and after a run: what it asks for, what it says of runs, and what it refuses."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from finestream.cli.main import main
from finestream.permanent.key import own_key
from finestream.workflow.folder import RUNS, Folder
from tests.workflow.telling import a_run, began, given, part, plain, plan

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["run", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def kept(project: Path, run: str, *, is_whole: bool = True, is_elsewhere: bool = False, backend: str = "api") -> Folder:
    """A run of which the folder tells: of the whole of it, or of one that has failed."""
    folder = Folder(project / RUNS / run)
    folder.begin(plan(), {"backend": backend, "simulate": None, "is_elsewhere": is_elsewhere}, key=own_key(os.environ))
    failed = [began(1.0), given(2.0), part(4.0, 1, "a"), plain("failed", 5.0, cause="it \x1b[31mbroke", fix="Mend it.")]
    told = a_run(100.0) if is_whole else [("architect", entry) for entry in failed]
    with folder.events({}) as events:
        for step, entry in told:
            events.add(step, entry)
    return folder


USAGE = {
    "nothing": ((), "give a workflow and a request: finestream run quick-flow"),
    "no request": (("quick-flow",), "give a workflow and a request"),
    "an empty request": (("quick-flow", " \n"), "the request is empty."),
    "two wishes": (("--list", "--show", "last"), "or one of --list, --show and --resume."),
    "a wish and a workflow": (("quick-flow", "Build it.", "--resume", "last"), "give either a workflow and a request, or one of"),
    "an unknown backend": (("quick-flow", "Build it.", "--backend", "pigeon"), "'pigeon' is not one of 'claude-code', 'api'."),
    **{
        f"pacing {text}": (("quick-flow", "Build it.", "--simulate", "--pacing", text), f"must be such as 0.3,300: .*; not '{text}'")
        for text in ("1", "1,2,3", "a,b", "-1,2", "nan,1", "1,inf", "")
    },
}


@pytest.mark.parametrize("case", USAGE)
def test_what_is_asked_wrongly_is_told_what_to_ask(case: str, run: Run, tmp_path: Path) -> None:
    arguments, expected = USAGE[case]
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert re.search(expected, err)
    assert not (tmp_path / RUNS).exists()


REFUSED = {
    "an unknown workflow": (("quick-flaw", "Build it."), "there is no workflow 'quick-flaw'\n  Did you mean 'quick-flow'?\n"),
    "a file that is not there": (("w.yml", "Build it."), "w.yml is not there\n"),
    "an unknown agent": (("bad.yaml", "Build it."), "bad.yaml:3: error: there is no agent 'nobody' [unknown-agent]\n"),
    "a file that cannot be read": (("broken.yaml", "Build it."), "finestream workflows check broken.yaml\n"),
    "a run to go on with": (("--resume", "2020"), "there is no run '2020' in "),
    "a run to tell of": (("--show", "last"), "See which there are: finestream run --list\n"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_there_is_told_with_what_is(case: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("workflow: bad\nsteps:\n  - agent: nobody\n")
    (tmp_path / "broken.yaml").write_text("steps: [\n")
    arguments, expected = REFUSED[case]
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert expected in err
    assert not (tmp_path / RUNS).exists()


@pytest.mark.parametrize(
    ("data", "code", "expected"), [(b"\n", 2, "the request is empty."), (b"caf\xe9", 1, "the request is not UTF-8 text")]
)
def test_the_request_on_standard_input(data: bytes, code: int, expected: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    told = run("quick-flow", "-")
    assert (told[0], told[1]) == (code, "")
    assert expected in told[2]


@pytest.mark.parametrize(
    ("missing", "backend", "expected"),
    [
        (("dbos",), "api", "runs need what is not installed: dbos\n  pip install 'finestream[run]'\n"),
        (("dbos", "claude_agent_sdk"), "claude-code", "not installed: dbos, claude-agent-sdk\n"),
    ],
)
def test_without_what_runs_need(
    missing: tuple[str, ...], backend: str, expected: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, "1", backend=backend)
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    for arguments in (("quick-flow", "Build it.", "--backend", backend), ("--resume", "1")):
        code, out, err = run(*arguments)
        assert (code, out) == (1, "")
        assert expected in err
    assert run("--list")[0] == 0


def test_a_run_that_is_kept_elsewhere_has_to_be_told_where(run: Run, tmp_path: Path) -> None:
    kept(tmp_path, "1", is_elsewhere=True)
    code, out, err = run("--resume", "last")
    assert (code, out) == (1, "")
    assert "Name it again with --database." in err


def test_the_list_of_runs(run: Run, tmp_path: Path) -> None:
    assert run("--list") == (0, 'There are no runs yet. Begin one: finestream run quick-flow "Add a login page"\n', "")
    assert json.loads(run("--list", "--json")[1]) == []
    kept(tmp_path, "1")
    kept(tmp_path, "2", is_whole=False)
    (kept(tmp_path, "3").path / "plan.json").write_text("{")
    code, out, err = run("--list")
    rows = [line.split(maxsplit=4) for line in out.splitlines()]
    assert (code, err, rows[0]) == (0, "", ["RUN", "STATE", "SECONDS", "WORKFLOW", "REQUEST"])
    assert rows[1] == ["1", "completed", "8.0", "quick-flow", "Design complete e-commerce architecture"]
    assert rows[2][:3] == ["2", "interrupted", "4.0"]
    assert rows[3][:2] == ["3", "unreadable"]
    listed = json.loads(run("--list", "--json")[1])
    assert [(each["run"], each["state"]) for each in listed] == [("1", "completed"), ("2", "interrupted"), ("3", "unreadable")]


def test_what_came_of_a_run(run: Run, tmp_path: Path) -> None:
    folder = kept(tmp_path, "1")
    code, out, err = run("--show", "last")
    assert (code, err) == (0, "")
    assert [line.split(maxsplit=2) for line in out.splitlines()] == [
        ["1:", "quick-flow,", "completed, 8.0 s"],
        ["Design", "complete", "e-commerce architecture"],
        ["architect", "done", "2 chunks, 300 bytes, first chunk after 1.0 s, 1 turn, 4.0 s, $0.5000"],
        ["developer", "done", "1 chunk, 3 bytes, first chunk after 4.0 s, 2 turns, 5.0 s, $0.7500"],
        ["qa", "skipped"],
    ]
    shown = json.loads(run("--show", "1", "--json")[1])
    assert (shown["state"], Path(shown["path"]).resolve()) == ("completed", folder.path.resolve())


def test_what_failed_is_told_with_what_to_do_and_cannot_paint(run: Run, tmp_path: Path) -> None:
    kept(tmp_path, "1", is_whole=False)
    code, out, err = run("--show", "1")
    assert (code, err, "\x1b" in out) == (0, "", False)
    assert "broke" in out
    assert "Mend it.\n" in out
    assert out.endswith("Go on with it: finestream run --resume 1\n")
