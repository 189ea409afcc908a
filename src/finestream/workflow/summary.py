"""What came of a run, in figures. PURE. Its one law: every figure is folded from the ledgers, and what was not measured is None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from finestream.workflow.ledger import Ledger

_TOKENS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


def summarize(run: str, workflow: str, request: str, ledgers: Mapping[str, Ledger]) -> dict[str, Any]:
    """Return the summary of a run as JSON values. Times are seconds; a cost is in US dollars, as the client says it."""
    agents = {step: _agent(ledger) for step, ledger in ledgers.items()}
    begun = [ledger.times["began"] for ledger in ledgers.values() if "began" in ledger.times]
    ended = [ledger.times["last"] for ledger in ledgers.values() if "last" in ledger.times]
    return {
        "run": run,
        "workflow": workflow,
        "request": request,
        "state": state_of(ledgers.values()),
        "began": min(begun, default=None),
        "seconds": max(ended) - min(begun) if begun and ended else None,
        "cost": _sum(agent["cost"] for agent in agents.values()),
        "agents": agents,
    }


def state_of(ledgers: Iterable[Ledger]) -> str:
    """Return ``completed``, ``partial``, or ``interrupted`` where some step is neither through nor stuck."""
    states = {ledger.state for ledger in ledgers}
    if states <= {"done", "skipped"}:
        return "completed"
    return "interrupted" if states & {"waiting", "working"} else "partial"


def _agent(ledger: Ledger) -> dict[str, Any]:
    times = ledger.times
    usages = [turn["usage"] for turn in ledger.turns if turn.get("usage")]
    return {
        "state": ledger.state,
        "cause": ledger.cause or None,
        "fix": ledger.fix or None,
        "session": ledger.session,
        "turns": len(ledger.turns),
        "chunks": len(ledger.document.chunks),
        "bytes": sum(part.size for part in ledger.document.parts),
        "started": _between(times, "began", "given"),
        "seconds": _between(times, "given", "last"),
        "until_first_chunk": _between(times, "given", "part"),
        "usage": {name: _sum(usage.get(name) for usage in usages) for name in _TOKENS},
        "cost": ledger.cost,
    }


def _between(times: Mapping[str, float], first: str, second: str) -> float | None:
    return times[second] - times[first] if first in times and second in times else None


def _sum(values: Iterable[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
