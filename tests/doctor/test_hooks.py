"""Hooks: registered once each, their files there, and run as the client runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from finestream.doctor.hooks import EVENTS, check_cost, check_files, check_registered, check_running
from tests.doctor.patients import QUIET, handler, install, patient, registered, settle
from tests.permanent.arranging import TOKEN

URL = f"http://127.0.0.1:4711/{TOKEN}/hooks"


def test_one_for_each_event_is_right(tmp_path: Path) -> None:
    install(tmp_path)
    (found,) = check_registered(patient(tmp_path))
    assert found.severity == "fine"


def test_commands_and_addresses_count_together(tmp_path: Path) -> None:
    starters = ("SessionStart", "StopFailure")
    settle(tmp_path, "settings.json", {"hooks": registered(*starters)})
    served = {event: [{"hooks": [{"type": "http", "url": f"{URL}/{event}"}]}] for event in EVENTS if event not in starters}
    settle(tmp_path, "settings.local.json", {"hooks": served})
    (found,) = check_registered(patient(tmp_path))
    assert found.severity == "fine"


def test_none_at_all_is_told(tmp_path: Path) -> None:
    foreign = {
        "hooks": [
            {"type": "command", "command": "python3 hooks/other/pre_tool.py"},
            {"type": "http", "url": "http://127.0.0.1:1/x/hooks/Stop"},
        ]
    }
    settle(tmp_path, "settings.json", {"hooks": {"Stop": [foreign, 1, {"hooks": 2}, {"hooks": [3]}], "Other": 4}})
    (found,) = check_registered(patient(tmp_path))
    assert (found.severity, "finestream install" in found.fix) == ("warning", True)


def test_a_missing_event_and_a_double_one_are_named(tmp_path: Path) -> None:
    settle(tmp_path, "settings.json", {"hooks": registered("PreToolUse", "PostToolUse")})
    settle(tmp_path, "settings.local.json", {"hooks": registered("PreToolUse", *EVENTS[3:])})
    missing, double = check_registered(patient(tmp_path))
    assert (missing.severity, missing.message) == ("broken", "no hook is registered for PostToolUseFailure")
    assert double.severity == "warning"
    assert "for PreToolUse, in" in double.message
    assert "settings.local.json" in double.message


def test_the_plugin_brings_them_along_and_beside_others_it_is_silent(tmp_path: Path) -> None:
    settle(tmp_path, "settings.local.json", {"enabledPlugins": {"finestream@mine": True, "other": True}})
    assert [found.severity for found in check_registered(patient(tmp_path))] == ["fine"]
    install(tmp_path)
    found, _ = check_registered(patient(tmp_path))
    assert (found.severity, "more than once" in found.message) == ("fine", True)
    (tmp_path / "user.json").write_text(json.dumps({"hooks": registered()}))
    found, one = check_registered(patient(tmp_path))
    assert (found.severity, "more than once" in found.message) == ("fine", True)
    assert (one.severity, one.message) == ("fine", f"one hook for each of {len(EVENTS)} events")


def test_what_the_user_has_for_all_projects_counts_where_the_project_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "user.json").write_text(json.dumps({"hooks": registered()}))
    assert [found.severity for found in check_registered(patient(tmp_path))] == ["fine"]
    settle(tmp_path, "settings.json", {"hooks": registered("PreToolUse")})
    assert [found.severity for found in check_registered(patient(tmp_path))] == ["fine", "fine"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    folder = install(tmp_path)
    assert [found.severity for found in check_files(patient(tmp_path))] == ["fine"]
    (folder / "post_tool.py").unlink()
    (found,) = check_files(patient(tmp_path))
    assert found.severity == "broken"
    assert f"PostToolUse: {folder / 'post_tool.py'}" in found.message


def test_each_is_run_with_a_sample_in_a_project_that_is_not_the_users(tmp_path: Path) -> None:
    record = tmp_path / "seen.jsonl"
    code = f"""
import json, os, sys
event = json.load(sys.stdin)
with open({str(record)!r}, "a") as file:
    print(json.dumps([event["hook_event_name"], event["cwd"], os.environ["CLAUDE_PROJECT_DIR"], os.getcwd()]), file=file)
