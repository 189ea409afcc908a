"""What has no end, in the place of a file that install, uninstall and doctor read: it is named, and nobody waits for it."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from finestream.cli.main import BUG, main
from tests.install.shipping import contents

PATIENCE = 60  # seconds; whoever waits for a pipe waits for ever
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run a command in the project: exit code, output, errors. One that waits is interrupted, and is told of as a bug."""

    def give_up(number: int, frame: object) -> None:
        raise AssertionError("it waits for what has no end")

    def run(*arguments: str) -> tuple[int, str, str]:
        signal.alarm(PATIENCE)
        try:
            code = main(arguments)
        finally:
            signal.alarm(0)
        out, err = capsys.readouterr()
        assert code != BUG, err
        assert "Traceback" not in out + err
        return code, out, err

    monkeypatch.chdir(tmp_path)
    before = signal.signal(signal.SIGALRM, give_up)
    yield run
    signal.signal(signal.SIGALRM, before)


FILES = (
    *("settings.json", "settings.local.json", "finestream.yaml", "agents/developer.md", "hooks/finestream/manifest.json"),
    *("hooks/finestream/pre_tool.py", "finestream/install.json", "finestream/monitor.json", "finestream/.gitignore"),
)


def put(path: Path, kind: str) -> None:
    """Put something there that has no end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a socket":
        with socket.socket(socket.AF_UNIX) as there:
            there.bind(os.path.relpath(path))  # the whole path may be too long for one
    else:
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["a pipe", "a socket", "a device"])
@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_settings_that_have_no_end_are_refused_by_name(command: str, kind: str, run: Run, tmp_path: Path) -> None:
    put(tmp_path / ".claude" / "settings.json", kind)
    before = [path.name for path in (tmp_path / ".claude").iterdir()]
    code, _, err = run(command)
    assert (code, [path.name for path in (tmp_path / ".claude").iterdir()]) == (1, before)
    assert err.startswith(f"finestream: {tmp_path}/.claude/settings.json: this cannot be read: it is {kind}, and no file\n")
    assert "Move it away" in err


@pytest.mark.parametrize("name", FILES)
def test_no_command_waits_for_any_of_them(name: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("install", "--monitor")[0] == 0
    put(tmp_path / ".claude" / name, "a pipe")
    # Without a python3 doctor runs no hook; for whom nothing is in the way, that is as it always is.
    pythonless = str(tmp_path / "nothing")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", os.environ["PATH"] if name.startswith("hooks/") else pythonless)
        run("doctor")
    for command in (["install", "--monitor"], ["uninstall"]):
        code, _, err = run(*command)
        assert code == 0 or f"{tmp_path}/.claude/{name}:" in err, err
    monkeypatch.setenv("PATH", pythonless)
    run("doctor", "--fix")


def test_a_log_that_has_no_end_is_removed_with_the_others(run: Run, tmp_path: Path) -> None:
    run("install")
    put(tmp_path / ".claude" / "finestream" / "streaming-errors.log", "a pipe")
    code, _, err = run("uninstall")
    assert (code, err, contents(tmp_path / ".claude") if (tmp_path / ".claude").exists() else {}) == (0, "", {})


def test_doctor_names_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    put(tmp_path / ".claude" / "settings.local.json", "a pipe")
    code, out, _ = run("doctor")
    assert (code, "settings.local.json: it is a pipe, and no file" in out) == (1, True)
    assert "move away what is no file" in out


def test_a_work_tree_whose_pointer_has_no_end_is_none(run: Run, tmp_path: Path) -> None:
    put(tmp_path / ".git", "a pipe")
    assert run("doctor")[0] == 0
