"""The commands for Claude Code: one for each workflow, alike, and the program of the plugin that they call where there is no other."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMMANDS = sorted((ROOT / "commands").glob("*.md"))
PROGRAM = ROOT / "bin" / "finestream"
SAYS = '#!/bin/sh\nprintf "%s|" "$0" "$@"\n'


def test_each_workflow_has_a_command() -> None:
    assert [path.stem for path in COMMANDS] == sorted(path.stem for path in (ROOT / "workflows").glob("*.yaml"))


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_they_differ_in_name_and_description_alone(path: Path) -> None:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    keys = yaml.safe_load(front)
    assert set(keys) == {"description", "argument-hint", "allowed-tools", "disable-model-invocation"}
    # It costs money and changes files: only the user begins it.
    assert (keys["allowed-tools"], keys["disable-model-invocation"]) == ("Bash(finestream run:*)", True)
    _, _, first = COMMANDS[0].read_text(encoding="utf-8").split("---\n", 2)
    assert body.replace(path.stem, "NAME") == first.replace(COMMANDS[0].stem, "NAME")


def program(path: Path, text: str = SAYS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def ask(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": f"{folder / 'bin'}:{os.defpath}", **variables}
    return subprocess.run([PROGRAM, "run", "a b"], cwd=folder, env=known, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("where", [".venv", "venv", "active"])
def test_it_finds_the_program_of_a_virtual_environment(where: str, tmp_path: Path) -> None:
    program(tmp_path / where / "bin" / "finestream")
    known = {"VIRTUAL_ENV": str(tmp_path / where)} if where == "active" else {}
    assert ask(tmp_path, **known).stdout.endswith(f"{where}/bin/finestream|run|a b|")


@pytest.mark.parametrize("brought", ["the program", "a link to another folder", "a link inside"])
def test_an_environment_that_came_with_the_project_is_not_run(brought: str, tmp_path: Path) -> None:
    program(tmp_path / ("evil" if brought == "a link to another folder" else ".venv") / "bin" / "finestream")
    if brought == "a link to another folder":
        (tmp_path / ".venv").symlink_to("evil")
    elif brought == "a link inside":
        (tmp_path / ".venv" / "bin").rename(tmp_path / "evil")
        (tmp_path / ".venv" / "bin").symlink_to("../evil")
    program(tmp_path / "bin" / "python3", "#!/bin/sh\nexit 1\n")
    for command in (("init", "-q"), ("add", "-A", "-f")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    done = ask(tmp_path)
    assert (done.returncode, done.stdout) == (127, "")
    assert ".venv has come with this project" in done.stderr
    assert ask(tmp_path, VIRTUAL_ENV=str(tmp_path / ".venv")).stdout.endswith("run|a b|")


def test_else_it_asks_python_and_imports_nothing_of_the_project(tmp_path: Path) -> None:
    """The stand-in fails for what a Python with finestream has, but not without -P."""
    program(tmp_path / "bin" / "python3", '#!/bin/sh\n[ "$1" = -P ] || exit 1\n' + SAYS.partition("\n")[2])
    assert ask(tmp_path).stdout.endswith("python3|-P|-m|finestream|run|a b|")


def test_else_it_says_how_to_get_one(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3", "#!/bin/sh\nexit 1\n")
    done = ask(tmp_path)
    assert (done.returncode, done.stdout) == (127, "")
    assert "pip install 'finestream[run]'" in done.stderr
