"""What a permanent monitor needs in a project's files, and how it is taken out."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from finestream.install import Assets, Place, install, uninstall
from tests.install.shipping import (
    ADDRESS,
    EVENTS,
    TOKEN,
    contents,
    handler,
    load,
    order,
    ours_in,
    scripts_in,
    write,
)

STARTERS = ("SessionStart", "StopFailure", "UserPromptSubmit")


class TestMonitor:
    """The machine's own part of a project."""

    def test_addresses_go_into_the_local_settings_alone(self, place: Place, assets: Assets) -> None:
        install(place, order(assets, monitor=True), os.environ)
        local = load(place.root / "settings.local.json")
        served = {event: [f"{ADDRESS}/hooks/{event}"] for event in EVENTS if event not in STARTERS}
        assert scripts_in(local) == served | {event: ["streaming_monitor.py"] for event in STARTERS}
        assert local["env"] == {"ENABLE_TOOL_SEARCH": "true", "ANTHROPIC_BASE_URL": ADDRESS}
        assert local["hooks"]["PreToolUse"][0]["hooks"][0]["timeout"] == 10
        monitor = place.root / "finestream" / "monitor.json"
        assert monitor.stat().st_mode & 0o777 == 0o600
        told = load(monitor)
        assert (told["port"], told["token"], told["project"], told["upstream"]) == (4321, TOKEN, str(place.project), None)
        assert not (place.root / "settings.json").exists()

    def test_whoever_has_the_address_can_start_what_is_behind_it(self, place: Place, assets: Assets) -> None:
        """Below the project and in a worktree of it the client has the same local settings, and another folder for its project."""
        path = place.root / "settings.local.json"
        install(place, order(assets, monitor=True), os.environ)
        fallback = load(place.root / "finestream" / "install.json")["files"]["settings.local.json"]["fallback"]
        for hooks in (load(path)["hooks"], json.loads(fallback)["hooks"]):
            for event in STARTERS:
                [handler] = [handler for group in hooks[event] for handler in group["hooks"]]
                assert handler["args"][-1] == f"{place.root}/hooks/finestream/streaming_monitor.py"
                assert place.root.is_absolute() and Path(handler["args"][-1]).exists()

    def test_starters_of_an_older_version_go_from_the_shared_settings(self, place: Place, assets: Assets) -> None:
        old = {event: [{"hooks": [handler("streaming_monitor")]}] for event in STARTERS}
        write(place.root / "settings.json", {"model": "opus", "hooks": old})
        install(place, order(assets, monitor=True), os.environ)
        assert load(place.root / "settings.json") == {"model": "opus"}

    def test_an_address_of_the_users_own_comes_back(self, place: Place, assets: Assets) -> None:
        path = write(place.root / "settings.local.json", {"env": {"ANTHROPIC_BASE_URL": "https://x.example.org"}, "a": 1})
        before = path.read_bytes()
        install(place, order(assets, monitor=True), os.environ)
        assert load(path)["env"]["ANTHROPIC_BASE_URL"] == ADDRESS
        path.write_text(path.read_text().replace('"a": 1', '"a": 2'))
        install(place, order(assets), os.environ)
        assert path.read_bytes() == before.replace(b'"a": 1', b'"a": 2')

    @pytest.mark.parametrize("original", [None, {"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "x"}]}]}, "b": 1}])
    def test_the_fallback_has_commands_and_the_address_of_the_api(self, original: Any, place: Place, assets: Assets) -> None:
        path = place.root / "settings.local.json"
        if original:
            write(path, original)
        before = contents(place.root)
        install(place, order(assets, monitor=True), os.environ)
        entry = load(place.root / "finestream" / "install.json")["files"]["settings.local.json"]
        assert base64.b64decode(entry["original"]) == before["settings.local.json"][0] if original else entry["original"] is None  # type: ignore[index] # a file that is there has contents
        path.write_text(entry["fallback"])
        assert load(path)["env"] == {"ANTHROPIC_BASE_URL": "https://api.anthropic.com"}
        assert ours_in({"hooks": load(path)["hooks"]})["PostToolUse"] == ["post_tool.py"]
        assert set(load(path)["hooks"]) == {*EVENTS, *STARTERS}
        install(place, order(assets, monitor=True), os.environ)
        assert load(path)["env"]["ANTHROPIC_BASE_URL"] == ADDRESS
        path.write_text(entry["fallback"])
        uninstall(place, assets)
        assert contents(place.root) == before if original else not place.root.exists()

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
