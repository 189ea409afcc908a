"""What a permanent monitor needs in a project's files, and how it is taken out."""

from __future__ import annotations

import base64
import os
import subprocess
from typing import Any

import pytest

from finestream.install import Assets, Place, install, uninstall
from tests.install.shipping import (
    ADDRESS,
    EVENTS,
    TOKEN,
    contents,
    load,
    order,
    ours_in,
    scripts_in,
    write,
)


class TestMonitor:
    """The machine's own part of a project."""

    def test_addresses_go_into_the_local_settings_alone(self, place: Place, assets: Assets) -> None:
        install(place, order(assets, monitor=True), os.environ)
        shared, local = load(place.root / "settings.json"), load(place.root / "settings.local.json")
        assert scripts_in(shared) == {event: ["streaming_monitor.py"] for event in ("SessionStart", "StopFailure", "UserPromptSubmit")}
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
    def test_the_fallback_has_commands_and_the_address_of_the_api(self, original: Any, place: Place, assets: Assets) -> None:
        path = place.root / "settings.local.json"
        if original:
            write(path, original)
        before = contents(place.root)
        install(place, order(assets, monitor=True), os.environ)
        entry = load(place.root / "finestream" / "install.json")["files"]["settings.local.json"]
        assert base64.b64decode(entry["original"]) == before["settings.local.json"][0] if original else entry["original"] is None  # type: ignore[index]
        path.write_text(entry["fallback"])
        assert load(path)["env"] == {"ANTHROPIC_BASE_URL": "https://api.anthropic.com"}
        assert ours_in({"hooks": load(path)["hooks"]})["PostToolUse"] == ["post_tool.py"]
        assert not {"SessionStart", "StopFailure"} & load(path)["hooks"].keys()
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
