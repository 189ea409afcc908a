"""The permanent monitor with the real client: sessions in a project whose settings name it, whatever happens to its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from finestream.journal import EVENTS, FOLDER, Damage, read_records
from finestream.simulator.background import running
from finestream.simulator.scenes import Call, code, many, one
from finestream.simulator.script import Fault, Script
from finestream.simulator.server import Simulator
from tests.e2e.real_client import environment, settle
from tests.permanent.arranging import address, arrange, health, kept, kill_monitor, signed, until_replaced

TEXT = code(6000)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project, and a home in which the client asks nothing."""
    folder = tmp_path / "project"
    folder.mkdir()
    settle(tmp_path / "home", folder)
    return folder


@contextmanager
def monitored(project: Path, script: Script) -> Iterator[Simulator]:
    """Let the project's settings name its permanent monitor, in front of a simulator."""
    with running(script) as upstream:
        arrange(project, upstream.url)
        variables = {"ANTHROPIC_BASE_URL": address(project), "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1"}
        (project / ".claude" / "settings.local.json").write_text(json.dumps({"env": variables}))
        with kept(project):
            yield upstream


def session(claude: Path, project: Path, prompt: str = "go", tools: str = "Write") -> subprocess.Popen[str]:
    """Begin a session. Its messages are lines of JSON."""
    command = [str(claude), "-p", prompt, "--permission-mode", "acceptEdits", "--allowedTools", tools]
    command += ["--output-format", "stream-json", "--verbose"]
    # Before it reads its settings it looks around at the address of its environment; without one it would look for the real API.
    known = {**environment(project.parent / "home"), "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=project, env=known, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)


def messages(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """Wait for the end of a session; it has to be a good one."""
    with process:
        out, err = process.communicate(timeout=120)
    found = [json.loads(line) for line in out.splitlines()]
    assert (process.returncode, found[-1]["is_error"], err) == (0, False, ""), (out[-1000:], err)
    return found


def retries(found: list[dict[str, Any]]) -> int:
    return sum(message.get("subtype") == "api_retry" for message in found)


def torn(project: Path) -> int:
    """How many lines of the journal are not whole; what was streamed is in the others."""
    damage = Damage()
    records = list(read_records(project / FOLDER / EVENTS, damage=damage))
    assert [record["outcome"] for record in records if record["event"] == "tool_input"][-1:] == ["complete"]
    return damage.lines


def until_generating(project: Path, upstream: Simulator, characters: int) -> None:
    """Wait until the answer that is being streamed has come so far."""
    while not upstream.requests or upstream.requests[-1].generated < characters:
        health(project)


def test_a_session_runs_and_a_broken_stream_is_not_noticed(claude: Path, project: Path) -> None:
    (project / ".claude").mkdir()
    (project / ".claude" / "finestream.yaml").write_text("backoff: [0s]\n")
    file = project / "a.txt"
    with monitored(project, one("Write", {"file_path": str(file), "content": TEXT}, fault=Fault("reset", at=3000))) as upstream:
        found = messages(session(claude, project))
        body: Any = upstream.requests[0].body
        assert any("eager_input_streaming" in tool for tool in body["tools"])
    assert retries(found) == 0
    assert file.read_text() == TEXT
    assert any(record["event"] == "recovery" for record in read_records(project / FOLDER / EVENTS))


def test_a_worker_that_is_killed_in_mid_stream_costs_one_retry_of_the_client(claude: Path, project: Path) -> None:
    file = project / "a.txt"
    script = replace(one("Write", {"file_path": str(file), "content": TEXT}), tokens_per_second=800.0)
    with monitored(project, script) as upstream:
        process = session(claude, project)
        until_generating(project, upstream, 2000)
        os.kill(health(project)["pid"], signal.SIGKILL)
        found = messages(process)
        assert [request.kind for request in upstream.requests] == ["first", "first", "first"]
    assert retries(found) == 1
    assert file.read_text() == TEXT
    assert torn(project) == 0


def test_a_supervisor_that_is_killed_in_mid_stream_is_not_noticed(claude: Path, project: Path) -> None:
    """The worker hands the address on, and carries its stream to the end."""
    file = project / "a.txt"
    script = replace(one("Write", {"file_path": str(file), "content": TEXT}), tokens_per_second=800.0)
    with monitored(project, script) as upstream:
        process = session(claude, project)
        until_generating(project, upstream, 2000)
        before = health(project)
        os.kill(int((project / FOLDER / "monitor.lock").read_text()), signal.SIGKILL)
        found = messages(process)
        assert health(project)["pid"] != before["pid"]
    assert retries(found) == 0
    assert file.read_text() == TEXT


def test_supervisor_and_worker_that_are_killed_in_mid_stream_cost_one_retry_of_the_client(claude: Path, project: Path) -> None:
    """No hook runs meanwhile: their successor has the address open again before the client's first retry."""
    file = project / "a.txt"
    script = replace(one("Write", {"file_path": str(file), "content": TEXT}), tokens_per_second=800.0)
    with monitored(project, script) as upstream:
        process = session(claude, project)
        until_generating(project, upstream, 2000)
        (supervisor,) = signed(project)
        kill_monitor(project)
        with (project / FOLDER / EVENTS).open("ab") as journal:
            journal.write(b'{"event": "tool_input", "text": "killed in the middle of')
        until_replaced(project, supervisor)
        found = messages(process)
    assert retries(found) == 1
    assert file.read_text() == TEXT
    assert torn(project) == 1  # the next line has begun afresh


def test_supervisor_and_worker_that_are_killed_during_a_tool_call_are_not_noticed(claude: Path, project: Path) -> None:
    """The tool ends when there is another monitor; the client goes to the same address."""
    pipe = project.parent / "pipe"
    os.mkfifo(pipe)
    with monitored(project, one("Bash", {"command": f"cat {pipe}", "description": "Wait"})) as upstream:
        process = session(claude, project, tools="Bash")
        with pipe.open("w") as tool:  # opened when the tool reads
            (supervisor,) = signed(project)
            kill_monitor(project)
            until_replaced(project, supervisor)
            tool.write("It is done.")
        found = messages(process)
        assert [request.ended for request in upstream.requests] == ["complete", "complete"]
    assert retries(found) == 0
    assert any("It is done." in json.dumps(message) for message in found if message["type"] == "user")


def test_two_sessions_at_once_share_one_monitor(claude: Path, project: Path) -> None:
    calls = [Call("Write", {"file_path": str(project / "one.txt"), "content": TEXT})]
    script = replace(many(calls), tokens_per_second=1500.0)
    with monitored(project, script) as upstream:
        pid = health(project)["pid"]
        both = [session(claude, project, prompt) for prompt in ("one", "two")]
        while health(project)["streams"] < 2:
            pass
        assert [retries(messages(process)) for process in both] == [0, 0]
        assert health(project)["pid"] == pid
        assert len(upstream.requests) == 4
    streams = [record for record in read_records(project / FOLDER / EVENTS) if record.get("session_id")]
    assert len({record["session_id"] for record in streams}) == 2
