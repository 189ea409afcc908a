"""``finestream watch`` beside sessions of the real client: a long Write grows, a cut is seen, a subagent's stream is told apart."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from finestream.simulator.background import running
from finestream.simulator.script import Fault, Route, Script, Text, ToolUse, Turn
from tests.cli.starting import FINESTREAM
from tests.e2e.cases import source
from tests.e2e.real_client import environment, settle

PACE = 1500.0  # tokens a second: the longer file takes some seconds


def played(project: Path) -> Script:
    """The main agent writes a file whose stream is cut, and has a subagent write another one."""
    told = {"description": "write a file", "subagent_type": "architect", "run_in_background": False, "prompt": "TASK: write theirs.py"}
    ours = ToolUse("Write", {"file_path": str(project / "ours.py"), "content": source(16_000)})
    theirs = ToolUse("Write", {"file_path": str(project / "theirs.py"), "content": source(8_000, 1)})
    main = Route((Turn((ours,), (Fault("reset", at=8_000),)), Turn((ToolUse("Agent", told),)), Turn((Text("Done."),))))
    return Script((Route((Turn((theirs,)), Turn((Text("It is there."),))), "TASK:"), main), tokens_per_second=PACE)


def test_streams_of_a_session_are_seen_while_they_are_written(tmp_path: Path, claude: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    settle(tmp_path / "home", project)
    known = environment(tmp_path / "home")
    subprocess.run([*FINESTREAM, "install"], cwd=project, env=known, check=True, capture_output=True, timeout=60)
    arguments = ["--", "-p", "write", "--permission-mode", "acceptEdits", "--allowedTools", "Agent"]
    watching = [*FINESTREAM, "watch", "--json", "--text"]
    with (
        running(played(project)) as upstream,
        subprocess.Popen(watching, cwd=project, env=known, stdout=subprocess.PIPE, text=True) as watch,
    ):
        session = [*FINESTREAM, "claude", *arguments]
        variables = {**known, "ANTHROPIC_BASE_URL": upstream.url}
        done = subprocess.run(session, cwd=project, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        watch.terminate()
        assert watch.stdout
        events = [json.loads(line) for line in watch.stdout]
    assert (done.returncode, done.stdout, done.stderr) == (0, "Done.\n", "")
    assert (project / "ours.py").read_text() == source(16_000)
    assert (project / "theirs.py").read_text() == source(8_000, 1)
    ours, theirs = (of_file(events, str(project / name)) for name in ("ours.py", "theirs.py"))
    for one, agent in ((ours, "main"), (theirs, "architect")):
        sizes = [event["bytes"] for event in one]
        assert len(set(sizes)) > 5
        assert {event["agent"] for event in one} == {agent}
        assert {event["kind"] for event in one} == {"claude"}
        assert any(event.get("text") for event in one)
    assert {(event["attempt"], event["attempts"]) for event in ours if event["state"] == "continuing"} == {(1, 2)}
    assert [event["outcome"] for event in (ours[-1], theirs[-1])] == ["continued", "complete"]
    assert len({event["session_id"] for event in (*ours, *theirs)}) == 1


def of_file(events: list[dict[str, Any]], target: str) -> list[dict[str, Any]]:
    return [event for event in events if event.get("target") == target]
