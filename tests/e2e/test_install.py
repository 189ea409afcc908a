"""What is installed, in the real client: hooks fire from a project and a home of awkward names, and foreign ones beside them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from finestream.install import Assets, Monitor, Order, Place, install, load_assets, project_place, uninstall, user_place
from finestream.simulator.background import running
from finestream.simulator.scenes import one
from finestream.simulator.script import Script
from tests.e2e.real_client import environment, settle
from tests.install.shipping import EVENTS, TOKEN, contents, order, ship

# Stands in for each of the scripts: it notes which one was started, and for what.
STUB = """\
import json, os, sys
event = json.load(sys.stdin)
with open(os.path.join(os.environ["CLAUDE_PROJECT_DIR"], "fired.txt"), "a") as notes:
    notes.write(os.path.basename(sys.argv[0]) + " " + event["hook_event_name"] + "\\n")
"""
FIRED = ("SessionStart", "PreToolUse", "PostToolUse", "PostToolBatch", "SessionEnd")
HOME = 'my "h\u00f6me" isn\'t $PATH'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / 'it\'s "a" pr\u00f6ject $HOME'
    (project / ".claude").mkdir(parents=True)
    settle(tmp_path / HOME, project)
    foreign = {"hooks": [{"type": "command", "command": 'echo foreign >> "$CLAUDE_PROJECT_DIR/foreign.txt"'}]}
    settings = {"permissions": {"allow": ["Write"]}, "hooks": {"PreToolUse": [foreign], "Stop": [foreign]}}
    (project / ".claude" / "settings.json").write_text(json.dumps(settings, indent=4))
    return project


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    shipped = tmp_path / "shipped"
    ship(shipped)
    for script in (shipped / "hooks").glob("*.py"):
        script.write_text(STUB)
    return load_assets(shipped.joinpath)


def shipped_assets() -> Assets:
    """What is really shipped."""
    return load_assets(Path(__file__).parents[2].joinpath)


def scene(project: Path) -> Script:
    """A session that writes one file."""
    return one("Write", {"file_path": str(project / "out.txt"), "content": "hello"})


def play(claude: Path, project: Path, url: str) -> None:
    """Run that session."""
    known = {**environment(project.parent / HOME), "ANTHROPIC_BASE_URL": url}
    command = [str(claude), "-p", "go", "--permission-mode", "acceptEdits"]
    subprocess.run(command, cwd=project, env=known, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True)
    assert (project / "out.txt").read_text() == "hello"


def notes(project: Path, name: str) -> list[str]:
    path = project / name
    return path.read_text().splitlines() if path.exists() else []


def place_of(scope: str, project: Path) -> Place:
    known = environment(project.parent / HOME)
    return project_place(project, known) if scope == "project" else user_place(known)


def of_settings(place: Place) -> dict[str, object]:
    """What a folder holds besides what the client itself keeps there."""
    ours = ("settings", "hooks", "agents", "commands", "finestream")
    return {name: what for name, what in contents(place.root).items() if name.startswith(ours)}


@pytest.mark.parametrize("scope", ["project", "user"])
def test_the_hooks_fire_beside_foreign_ones_and_are_gone_afterwards(scope: str, claude: Path, project: Path, assets: Assets) -> None:
    place = place_of(scope, project)
    before = of_settings(place)
    install(place, order(assets), os.environ)
    with running(scene(project)) as upstream:
        play(claude, project, upstream.url)
    assert sorted(notes(project, "fired.txt")) == sorted(f"{EVENTS[event]}.py {event}" for event in FIRED)
    assert notes(project, "foreign.txt") == ["foreign", "foreign"]
    uninstall(place, assets)
    assert of_settings(place) == before
    (project / "fired.txt").unlink()
    with running(scene(project)) as upstream:
        play(claude, project, upstream.url)
    assert notes(project, "fired.txt") == []
    assert len(notes(project, "foreign.txt")) == 4


def test_scripts_that_vanished_block_no_call(claude: Path, project: Path) -> None:
    """As after an uninstallation while a session goes on: it still has their names."""
    place = place_of("project", project)
    install(place, order(shipped_assets()), os.environ)
    shutil.rmtree(place.root / "hooks" / "finestream")
    with running(scene(project)) as upstream:
        play(claude, project, upstream.url)


def test_with_a_monitor_requests_and_hooks_go_to_its_address(claude: Path, project: Path, assets: Assets) -> None:
    """The simulator stands at that address and writes down who comes; it knows no hooks, and the session goes on."""
    place = place_of("project", project)
    before = of_settings(place)
    with running(scene(project)) as there:
        port, address = int(there.url.rpartition(":")[2]), f"{there.url}/{TOKEN}"
        monitor = Monitor(port, TOKEN, (), None, {"ANTHROPIC_BASE_URL": address})
        install(place, Order(assets, monitor), os.environ)
        play(claude, project, "http://127.0.0.1:9")
        asked = [request.path.partition("?")[0] for request in there.requests]
    hooks = [path.rpartition("/")[2] for path in asked if path.startswith(f"/{TOKEN}/hooks/")]
    assert {*hooks} >= {"PreToolUse", "PostToolUse", "PostToolBatch"}
    assert asked.count(f"/{TOKEN}/v1/messages") == 2
    assert notes(project, "fired.txt") == ["streaming_monitor.py SessionStart", "streaming_monitor.py UserPromptSubmit"]
    assert notes(project, "foreign.txt") == ["foreign", "foreign"]
    uninstall(place, assets)
    assert of_settings(place) == before
