"""``finestream claude`` with the real client: its requests come by here whatever its settings say, and arrive as they should."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from finestream.journal import ERRORS, FOLDER, read_records
from finestream.simulator.background import running
from finestream.simulator.scenes import code, one
from finestream.simulator.script import Fault, Route, Script, Text, Turn
from tests.cli.starting import FINESTREAM
from tests.e2e.real_client import environment, settle

NOWHERE = "http://127.0.0.1:9"
SCRIPT = Script((Route((Turn((Text("Hello from the model."),)),)),))


@pytest.fixture
def project(tmp_path: Path, claude: Path) -> Path:
    """A project; ``claude`` is on the PATH of nobody, so the one in the wheel is taken, or it is the one on PATH itself."""
    project = tmp_path / "project"
    project.mkdir()
    settle(tmp_path / "home", project)
    return project


def run(project: Path, *arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a session in ``project``, whose home next to it has been settled."""
    command = [*FINESTREAM, "claude", *arguments]
    known = {**environment(project.parent / "home"), **variables}
    return subprocess.run(command, cwd=project, env=known, input=stdin, capture_output=True, text=True, timeout=120, check=False)


def api(url: str) -> str:
    return json.dumps({"env": {"ANTHROPIC_BASE_URL": url, "CLAUDE_CODE_MAX_RETRIES": "0"}})


def test_a_prompt_in_a_pipe_is_answered_and_a_fault_is_not_noticed(project: Path) -> None:
    """The whole way: upstream from the environment, the agent's name from the arguments, the journal in the project."""
    text = code(4000)
    agents = json.dumps({"architect": {"description": "Designs.", "prompt": "You design."}})
    with running(one("Write", {"file_path": str(project / "a.txt"), "content": text}, fault=Fault("reset", at=2000))) as upstream:
        (project / ".claude").mkdir()
        (project / ".claude" / "finestream.yaml").write_text("backoff: [0s]\n")
        arguments = ["--agents", agents, "--agent", "architect", "--permission-mode", "acceptEdits", "-p"]
        done = run(project, "--", *arguments, stdin="write it", ANTHROPIC_BASE_URL=upstream.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Done.\n", "")
    assert (project / "a.txt").read_text() == text
    (row,) = read_records(project / FOLDER / ERRORS)
    assert (row["agent_from"], row["tool"], row["outcome"]) == ("architect", "Write", "recovered")
    assert all("x-finestream-agent" not in request.headers for request in upstream.requests)
    body: Any = upstream.requests[0].body
    assert sum("eager_input_streaming" in tool for tool in body["tools"]) > 5


@pytest.mark.parametrize("where", ["user", "old", "project", "local", "option", "file"])
def test_no_settings_lead_past_the_monitor(where: str, project: Path) -> None:
    """Each of these would send the client elsewhere by itself; only the user's own may say where finestream sends it on."""
    home = project.parent / "home"
    (project / ".claude").mkdir()
    with running(SCRIPT) as upstream, running(SCRIPT) as other:
        is_trusted = where in ("user", "old", "option", "file")
        settings = api(upstream.url if is_trusted else other.url)
        files = {
            "user": home / ".claude" / "settings.json",
            "old": home / ".claude" / ".claude.json",
            "project": project / ".claude" / "settings.json",
            "local": project / ".claude" / "settings.local.json",
            "file": project / "mine.json",
        }
        known = {"ANTHROPIC_BASE_URL": other.url if is_trusted else upstream.url}
        if where in files:
            content = json.loads(files[where].read_text()) if files[where].exists() else {}
            files[where].write_text(json.dumps(content | json.loads(settings)))
        arguments = {"option": ["--settings", settings], "file": ["--settings", "mine.json"]}.get(where, [])
        done = run(project, "--", "-p", "hi", *arguments, **known)
        assert (done.returncode, done.stdout) == (0, "Hello from the model.\n"), done.stderr
        assert [request.kind for request in upstream.requests] == ["first"]
        assert other.requests == []
        # Without the monitor it would not carry this (facts 7.4).
        body: Any = upstream.requests[0].body
        assert any("eager_input_streaming" in tool for tool in body["tools"])


def test_an_unreachable_upstream_is_shown_by_the_client(project: Path) -> None:
    done = run(project, "--upstream", NOWHERE, "--", "-p", "hi", CLAUDE_CODE_MAX_RETRIES="0")
    assert done.returncode == 1
    assert "API Error: 502 finestream: the upstream API cannot be reached" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"), [(["--version"], "(Claude Code)"), (["mcp", "list"], "No MCP servers"), (["--help"], "Usage: claude")]
)
def test_what_asks_no_model_works_too(arguments: list[str], says: str, project: Path) -> None:
    done = run(project, "--", *arguments)
    assert done.returncode == 0
    assert says in done.stdout
