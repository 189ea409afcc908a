"""What the gateway tells its observer, for the tests of what is made of it."""

from __future__ import annotations

from typing import Any

from tests.story.records import correction, row, tool_input

Json = dict[str, Any]
WHO: Json = {"stream": "8080-1", "session_id": "s1", "agent_id": None, "agent_from": "main"}
USAGE = {"input_tokens": 10, "output_tokens": 40, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 5}


def began(**more: Any) -> Json:
    return {**WHO, "at": 1000.0, "waited": 0.25, "carrier": {}, **more}


def ended(**more: Any) -> Json:
    told = {"requested": "claude-x", "model": "claude-y", "usage": USAGE, "stop_reason": "tool_use", "requests": 2, "first": 0.5}
    return {**WHO, **told, "outcome": "complete", "at": 1008.0, **more}


def an_input(outcome: str = "continued", **more: Any) -> Json:
    figures = {"lines": 7, "cuts": 1, "fallbacks": 0, "attempts": 1, "agent_from": "main", "agent_id": None}
    return {**tool_input(1, outcome, **figures), "at": 1005.0, **more}


def a_cut(**more: Any) -> Json:
    return row(1, "cut", **{"outcome": "pending", "agent_from": "main", "agent_id": None, **more})


def a_recovery(**more: Any) -> Json:
    return row(1, "recovery", **{"agent_from": "main", "agent_id": None, **more})


def a_correction(**more: Any) -> Json:
    return correction(1, **{"agent_from": "main", "agent_id": None, **more})
