"""Agents by name. PURE. Its one law: an id whose name no record tells stays the id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Names:
    """Agent id to agent type, learned from the records that pass by."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._types = dict(known or {})

    def learn(self, record: Mapping[str, Any]) -> None:
        """Take note of a subagent's type."""
        agent_id, agent_type = record.get("agent_id"), record.get("agent_type")
        if isinstance(agent_id, str) and agent_id and isinstance(agent_type, str) and agent_type:
            self._types[agent_id] = agent_type

    def name(self, agent: object) -> str:
        """Return the name of an agent that is given by id or by name; nothing is the empty text."""
        return self._types.get(agent, agent) if isinstance(agent, str) else ""

    def ids(self, word: str) -> list[str]:
        """Return the ids of the agents in whose name a word stands."""
        return [agent for agent, name in self._types.items() if word.casefold() in name.casefold()]
