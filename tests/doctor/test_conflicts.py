"""Settings that keep finestream from working are found in whatever file they stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finestream.doctor import conflicts
from finestream.doctor.findings import Finding
from tests.doctor.patients import patient, settle
from tests.permanent.arranging import TOKEN, address, arrange


def severities(found: Any) -> list[str]:
    return [one.severity for one in found]


def only(found: Any) -> Finding:
    (one,) = found
    assert isinstance(one, Finding)
    return one


@pytest.mark.parametrize(
    ("text", "says"), [("{\n  'a': 1}", "line 2, column 3"), ("[]", "no JSON object"), ("\ufeff{", "line 1"), ("[" * 100_000, "")]
)
def test_a_file_that_the_client_cannot_read_is_named_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    file = settle(tmp_path, "settings.json", text)
    found = only(conflicts.check_readable(patient(tmp_path)))
    assert (found.severity, str(file) in found.message, says in found.message) == ("broken", True, True)


def test_files_that_are_fine_are_counted(tmp_path: Path) -> None:
    settle(tmp_path, "settings.json", "\ufeff{}")
    assert only(conflicts.check_readable(patient(tmp_path))).message == "1 settings files can be read"


@pytest.mark.parametrize("name", ["user.json", ".claude/settings.json", ".claude/settings.local.json", "managed.json"])
@pytest.mark.parametrize("key", ["disableAllHooks", "allowManagedHooksOnly"])
def test_hooks_that_are_switched_off_are_found_in_every_file(name: str, key: str, tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / name).write_text(json.dumps({key: True}))
    found = only(conflicts.check_switches(patient(tmp_path)))
    assert (found.severity, key in found.message, str(tmp_path / name) in found.message) == ("broken", True, True)
    (tmp_path / name).write_text(json.dumps({key: False}))
    assert only(conflicts.check_switches(patient(tmp_path))).severity == "fine"


@pytest.mark.parametrize(
    ("patterns", "severity"),
    [
        (None, "fine"),
        ([], "broken"),
        (["https://*"], "broken"),
        (["http://127.0.0.1:*"], "fine"),
        (["https://x", "*"], "fine"),
        ("odd", "fine"),
    ],
)
def test_a_list_of_addresses_has_to_have_the_monitor_in_it(patterns: object, severity: str, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:4711/{TOKEN}/hooks/Stop"
    settle(tmp_path, "settings.local.json", {"hooks": {"Stop": [{"hooks": [{"type": "http", "url": url}]}]}})
    if patterns is not None:
        (tmp_path / "managed.json").write_text(json.dumps({"allowedHttpHookUrls": patterns}))
    assert only(conflicts.check_switches(patient(tmp_path))).severity == severity


def test_who_decides_where_requests_go(tmp_path: Path) -> None:
    elsewhere = {"env": {"ANTHROPIC_BASE_URL": "https://user:secret@api.example:8443/v"}}
    assert only(conflicts.check_address(patient(tmp_path))).message == "requests go to api.anthropic.com"
    settle(tmp_path, "settings.json", elsewhere)
    found = only(conflicts.check_address(patient(tmp_path)))
    assert (found.severity, found.message) == ("fine", "requests go to api.example:8443")
    arrange(tmp_path)
    found = only(conflicts.check_address(patient(tmp_path)))
    assert found.severity == "broken"
    assert "settings.json (project) sends requests to api.example:8443, past the monitor" in found.message
    settle(tmp_path, "settings.local.json", {"env": {"ANTHROPIC_BASE_URL": address(tmp_path) + "/"}})
    found = only(conflicts.check_address(patient(tmp_path)))
    assert found.severity == "fine"
    assert "this beats" in found.message
    (tmp_path / "managed.json").write_text(json.dumps(elsewhere))
    found = only(conflicts.check_address(patient(tmp_path)))
    assert "managed.json (managed)" in found.message
    assert "secret" not in repr(found)
    assert TOKEN not in repr(found)


def test_no_address_for_a_monitor_that_is_arranged(tmp_path: Path) -> None:
    arrange(tmp_path)
    assert "no settings name" in only(conflicts.check_address(patient(tmp_path))).message
    variables = {"ANTHROPIC_BASE_URL": "https://api.example"}
    found = only(conflicts.check_address(patient(tmp_path, environ=variables)))
    assert "of the environment sends requests to api.example" in found.message


def test_another_projects_monitor(tmp_path: Path) -> None:
    settle(tmp_path, "settings.local.json", {"env": {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:4711/{TOKEN}"}})
    assert only(conflicts.check_address(patient(tmp_path))).severity == "warning"


def test_another_provider(tmp_path: Path) -> None:
    assert only(conflicts.check_provider(patient(tmp_path, provider="Amazon Bedrock"))).severity == "warning"
    assert only(conflicts.check_provider(patient(tmp_path))).severity == "fine"


@pytest.mark.parametrize(
    ("env", "severity"),
    [
        ({}, "fine"),
        ({"ANTHROPIC_BASE_URL": "https://api.anthropic.com"}, "fine"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:1/x"}, "warning"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:1/x", conflicts.FINE_GRAINED: 1}, "fine"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:1/x", conflicts.FINE_GRAINED: "0"}, "warning"),
        ({"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"}, "warning"),
    ],
)
def test_fine_grained_streaming(env: dict[str, object], severity: str, tmp_path: Path) -> None:
    settle(tmp_path, "settings.local.json", {"env": env})
    assert only(conflicts.check_streaming(patient(tmp_path))).severity == severity


@pytest.mark.parametrize(
    ("limit", "model", "severity"),
    [
        (None, None, "fine"),
        ("8000", "claude-opus-5-5", "warning"),
        ("128000", "claude-opus-5-5", "fine"),
        ("64000", "claude-haiku-4-5", "fine"),
        ("32000", "claude-haiku-4-5", "warning"),
        ("many", None, "fine"),
    ],
)
def test_the_output_limit(limit: str | None, model: str | None, severity: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"model": model} if model else {}
    if limit:
        settings["env"] = {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": limit}
    settle(tmp_path, "settings.json", settings)
    assert only(conflicts.check_limit(patient(tmp_path))).severity == severity
