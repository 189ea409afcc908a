"""Upgrades, files of the user's own, links, foreign changes, and what a monitor needs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from finestream.install import Assets, Place, install, uninstall, user_place
from tests.install.shipping import (
    EVENTS,
    contents,
    handler,
    load,
    order,
    ours_in,
    scripts_in,
    ship,
    shipped_again,
    write,
)


def test_a_project_gets_hooks_that_name_no_path_of_this_machine(place: Place, assets: Assets) -> None:
    plan = install(place, order(assets), os.environ)
    text = (place.root / "settings.json").read_text()
    assert scripts_in(json.loads(text)) == {event: [f"{script}.py"] for event, script in EVENTS.items()}
    assert json.loads(text)["hooks"]["PreToolUse"] == [{"hooks": [handler("pre_tool")]}]
    assert str(place.root) not in text
    assert (place.root / "hooks" / "finestream" / "pre_tool.py").read_text() == "# pre_tool 1\n"
    assert (place.root / "hooks" / "finestream" / "finestream_hooks" / "__init__.py").exists()
    assert (place.root / "agents" / "developer.md").exists()
    assert (place.root / "finestream" / "workflows" / "quick-flow.yaml").exists()
    assert (place.root / "commands" / "quick-flow.md").exists()
    assert (place.root / "finestream" / ".gitignore").read_text() == "*\n"
    assert (place.root / "finestream" / "install.json").stat().st_mode & 0o777 == 0o600
    assert not (place.root / "settings.local.json").exists()
    assert ".claude/settings.json" in plan.report.written


@pytest.mark.parametrize("folder", ["plain", 'it\'s "a" c\u00f6nfig $HOME'])
def test_a_user_gets_hooks_with_their_whole_path(folder: str, assets: Assets, tmp_path: Path) -> None:
    root = tmp_path / folder
    place = user_place({"CLAUDE_CONFIG_DIR": str(root)})
    install(place, order(assets, status_line=True), os.environ)
    settings = load(root / "settings.json")
    script = settings["hooks"]["PreToolUse"][0]["hooks"][0]["args"][-1]
    assert script == f"{root}/hooks/finestream/pre_tool.py"
    assert Path(script).exists()
    done = subprocess.run(["sh", "-c", settings["statusLine"]["command"]], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert install(place, order(assets, status_line=True), os.environ).is_idle
    uninstall(place, assets)
    assert not root.exists()


def test_the_status_line_of_a_project_runs_in_a_shell(place: Place, assets: Assets) -> None:
    install(place, order(assets, status_line=True), os.environ)
    line = load(place.root / "settings.json")["statusLine"]["command"]
    assert str(place.root) not in line
    for known in ({"CLAUDE_PROJECT_DIR": str(place.project)}, {}):
        subprocess.run(["sh", "-c", line], cwd=place.project, env={"PATH": os.environ["PATH"], **known}, check=True)


def test_a_foreign_status_line_is_replaced_only_when_forced(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", {"statusLine": {"type": "command", "command": "mine"}})
    before = path.read_bytes()
    plan = install(place, order(assets, status_line=True), os.environ)
    assert "the status line is not ours" in plan.report.refused[0]
    assert load(path)["statusLine"]["command"] == "mine"
    install(place, order(assets, status_line=True, force=True), os.environ)
    assert "status_line.py" in load(path)["statusLine"]["command"]
    assert install(place, order(assets, status_line=True), os.environ).is_idle
    install(place, order(assets), os.environ)
    assert load(path)["statusLine"]["command"] == "mine"
    uninstall(place, assets)
    assert path.read_bytes() == before


OLD: dict[str, Any] = {
    "another script": handler("before_tool"),
    "one command line": {"type": "command", "command": 'python3 "$CLAUDE_PROJECT_DIR"/.claude/hooks/finestream/pre_tool.py'},
    "older arguments": {**handler("pre_tool"), "args": ["${CLAUDE_PROJECT_DIR}/.claude/hooks/finestream/pre_tool.py"]},
    "another path": handler("pre_tool", "/home/somebody/.claude/hooks/finestream"),
    "another interpreter": {**handler("pre_tool"), "command": "/usr/bin/python3.9"},
    "edited": handler("pre_tool", timeout=99),
    "of a monitor": {"type": "http", "url": f"http://127.0.0.1:5000/{'x' * 32}/hooks/PreToolUse", "timeout": 10},
}


@pytest.mark.parametrize("where", ["alone", "beside", "twice", "with a matcher", "in every event"])
@pytest.mark.parametrize("name", OLD)
def test_entries_of_ours_of_any_version_are_replaced_and_never_doubled(name: str, where: str, place: Place, assets: Assets) -> None:
    foreign = {"type": "command", "command": "./lint.sh"}
    groups = {
        "alone": [{"hooks": [OLD[name]]}],
        "beside": [{"matcher": "Write", "hooks": [foreign, OLD[name], foreign]}],
        "twice": [{"hooks": [OLD[name]]}, {"hooks": [foreign]}, {"hooks": [OLD[name], OLD[name]]}],
        "with a matcher": [{"matcher": "Write", "hooks": [OLD[name]]}],
    }
    hooks = dict.fromkeys(EVENTS, groups["twice"]) if where == "in every event" else {"PreToolUse": groups[where]}
    path = write(place.root / "settings.json", {"model": "opus", "hooks": hooks})
    install(place, order(assets), os.environ)
    ours = {event: [script for script in scripts if script.endswith(".py")] for event, scripts in ours_in(load(path)).items()}
    assert ours == {event: [f"{script}.py"] for event, script in EVENTS.items()}
    assert install(place, order(assets), os.environ).is_idle
    uninstall(place, assets)
    left = [group for groups in load(path).get("hooks", {}).values() for group in groups]
    kept = {"beside": [{"matcher": "Write", "hooks": [foreign, foreign]}], "twice": [{"hooks": [foreign]}]}
    assert left == ([{"hooks": [foreign]}] * len(EVENTS) if where == "in every event" else kept.get(where, []))
    assert load(path)["model"] == "opus"


def test_an_upgrade_replaces_what_is_untouched_and_names_what_is_not(place: Place, assets: Assets, tmp_path: Path) -> None:
    install(place, order(assets), os.environ)
    edited = write(place.root / "hooks" / "finestream" / "pre_tool.py", "# mine\n")
    newer = ship(tmp_path / "newer", version="2")
    plan = install(place, order(newer), os.environ)
    assert plan.report.refused == [
        ".claude/hooks/finestream/pre_tool.py was changed since it was installed, and stays as it is (--force replaces it and keeps a copy)"
    ]
    assert edited.read_text() == "# mine\n"
    assert (place.root / "hooks" / "finestream" / "post_tool.py").read_text() == "# post_tool 2\n"
    assert "description: 2" in (place.root / "agents" / "developer.md").read_text()
    plan = install(place, order(newer, force=True), os.environ)
    assert edited.read_text() == "# pre_tool 2\n"
    assert edited.with_name("pre_tool.py.orig-1").read_text() == "# mine\n"
    assert install(place, order(newer), os.environ).is_idle
    plan = uninstall(place, newer)
    assert contents(place.root) == {
        "hooks": "folder",
        "hooks/finestream": "folder",
        "hooks/finestream/pre_tool.py.orig-1": (b"# mine\n", 0o644),
    }
    assert plan.report.kept == [".claude/hooks/finestream/pre_tool.py.orig-1: the copy that --force made"]


def test_a_file_that_a_newer_version_does_not_have_goes_unless_it_was_changed(place: Place, assets: Assets, tmp_path: Path) -> None:
    install(place, order(assets), os.environ)
    write(place.root / "agents" / "developer.md", "mine")
    newer = ship(tmp_path / "newer", status_line=False)
    (tmp_path / "newer" / "agents" / "developer.md").unlink()
    newer = shipped_again(tmp_path / "newer")
    plan = install(place, order(newer), os.environ)
    assert not (place.root / "hooks" / "finestream" / "status_line.py").exists()
    assert plan.report.kept == [".claude/agents/developer.md: of another version, changed since"]
    assert uninstall(place, newer).report.kept == []
    assert contents(place.root) == {"agents": "folder", "agents/developer.md": (b"mine", 0o644)}


@pytest.mark.parametrize("path", ["agents/developer.md", "commands/quick-flow.md"])
def test_a_users_file_of_the_same_name_is_never_overwritten(path: str, place: Place, assets: Assets) -> None:
    agent = write(place.root / path, "My own developer.")
    before = contents(place.root)
    plan = install(place, order(assets), os.environ)
    assert agent.read_text() == "My own developer."
    assert plan.report.refused == [f".claude/{path} is not ours, and stays as it is (--force replaces it and keeps a copy)"]
    assert install(place, order(assets), os.environ).is_idle
    uninstall(place, assets)
    assert contents(place.root) == before
    copy = write(agent.with_name(f"{agent.name}.orig-1"), "an older copy")
    install(place, order(assets, force=True), os.environ)
    assert agent.read_text() != "My own developer."
    assert (copy.read_text(), agent.with_name(f"{agent.name}.orig-2").read_text()) == ("an older copy", "My own developer.")
    uninstall(place, assets)
    copy.unlink()
    assert contents(place.root) == before
    install(place, order(assets, force=True), os.environ)
    copy.write_text("changed since")
    assert uninstall(place, assets).report.kept == [f".claude/{path}.orig-1: the copy that --force made"]
    assert (agent.read_text(), copy.read_text()) == ("My own developer.", "changed since")


@pytest.mark.parametrize("target", ["dotfiles/claude.json", "../outside.json"])
@pytest.mark.parametrize("text", ['{"model": "opus"}', None])
def test_a_link_stays_and_its_target_is_changed(text: str | None, target: str, place: Place, assets: Assets, tmp_path: Path) -> None:
    (place.root / "dotfiles").mkdir(parents=True)
    real = place.root / target
    if text:
        real.write_text(text)
        real.chmod(0o640)
    (place.root / "settings.json").symlink_to(target)
    before = contents(tmp_path / "project")
    install(place, order(assets), os.environ)
    assert (place.root / "settings.json").is_symlink()
    assert "hooks" in load(real)
    assert real.stat().st_mode & 0o777 == (0o640 if text else 0o644)
    uninstall(place, assets)
    assert contents(tmp_path / "project") == before


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_permission_bits_stay(mode: int, place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", {})
    path.chmod(mode)
    install(place, order(assets), os.environ)
    assert path.stat().st_mode & 0o777 == mode
    uninstall(place, assets)
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize(("mode", "between"), [(0o644, 0o600), (0o666, 0o600), (0o600, 0o600), (0o755, 0o700)])
def test_settings_with_a_token_are_closed_to_others_as_long_as_it_is_in_them(mode: int, between: int, place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.local.json", {"a": 1})
    path.chmod(mode)
    before = contents(place.root)
    for _ in range(2):
        install(place, order(assets, monitor=True), os.environ)
        assert path.stat().st_mode & 0o777 == between
    install(place, order(assets), os.environ)
    assert path.stat().st_mode & 0o777 == mode
    install(place, order(assets, monitor=True), os.environ)
    uninstall(place, assets)
    assert contents(place.root) == before


def test_settings_that_were_opened_to_others_are_closed_again(place: Place, assets: Assets) -> None:
    """By an editor that writes files anew, or by an older version of ours."""
    path = write(place.root / "settings.local.json", {"a": 1})
    before = contents(place.root)
    install(place, order(assets, monitor=True), os.environ)
    path.chmod(0o644)
    assert not install(place, order(assets, monitor=True), os.environ).is_idle
    assert path.stat().st_mode & 0o777 == 0o600
    assert install(place, order(assets, monitor=True), os.environ).is_idle
    uninstall(place, assets)
    assert contents(place.root) == before


def test_permission_bits_that_somebody_has_changed_stay(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.local.json", {"a": 1})
    install(place, order(assets, monitor=True), os.environ)
    path.chmod(0o640)
    uninstall(place, assets)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_stays(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", {})
    os.chown(path, 1234, 1235)
    install(place, order(assets), os.environ)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)


def test_hooks_that_are_off_are_warned_about_and_those_that_the_user_has_besides_are_not(place: Place, assets: Assets, home: Path) -> None:
    write(place.root / "settings.json", {"disableAllHooks": True})
    install(user_place(os.environ), order(assets), os.environ)
    (off,) = install(place, order(assets), os.environ).report.warnings
    assert "'disableAllHooks' is set" in off
