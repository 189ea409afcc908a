"""A line for each thing that matters, where nothing can be drawn."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.show.milestones import told
from finestream.show.run_view import Milestone
from tests.show.views import EVIL


@pytest.mark.parametrize(
    ("kind", "facts", "line"),
    [
        ("began", {}, "    12.3s  UX designer: begins"),
        ("resumed", {}, "    12.3s  UX designer: goes on"),
        ("received", {"name": "pm", "chunks": 3}, "    12.3s  UX designer: receives the first 3 chunks of PM"),
        (
            "section",
            {"name": "user_flows", "chunks": 3, "size": 2150, "seconds": 4.0},
            "    12.3s  UX designer: User flows complete (3 chunks, 2.1 KB, 4.0s)",
        ),
        ("retry", {"cause": "it broke"}, "    12.3s  UX designer: tries again: it broke"),
        ("done", {"chunks": 1, "size": 5}, "    12.3s  UX designer: done (1 chunk, 5 B, 0.0s)"),
        ("skipped", {}, "    12.3s  UX designer: left out, its condition does not hold"),
        ("failed", {"cause": EVIL, "fix": "Mend it."}, "    12.3s  UX designer: failed: \\x1b[2J\\x07\\u202e日本語 (Mend it.)"),
        ("blocked", {"cause": "it waits"}, "    12.3s  UX designer: blocked: it waits"),
    ],
)
def test_a_line(kind: Any, facts: dict[str, Any], line: str) -> None:
    milestone = Milestone(kind, "ux-designer", 112.34, **facts)
    assert told(milestone, 100.0, "utf-8") == line
    told(milestone, 100.0, "ascii").encode("ascii")


def test_a_moment_before_the_beginning_is_the_beginning() -> None:
    assert told(Milestone("began", "pm", 90.0), 100.0, "utf-8") == "     0.0s  PM: begins"