"""
    install(tmp_path, code)
    found = list(check_running(patient(tmp_path)))
    assert [one.severity for one in found] == ["fine"] * len(EVENTS)
    seen = [json.loads(line) for line in record.read_text().splitlines()]
    assert [event for event, *_ in seen] == list(EVENTS)
    for _, cwd, project, here in seen:
        assert cwd == project == here != str(tmp_path)
        assert " " in project
        assert not Path(project).exists()


@pytest.mark.parametrize(
    ("code", "severity", "says"),
    [
        (QUIET, "fine", "answers nothing"),
        ("print('{\"continue\": true}')", "fine", 'answers {"continue": true}'),
        ("print('hello')", "broken", "its answer is no JSON object: hello"),
        ("print('[1]')", "broken", "no JSON object"),
        ("import sys; sys.exit('nothing works')", "broken", "exit code 1, nothing works"),
        ("raise SystemExit(2)", "broken", "exit code 2"),
        ("import time\nwhile True: time.sleep(9)", "broken", "it did not end within"),  # a hook that hangs
    ],
)
def test_what_comes_back_is_judged(code: str, severity: str, says: str, tmp_path: Path) -> None:
    install(tmp_path, code)
    settle(
        tmp_path,
        "settings.json",
        {"hooks": {"PreToolUse": [{"hooks": [{**handler("PreToolUse"), "timeout": 0.5 if "while" in code else 20}]}]}},
    )
    (found,) = check_running(patient(tmp_path))
    assert (found.severity, found.facts["event"]) == (severity, "PreToolUse")
    assert says in found.message


def test_a_python_that_does_not_start(tmp_path: Path) -> None:
    install(tmp_path)
    settle(tmp_path, "settings.json", {"hooks": registered("PreToolUse", python="/no/python3")})
    (found,) = check_running(patient(tmp_path, python="/no/python3"))
    assert (found.severity, "it does not start" in found.message) == ("broken", True)


OURS = handler("PreToolUse")


@pytest.mark.parametrize(
    "content",
    [
        {"command": "touch ran # ${CLAUDE_PROJECT_DIR}/.claude/hooks/finestream/pre_tool.py", "args": None},
        {"command": "${CLAUDE_PROJECT_DIR}/evil"},
        {"args": ["-c", "open('ran', 'w')", *OURS["args"][-1:]]},
        {"args": [*OURS["args"][:3], "open('ran', 'w')", OURS["args"][-1]]},
        {"args": [*OURS["args"], "more"]},
        {"args": [*OURS["args"][:-1], "/elsewhere/hooks/finestream/pre_tool.py"]},
        {"args": OURS["args"][1:]},
    ],
)
def test_a_command_that_we_do_not_write_is_not_run(content: dict[str, object], tmp_path: Path) -> None:
    """A clone's settings are its author's."""
    install(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')")
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'ran'}'\n")
    program.chmod(0o755)
    settle(tmp_path, "settings.json", {"hooks": {"PreToolUse": [{"hooks": [{**OURS, **content}]}]}})
    (found,) = check_running(patient(tmp_path))
    assert (found.severity, "not run: it is no command that finestream writes" in found.message) == ("warning", True), found.message
    assert list(check_cost(patient(tmp_path))) == []
    assert not (tmp_path / "ran").exists()


def change(folder: Path) -> None:
    (folder / "pre_tool.py").write_text("open('ran', 'w')")


def link(folder: Path) -> None:
    (folder / "pre_tool.py").rename(folder / "elsewhere.py")
    (folder / "pre_tool.py").symlink_to("elsewhere.py")


def change_package(folder: Path) -> None:
    (folder.parents[2] / "shipped" / "finestream_hooks").mkdir()
    (folder.parents[2] / "shipped" / "finestream_hooks" / "door.py").write_text("")


@pytest.mark.parametrize("meddle", [change, link, change_package])
def test_a_script_that_is_not_as_it_was_shipped_is_not_run(meddle: Callable[[Path], None], tmp_path: Path) -> None:
    meddle(install(tmp_path))
    settle(tmp_path, "settings.json", {"hooks": registered("PreToolUse")})
    (found,) = check_running(patient(tmp_path))
    assert (found.severity, "is not as it is shipped" in found.message) == ("warning", True)


def test_a_hook_is_not_run_in_the_environment_that_a_project_names(tmp_path: Path) -> None:
    install(tmp_path, "import os, json; print(json.dumps({'it': os.environ.get('LD_AUDIT')}))")
    settle(tmp_path, "settings.local.json", {"env": {"LD_AUDIT": "./evil.so", "PATH": str(tmp_path)}})
    assert all('{"it": null}' in found.message for found in check_running(patient(tmp_path)))


def test_what_python_has_made_of_the_projects_scripts_is_not_run(tmp_path: Path) -> None:
    """Compiled code may be another than its source."""
    install(tmp_path, "import sys; print({True: '{}'}.get('shipped' in sys.argv[0], 'no'))")
    assert all("answers {}" in found.message for found in check_running(patient(tmp_path)))


def test_the_users_own_installation_is_run_too(tmp_path: Path) -> None:
    script = tmp_path / "hooks" / "finestream" / "pre_tool.py"
    script.parent.parent.mkdir()
    install(tmp_path).rename(script.parent)
    settings = {"hooks": {"PreToolUse": [{"hooks": [{**OURS, "args": [*OURS["args"][:-1], str(script)]}]}]}}
    (tmp_path / "user.json").write_text(json.dumps(settings))
    settle(tmp_path, "settings.json", {})
    assert [found.severity for found in check_running(patient(tmp_path))] == ["fine"]
    (tmp_path / "user.json").unlink()
    settle(tmp_path, "settings.json", settings)
    assert [found.severity for found in check_running(patient(tmp_path))] == ["warning"]


def test_what_a_script_costs_is_measured_once_each(tmp_path: Path) -> None:
    install(tmp_path)
    found = list(check_cost(patient(tmp_path)))
    assert [one.facts["hook"] for one in found] == ["pre_tool", "post_tool", "streaming_monitor"]
    assert all(one.facts["milliseconds"] > 0 and one.facts["bare"] > 0 for one in found)  # type: ignore[operator] # a fact may be anything; this one is a number
