"""Lines of the journal: who was speaking to whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from multidict import CIMultiDict

from finestream.gateway.records import Speaker, receiver
from finestream.monitor import Note


@pytest.mark.parametrize(
    ("headers", "agent_id", "agent_from"),
    [
        ({}, None, "main"),
        ({"X-Claude-Code-Agent-Id": "a17"}, "a17", "a17"),
        ({"X-Finestream-Agent": "reviewer"}, None, "reviewer"),
        ({"x-claude-code-agent-id": "a17", "x-finestream-agent": "reviewer"}, "a17", "a17"),
        ({"x-claude-code-agent-id": ""}, "", "main"),
    ],
)
def test_the_speaker_is_told_by_the_headers(headers: dict[str, str], agent_id: str | None, agent_from: str) -> None:
    record = Speaker(CIMultiDict(headers), "8080-1").record(Note("cut", {}))
    assert (record["agent_id"], record["agent_from"], record["session_id"]) == (agent_id, agent_from, None)


def test_a_record_holds_the_note_and_the_speaker() -> None:
    speaker = Speaker(CIMultiDict({"X-Claude-Code-Session-Id": "s1"}), "8080-1")
    note = Note("recovery", {"tool": "Task", "INVALID_JSON": '{"subagent_type": "tester", "pro', "outcome": "recovered"}, True)
    assert speaker.record(note) == {
        "event": "recovery",
        "stream": "8080-1",
        "session_id": "s1",
        "agent_id": None,
        "agent_from": "main",
        "agent_to": "tester",
        "tool": "Task",
        "INVALID_JSON": '{"subagent_type": "tester", "pro',
        "outcome": "recovered",
    }
    assert speaker.record(Note("cut", {}))["event"] == "cut"  # nothing of one record gets into the next
    assert "outcome" not in speaker.record(Note("cut", {}))


@pytest.mark.parametrize(
    ("tool", "text", "expected"),
    [
        ("Agent", '{"subagent_type":"a-b", "x', "a-b"),
        ("Task", '{"description": "x", "subagent_type" : "b"', "b"),
        ("SendMessage", '{"to": "lead", "m', "lead"),
        ("handoff", '{"agent_to": "c"', "c"),
        ("mcp__team__handoff", '{"agent_to": "c"', "c"),
        ("mcp__team__handoff_all", '{"agent_to": "c"', None),
        ("myhandoff", '{"agent_to": "c"', None),
        ("Write", '{"to": "lead"', None),
        ("SendMessage", '{"to": "le', None),
        ("SendMessage", '{"to": ""', None),
        ("SendMessage", '{"to": 5', None),
        ("SendMessage", json.dumps({"text": '"to": "x"', "to": "lead"}), "lead"),
        ("SendMessage", "", None),
        ("", '{"to": "x"', None),
    ],
)
def test_the_receiver_is_told_by_the_input(tool: str, text: str, expected: str | None) -> None:
    assert receiver({"tool": tool, "INVALID_JSON": text}) == expected


@pytest.mark.parametrize(
    "record", [{}, {"tool": None}, {"tool": "Task"}, {"tool": ["Task"]}, {"tool": "Task", "INVALID_JSON": {"omitted": True}}]
)
def test_a_record_without_a_call_has_no_receiver(record: dict[str, Any]) -> None:
    assert receiver(record) is None
