"""finestream for the user, in the project and as a plugin at once: in the real client each call is recorded once."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest

from finestream.install import Assets, Order, Place, install, load_assets, project_place, user_place
from finestream.journal import EVENTS, FOLDER, read_records
from finestream.simulator.background import running
from finestream.simulator.scenes import one
from tests.e2e.real_client import environment, settle

ROOT = Path(__file__).parents[2]
ONCE = {"session_started": 1, "tool_started": 1, "tool_ended": 1, "session_ended": 1}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    settle(tmp_path / "home", project)
    return project


def assets() -> Assets:
    """What is really shipped."""
    return load_assets(lambda name: ROOT / name)


def put(name: str, project: Path) -> list[str]:
    """Install finestream in one of the three ways; return the client's arguments for it."""
    known = environment(project.parent / "home")
    places: dict[str, Place] = {"user": user_place(known), "project": project_place(project, known)}
    if name in places:
        install(places[name], Order(assets()), {**os.environ, **known})
        return []
    return ["--plugin-dir", str(ROOT)]


def play(claude: Path, project: Path, *arguments: str) -> Counter[str]:
    """Run a session that writes one file; return how often each event stands in the journal."""
    with running(one("Write", {"file_path": str(project / "out.txt"), "content": "hello"})) as upstream:
        known = {**environment(project.parent / "home"), "ANTHROPIC_BASE_URL": upstream.url}
        command = [str(claude), "-p", "go", "--permission-mode", "acceptEdits", *arguments]
        subprocess.run(command, cwd=project, env=known, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True)
    assert (project / "out.txt").read_text() == "hello"
    return Counter(record["event"] for record in read_records(project / FOLDER / EVENTS))


@pytest.mark.parametrize(
    "ways", [*permutations(["user", "project"]), *permutations(["plugin", "project"]), ("user", "plugin")], ids="-".join
)
def test_each_call_is_recorded_once(ways: tuple[str, ...], claude: Path, project: Path) -> None:
    arguments = [word for way in ways for word in put(way, project)]
    assert play(claude, project, *arguments) == ONCE


def test_all_three_at_once(claude: Path, project: Path) -> None:
    arguments = [word for way in ("plugin", "user", "project") for word in put(way, project)]
    assert play(claude, project, *arguments) == ONCE


@pytest.mark.parametrize(("sources", "ways"), [("user", ["user", "project"]), ("", ["plugin", "user", "project"])])
def test_settings_that_the_client_was_told_not_to_read_silence_nobody(sources: str, ways: list[str], claude: Path, project: Path) -> None:
    arguments = [word for way in ways for word in put(way, project)]
    assert play(claude, project, *arguments, "--setting-sources", sources) == ONCE
