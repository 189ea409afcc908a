"""Records as gateway and hooks write them, for the tests of what is made of them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
TEXT = '{"file_path": "docs/a.md", "content": "one\\ntwo'


def at(seconds: float, **fields: Any) -> Json:
    """A record of the call t1, so many seconds into a certain minute."""
    return {"timestamp": f"2026-11-25T10:00:{seconds:06.3f}Z", **fields}


def gateway(seconds: float, event: str, **fields: Any) -> Json:
    who = {"stream": "8080-1", "session_id": "s1", "agent_id": "a17", "agent_from": "a17", "agent_to": None}
    return at(seconds, **{"event": event, **who, "tool": "Write", "tool_use_id": "t1", **fields})


def hook(seconds: float, event: str, **fields: Any) -> Json:
    who = {"source": "hook", "session_id": "s1", "agent_id": "a17", "agent_from": "writer", "agent_to": None}
    return at(seconds, **{"event": event, **who, "tool": "Write", "tool_use_id": "t1", **fields})


def tool_input(seconds: float, outcome: str = "complete", **fields: Any) -> Json:
    spans = [[["file_path"], 14, 25, "member", 100.0], [["content"], 38, 60, "text", 900.0]]
    figures = {"target": "docs/a.md", "bytes": 100, "deltas": 9, "chunks": 2, "first_chunk_ms": 100.0, "duration_ms": 1000.0, "attempts": 0}
    return gateway(seconds, "tool_input", **{**figures, "spans": spans, "outcome": outcome, **fields})


def row(seconds: float, event: str = "recovery", **fields: Any) -> Json:
    figures = {"error": "network_interruption", "bytes_received": len(TEXT), "checkpoint": 40, "path": "$.content", "action": "continue"}
    tokens = {"tokens_used": 20, "tokens_needed": 50, "attempt": 1}
    return gateway(seconds, event, **{**figures, **tokens, "outcome": "recovered", "INVALID_JSON": TEXT, **fields})


def correction(seconds: float, **fields: Any) -> Json:
    change = {"rule": "dropped_trailing_comma", "offset": 20, "path": "$", "before": ",", "after": ""}
    told = {"error": "malformed_json", "offset": 21, "location": "chunk_2_line_1", "reason": "trailing-comma", "tokens_needed": 20}
    done = {"auto_fixed": "dropped_trailing_comma", "changes": [change], "changes_in_total": 1, "after": '{"file_path": "b"}'}
    return row(seconds, "correction", **{**told, **done, "action": "corrected", "outcome": "corrected", "attempt": None, **fields})


def rejected(seconds: float, **fields: Any) -> Json:
    """What a hook writes of an input that the client did not run."""
    figures = {"error": "malformed_json", "bytes_received": 47, "tokens_used": 12, "tokens_needed": None, "path": "$.content", "offset": 40}
    told = {"reason": "an open string", "action": "surfaced", "outcome": "surfaced", "proposed": None, "attempt": 1}
    return hook(seconds, "input_rejected", **{**figures, **told, **fields})


def refused(seconds: float, **fields: Any) -> Json:
    """What a hook writes of a call with a good input that nobody ran."""
    told = {"outcome": "failed", "latency_ms": None, "size": 98, "error": "call_refused", "error_class": "no_match", "action": "surfaced"}
    return hook(seconds, "tool_ended", **{**told, **fields})
