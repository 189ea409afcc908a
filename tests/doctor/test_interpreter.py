"""The Python that hooks run: there, new enough, and itself; and the client."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from finestream.doctor.findings import Finding
from finestream.doctor.interpreter import check_client, check_python
from tests.doctor.patients import patient


def look(project: Path, script: str | None = None, place: str = "bin") -> Finding:
    """Look at a ``python3`` that is this shell script."""
    folder = project / place
    folder.mkdir(parents=True)
    if script is not None:
        program = folder / "python3"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    (found,) = check_python(patient(project, environ={"PATH": f"{folder}:/nowhere"}))
    return found


def test_a_good_one_is_named_with_its_version(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(sys.executable)
    (found,) = check_python(patient(tmp_path, environ={"PATH": str(tmp_path / "bin")}))
    assert found.severity == "fine"
    assert found.facts["version"] == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (None, "there is no 'python3' on PATH"),
        ("echo 'Python was not found' >&2; exit 49", "does not work: Python was not found"),
        ("exit 9", "does not work: exit code 9"),
        ("exit 0", "does not work"),
        ("echo 3.8.10; echo /usr/bin/python3.8", "is Python 3.8.10, and hooks need 3.9"),
    ],
)
def test_a_bad_one_is_named_with_what_it_says(script: str | None, says: str, tmp_path: Path) -> None:
    found = look(tmp_path, script)
    assert (found.severity, says in found.message, bool(found.fix)) == ("broken", True, True), found.message


@pytest.mark.parametrize(("place", "says"), [(".pyenv/shims", "is a shim of pyenv"), ("wrapped", "is no interpreter itself")])
def test_a_shim_is_named_and_the_interpreter_behind_it_offered(place: str, says: str, tmp_path: Path) -> None:
    slow = 'for i in 1 2 3; do "$0.real" -c pass; done'
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "python3.real").symlink_to(sys.executable)
    program = tmp_path / place / "python3"
    program.write_text(f'#!/bin/sh\n{slow}\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    environ = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    (found,) = check_python(patient(tmp_path, environ=environ))
    assert (found.severity, says in found.message) == ("warning", True), found.message
    assert f'"{found.facts["executable"]}" instead of "python3"' in found.fix


def test_the_client_and_its_version(tmp_path: Path) -> None:
    client = tmp_path / "claude"
    client.write_text("#!/bin/sh\necho '2.1.330 (Claude Code)'\n")
    client.chmod(0o755)
    (found,) = check_client(patient(tmp_path, client=client))
    assert (found.severity, found.facts["version"]) == ("fine", "2.1.330")
    client.write_text("#!/bin/sh\nexit 1\n")
    (found,) = check_client(patient(tmp_path, client=client))
    assert found.severity == "broken"
    (found,) = check_client(patient(tmp_path))
    assert (found.severity, "finestream[claude-code]" in found.fix) == ("warning", True)
