"""A monitor that does not run, in the real client: it is started from wherever its address is known, or its address gives way in time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from finestream.journal import FOLDER
from finestream.permanent.key import own_key
from finestream.simulator.background import running
from finestream.simulator.scenes import one
from finestream.simulator.server import Simulator
from finestream_hooks.seals import sealed
from tests.cli.starting import FINESTREAM
from tests.e2e.real_client import environment, settle
from tests.permanent.arranging import kill_both, signed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a folder in it, and another worktree of it beside it."""
    folder = tmp_path / "project"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "file").write_text("x")
    settle(tmp_path / "home", folder, folder / "sub", tmp_path / "tree")
    for words in (["init"], ["add", "sub"], ["commit", "-m", "x"], ["worktree", "add", str(tmp_path / "tree")]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=folder, check=True, capture_output=True)
    return folder


@contextmanager
def installed(project: Path) -> Iterator[Simulator]:
    """Install a monitor in front of a simulator; whatever of it runs at the end is killed."""
    with running(one("Bash", {"command": "echo hi > out.txt", "description": "x"})) as upstream:
        command = [*FINESTREAM, "install", "--monitor", "--upstream", upstream.url, "--project", str(project)]
        subprocess.run(command, env=environment(project.parent / "home"), check=True, capture_output=True)
        try:
            yield upstream
        finally:
            for supervisor in signed(project):
                kill_both(supervisor)


def session(claude: Path, folder: Path, home: Path) -> list[dict[str, Any]]:
    """Play a session in ``folder``; it has to be a good one."""
    command = [str(claude), "-p", "go", "--allowedTools", "Bash", "--output-format", "stream-json", "--verbose"]
    known = {**environment(home), "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    ran = subprocess.run(command, cwd=folder, env=known, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=True)
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert not found[-1]["is_error"]
    assert (folder / "out.txt").read_text() == "hi\n"
    return found


def retries(found: list[dict[str, Any]]) -> int:
    return sum(message.get("subtype") == "api_retry" for message in found)


@pytest.mark.parametrize("name", ["project/sub", "tree"])
def test_a_session_in_a_folder_with_the_address_starts_the_monitor(name: str, claude: Path, project: Path, tmp_path: Path) -> None:
    with installed(project) as upstream:
        assert retries(session(claude, tmp_path / name, tmp_path / "home")) == 0
        assert len(upstream.requests) == 2
        assert signed(project)
    assert not (tmp_path / name / ".claude").exists()


def test_the_first_request_of_a_session_goes_where_somebody_answers(claude: Path, project: Path, tmp_path: Path) -> None:
    with installed(project) as upstream:
        path = project / FOLDER / "monitor.json"
        content = json.loads(path.read_text()) | {"command": ["/nowhere/finestream"]}
        path.write_text(json.dumps(sealed(content, own_key(environment(tmp_path / "home")))))
        assert retries(session(claude, project, tmp_path / "home")) == 0
        assert len(upstream.requests) == 2
