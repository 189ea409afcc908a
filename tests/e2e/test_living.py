"""A life in a user's project, with the real client: installed beside foreign hooks, used by agents whose calls break, read, taken out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from finestream.simulator.background import running
from finestream.simulator.script import Fault, Route, Script, Text, ToolUse, Turn
from tests.cli.starting import PYTHONPATH
from tests.e2e.real_client import environment, settle
from tests.install.shipping import contents

Json = dict[str, Any]
TEXT = "".join(f"line {number} of what has to be written down\n" for number in range(40))
FOREIGN = {"hooks": [{"type": "command", "command": 'echo "$CLAUDE_PROJECT_DIR" >> "$CLAUDE_PROJECT_DIR/foreign.txt"'}]}
EVENTS = ("PreToolUse", "PostToolUse", "PostToolUseFailure", "PostToolBatch", "SubagentStop", "SessionStart")


def calls(folder: Path, who: str) -> tuple[Turn, ...]:
    """What one agent does: good calls, and between them one of each kind that breaks."""
    names = iter(f"{who} {number}.txt" for number in range(9))

    def write(*faults: Fault, spoil: str = "", **content: object) -> Turn:
        document = json.dumps({"file_path": str(folder / next(names)), **(content or {"content": TEXT})})
        return Turn((ToolUse("Write", raw=document[:-1] + spoil + "}"),), faults)

    cut = Fault("max_tokens", at=900, closes=True)
    missing = Turn((ToolUse("Read", {"file_path": str(folder / f"{who} nowhere.txt")}),))
    misfit = write(contents="x")
    return (write(), write(spoil=","), write(), write(cut), write(), misfit, missing)


def script(folder: Path) -> Script:
    task = {"description": "test it", "subagent_type": "qa", "prompt": "TASK qa: test it", "run_in_background": False}
    agent = Turn((ToolUse("Agent", task),))
    done = Turn((Text("Done."),))
    return Script((Route((*calls(folder, "qa"), done), "TASK qa"), Route((*calls(folder, "main"), agent, done))), input_tokens=1000)


class Project:
    """A project with settings, hooks and an agent of its own, and a home for its user."""

    def __init__(self, root: Path, claude: Path) -> None:
        self.folder, self.home, self.claude = root / "a pröject", root / "home", claude
        (self.folder / ".claude" / "agents").mkdir(parents=True)
        settle(self.home, self.folder)
        settings = {"permissions": {"allow": ["Write"]}, "hooks": {event: [FOREIGN] for event in EVENTS}}
        (self.folder / ".claude" / "settings.json").write_text(json.dumps(settings, indent="\t", ensure_ascii=False))
        (self.folder / ".claude" / "agents" / "mine.md").write_text("---\nname: mine\ndescription: Mine.\n---\nMine.\n")
        self.known = {**environment(self.home), "PYTHONPATH": PYTHONPATH, "CLAUDE_CODE_MAX_OUTPUT_TOKENS": "32000"}

    def finestream(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "finestream", *arguments]
        return subprocess.run(command, cwd=self.folder, env=self.known, capture_output=True, text=True, timeout=60, check=True).stdout

    def play(self, url: str) -> Json:
        """Play the session, in front of the API at ``url`` unless the settings say otherwise; return the client's result."""
        command = [str(self.claude), "-p", "go", "--permission-mode", "acceptEdits", "--output-format", "json"]
        known = {**self.known, "ANTHROPIC_BASE_URL": url, "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=known, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=True
        )
        result: Json = json.loads(done.stdout)
        return result

    def logged(self) -> list[Json]:
        """What the log tells of the calls."""
        found = [json.loads(line) for line in self.finestream("logs", "--json").splitlines()]
        return [record for record in found if record["event"] == "call"]


# What becomes of the calls of each agent, in their order: the outcome, why an input was refused, what was mended.
GOOD, MISFIT, MISSING = ("ok", None, None), ("refused", "schema_invalid", None), ("failed", None, None)
ALONE = [GOOD, ("refused", "malformed_json", None), GOOD, ("refused", "incomplete_json", None), GOOD, MISFIT, MISSING]
MENDED = [GOOD, ("ok", None, "corrected"), GOOD, ("ok", None, "continued"), GOOD, MISFIT, MISSING]
_CALL = r"finestream: the input of Write\([^)]*/{{who}} {number}\.txt\)"
SAID = {
    True: (
        _CALL.format(number=2) + " was no valid JSON, and nothing was done. It has one reading",
        r"finestream: 900 bytes of the input of Write\([^)]*/{who} 4\.txt\) arrived, then it was cut in line \d+ of content",
        _CALL.format(number=0) + " does not fit the tool",
    ),
    False: (
        r"finestream: the input of this Write call did not parse as you wrote it and was corrected before it ran \(dropped_trailing_comma",
        r"finestream: the input of this Write call was cut at \$.content while you wrote it \(incomplete_json\) and was continued there",
        _CALL.format(number=0) + " does not fit the tool",
    ),
}


@pytest.mark.parametrize(("arguments", "became"), [((), ALONE), (("--monitor",), MENDED)], ids=["hooks alone", "behind the monitor"])
def test_living_in_a_users_project(arguments: tuple[str, ...], became: list[object], claude: Path, tmp_path: Path) -> None:
    project = Project(tmp_path, claude)
    before = contents(project.folder)
    with running(script(project.folder)) as api:
        project.finestream("install", *arguments, *(["--upstream", api.url] if arguments else []))
        assert project.play(api.url)["is_error"] is False
        check_log(project.logged(), became)
        check_told([json.dumps(request.body) for request in api.requests], became)
    fired = (project.folder / "foreign.txt").read_text().splitlines()
    assert len(fired) > 2 * len(became) and set(fired) == {str(project.folder)}
    written = {path.name for path in project.folder.glob("* *.txt")}
    assert written == {f"{who} {number}.txt" for who in ("main", "qa") for number in ((1, 3, 5) if became is ALONE else (1, 2, 3, 4, 5))}
    assert {path.read_text() for path in project.folder.glob("* *.txt")} == {TEXT}
    project.finestream("uninstall")
    for path in project.folder.glob("*.txt"):
        path.unlink()
    assert contents(project.folder) == before


def check_log(logged: list[Json], became: list[object]) -> None:
    """Each call is there once, under the name of whoever made it."""
    told = {
        who: [
            (call["outcome"], call["refused"], call["mended"]) for call in logged if call["agent_from"] == who and call["tool"] != "Agent"
        ]
        for who in ("main", "qa")
    }
    assert told == {"main": became, "qa": became}
    assert [(call["agent_from"], call["agent_to"], call["outcome"]) for call in logged if call["tool"] == "Agent"] == [("main", "qa", "ok")]
    assert {call["agent_to"] for call in logged if call["tool"] != "Agent"} == {None}
    assert {call["agent_id"] is None for call in logged if call["agent_from"] == "main"} == {True}
    assert len({call["agent_id"] for call in logged if call["agent_from"] == "qa"}) == 1


def check_told(bodies: Sequence[str], became: list[object]) -> None:
    """Each model has heard in its own conversation, and once, what became of each of its calls that broke."""
    for who in ("main", "qa"):
        conversation = max((body for body in bodies if f"/{who} 0.txt" in body), key=len)
        for said in SAID[became is ALONE]:
            assert len(re.findall(said.format(who=who), conversation)) == 1, (who, said)
