"""Lines of the journal: who was speaking to whom."""

from __future__ import annotations

from typing import Any

import pytest
from multidict import CIMultiDict

from finestream.gateway.records import Speaker
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
    "record", [{}, {"tool": None}, {"tool": "Task"}, {"tool": ["Task"]}, {"tool": "Task", "INVALID_JSON": {"omitted": True}}]
)
def test_a_record_without_a_call_has_no_receiver(record: dict[str, Any]) -> None:
    assert Speaker({}, "1").record(Note("cut", record))["agent_to"] is None


def test_a_note_that_knows_the_receiver_is_believed() -> None:
    assert Speaker({}, "1").record(Note("tool_input", {"tool": "Task", "agent_to": "tester"}))["agent_to"] == "tester"
