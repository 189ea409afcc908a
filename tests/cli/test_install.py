"""``finestream install`` and ``uninstall`` as commands: options, what is told, and the monitor's arrangement."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finestream.cli import installing
from finestream.cli.client import additions
from finestream.cli.main import main
from finestream.install.layout import STATE
from finestream.install.ownership import COMPANIONS
from finestream.journal import FOLDER
from finestream.shipped import folder
from tests.install.shipping import contents, load, ours_in, ship, write


@pytest.fixture(autouse=True)
def project(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, in which the commands run, and files to install."""
    ship(tmp_path / "shipped")
    monkeypatch.setattr(installing, "folder", lambda name: tmp_path / "shipped" / name)
    project = tmp_path / "pr\u00f6ject"
    (project / ".claude").mkdir(parents=True)
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run


Run = Callable[..., tuple[int, str, str]]


def test_what_was_done_is_told_and_the_second_time_nothing_is(run: Run, project: Path) -> None:
    code, out, err = run("install")
    assert (code, err) == (0, "")
    assert "wrote .claude/settings.json\n" in out
    assert "wrote 6 files in .claude/hooks/finestream/\n" in out
    between = contents(project)
    assert run("install") == (0, "Nothing to do: all of it is there already.\n", "")
    assert contents(project) == between
    code, out, err = run("uninstall")
    assert (code, err) == (0, "")
    assert "removed .claude/settings.json\n" in out
    assert contents(project) == {".claude": "folder"}
    assert run("uninstall") == (0, "Nothing to do.\n", "")


def test_json_has_a_list_for_each_kind(run: Run, project: Path) -> None:
    write(project / ".claude" / "agents" / "developer.md", "mine")
    code, out, err = run("install", "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert list(told) == ["written", "unchanged", "removed", "kept", "refused", "warnings"]
    assert ".claude/settings.json" in told["written"]
    assert len(told["refused"]) == 1
    code, out, err = run("install")
    assert err.startswith("finestream: .claude/agents/developer.md is not ours")


@pytest.mark.parametrize(
    ("first", "flags"), [(None, []), ([], ["--statusline"]), (["--monitor"], []), (["--monitor"], ["--monitor", "--statusline"])]
)
@pytest.mark.parametrize(
    "text",
    [None, "", "{}", '{"model": "opus"}', '{\r\n\t"model": "\u00e9"\r\n}\r\n', '{\n  "hooks": {\n    "Stop": []\n  }\n}\n\n'],
)
def test_the_diff_of_a_dry_run_is_exact(
    text: str | None, first: list[str] | None, flags: list[str], run: Run, project: Path, tmp_path: Path
) -> None:
    if text is not None:
        (project / ".claude" / "settings.json").write_bytes(text.encode())
    if first is not None:
        run("install", *first)
    before = contents(project)
    code, diff, _ = run("install", *flags, "--dry-run")
    assert code == 0
    assert contents(project) == before
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    apply(diff, copy)
    applied = contents(copy)
    run("install", *flags)
    private = [name for name in before | contents(project) if name.endswith("settings.local.json") and f"# diff --git a/{name}" in diff]
    told = {
        name: what for name, what in contents(project).items() if ("finestream/" not in name or "hooks" in name) and name not in private
    }
    assert {name: what for name, what in applied.items() if name in told and what != "folder"} == {
        name: what for name, what in told.items() if what != "folder"
    }


def test_the_diff_of_an_uninstallation_is_exact(run: Run, project: Path) -> None:
    (project / ".claude" / "settings.json").write_text('{"model": "opus"}')
    write(project / ".claude" / "finestream" / "events.jsonl", "{}\n")
    run("install", "--monitor")
    code, diff, _ = run("uninstall", "--dry-run")
    assert code == 0
    assert "File a/.claude/finestream/events.jsonl is removed\n" in diff
    assert "differ (private, not shown)" in diff
    apply(diff, project)
    left = [path.name for path in sorted(project.rglob("*")) if path.is_file() and path.parent.name != "finestream"]
    assert left == ["settings.json", "settings.local.json"]  # the other one holds the token, which is not shown
    assert (project / ".claude" / "settings.json").read_text() == '{"model": "opus"}'
    assert json.loads(run("uninstall", "--dry-run", "--json")[1])["diff"]


def apply(diff: str, project: Path) -> None:
    """Apply what git can: private files are only named."""
    subprocess.run(["git", "apply", "-p1", "--whitespace=nowarn"], cwd=project, input=diff.encode(), check=True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--user", "--project", "."], "exclude each other"),
        (["--user", "--monitor"], "a monitor belongs to a project"),
        (["--upstream", "https://x.example.org"], "give --monitor"),
        (["--monitor", "--upstream", "nowhere"], "'--upstream' must be an http or https address"),
        (["--project", "nowhere"], "does not exist"),
    ],
)
def test_wrong_usage(arguments: list[str], says: str, run: Run, project: Path) -> None:
    code, _, err = run("install", *arguments)
    assert code == 2
    assert says in err
    assert contents(project) == {".claude": "folder"}


