"""A monitor that runs, one that would, and an address behind which nobody is."""

from __future__ import annotations

import json
import os
import socket
import warnings
from pathlib import Path

import pytest

from finestream.doctor.findings import Finding
from finestream.doctor.gateway import _LEFT_OUT, check_changes, check_monitor, check_served
from finestream.permanent.arrangement import FOLDER, LOCK, SESSIONS
from finestream.permanent.instance import is_locked, take_lock
from finestream.permanent.sessions import Sessions
from finestream.permanent.supervisor import itself
from tests.cli.starting import environment
from tests.doctor.patients import patient, registered, settle
from tests.permanent.arranging import TOKEN, address, arrange, kept, kill_both, signed


def look(project: Path) -> Finding:
    (found,) = check_monitor(patient(project, environ=environment()))
    return found


def name_it(project: Path, url: str) -> Path:
    hooks = {"PreToolUse": [{"hooks": [{"type": "http", "url": f"{url}/hooks/PreToolUse"}, {"type": "command", "command": "mine"}]}]}
    hooks["PostToolUse"] = [{"hooks": [{"type": "http", "url": f"{url}/hooks/PostToolUse"}]}]
    env = {"ANTHROPIC_BASE_URL": url, "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1", "MINE": "1"}
    return settle(project, "settings.local.json", {"env": env, "hooks": hooks, "model": "m"})


def test_none_here_is_fine(tmp_path: Path) -> None:
    assert look(tmp_path).severity == "fine"


def test_one_that_runs(tmp_path: Path, home: Path) -> None:
    file = arrange(tmp_path)
    name_it(tmp_path, address(tmp_path))
    with kept(tmp_path):
        found = look(tmp_path)
        assert (found.severity, found.facts["upstream"]) == ("fine", "http://127.0.0.1:9")
        (measured,) = check_served(patient(tmp_path))
        assert measured.facts["milliseconds"] > 0  # type: ignore[operator] # a fact may be anything; this one is a number
        file.unlink()
        assert look(tmp_path).severity == "warning", "the next start will fail"


def test_one_that_starts_with_a_session_is_started_and_ended(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    found = look(tmp_path)
    assert (found.severity, "starts in" in found.message) == ("fine", True), found.message
    assert not is_locked(tmp_path / FOLDER / LOCK)


def test_one_that_a_session_needs_by_now_is_left_running(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    Sessions(tmp_path / FOLDER / SESSIONS).begin("one", os.getpid())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # its process is nobody's child any more
        assert look(tmp_path).severity == "fine"
    assert is_locked(tmp_path / FOLDER / LOCK)
    kill_both(*signed(tmp_path))


@pytest.mark.parametrize("command", [["touch", "ran"], ["sh", "-c", "touch ran"], [*itself("/elsewhere"), "touch"]])
def test_a_command_that_we_do_not_write_is_not_run(command: list[str], tmp_path: Path) -> None:
    """A clone may bring an arrangement."""
    arrange(tmp_path, command=command)
    name_it(tmp_path, address(tmp_path))
    found = look(tmp_path)
    assert (found.severity, "is no command of this finestream" in found.message) == ("warning", True)
    assert not (tmp_path / "ran").exists()


def test_a_clones_upstream_is_not_put_into_the_settings(tmp_path: Path) -> None:
    arrange(tmp_path, upstream="https://evil.example", project="/proc/self/cwd")
    file = name_it(tmp_path, address(tmp_path))
    found = look(tmp_path)
    assert found.mend is not None
    found.mend()
    assert json.loads(file.read_text())["env"]["ANTHROPIC_BASE_URL"] == "https://api.anthropic.com"


def test_one_that_cannot_be_started_has_a_dead_address_that_can_be_taken_out(tmp_path: Path) -> None:
    arrange(tmp_path, command=["/no/such/finestream"])
    file = name_it(tmp_path, address(tmp_path))
    found = look(tmp_path)
    assert found.severity == "broken"
    assert "cannot be started" in found.message
    assert found.mend is not None
    assert "gave way to http://127.0.0.1:9" in found.mend()
    assert json.loads(file.read_text()) == {
        "env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "MINE": "1"},
        "hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "mine"}]}]},
        "model": "m",
    }


def test_an_address_of_nobody(tmp_path: Path) -> None:
    name_it(tmp_path, f"http://127.0.0.1:9/{TOKEN}")
    assert look(tmp_path).severity == "broken"


def test_a_damaged_arrangement(tmp_path: Path) -> None:
    arrange(tmp_path).write_text("{")
    found = look(tmp_path)
    assert (found.severity, "this is damaged" in found.message) == ("broken", True)


def test_a_port_that_somebody_else_has(tmp_path: Path, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        arrange(tmp_path, port=other.getsockname()[1])
        assert "the port cannot be used" in look(tmp_path).message


def test_one_that_hangs(tmp_path: Path) -> None:
    arrange(tmp_path)
    lock = take_lock(tmp_path / FOLDER / LOCK)
    assert lock is not None
    found = look(tmp_path)
    os.close(lock)
    assert (found.severity, "does not answer" in found.message) == ("broken", True)


@pytest.mark.parametrize(
    ("url", "names", "severity", "says"),
    [
        ("https://api.example", [], "fine", "nothing"),
        (
            f"http://127.0.0.1:9/{TOKEN}",
            [],
            "warning",
            "fine-grained streaming (CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING), the watch",
        ),
        (f"http://127.0.0.1:9/{TOKEN}", list(_LEFT_OUT), "fine", "uncompressed"),
        (f"http://127.0.0.1:9/{TOKEN}", list(_LEFT_OUT)[1:], "warning", "without fine-grained streaming (CLAUDE"),
    ],
)
def test_what_it_changes(url: str, names: list[str], severity: str, says: str, tmp_path: Path) -> None:
    settle(tmp_path, "settings.local.json", {"env": {"ANTHROPIC_BASE_URL": url, **dict.fromkeys(names, "true")}})
    (found,) = check_changes(patient(tmp_path))
    assert (found.severity, says in found.message) == (severity, True), found.message


def test_what_does_not_run_is_not_measured(tmp_path: Path) -> None:
    assert list(check_served(patient(tmp_path))) == []
    name_it(tmp_path, f"http://127.0.0.1:9/{TOKEN}")
    (found,) = check_served(patient(tmp_path))
    assert (found.severity, "not measured" in found.message) == ("fine", True)


def test_commands_alone_need_no_monitor(tmp_path: Path) -> None:
    settle(tmp_path, "settings.json", {"hooks": registered()})
    assert look(tmp_path).severity == "fine"
