"""What the log tells of a session of the real client is what happened in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from finestream.cli.check import command as check
from finestream.cli.logs import command as logs
from finestream.simulator.script import Fault
from tests.e2e.cases import SMALL, source, write
from tests.e2e.harness import Session, play
from tests.e2e.test_malformed import spoilt


def told(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(logs, ["--project", str(folder), *arguments])
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


async def test_each_call_of_a_session_is_told_with_what_became_of_it(claude: Path, tmp_path: Path) -> None:
    cases = [
        write("whole.py", source(SMALL)),
        write("reset.py", source(SMALL), faults=lambda documents: [Fault("reset", at=1500)]),
        write("limit.py", source(SMALL), faults=lambda documents: [Fault("max_tokens", at=1500)]),
        spoilt(write("comma.py", source(SMALL)), "trailing_comma"),
    ]
    played = await play(claude, tmp_path, Session(cases))
    calls = told(played.folder)
    assert [(Path(call["target"]).name, call["input_outcome"], call["errors"]) for call in calls] == [
        ("whole.py", "complete", []),
        ("reset.py", "continued", ["network_interruption"]),
        ("limit.py", "continued", ["incomplete_json"]),
        ("comma.py", "corrected", ["malformed_json"]),
    ]
    for call, case in zip(calls, cases, strict=True):
        (document,) = case.documents(played.folder)
        assert call["bytes"] == len(document.encode())
        assert call["deltas"] > 1 and call["chunks"] > 1 and call["duration_ms"] >= call["first_chunk_ms"]
        assert call["agent_from"] == "main"
    recovered = CliRunner().invoke(logs, ["--project", str(played.folder), "recover", calls[1]["tool_use_id"], "--parameter", "content"])
    assert recovered.stdout and (played.folder / "reset.py").read_text(encoding="utf-8").startswith(recovered.stdout)
    assert "content is incomplete" in recovered.stderr


async def test_what_the_client_printed_is_judged_as_the_monitor_judged_it(claude: Path, tmp_path: Path) -> None:
    cases = [write("whole.py", source(SMALL)), spoilt(write("comma.py", source(SMALL)), "trailing_comma")]
    played = await play(claude, tmp_path, Session(cases, is_direct=True))
    printed = "".join(json.dumps(message) + "\n" for message in played.messages)
    data = json.loads(CliRunner().invoke(check, ["-", "--json"], input=printed).stdout)
    assert [verdict["state"] for verdict in data["inputs"]] == ["complete", "malformed"]
    assert (data["form"], data["sessions"]) == ("the client's stream-json output", 1)
