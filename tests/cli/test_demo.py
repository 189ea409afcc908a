"""``finestream demo`` without the real client: what it says when it cannot be played. What it plays is in ``tests/e2e/test_demo.py``."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from finestream.cli.demo import command
from tests.cli.starting import finish, install_fake_client, start


def path(folder: Path) -> str:
    install_fake_client(folder / "bin")
    return f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("number", ["2", "8"])
@pytest.mark.parametrize("way", ["fail", "die", "nothing"])
def test_a_client_that_does_not_play_is_a_clear_error(number: str, way: str, tmp_path: Path, home: Path) -> None:
    """The demo's client gets an environment of its own, so the stand-in is told by its place what to do."""
    program = install_fake_client(tmp_path / "bin")
    program.write_text("#!/bin/sh\n" if way == "nothing" else program.read_text().replace("exec ", f"FAKE_WAY={way} exec "))
    code, out, err = finish(
        "demo", number, folder=tmp_path, PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", TMPDIR=str(tmp_path)
    )
    assert (code, out) == (1, "")
    assert f"the client did not play scenario {number}" in err
    assert "Traceback" not in err
    assert not list(tmp_path.glob("finestream-*"))


REFUSING = """#!/bin/sh
read line
id=$(printf '%s' "$line" | sed 's/.*"request_id": *"\\([^"]*\\)".*/\\1/')
printf '{"type": "control_response", "response": {"subtype": "error", "request_id": "%s", "error": "not today"}}\\n' "$id"
exec sleep 600
"""


def test_a_client_that_refuses_to_begin_is_a_clear_error(tmp_path: Path, home: Path) -> None:
    install_fake_client(tmp_path / "bin").write_text(REFUSING)
    found = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    code, out, err = finish("demo", "2", folder=tmp_path, PATH=found, TMPDIR=str(tmp_path))
    assert (code, out) == (1, "")
    assert "not today" in err
    assert "bug" not in err


@pytest.mark.parametrize(("number", "how"), [("2", signal.SIGINT), ("8", signal.SIGINT), ("8", signal.SIGTERM)])
def test_an_interrupt_ends_the_client_and_clears_the_stage(number: str, how: signal.Signals, tmp_path: Path, home: Path) -> None:
    program = install_fake_client(tmp_path / "bin")
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid.part\nmv {tmp_path}/pid.part {tmp_path}/pid\nexec sleep 600\n")
    found = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    with start("demo", number, folder=tmp_path, PATH=found, TMPDIR=str(tmp_path)) as process:
        while not (tmp_path / "pid").exists():
            assert process.poll() is None
        process.send_signal(how)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "")
    assert not list(tmp_path.glob("finestream-*"))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("arguments", [["0"], ["10"], ["seven"], ["7", "8"], ["2", "--pace", "0"]])
def test_a_scenario_that_there_is_not_is_wrong_usage(arguments: list[str], tmp_path: Path, home: Path) -> None:
    code, out, err = finish("demo", *arguments, folder=tmp_path, PATH=path(tmp_path))
    assert (code, out) == (2, "")
    assert "Usage: finestream demo" in err


def test_the_pace_is_the_missions_own_unless_another_one_is_asked_for() -> None:
    [pace] = [option for option in command.params if option.name == "pace"]
    assert pace.default == 1.0