def test_an_expected_failure_is_one(run: Run, project: Path) -> None:
    write(project / ".claude" / "settings.json", "{,}")
    code, out, err = run("install")
    assert (code, out) == (1, "")
    assert err.startswith(f"finestream: {project}/.claude/settings.json:1:2: expected a name in double quotes, found ',}}'\n  Mend")


def test_the_user_is_installed_for_elsewhere(run: Run, project: Path, home: Path) -> None:
    code, out, _ = run("install", "--user")
    assert code == 0
    assert f"wrote {home}/.claude/settings.json\n" in out
    assert contents(project) == {".claude": "folder"}
    run("uninstall", "--user")
    assert not (home / ".claude").exists()


class TestMonitor:
    """What ``--monitor`` chooses, and what it takes for the user's wish."""

    @pytest.fixture
    def told(self, run: Run, project: Path) -> Callable[..., tuple[Any, Any, str]]:
        def told(*arguments: str) -> tuple[Any, Any, str]:
            code, _, err = run("install", "--monitor", *arguments)
            assert code == 0
            state = load(project / ".claude" / "finestream" / "monitor.json")
            return state, load(project / ".claude" / "settings.local.json")["env"], err

        return told

    def test_port_and_token_stay(self, told: Any, run: Run, project: Path) -> None:
        state, env, err = told()
        assert env == {**COMPANIONS, "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{state['port']}/{state['token']}"}
        assert state["command"] == [sys.executable, "-P", "-m", "finestream", "monitor", "--project", str(project), "--permanent"]
        assert (state["project"], state["upstream"], err) == (str(project), None, "")
        assert told() == (state, env, "")
        assert run("install", "--monitor") == (0, "Nothing to do: all of it is there already.\n", "")
        assert ours_in(load(project / ".claude" / "settings.local.json"))["PreToolUse"] == []

    def test_a_port_that_another_program_has_taken_is_given_up(self, told: Any, project: Path) -> None:
        state, _, _ = told()
        lock = project / ".claude" / "finestream" / "monitor.lock"
        with socket.create_server(("127.0.0.1", state["port"])), lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # it is the monitor itself that has it
            assert told()[0] == state
            fcntl.flock(file, fcntl.LOCK_UN)
            other, env, _ = told()
        assert other["port"] != state["port"]
        assert env["ANTHROPIC_BASE_URL"] == f"http://127.0.0.1:{other['port']}/{state['token']}"

    def test_inside_a_session_of_its_own_it_is_not_its_own_upstream(self, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        state, env, _ = told()
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        assert told() == (state, env, "")

    def test_behind_another_monitor_that_one_is_not_the_upstream(self, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:9/{'x' * 32}")
        assert told()[0]["upstream"] is None

    @pytest.mark.parametrize("where", ["environment", "user", "local", "option"])
    def test_the_api_that_was_asked_stays_behind_it(
        self, where: str, told: Any, monkeypatch: pytest.MonkeyPatch, project: Path, home: Path
    ) -> None:
        url = "https://gateway.example.org"
        setting = {"env": {"ANTHROPIC_BASE_URL": url}}
        if where == "environment":
            monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
        elif where == "user":
            write(home / ".claude" / "settings.json", setting)
        elif where == "local":
            write(project / ".claude" / "settings.local.json", setting)
        state, env, err = told(*(["--upstream", url] if where == "option" else []))
        assert state["upstream"] == url
        told_of = f"finestream: the monitor sends requests on to {url}, as .claude/settings.local.json said\n"
        assert err == (told_of if where == "local" else "")
        assert "ENABLE_TOOL_SEARCH" not in env  # in front of another gateway the client's default stays
        monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
        assert told()[0] == state

    def test_what_the_project_names_is_not_followed(self, told: Any, project: Path) -> None:
        write(project / ".claude" / "settings.json", {"env": {"ANTHROPIC_BASE_URL": "https://x.example.org"}})
        for _ in range(2):
            state, _, err = told()
            assert state["upstream"] is None
            assert "name https://x.example.org as the API, which is not followed" in err
        state, _, err = told("--upstream", "https://x.example.org/")
        assert (state["upstream"], err) == ("https://x.example.org", "")

    def test_local_settings_that_came_with_a_clone_are_the_projects(self, told: Any, project: Path) -> None:
        write(project / ".claude" / "settings.local.json", {"env": {"ANTHROPIC_BASE_URL": "https://x.example.org"}})
        subprocess.run(["git", "init", "-q"], cwd=project, check=True)
        subprocess.run(["git", "add", "-f", ".claude/settings.local.json"], cwd=project, check=True)
        state, _, err = told()
        assert state["upstream"] is None
        assert "name https://x.example.org as the API, which is not followed" in err

    @pytest.mark.parametrize("change", [{"project": "/elsewhere"}, {"port": "80"}, {"token": None}, None])
    def test_an_arrangement_of_somebody_else_is_not_taken_over(self, change: Any, told: Any, project: Path) -> None:
        mine, _, _ = told()
        path = project / ".claude" / "finestream" / "monitor.json"
        write(path, {**mine, "upstream": "https://x.example.org", **(change or {})})
        if change is None:
            path.chmod(0o644)  # as a clone has it
        state, _, _ = told()
        assert state["upstream"] is None
        assert state["token"] != mine["token"]
        assert path.stat().st_mode & 0o777 == 0o600

    def test_what_the_user_has_set_is_left_out(self, told: Any, monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
        write(project / ".claude" / "settings.local.json", {"env": {"ENABLE_TOOL_SEARCH": "false"}})
        monkeypatch.setenv("CLAUDE_ENABLE_BYTE_WATCHDOG", "0")
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org")
        _, env, _ = told()
        assert env["ENABLE_TOOL_SEARCH"] == "false"
        assert "CLAUDE_ENABLE_BYTE_WATCHDOG" not in env
        assert env["NO_PROXY"] == env["no_proxy"] == "127.0.0.1"
        assert told()[1] == env

    def test_another_provider_is_warned_about(self, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CLAUDE_CODE_USE_BEDROCK", "1")
        assert "Amazon Bedrock" in told()[2]


def test_the_rooms_agree_on_names() -> None:
    """The room that installs knows neither the command line nor the journal, and names the same things."""
    added = additions({}, "http://127.0.0.1:1", upstream="https://api.anthropic.com", agent=None)
    assert {name: value for name, value in added.items() if name != "ANTHROPIC_BASE_URL"} == COMPANIONS
    assert Path(".claude", STATE) == FOLDER


def test_the_command_starts_as_a_process(project: Path) -> None:
    """With what is shipped, as far as that is there: the whole way."""
    if not (folder("hooks") / "hooks.json").exists():
        return
    command = [sys.executable, "-m", "finestream", "install", "--json"]
    done = subprocess.run(
        command, cwd=project, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, check=True
    )
    assert ".claude/settings.json" in json.loads(done.stdout)["written"]
