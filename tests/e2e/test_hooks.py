"""The hooks in sessions of the real client: what they say reaches the model's next request, and every call is in the journal."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from finestream.simulator.script import Block, Route, ToolUse, Turn
from tests.e2e.cases import keep
from tests.e2e.conftest import Install
from tests.e2e.harness import Case, Played, Session, ended_badly, play
from tests.e2e.test_malformed import spoilt

CUT = '{"file_path": "docs/a.md", "content": "one\\ntwo'


def case(*blocks: Block) -> Case:
    """A turn that is not meant to leave anything behind."""
    return Case("", lambda folder: blocks, lambda folder: None)


def told(played: Played) -> list[str]:
    """What the hooks have told the models, in the order of their requests."""
    found: list[str] = []
    for request in played.requests:
        assert isinstance(request.body, dict)
        for message in request.body["messages"]:
            content = message["content"]
            texts = [content] if isinstance(content, str) else [str(block.get("text", block.get("content"))) for block in content]
            found += [text for text in texts if "finestream" in text and text not in found]
    return found


async def alone(claude: Path, tmp_path: Path, session: Session) -> Played:
    """Play a session with the hooks and without the gateway, so that nothing is mended."""
    played = await play(claude, tmp_path, replace(session, is_direct=True))
    assert not [record for record in played.events if record["event"] == "hook_fault"]
    return played


async def test_the_model_hears_what_became_of_its_call(claude: Path, tmp_path: Path, install: Install) -> None:
    cases = [
        case(ToolUse("Write", raw=CUT)),
        case(ToolUse("Edit", raw='{"file_path": "docs/a.md", "old_string": "a\nb", "new_string": "c",}')),
        case(ToolUse("Write", {"file_path": "docs/a.md"})),
        case(ToolUse("Wrote", {"a": 1})),
        case(ToolUse("mcp__keeper__keep", {"id": "x", "document": {"INVALID_JSON": "y"}})),
        keep("good", 1),
    ]
    played = await alone(claude, tmp_path, Session(cases, prepare=install))
    assert list(ended_badly(played)) == []
    cut, corrected, misfit, unknown, denied = told(played)
    assert "cut in line 2 of content" in cut
    assert '{"file_path": "docs/a.md", "old_string": "a\\nb", "new_string": "c"}' in corrected
    assert "file_path (a string of 9 characters)" in misfit
    assert "no tool called Wrote" in unknown
    assert "INVALID_JSON, the wrapper" in denied
    errors = [(record["error"], record["tool"], record["attempt"]) for record in played.errors if record["error"] != "wrapped_json"]
    expected = [
        ("incomplete_json", "Write", 1),
        ("malformed_json", "Edit", 1),
        ("schema_invalid", "Write", 2),
        ("unknown_tool", "Wrote", 1),
    ]
    assert errors == expected
    assert played.errors[0]["INVALID_JSON"] == CUT
    last = played.results[-1]["tool_use_id"]
    calls = [(record["event"], record.get("outcome")) for record in played.events if record.get("tool_use_id") == last]
    assert calls == [("tool_started", None), ("tool_ended", "ok")]
    lives = [record["event"] for record in played.events]
    assert (lives[0], lives[-1]) == ("session_started", "session_ended")


async def test_a_loop_is_ended_for_who_is_in_it_alone(claude: Path, tmp_path: Path, install: Install) -> None:
    bad = Turn((ToolUse("Write", raw=CUT),))
    agent = {"description": "d", "subagent_type": "general-purpose", "prompt": "TASK loop", "run_in_background": False}
    cases = [case(ToolUse("Agent", agent)), keep("between", 1), *[case(ToolUse("Write", raw=CUT))] * 4]
    routes = [Route((bad,) * 5, "TASK loop")]
    played = await alone(claude, tmp_path, Session(cases, routes=lambda folder: routes, prepare=install))
    final = played.messages[-1]
    assert (final["type"], final["terminal_reason"]) == ("result", "hook_stopped")
    stopped = [record for record in played.events if record["event"] == "loop_stopped"]
    assert [(record["agent_from"], record["agent_id"] is None) for record in stopped] == [("general-purpose", False), ("main", True)]
    assert [record["attempt"] for record in played.errors] == [1, 2, 3] * 2
    started = [record for record in played.events if record["event"] == "tool_started" and record["tool"] == "Agent"]
    assert [(record["agent_from"], record["agent_to"]) for record in started] == [("main", "general-purpose")]
    assert "Write was rejected 3 times in a row" in json.dumps(played.messages)


async def test_the_model_hears_once_what_the_gateway_has_mended(claude: Path, tmp_path: Path, install: Install) -> None:
    cases = [spoilt(keep("mended", {"text": "some words"}), "trailing_comma"), keep("after", 1)]
    played = await play(claude, tmp_path, Session(cases, prepare=install))
    assert list(ended_badly(played)) == []
    [said] = told(played)
    assert "was corrected before it ran (dropped_trailing_comma" in said
