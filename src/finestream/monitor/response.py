"""What is known of a response when it is over, as a record. PURE. It is for whoever counts responses; the journal tells of tool inputs."""

from __future__ import annotations

from finestream.events import Json
from finestream.monitor.state import Phase, State

_OUTCOMES = {Phase.DONE: "complete", Phase.CUT: "cut", Phase.BLIND: "blind"}


def response_row(state: State, began: float) -> Json:
    """Return the record of a response.

    Args:
        began: When upstream had begun to answer, on the clock of the monitor.
    """
    first = state.first_chunk
    return {
        "requested": state.request.model,
        "model": state.model,
        "usage": state.total_usage(),
        "stop_reason": state.last_reason,
        "requests": 1 + state.requests,
        "first": None if first is None else max(0.0, first - began),
        "outcome": _OUTCOMES.get(state.phase, "client_left"),
    }
