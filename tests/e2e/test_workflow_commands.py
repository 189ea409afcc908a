"""``/quick-flow`` in the real client: the call that the command asks for runs the workflow, and what comes of it is in the session.

Each test listens first: a session in which the model only hears the command. The call is read out of that text, and played in a second one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from finestream.catalog.workflows import Workflow
from finestream.cli.outer import MARKS
from finestream.cli.shelf import AGENTS, WORKFLOWS, definitions, find_volume, load_shelf
from finestream.install import install, load_assets, project_place
from finestream.journal import EVENTS, FOLDER, read_records
from finestream.simulator.background import running
from finestream.simulator.scenes import CALM
from finestream.simulator.script import Route, Script, Text, ToolUse, Turn
from finestream.simulator.server import Request
from finestream.workflow.plan import make_plan
from finestream.workflow.samples import sample, script_of
from tests.cli.starting import FINESTREAM
from tests.e2e.real_client import environment, settle
from tests.install.shipping import order

ROOT = Path(__file__).parents[2]
PLUGIN = ["--plugin-dir", str(ROOT)]
NAMES = sorted(path.stem for path in (ROOT / "workflows").glob("*.yaml"))
# What a shell would carry out or take apart, and what the client would put something in the place of.
REQUEST = (
    'Add a "login" page, isn\'t it: $(touch carried-out) `touch carried-out` $HOME $1 C:\\temp && touch carried-out\n'
    "; touch carried-out\n\n  # ö"
)
PATIENCE = 240

Json = dict[str, Any]


class Project:
    """A project with a home beside it, and a client; ``finestream`` is on the PATH of none of them."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder / "project"
        self.folder.mkdir()
        self.known = environment(folder / "home")
        settle(folder / "home", self.folder)

    def give_a_program(self, folder: Path) -> None:
        """Put a `finestream` there."""
        folder.mkdir(parents=True)
        program = folder / "finestream"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m finestream "$@"\n')
        program.chmod(0o755)

    def play(self, url: str, prompt: str, *arguments: str, before: Sequence[str] = ()) -> list[Json]:
        """Run a session and return the client's messages."""
        start = [*before] or [str(self.program)]
        command = [*start, "-p", prompt, "--output-format", "stream-json", "--verbose", "--no-session-persistence", *arguments]
        known = {**self.known, "ANTHROPIC_BASE_URL": url}
        done = subprocess.run(
            command, cwd=self.folder, env=known, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout[-2000:]
        return [json.loads(line) for line in done.stdout.splitlines()]

    @property
    def runs(self) -> list[Path]:
        return sorted((self.folder / ".claude" / "finestream" / "runs").glob("*/plan.json"))


@pytest.fixture
def project(claude: Path, tmp_path: Path) -> Project:
    return Project(claude, tmp_path)


def texts_of(request: Request) -> str:
    """Everything that the model is told in the messages of a request."""
    body: Any = request.body
    contents = [message["content"] for message in body["messages"]]
    blocks = [block for content in contents for block in ([{"text": content}] if isinstance(content, str) else content)]
    return "\n".join(text for block in blocks for text in (block.get("text"), block.get("content")) if isinstance(text, str))


def call_of(told: str) -> ToolUse:
    """The call of Bash that the text of a command asks for."""
    found = re.search(
        r"Call Bash with this command.*?`run_in_background: (true)` and `timeout: (\d+)`.*?\n```bash\n(.*?)\n```\n", told, re.DOTALL
    )
    assert found, told
    return ToolUse("Bash", {"command": found[3], "run_in_background": True, "timeout": int(found[2]), "description": "Run the workflow"})


def heard(project: Project, prompt: str, *arguments: str) -> ToolUse:
    """Listen to what the command says."""
    with running(Script((Route((Turn((Text("Hello."),)),)),), input_tokens=CALM)) as upstream:
        project.play(upstream.url, prompt, *arguments)
        (request,) = upstream.requests
    return call_of(texts_of(request))


def routes_of(name: str, project: Path) -> tuple[Route, ...]:
    """What the agents of a workflow say."""
    shelf = load_shelf(AGENTS, project)
    workflow = find_volume(load_shelf(WORKFLOWS, project), WORKFLOWS, name).definition
    assert isinstance(workflow, Workflow)
    plan = make_plan(workflow, definitions(shelf), REQUEST, shipped=frozenset(each.name for each in shelf), is_streaming=True)
    documents = {step: sample(assignment, 500) for step, assignment in plan.assignments.items()}
    return script_of(plan, documents).routes


def script(project: Project, *turns: Turn) -> Script:
    """The session's own turns, and the agents of quick-flow."""
    return Script((*routes_of("quick-flow", project.folder), Route(turns)), input_tokens=CALM)


RUNS, ENDED = Turn((Text("It runs."),)), Turn((Text("It has ended."),))


@pytest.mark.parametrize("flavour", ["plugin", "installed"])
def test_the_command_runs_the_workflow_and_the_session_hears_of_its_end(flavour: str, project: Project, tmp_path: Path) -> None:
    if flavour == "plugin":
        prompt, arguments = f"/finestream:quick-flow {REQUEST}", PLUGIN
        project.give_a_program(project.folder / ".venv" / "bin")
    else:
        prompt, arguments = f"/quick-flow {REQUEST}", []
        project.give_a_program(tmp_path / "bin")
        project.known["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{project.known['PATH']}"
        install(project_place(project.folder, project.known), order(load_assets(ROOT.joinpath)), project.known)
    call = heard(project, prompt, *arguments)
    with running(script(project, Turn((call,)), RUNS, ENDED)) as upstream:
        messages = project.play(upstream.url, prompt, *arguments)
        last = texts_of(upstream.requests[-1])
    results = [message for message in messages if message["type"] == "result"]
    assert [(result["result"], result["permission_denials"]) for result in results] == [("It runs.", []), ("It has ended.", [])]
    assert "completed (exit code 0)" in last
    (plan,) = project.runs
    assert json.loads(plan.read_text())["plan"]["request"] == f"{REQUEST}\n"
    assert not list(project.folder.rglob("carried-out"))
    assert sorted(path.name for path in (plan.parent / "documents").iterdir()) == ["developer.json", "qa.json"]
    (output,) = re.findall("<output-file>(.*?)</output-file>", last)
    shown = Path(output).read_text()
    assert f"{plan.parent.name}: quick-flow, completed" in shown
    # The run's sessions are nobody's children: none of them has put its name down with the session around the run.
    assert list((Path(output).parents[1] / "started").iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_workflow_has_its_command(name: str, project: Project) -> None:
    call = heard(project, f"/finestream:{name} Add a login page", *PLUGIN)
    first, *request, last = str((call.input or {})["command"]).splitlines()
    assert first == f"finestream run {name} - <<'{last}'"
    assert request == ["Add a login page"]


def test_a_session_behind_a_monitor_has_its_runs_watched_once(project: Project) -> None:
    """Otherwise its own monitor would stand behind the run's, and write everything down again."""
    project.give_a_program(project.folder / ".venv" / "bin")
    prompt = "/finestream:quick-flow Add a login page"
    lead = ["--agents", json.dumps({"lead": {"description": "Leads.", "prompt": "You lead."}}), "--agent", "lead"]
    call = heard(project, prompt, *PLUGIN)
    with running(script(project, Turn((call,)), RUNS, ENDED)) as upstream:
        project.play(upstream.url, prompt, *PLUGIN, *lead, before=[*FINESTREAM, "claude", "--"])
    assert len(project.runs) == 1
    records = [record for record in read_records(project.folder / FOLDER / EVENTS) if record["event"] == "tool_input"]
    calls = Counter((record["agent_from"], record["tool_use_id"]) for record in records)
    assert set(calls.values()) == {1}
    assert {agent for agent, _ in calls} == {"lead", "developer", "qa"}


def test_all_that_the_client_tells_its_children_of_itself_is_known(project: Project) -> None:
    """A newer client may tell more."""
    harmless = {
        "CLAUDE_CODE_ENTRYPOINT",
        "CLAUDE_CODE_EXECPATH",
        "COREPACK_ENABLE_AUTO_PIN",
        "GIT_EDITOR",
        "NoDefaultCurrentDirectoryInExePath",
    }
    of_the_shell = {"OLDPWD", "PWD", "SHELL", "SHLVL", "_"}
    call = ToolUse("Bash", {"command": "env -0 > told", "description": "Look"})
    with running(Script((Route((Turn((call,)), ENDED)),), input_tokens=CALM)) as upstream:
        project.play(upstream.url, "go", "--allowedTools", "Bash")
    told = {entry.partition("=")[0] for entry in (project.folder / "told").read_text().split("\0") if entry}
    added = told - {*project.known, "ANTHROPIC_BASE_URL"} - harmless - of_the_shell
    assert {"CLAUDECODE", "CLAUDE_CODE_SESSION_ID"} <= added <= set(MARKS)
