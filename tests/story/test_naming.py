"""Agents are called by their names where a record tells them."""

from __future__ import annotations

from finestream.story import Names


def test_a_name_is_learned_and_used() -> None:
    names = Names({"a1": "qa"})
    names.learn({"event": "subagent_started", "agent_id": "a2", "agent_type": "pm"})
    for useless in (
        {},
        {"agent_id": "a3"},
        {"agent_id": "", "agent_type": "x"},
        {"agent_id": "a3", "agent_type": ""},
        {"agent_id": 5, "agent_type": 6},
    ):
        names.learn(useless)
    assert [names.name(agent) for agent in ("a1", "a2", "a3", "main", None, 5)] == ["qa", "pm", "a3", "main", "", ""]


def test_agents_are_found_by_a_word_of_their_name() -> None:
    assert Names({"a1": "QA engineer", "a2": "pm"}).ids("qa") == ["a1"]
