"""The one door: exit codes, what is said on the terminal, and that a traceback goes into a file and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from finestream import __version__
from finestream.cli.commands import COMMANDS
from finestream.cli.main import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "probe", ("tests.cli.probe", "Fail as told."))


@pytest.mark.parametrize(
    ("way", "code", "error"),
    [
        ("fine", 0, ""),
        ("code", 42, ""),
        ("expected", 1, "finestream: 127.0.0.1:80: the port is in use\n  Give another one with --port.\n"),
        ("grouped", 1, "finestream: a:1: it broke\n  Mend it.\n"),
        ("interrupt", 130, ""),
        ("interrupts", 130, ""),
        ("abort", 130, ""),
        ("disk", 1, "finestream: /somewhere/file cannot be written: the disk is full\n  Make room, or write it elsewhere.\n"),
    ],
)
def test_exit_codes_and_what_is_said(way: str, code: int, error: str) -> None:
    done = run("probe", way)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", error)


@pytest.mark.parametrize("arguments", [[], ["prob"], ["probe"], ["probe", "nonsense"], ["--nonsense"], ["probe", "usage"]])
def test_wrong_usage_is_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Usage: finestream" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "says"), [("prob", "Did you mean 'probe'?"), ("zzz", "There are: claude, monitor")])
def test_an_unknown_command_gets_the_nearest_or_the_list(name: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    assert says in capsys.readouterr().err


def test_a_command_may_exit_by_itself() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["probe", "exit"])
    assert caught.value.code == 7


@pytest.mark.parametrize("way", ["bug", "eof", "two", "connection", "deep"])
def test_a_bug_leaves_its_traceback_in_a_file_that_is_named(way: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", way, "a-secret-prompt"]) == 3
    (path,) = (home / ".local" / "state" / "finestream").iterdir()
    shown = capsys.readouterr().err
    assert "this is a bug" in shown
    assert str(path) in shown
    assert "Traceback" not in shown
    text = path.read_text()
    assert "probe.py" in text
    assert f"finestream {__version__}" in text
    assert "command: probe\n" in text
    assert path.stat().st_mode & 0o777 == 0o600


def test_neither_the_terminal_nor_the_file_shows_a_credential_or_the_arguments(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["probe", "bug", "a-secret-prompt"])
    (path,) = (home / ".local" / "state" / "finestream").iterdir()
    for text in (path.read_text(), capsys.readouterr().err):
        assert "k3y-of-mine" not in text
        assert "a-secret-prompt" not in text
        assert "x-api-key: [redacted]" in text


def test_the_state_folder_is_the_users_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    main(["probe", "bug"])
    assert len(list((tmp_path / "finestream").iterdir())) == 1


def test_where_the_home_takes_no_file_the_folder_for_temporary_ones_does(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".local").write_text("a file in the place of the folder")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["probe", "bug"]) == 3
    (path,) = tmp_path.glob("finestream-bug-*.log")
    assert str(path) in capsys.readouterr().err


def test_where_no_folder_takes_the_file_it_says_so(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".local").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(home / ".local"))
    assert main(["probe", "bug"]) == 3
    assert "could not be written anywhere" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--version"], ["--version", "--help"]])
def test_the_version(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"finestream {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown and text in shown for name, (_, text) in COMMANDS.items())


RUN = "import sys; from finestream.cli import commands, main; commands.COMMANDS['probe'] = ('tests.cli.probe', ''); sys.exit(main.main())"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", RUN, *arguments]


def environment() -> dict[str, str]:
    # Buffered, as for a user: what is written last is refused last.
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}", "PYTHONUNBUFFERED": ""}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), env=environment(), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("arguments", [["probe", "lines"], ["--version"], ["--help"]])
def test_a_reader_that_leaves_ends_it_quietly(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(command(*arguments), env=environment(), stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    os.close(reading)
    _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (1, "")


@pytest.mark.parametrize("arguments", [["probe", "errors"], ["no-such-command"]])
def test_a_reader_of_the_errors_that_leaves_changes_no_exit_code(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(command(*arguments), env=environment(), stdout=subprocess.PIPE, stderr=writing, text=True)
    os.close(writing)
    os.close(reading)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    shell = ["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$0" -c "$1" monitor', sys.executable, RUN]
    done = subprocess.run(shell, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "finestream: the current folder does not exist any more\n  Change to one that does.\n",
    )


@pytest.mark.parametrize("arguments", [["probe", "lines"], ["--version"]])
def test_an_output_on_a_full_disk_says_so(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command(*arguments), env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "finestream: the output cannot be written: the disk is full\n  Make room, or write it elsewhere.\n"


@pytest.mark.parametrize(
    ("arguments", "code"), [("--version", 0), ("--help", 0), ("probe bug", 3), ("probe expected", 1), ("probe connection", 3)]
)
def test_closed_outputs_change_no_exit_code(arguments: str, code: int, tmp_path: Path) -> None:
    shell = ["sh", "-c", f'exec "$0" -c "$1" {arguments} >&- 2>&-', sys.executable, RUN]
    done = subprocess.run(shell, env={**environment(), "HOME": str(tmp_path)}, timeout=60, check=False)
    assert done.returncode == code


def test_python_dash_m_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "finestream", "--version"], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"finestream {__version__}\n", "")
