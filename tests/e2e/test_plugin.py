"""The repository as a plugin, in the real client: it validates, loads from its folder and from a marketplace, and its hooks fire."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from finestream.simulator.scenes import CALM
from finestream.simulator.script import Route, Script, Text, ToolUse, Turn
from finestream.simulator.server import Request, serve
from tests.e2e.real_client import environment, settle

ROOT = Path(__file__).parents[2]
HOOKS = ROOT / "hooks" / "hooks.json"
AGENTS = {f"finestream:{path.stem}" for path in (ROOT / "agents").glob("*.md")}
COMMANDS = {f"finestream:{path.stem}" for path in (ROOT / "commands").glob("*.md")}
IN_THE_FOLDER = ["--plugin-dir", str(ROOT)]
PARTS = (".claude-plugin", "agents", "bin", "commands", "hooks", "workflows", "README.md", "LICENSE")
NOBODY = "http://127.0.0.1:9"  # without an address the client looks for the real API, and where there is none that takes 18 s
PATIENCE = 90

Json = dict[str, Any]


class Client:
    """The client with a home and a project of its own."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.home, self.project = folder / "home", folder / "project"
        self.project.mkdir(parents=True)
        self.requests: list[Request] = []  # of the last session
        settle(self.home, self.project)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``claude plugin``, which asks nobody."""
        return subprocess.run(
            [str(self.program), "plugin", *arguments],
            cwd=self.project,
            env={**environment(self.home), "ANTHROPIC_BASE_URL": NOBODY},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    async def play(self, turns: Sequence[Turn], *arguments: str, routes: Sequence[Route] = ()) -> list[Json]:
        """Play a session and return the client's messages; ``routes``: what subagents say."""
        command = [
            "-p",
            "go",
            "--permission-mode",
            "acceptEdits",
            "--output-format",
            "stream-json",
            "--verbose",
            "--no-session-persistence",
        ]
        pipe = asyncio.subprocess.PIPE
        async with serve(Script((*routes, Route(tuple(turns))), input_tokens=CALM)) as simulator:
            process = await asyncio.create_subprocess_exec(
                *[str(self.program), *command, *arguments],
                cwd=self.project,
                env={**environment(self.home), "ANTHROPIC_BASE_URL": simulator.url},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
            )
            try:
                out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
            finally:
                if process.returncode is None:
                    process.kill()
        assert process.returncode == 0, err.decode()
        self.requests = simulator.requests
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def client(claude: Path, tmp_path: Path) -> Client:
    return Client(claude, tmp_path)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the plugin is made of. An install copies the whole folder, and a .venv is large."""
    folder = tmp_path / "checkout"
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).is_file():
            shutil.copy(ROOT / name, folder)
    return folder


def init_of(messages: Sequence[Json]) -> Json:
    return next(message for message in messages if message.get("subtype") == "init")


def plugins_of(messages: Sequence[Json]) -> dict[str, str]:
    """The plugins that are not the client's own, with their source."""
    return {each["name"]: each["source"] for each in init_of(messages)["plugins"] if each["path"] != "builtin"}


def hooks_of(messages: Sequence[Json]) -> dict[str, str]:
    """The outcome of each hook event that the client told of."""
    found = [message for message in messages if message.get("subtype") == "hook_response"]
    return {message["hook_event"]: message["outcome"] for message in found}


@pytest.mark.parametrize("target", [".", ".claude-plugin/plugin.json", ".claude-plugin/marketplace.json"])
def test_it_validates_strictly(client: Client, target: str) -> None:
    done = client.manage("validate", "--strict", str(ROOT / target))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation passed" in done.stdout
    # Below workflows/ the client looks for JavaScript: of our YAML there it says nothing.
    assert "workflows/" not in done.stdout


def test_validate_names_every_agent_and_hook(client: Client) -> None:
    told = json.loads(client.manage("validate", "--strict", "--json", str(ROOT)).stdout)
    assert told["success"] is True
    assert {agent["name"] if isinstance(agent, dict) else agent for agent in told["provides"]["agents"]} == AGENTS
    hooks = json.loads(HOOKS.read_text())["hooks"] if HOOKS.exists() else {}
    assert {hook["event"] for hook in told["provides"].get("hooks", [])} == set(hooks)


async def test_it_loads_from_its_folder(client: Client) -> None:
    messages = await client.play([Turn((Text("Hello."),))], *IN_THE_FOLDER)
    assert plugins_of(messages) == {"finestream": "finestream@inline"}
    assert set(init_of(messages)["agents"]) >= AGENTS
    assert set(init_of(messages)["slash_commands"]) >= COMMANDS


async def test_it_installs_from_the_marketplace_and_goes_without_a_trace(client: Client, checkout: Path) -> None:
    for arguments in (["marketplace", "add", str(checkout)], ["install", "finestream@finestream"]):
        done = client.manage(*arguments, "--json")
        assert json.loads(done.stdout)["outcome"] == "ok", done.stdout + done.stderr
    messages = await client.play([Turn((Text("Hello."),))])
    assert plugins_of(messages) == {"finestream": "finestream@finestream"}
    assert set(init_of(messages)["agents"]) >= AGENTS
    assert set(init_of(messages)["slash_commands"]) >= COMMANDS
    assert client.manage("uninstall", "finestream@finestream").returncode == 0
    messages = await client.play([Turn((Text("Hello."),))])
    assert plugins_of(messages) == {}
    assert not AGENTS & set(init_of(messages)["agents"])


async def test_an_agent_of_it_can_be_called(client: Client) -> None:
    call = {"description": "test", "subagent_type": "finestream:qa", "prompt": "TASK: test it.", "run_in_background": False}
    turns = [Turn((ToolUse("Agent", call),)), Turn((Text("Done."),))]
    messages = await client.play(turns, *IN_THE_FOLDER, routes=[Route((Turn((Text("It works."),)),), "TASK: test it.")])
    results = [message["tool_use_result"] for message in messages if message.get("tool_use_result")]
    assert [(result["status"], result["agentType"]) for result in results] == [("completed", "finestream:qa")]


async def test_an_agent_of_the_project_stands_beside_it(client: Client) -> None:
    folder = client.project / ".claude" / "agents"
    folder.mkdir(parents=True)
    (folder / "qa.md").write_text("---\nname: qa\ndescription: Use when needed.\n---\nMine.\n")
    messages = await client.play([Turn((Text("Hello."),))], *IN_THE_FOLDER)
    assert {"qa", "finestream:qa"} <= set(init_of(messages)["agents"])


async def test_its_hooks_fire_and_none_fails(client: Client) -> None:
    """Each event of a session with a call that succeeds and one that fails; the hooks' folder may not be there yet."""
    write = ToolUse("Write", {"file_path": str(client.project / "a.txt"), "content": "a"})
    missing = ToolUse("Read", {"file_path": str(client.project / "nothing.txt")})
    turns = [Turn((write,)), Turn((missing,)), Turn((Text("Done."),))]
    messages = await client.play(turns, *IN_THE_FOLDER, "--include-hook-events")
    assert (client.project / "a.txt").read_text() == "a"
    registered = set(json.loads(HOOKS.read_text())["hooks"]) if HOOKS.exists() else set()
    happened = {"SessionStart", "PreToolUse", "PostToolUse", "PostToolUseFailure", "PostToolBatch"}
    fired = hooks_of(messages)
    assert happened & registered <= set(fired) <= registered
    assert set(fired.values()) <= {"success"}
    if registered:
        journal = (client.project / ".claude" / "finestream" / "events.jsonl").read_text().splitlines()
        assert {json.loads(line)["source"] for line in journal} == {"hook"}
