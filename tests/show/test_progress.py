"""A run is shown as the mission shows it, on every terminal: nothing is wider or higher than it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.show.look import Look
from finestream.show.progress import picture
from finestream.show.run_view import AgentView, Received, RunView, Usage
from finestream.show.titles import title
from tests.show.views import EVIL, agent, run, section

ARCHITECT = agent(
    "architect",
    "working",
    doing="handing",
    sections=(section("system_overview", seconds=0.8), section("api_endpoints", 3, is_complete=False)),
    received=(Received("orchestrator", 2, True), Received("pm", 1, False)),
    receivers=("developer", "qa"),
    members=4,
    seconds=2.5,
    fill=0.6,
    usage=Usage(1000, 70, 0.4),
)
DONE = agent("orchestrator", "done", sections=(section("plan"),), receivers=("architect",), seconds=3.0, streaming=2.3, fill=1.0)
FAILED = agent("devops", "failed", cause=f"the API answers 400: {EVIL} " * 4, fix="Mend it.", seconds=1.0)
STATES = (
    DONE,
    ARCHITECT,
    FAILED,
    agent("pm", "skipped"),
    agent("ux-designer", "listening", awaited=("pm",), seconds=1.0),
    agent("security-architect", "retrying", attempt=2, cause=""),
    agent("analyst", "blocked", cause="it needs the document of devops"),
    agent("developer", awaited=("architect", "ux-designer")),
    agent("qa", awaited=("developer",)),
    agent(EVIL, "working", doing=EVIL, sections=(section(EVIL, is_complete=False, fill=0.0),)),
)
TEN = run(*STATES, together=("architect", EVIL), overlapped=18.2, usage=Usage(12345, 678, 0.42))


def shown(view: RunView, width: int = 100, height: int | None = None, encoding: str = "utf-8") -> list[str]:
    return [row.plain for row in picture(view, Look(width, height, encoding))]


def test_an_agent_that_hands_on() -> None:
    assert shown(run(DONE, ARCHITECT, together=("architect",), overlapped=1.2), 80) == [
        "━" * 80,
        "standard-flow: Design complete e-commerce architecture",
        "━" * 80,
        "Orchestrator: Done (3.0s at work)",
        "  ✅ Plan [██████████] 1.6s  1 chunk, 2.1 KB",
        "  ↓  Routing to Architect",
        "  ✅ Complete document streamed, 1 section, 2.1 KB (2.3s)",
        "",
        "Architect: Streaming API endpoints... [██████░░░░] (2.5s at work)",
        "  📥 Orchestrator: 2 chunks received, complete",
        "  📥 PM: 1 chunk received, more to come",
        "  ✅ System overview [██████████] 0.8s  1 chunk, 2.1 KB",
        "  ⏳ API endpoints   [████░░░░░░] 1.6s  3 chunks, 2.1 KB",
        "     2 sections may follow",
        "  ↓  Routing to Developer, QA",
        "━" * 80,
        "1 of 2 agents done · 42 chunks, 38.0 KB handed on · 34.5s",
        "1.2s of work overlapped",
    ]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (agent("qa"), "Waiting"),
        (agent("qa", awaited=("pm", "developer")), "Waiting for PM, Developer"),
        (agent("qa", "listening"), "Starting..."),
        (agent("qa", "listening", awaited=("pm",)), "Waiting for more from PM"),
        (agent("qa", "working", doing="reading"), "Starting..."),
        (agent("qa", "working", doing="reading", received=(Received("pm", 1, False),)), "Receiving PM..."),
        (agent("qa", "working", doing="thinking"), "Thinking..."),
        (agent("qa", "working", doing="writing"), "Writing..."),
        (agent("qa", "working"), "Starting..."),
        (agent("qa", "working", doing="Read"), "Using Read..."),
        (agent("qa", "working", doing="handing"), "Streaming..."),
        (agent("qa", "working", doing="handing", sections=(section("test_plan"),)), "Streaming Test plan..."),
        (agent("qa", "retrying", attempt=2), "Trying again (2)..."),
        (agent("qa", "done"), "Done"),
        (agent("qa", "skipped"), "Left out, its condition does not hold"),
        (agent("qa", "failed"), "Failed"),
        (agent("qa", "blocked"), "Blocked"),
    ],
)
def test_what_an_agent_does_is_said_in_its_head_and_in_its_line(view: AgentView, said: str) -> None:
    assert shown(run(view), 71)[3] == f"QA: {said}"
    folded = shown(run(view, *[agent("a", awaited=("b",))] * 9, ARCHITECT), height=22)
    assert any(f"QA: {said}" in row for row in folded) or view.state in ("waiting", "done", "skipped")


def test_a_cause_is_told_whole() -> None:
    told = "".join(row.strip() for row in shown(run(replace(FAILED, cause="0123456789" * 20)), 40))
    assert "0123456789" * 20 in told and "Mend it." in told


def test_the_usage_of_an_agent_where_there_is_room_for_it() -> None:
    assert "1,000 tokens read, 70 written, $0.40" in shown(run(ARCHITECT), 140)[3]
    assert "tokens" not in shown(run(ARCHITECT), 80)[3]


def test_it_folds_step_by_step_until_it_fits() -> None:
    frames = list(dict.fromkeys(tuple(shown(TEN, 100, height)) for height in range(60, 3, -1)))
    spaced, folded, _, grouped, *_, lines, groups = frames[:8]
    assert [len(frame) for frame in frames] == sorted({len(frame) for frame in frames}, reverse=True)
    assert "  ✅ Plan [██████████] 1.6s  1 chunk, 2.1 KB" in spaced and "" in spaced
    assert "✅ Orchestrator: Done, 1 section, 2.1 KB (2.3s)" in folded and "💤 QA: Waiting for Developer" in folded
    assert "💤 2 agents waiting: Developer, QA" in grouped and "✅ 1 agent done: Orchestrator" in grouped
    assert "⏳ Architect: Streaming API endpoints... [███░░░]" in lines
    assert f"⏳ 2 agents working: Architect, {title(EVIL)}" in groups
    assert frames[-1][-1] == f"at work together: Architect, {title(EVIL)} · 18.2s of work overlapped"


@pytest.mark.parametrize("width", [1, 7, 20, 40, 71, 72, 119, 120, 300])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_ten_agents_in_all_states_on_every_terminal(width: int, encoding: str) -> None:
    for height in (None, 1, 2, 5, 10, 13, 17, 22, 30, 50):
        rows = picture(TEN, Look(width, height, encoding))
        assert max(row.cell_len for row in rows) <= width
        assert height is None or len(rows) <= height
        for row in rows:
            row.plain.encode(encoding)
            assert not set(row.plain) & set("\x1b\x07\u202e\n")


@given(st.lists(st.sampled_from(STATES), max_size=12), st.integers(40, 300), st.integers(1, 50))
def test_any_agents_fit_anywhere(agents: list[AgentView], width: int, height: int) -> None:
    rows = picture(run(*agents), Look(width, height))
    assert len(rows) <= height and max(row.cell_len for row in rows) <= width


def test_where_only_ascii_is_shown() -> None:
    assert [row for row in shown(run(ARCHITECT), 80, None, "ascii") if not row.isascii()] == []
    assert "  .. API endpoints   [####......] 1.6s  3 chunks, 2.1 KB" in shown(run(ARCHITECT), 80, None, "ascii")
