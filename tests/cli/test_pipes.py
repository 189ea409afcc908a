"""What has no end, in the place of a file that install, uninstall and doctor read: it is named, and nobody waits for it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.cli.starting import finish
from tests.install.shipping import contents

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
def test_settings_that_have_no_end_are_refused_by_name(command: str, kind: str, tmp_path: Path, home: Path) -> None:
    put(tmp_path / ".claude" / "settings.json", kind)
    before = [path.name for path in (tmp_path / ".claude").iterdir()]
    code, _, err = finish(command, folder=tmp_path)
    assert (code, [path.name for path in (tmp_path / ".claude").iterdir()]) == (1, before)
    assert err.startswith(f"finestream: {tmp_path}/.claude/settings.json: this cannot be read: it is {kind}, and no file\n")
    assert "Move it away" in err


@pytest.mark.parametrize("name", FILES)
def test_no_command_waits_for_any_of_them(name: str, tmp_path: Path, home: Path) -> None:
    finish("install", "--monitor", folder=tmp_path)
    put(tmp_path / ".claude" / name, "a pipe")
    _, out, err = finish("doctor", folder=tmp_path)
    assert "Traceback" not in out + err
    for command in (["install", "--monitor"], ["uninstall"]):
        code, _, err = finish(*command, folder=tmp_path)
        assert code == 0 or f"{tmp_path}/.claude/{name}:" in err, err
        assert "Traceback" not in err
    finish("doctor", "--fix", folder=tmp_path)


def test_a_log_that_has_no_end_is_removed_with_the_others(tmp_path: Path, home: Path) -> None:
    finish("install", folder=tmp_path)
    put(tmp_path / ".claude" / "finestream" / "streaming-errors.log", "a pipe")
    code, _, err = finish("uninstall", folder=tmp_path)
    assert (code, err, contents(tmp_path / ".claude") if (tmp_path / ".claude").exists() else {}) == (0, "", {})


def test_doctor_names_it(tmp_path: Path, home: Path) -> None:
    put(tmp_path / ".claude" / "settings.local.json", "a pipe")
    code, out, _ = finish("doctor", folder=tmp_path, COLUMNS="500")
    assert (code, "settings.local.json: it is a pipe, and no file" in out) == (1, True)
    assert "move away what is no file" in out


def test_a_work_tree_whose_pointer_has_no_end_is_none(tmp_path: Path, home: Path) -> None:
    put(tmp_path / ".git", "a pipe")
    assert finish("doctor", folder=tmp_path)[0] == 0
