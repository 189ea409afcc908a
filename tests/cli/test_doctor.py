"""``finestream doctor`` as a process: a table for people, one object for programs, an exit code, and repairs on demand."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from finestream.shipped import folder
from finestream.simulator.background import running
from finestream.simulator.script import Route, Script, Text, Turn
from tests.cli.starting import finish, install_fake_client
from tests.doctor.patients import install, settle
from tests.install.shipping import contents
from tests.permanent.arranging import TOKEN

DEAD = f"http://127.0.0.1:9/{TOKEN}"


def look(folder: Path, *arguments: str, **variables: str) -> tuple[int, dict[str, Any]]:
    code, out, err = finish("doctor", "--json", *arguments, folder=folder, **variables)
    assert err == ""
    found: dict[str, Any] = json.loads(out)
    return code, found


def severity(found: dict[str, Any], check: str) -> list[str]:
    return [one["severity"] for one in found["findings"] if one["id"] == check]


def test_a_project_without_anything_of_ours_is_no_failure(tmp_path: Path, home: Path) -> None:
    code, found = look(tmp_path)
    assert code == 0
    assert found["project"] == str(tmp_path)
    assert severity(found, "hooks") == ["warning"]
    assert {"id", "what", "severity", "message", "fix"} <= found["findings"][0].keys()


def test_an_installation_is_run_and_measured(tmp_path: Path, home: Path) -> None:
    shutil.copytree(folder("hooks"), install(tmp_path), dirs_exist_ok=True)
    code, found = look(tmp_path)
    assert code == 0, found
    assert severity(found, "run") == ["fine"] * 9
    assert len(severity(found, "cost")) == 3


@pytest.mark.parametrize(("order", "commands"), [([], 9), (["--monitor", "--upstream", "http://127.0.0.1:9"], 3)])
def test_what_install_has_just_written_is_run(order: list[str], commands: int, tmp_path: Path, home: Path) -> None:
    code, _, err = finish("install", *order, folder=tmp_path)
    assert code == 0, err
    code, found = look(tmp_path)
    assert (code, severity(found, "run")) == (0, ["fine"] * commands), found


def test_what_is_broken_is_told_with_its_fix_and_the_exit_code(tmp_path: Path, home: Path) -> None:
    folder = install(tmp_path)
    (folder / "pre_tool.py").unlink()
    code, out, err = finish("doctor", folder=tmp_path)
    assert (code, err) == (1, "")
    assert "BROKEN" in out
    assert "doctor --fix" in out
    assert "Traceback" not in out


def test_a_dead_address_is_taken_out_on_demand_only(tmp_path: Path, home: Path) -> None:
    file = settle(tmp_path, "settings.local.json", {"env": {"ANTHROPIC_BASE_URL": DEAD}})
    before = file.read_bytes()
    code, found = look(tmp_path)
    assert (code, severity(found, "monitor"), file.read_bytes()) == (1, ["broken"], before)
    code, found = look(tmp_path, "--fix")
    assert (code, severity(found, "monitor")) == (0, ["fine"])
    assert "gave way to https://api.anthropic.com" in found["mended"][0]
    assert json.loads(file.read_text()) == {"env": {"ANTHROPIC_BASE_URL": "https://api.anthropic.com"}}
    assert TOKEN not in json.dumps(found)


def test_the_users_own_settings_alone(tmp_path: Path, home: Path) -> None:
    settle(tmp_path, "settings.local.json", {"env": {"ANTHROPIC_BASE_URL": DEAD}})
    code, found = look(tmp_path, "--user")
    assert (code, severity(found, "address")) == (0, ["fine"])


def test_an_upstream_is_asked(tmp_path: Path, home: Path) -> None:
    with running(Script((Route((Turn((Text("one two three"),)),)),))) as upstream:
        code, found = look(tmp_path, "--upstream", upstream.url)
    assert code == 0
    assert severity(found, "upstream") == ["fine"] * 5


def test_a_wrong_address_is_wrong_usage(tmp_path: Path, home: Path) -> None:
    code, out, err = finish("doctor", "--upstream", "ftp://x", folder=tmp_path)
    assert (code, out, "--upstream" in err) == (2, "", True)


def test_the_client_on_the_path_is_asked_for_its_version(tmp_path: Path, home: Path) -> None:
    client = install_fake_client(tmp_path / "bin")
    client.write_text("#!/bin/sh\necho '1.2.3 (Claude Code)'\n")
    _, found = look(tmp_path, PATH=f"{client.parent}:{os.environ['PATH']}")
    (one,) = [one for one in found["findings"] if one["id"] == "client"]
    assert one["facts"] == {"client": str(client), "version": "1.2.3"}


def test_finestreams_own_settings_are_looked_at(tmp_path: Path, home: Path) -> None:
    file = settle(tmp_path, "finestream.yaml", "recovery: continue\nstal: 9s\n")
    code, found = look(tmp_path)
    (one,) = [one for one in found["findings"] if one["id"] == "wishes"]
    assert (code, one["severity"]) == (0, "warning")
    assert one["message"] == f"{file}:2: unknown key 'stal' is ignored; did you mean 'stall'?"
    file.write_text("recovery: continue\nstall: 9d\n")
    code, found = look(tmp_path)
    (one,) = [one for one in found["findings"] if one["id"] == "wishes"]
    assert (code, one["severity"], one["message"].startswith(f"{file}:2: 'stall' ")) == (1, "broken", True)
    assert one["fix"] == "Write it as stall: 90s."


def test_what_is_missing_comes_back_and_what_was_edited_stays(tmp_path: Path, home: Path) -> None:
    finish("install", "--statusline", folder=tmp_path)
    root = tmp_path / ".claude"
    before, settings = contents(root / "agents"), (root / "settings.json").read_bytes()
    edited = [root / "hooks" / "finestream" / "post_tool.py", root / "agents" / "qa.md"]
    for file in edited:
        file.write_text("mine")
    for name in ("hooks/finestream/finestream_hooks/lines.py", "agents/developer.md"):
        (root / name).unlink()
    code, found = look(tmp_path)
    assert (code, severity(found, "copies")) == (1, ["broken", "warning", "warning", "fine"])
    code, found = look(tmp_path, "--fix")
    assert (code, severity(found, "copies"), found["mended"]) == (0, ["warning", "fine"], [f"installed again in {root}"])
    assert [file.read_text() for file in edited] == ["mine", "mine"]
    assert contents(root / "agents") | {"qa.md": None} == before | {"qa.md": None}
    assert (root / "settings.json").read_bytes() == settings
