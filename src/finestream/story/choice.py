"""Which records and stories are wanted. PURE. Its one law: what can be told from the line is told before the line is parsed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finestream.story.moment import parse_moment
from finestream.story.naming import Names
from finestream.story.story import Story

_NAMING = b"subagent_started"  # read whatever is wanted: it says who an agent is


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for; None is everything. ``since`` is in seconds since 1970."""

    agent: str | None = None
    tool: str | None = None
    session: str | None = None
    since: float | None = None

    def may_want(self, line: bytes) -> bool:
        """Whether a line can be of interest. Sessions and tools are spelled in it as they are given; one whose spelling differs is kept."""
        return _NAMING in line or all(word in line for word in self._words)

    @property
    def _words(self) -> list[bytes]:
        given = [text for text in (self.tool, self.session) if text]
        return [text.encode() for text in given if json.dumps(text) == f'"{text}"']

    def wants_record(self, record: Mapping[str, Any], names: Names) -> bool:
        """Whether a record is wanted."""
        agents = (record.get("agent_from"), record.get("agent_id"), record.get("agent_to"), record.get("agent_type"))
        return (
            self._wants_moment(parse_moment(record.get("timestamp")))
            and self._wants(self.tool, record.get("tool"))
            and self._wants_session(record.get("session_id"))
            and self._wants_agent(agents, names)
        )

    def wants_story(self, story: Story, names: Names) -> bool:
        """Whether a story is wanted."""
        return (
            self._wants_moment(story.ended)
            and self._wants(self.tool, story.tool)
            and self._wants_session(story.session_id)
            and self._wants_agent((story.agent_from, story.agent_id, story.agent_to), names)
        )

    def _wants_moment(self, moment: float | None) -> bool:
        return self.since is None or (moment is not None and moment >= self.since)

    def _wants_session(self, session: object) -> bool:
        return self.session is None or (isinstance(session, str) and session.startswith(self.session))

    @staticmethod
    def _wants(wanted: str | None, found: object) -> bool:
        return wanted is None or found == wanted

    def _wants_agent(self, agents: tuple[object, ...], names: Names) -> bool:
        return self.agent is None or self.agent in agents or self.agent in map(names.name, agents)
