"""Upgrades, files of the user's own, links, foreign changes, and what a monitor needs."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from finestream.errors import InstallError
from finestream.install import Assets, Place, install, project_place, uninstall, user_place
from finestream.install.disk import Change
from tests.install.shipping import ADDRESS, EVENTS, TOKEN, MeddlingDisk, contents, handler, order, ship


@pytest.fixture
def place(tmp_path: Path, home: Path) -> Place:
    (tmp_path / "project").mkdir()
    return project_place(tmp_path / "project", os.environ)


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    return ship(tmp_path / "shipped")


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return path


def scripts_in(settings: Any) -> dict[str, list[str]]:
    """Return what of ours each event runs or asks."""
    handlers = {event: [one for group in groups for one in group["hooks"]] for event, groups in settings.get("hooks", {}).items()}
    return {event: [one.get("url") or one["args"][-1].rpartition("/")[2] for one in ones] for event, ones in handlers.items()}


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
    hooks = {event: groups["twice"] for event in EVENTS} if where == "in every event" else {"PreToolUse": groups[where]}
    path = write(place.root / "settings.json", {"model": "opus", "hooks": hooks})
    install(place, order(assets), os.environ)
    ours = {event: [script for script in scripts if script.endswith(".py")] for event, scripts in _ours(load(path)).items()}
    assert ours == {event: [f"{script}.py"] for event, script in EVENTS.items()}
    assert install(place, order(assets), os.environ).is_idle
    uninstall(place, assets)
    left = [group for groups in load(path).get("hooks", {}).values() for group in groups]
    kept = {"beside": [{"matcher": "Write", "hooks": [foreign, foreign]}], "twice": [{"hooks": [foreign]}]}
    assert left == ([{"hooks": [foreign]}] * len(EVENTS) if where == "in every event" else kept.get(where, []))
    assert load(path)["model"] == "opus"


def _ours(settings: Any) -> dict[str, list[str]]:
    found = {}
    for event, groups in settings["hooks"].items():
        handlers = [one for group in groups for one in group["hooks"] if "finestream" in json.dumps(one)]
        found[event] = [one["args"][-1].rpartition("/")[2] for one in handlers]
    return found


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
    newer = ship_again(tmp_path / "newer")
    plan = install(place, order(newer), os.environ)
    assert not (place.root / "hooks" / "finestream" / "status_line.py").exists()
    assert plan.report.kept == [".claude/agents/developer.md: of another version, changed since"]
    assert uninstall(place, newer).report.kept == []
    assert contents(place.root) == {"agents": "folder", "agents/developer.md": (b"mine", 0o644)}


def ship_again(folder: Path) -> Assets:
    from finestream.install import load_assets

    return load_assets(folder / "hooks", folder / "agents", folder / "workflows")


def test_a_users_file_of_the_same_name_is_never_overwritten(place: Place, assets: Assets) -> None:
    agent = write(place.root / "agents" / "developer.md", "My own developer.")
    before = contents(place.root)
    plan = install(place, order(assets), os.environ)
    assert agent.read_text() == "My own developer."
    assert plan.report.refused == [".claude/agents/developer.md is not ours, and stays as it is (--force replaces it and keeps a copy)"]
    assert install(place, order(assets), os.environ).is_idle
    uninstall(place, assets)
    assert contents(place.root) == before
    copy = write(agent.with_name("developer.md.orig-1"), "an older copy")
    install(place, order(assets, force=True), os.environ)
    assert agent.read_text() != "My own developer."
    assert (copy.read_text(), agent.with_name("developer.md.orig-2").read_text()) == ("an older copy", "My own developer.")
    uninstall(place, assets)
    copy.unlink()
    assert contents(place.root) == before


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


def test_the_folder_itself_may_be_a_link(place: Place, assets: Assets, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    place.root.symlink_to(tmp_path / "elsewhere")
    install(place, order(assets), os.environ)
    assert (tmp_path / "elsewhere" / "settings.json").exists()
    uninstall(place, assets)
    assert place.root.is_symlink()
    assert contents(tmp_path / "elsewhere") == {}


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_permission_bits_stay(mode: int, place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", {})
    path.chmod(mode)
    install(place, order(assets), os.environ)
    assert path.stat().st_mode & 0o777 == mode
    uninstall(place, assets)
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_stays(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", {})
    os.chown(path, 1234, 1235)
    install(place, order(assets), os.environ)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)


def test_a_foreign_change_in_between_stays(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", '{\n  "model": "opus",\n  "hooks": {\n    "Stop": []\n  }\n}\n')
    install(place, order(assets, monitor=True), os.environ)
    text = path.read_text().replace('"opus"', '"sonnet",\n  "mine": [1,  2]')
    path.write_text(text.replace('"Stop": [', '"Stop": [{"hooks": []}'))
    changed = path.read_bytes()
    assert install(place, order(assets, monitor=True), os.environ).is_idle
    assert path.read_bytes() == changed
    local = place.root / "settings.local.json"
    local.write_text(local.read_text().replace('"ENABLE_TOOL_SEARCH": "true"', '"ENABLE_TOOL_SEARCH": "false",\n    "MINE": "1"'))
    install(place, order(assets), os.environ)
    assert load(local) == {"env": {"ENABLE_TOOL_SEARCH": "false", "MINE": "1"}}
    uninstall(place, assets)
    assert path.read_text() == '{\n  "model": "sonnet",\n  "mine": [1,  2],\n  "hooks": {\n    "Stop": [{"hooks": []}]\n  }\n}\n'
    assert load(local) == {"env": {"ENABLE_TOOL_SEARCH": "false", "MINE": "1"}}


def test_a_file_of_ours_that_gets_foreign_entries_stays_with_them(place: Place, assets: Assets) -> None:
    install(place, order(assets), os.environ)
    path = place.root / "settings.json"
    path.write_text(json.dumps({**load(path), "model": "opus"}))
    uninstall(place, assets)
    assert contents(place.root) == {"settings.json": (b'{"model": "opus"}', 0o644)}


def test_what_somebody_writes_at_the_last_moment_is_not_lost(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", {"model": "opus"})

    def meddle(change: Change) -> None:
        write(path, {"model": "sonnet"})

    step = 1 + [change.path for change in install(place, order(assets), os.environ, is_dry=True).changes].index(path)
    install(place, order(assets), os.environ, disk=MeddlingDisk(step, meddle))
    assert load(path)["model"] == "sonnet"
    assert len(load(path)["hooks"]) == len(EVENTS)
    uninstall(place, assets)
    assert load(path) == {"model": "sonnet"}


def test_somebody_who_writes_all_the_time_is_named(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", {"count": 0})

    class Restless(MeddlingDisk):
        def carry_out(self, change: Change) -> None:
            if change.path == path:
                write(path, {"count": load(path)["count"] + 1})
            super().carry_out(change)

    with pytest.raises(InstallError, match="changes this file all the time") as caught:
        install(place, order(assets), os.environ, disk=Restless(0, None))
    assert caught.value.path == str(path)
    assert load(path) == {"count": 5}
    assert [item.name for item in place.root.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("damage", [None, "", "{", "[]", '{"files": {"settings.json": {}}}'])
def test_without_a_record_all_of_ours_goes_all_the_same(damage: str | None, place: Place, assets: Assets, tmp_path: Path) -> None:
    """Such as in a clone of the project, where git has brought everything but the record."""
    install(place, order(assets, monitor=True, status_line=True), os.environ)
    record = place.root / "finestream" / "install.json"
    record.unlink() if damage is None else record.write_text(damage)
    uninstall(place, assets)
    assert not place.root.exists()


def test_a_clone_knows_the_files_of_another_version(place: Place, assets: Assets, tmp_path: Path) -> None:
    mine = write(place.root / "agents" / "mine.md", "mine")
    install(place, order(assets), os.environ)
    for path in (place.root / "finestream").rglob("*"):
        path.unlink() if path.is_file() else None
    newer = ship(tmp_path / "newer", version="2")
    plan = install(place, order(newer), os.environ)
    assert plan.report.refused == []
    (place.root / "finestream" / "install.json").unlink()
    uninstall(place, ship(tmp_path / "newest", version="3"))
    assert [path for path in sorted(place.root.rglob("*")) if path.is_file()] == [mine]


def test_scripts_are_ours_by_their_place_when_nothing_else_tells(place: Place, assets: Assets, tmp_path: Path) -> None:
    install(place, order(assets), os.environ)
    (place.root / "finestream" / "install.json").unlink()
    (place.root / "hooks" / "finestream" / "manifest.json").unlink()
    write(place.root / "hooks" / "finestream" / "mine.py", "mine")
    uninstall(place, ship(tmp_path / "newer", version="2"))
    left = [path.relative_to(place.root).as_posix() for path in sorted(place.root.rglob("*")) if path.is_file()]
    # An agent of another version cannot be told from a user's own, nor can a workflow.
    assert left == ["agents/developer.md", "finestream/.gitignore", "finestream/workflows/quick-flow.yaml", "hooks/finestream/mine.py"]


def test_a_reinstallation_after_the_record_was_lost_changes_no_settings(place: Place, assets: Assets) -> None:
    path = write(place.root / "settings.json", '{\n  "model": "opus"\n}')
    before = path.read_bytes()
    install(place, order(assets), os.environ)
    path.write_text(path.read_text().replace("\n}", ',\n  "mine": 1\n}'))
    (place.root / "finestream" / "install.json").unlink()
    between = path.read_bytes()
    install(place, order(assets), os.environ)
    assert path.read_bytes() == between
    uninstall(place, assets)
    assert path.read_bytes() == before.replace(b'"opus"', b'"opus",\n  "mine": 1')


class TestMonitor:
    """The machine's own part of a project."""

    def test_addresses_go_into_the_local_settings_alone(self, place: Place, assets: Assets) -> None:
        install(place, order(assets, monitor=True), os.environ)
        shared, local = load(place.root / "settings.json"), load(place.root / "settings.local.json")
        assert scripts_in(shared) == {"SessionStart": ["streaming_monitor.py"], "StopFailure": ["streaming_monitor.py"]}
        assert scripts_in(local) == {event: [f"{ADDRESS}/hooks/{event}"] for event in EVENTS if event not in shared["hooks"]}
        assert local["env"] == {"ENABLE_TOOL_SEARCH": "true", "ANTHROPIC_BASE_URL": ADDRESS}
        assert local["hooks"]["PreToolUse"][0]["hooks"][0]["timeout"] == 10
        monitor = place.root / "finestream" / "monitor.json"
        assert monitor.stat().st_mode & 0o777 == 0o600
        told = load(monitor)
        assert (told["port"], told["token"], told["project"], told["upstream"]) == (4321, TOKEN, str(place.project), None)
        assert TOKEN not in (place.root / "settings.json").read_text()

    def test_an_address_of_the_users_own_comes_back(self, place: Place, assets: Assets) -> None:
        path = write(place.root / "settings.local.json", {"env": {"ANTHROPIC_BASE_URL": "https://x.example.org"}, "a": 1})
        before = path.read_bytes()
        install(place, order(assets, monitor=True), os.environ)
        assert load(path)["env"]["ANTHROPIC_BASE_URL"] == ADDRESS
        path.write_text(path.read_text().replace('"a": 1', '"a": 2'))
        install(place, order(assets), os.environ)
        assert path.read_bytes() == before.replace(b'"a": 1', b'"a": 2')

    @pytest.mark.parametrize("original", [None, {"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "x"}]}]}, "b": 1}])
    def test_the_fallback_has_commands_and_no_address(self, original: Any, place: Place, assets: Assets) -> None:
        path = place.root / "settings.local.json"
        if original:
            write(path, original)
        before = contents(place.root)
        install(place, order(assets, monitor=True), os.environ)
        entry = load(place.root / "finestream" / "install.json")["files"]["settings.local.json"]
        assert base64.b64decode(entry["original"]) == before["settings.local.json"][0] if original else entry["original"] is None  # type: ignore[index]
        path.write_text(entry["fallback"])
        assert "env" not in load(path)
        assert _ours({"hooks": load(path)["hooks"]})["PostToolUse"] == ["post_tool.py"]
        assert not {"SessionStart", "StopFailure"} & load(path)["hooks"].keys()
        install(place, order(assets, monitor=True), os.environ)
        assert load(path)["env"]["ANTHROPIC_BASE_URL"] == ADDRESS
        path.write_text(entry["fallback"])
        uninstall(place, assets)
        assert {name: what for name, what in contents(place.root).items()} == before if original else not place.root.exists()

    def test_an_installation_without_it_takes_it_out(self, place: Place, assets: Assets) -> None:
        install(place, order(assets), os.environ)
        before = contents(place.root)
        install(place, order(assets, monitor=True), os.environ)
        install(place, order(assets), os.environ)
        assert contents(place.root) == before

    def test_git_should_not_see_the_token(self, place: Place, assets: Assets) -> None:
        assert install(place, order(assets, monitor=True), os.environ).report.warnings == []
        subprocess.run(["git", "init", "-q", str(place.project)], check=True)
        (warning,) = install(place, order(assets, monitor=True), os.environ).report.warnings
        assert warning.startswith("git does not ignore .claude/settings.local.json")
        write(place.root.parent / ".gitignore", "settings.local.json\n")
        assert install(place, order(assets, monitor=True), os.environ).report.warnings == []


def test_hooks_that_are_off_and_hooks_that_run_twice_are_warned_about(place: Place, assets: Assets, home: Path) -> None:
    write(place.root / "settings.json", {"disableAllHooks": True})
    install(user_place(os.environ), order(assets), os.environ)
    off, twice = install(place, order(assets), os.environ).report.warnings
    assert "'disableAllHooks' is set" in off
    assert "each hook runs twice" in twice


class TestWhatRunsLeaveBehind:
    """The journal, the hooks' memory, compiled scripts."""

    @pytest.fixture
    def used(self, place: Place, assets: Assets) -> Place:
        install(place, order(assets, monitor=True), os.environ)
        state = place.root / "finestream"
        lost, saved = ({"INVALID_JSON": "{", "outcome": outcome} for outcome in ("surfaced", "recovered"))
        write(state / "streaming-errors.log", "".join(json.dumps(record) + "\n" for record in (lost, saved)) + '{"half')
        write(state / "streaming-errors.log.1", json.dumps(lost) + "\n")
        for name in ("events.jsonl", "events.jsonl.1", "monitor.lock", "agents/a1", "mended/t.json", "failures/f.json"):
            write(state / name, "")
        for folder in (place.root / "hooks" / "finestream", place.root / "hooks" / "finestream" / "finestream_hooks"):
            write(folder / "__pycache__" / "x.cpython-311.pyc", "")
        return place

    def test_goes_and_what_is_lost_is_said(self, used: Place, assets: Assets) -> None:
        before = contents(used.root)
        said = ["the log holds 2 tool inputs that never came through; --keep-logs would keep it"]
        assert uninstall(used, assets, is_dry=True).report.warnings == said
        assert contents(used.root) == before
        plan = uninstall(used, assets)
        assert plan.report.warnings == said
        assert ".claude/finestream/streaming-errors.log" in plan.report.removed
        assert not used.root.exists()

    def test_the_logs_may_stay(self, used: Place, assets: Assets) -> None:
        plan = uninstall(used, assets, keeps_logs=True)
        assert plan.report.warnings == []
        left = [path.name for path in sorted(used.root.rglob("*")) if path.is_file()]
        assert left == [".gitignore", "events.jsonl", "events.jsonl.1", "streaming-errors.log", "streaming-errors.log.1"]

    def test_what_is_not_ours_stays(self, used: Place, assets: Assets) -> None:
        for name in ("finestream/notes.txt", "finestream/workflows/mine.yaml", "hooks/finestream/mine.py", "hooks/other.sh"):
            write(used.root / name, "mine")
        plan = uninstall(used, assets)
        assert plan.report.kept == [".claude/finestream/notes.txt: not ours", ".claude/finestream/workflows/mine.yaml: not ours"]
        left = [path.relative_to(used.root).as_posix() for path in sorted(used.root.rglob("*")) if path.is_file()]
        mine = ["finestream/notes.txt", "finestream/workflows/mine.yaml", "hooks/finestream/mine.py", "hooks/other.sh"]
        assert left == ["finestream/.gitignore", *mine]
