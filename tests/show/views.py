"""Views of runs, for tests of how they are shown."""

from __future__ import annotations

from typing import Any

from finestream.show.run_view import AgentView, RunView, Section, Usage

EVIL = "\x1b[2J\x07\u202e日本語"


def section(name: str, chunks: int = 1, *, is_complete: bool = True, **facts: Any) -> Section:
    known = {"size": 2150, "seconds": 1.6, "fill": 1.0 if is_complete else 0.42, **facts}
    return Section(name, chunks, is_complete=is_complete, **known)


def agent(step: str, state: Any = "waiting", **facts: Any) -> AgentView:
    known: dict[str, Any] = {
        "doing": "",
        "sections": (),
        "members": 3,
        "received": (),
        "awaited": (),
        "receivers": (),
        "seconds": 0.0,
        "streaming": 0.0,
        "fill": 0.0,
        "usage": Usage(),
        "attempt": 0,
        "cause": "",
        "fix": "",
        **facts,
    }
    return AgentView(step=step, state=state, **known)


def run(*agents: AgentView, **facts: Any) -> RunView:
    known: dict[str, Any] = {"seconds": 34.5, "chunks": 42, "size": 38 * 1024, "together": (), "overlapped": 0.0, "usage": Usage(), **facts}
    return RunView("standard-flow", "Design complete e-commerce architecture", agents, **known)
