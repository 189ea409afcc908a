"""Sums, records and lines of all kinds."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from finestream.figures.sums import Sums


def sums() -> st.SearchStrategy[Sums]:
    """Any sums."""
    return st.builds(Sums, *[st.integers(0, 1000)] * len(Sums._fields))


def numbers() -> st.SearchStrategy[Any]:
    """What may stand where a number should."""
    return st.one_of(st.integers(-1, 5), st.integers(2**40 - 1, 2**41), st.sampled_from((None, True, "7", 1.5, [], 10**30)))


def records() -> st.SearchStrategy[dict[str, Any]]:
    """Records of the journal, sound and others."""
    outcomes = ("complete", "continued", "corrected", "surfaced", "cut", "blind", "client_left", "odd", None)
    return st.fixed_dictionaries(
        {
            "timestamp": st.sampled_from(("2026-11-25T10:00:59.999Z", "2026-11-25T10:01:00.000Z", "2026-02-99T10:00:00.000Z", "later", 5)),
            "event": st.sampled_from(("tool_input", "correction", "retry", "cut", "tool_started", None)),
            "agent_from": st.sampled_from(("main", "a\\b", 'a"b', "ä", "", "x" * 300, None, 7)),
            "bytes": numbers(),
            "deltas": st.integers(0, 3),
            "chunks": numbers(),
            "first_chunk_ms": st.sampled_from((None, 2.5)),
            "duration_ms": st.just(7.0),
            "attempts": numbers(),
            "cuts": numbers(),
            "fallbacks": numbers(),
            "spans": st.sampled_from(([], [[["a", 1], 0, 5, "line", 2.5]], [[['", "outcome": "cut"}'], 0, 5, "line", 2.5]])),
            "outcome": st.sampled_from(outcomes),
        },
        optional={"error": st.sampled_from(("incomplete_json", "malformed_json"))},
    )
