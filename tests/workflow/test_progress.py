"""Progress is what was told: every figure of a run that is known, and no order of telling that breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as told_with
from hypothesis import strategies as st

from finestream.show.run_view import AgentView, Milestone, Received, RunView, Usage
from finestream.workflow.progress import NEARLY, Progress
from tests.workflow.telling import a_run, began, given, part, plain, plan, turn

Told = tuple[str, dict[str, Any]]
RUN = a_run(100.0)
MORE: list[Told] = [
    ("qa", given(103, {"architect": 2, "nobody": 1})),
    ("qa", plain("lost", 103)),
    ("qa", plain("retry", 104, cause="it broke", attempt=1)),
    ("qa", began(105, is_fresh=False)),
    ("qa", plain("failed", 106, cause="it broke", fix="Mend it.")),
    ("qa", plain("again", 107)),
    ("qa", plain("blocked", 108, cause="it needs the document of developer")),
    ("qa", plain("invented", 109)),
    ("nobody", plain("done", 110)),
]


def progress(*told: Told, since: float | None = None) -> Progress:
    made = Progress(plan(), since)
    for step, entry in told:
        made.take(step, entry)
    return made


def seen(*told: Told, now: float = 200.0, since: float | None = None) -> RunView:
    return progress(*told, since=since).view(now)


def agent(step: str, *told: Told, now: float = 200.0) -> AgentView:
    return next(each for each in seen(*told, now=now).agents if each.step == step)


def test_before_anything_was_told() -> None:
    view = seen()
    assert (view.seconds, view.done, view.chunks, view.together, view.usage) == (0.0, 0, 0, (), Usage())
    assert [each.state for each in view.agents] == ["waiting"] * 3
    assert [each.awaited for each in view.agents] == [(), ("architect",), ("architect", "developer")]


def test_a_whole_run() -> None:
    view = seen(*RUN)
    assert (view.workflow, view.done, view.chunks, view.size, view.seconds) == ("quick-flow", 3, 3, 303, 8.0)
    assert view.overlapped == 2.0  # the developer from 3 s, while the architect worked from 1 s to 5 s
    assert view.usage == Usage(1030, 85, 1.25)
    architect, developer, qa = view.agents
    assert [(each.name, each.chunks, each.size, each.seconds, each.fill) for each in architect.sections] == [
        ("overview", 1, 100, 0.0, 1.0),
        ("api_endpoints", 1, 200, 2.5, 1.0),
    ]
    assert (architect.seconds, architect.streaming, architect.size, architect.fill, architect.members) == (4.0, 2.5, 300, 1.0, 2)
    assert (developer.seconds, developer.received, developer.awaited) == (5.0, (Received("architect", 2, True),), ())
    assert developer.usage == Usage(30, 15, 0.75)  # the client tells what the session has cost, not the turn
    assert (qa.state, qa.seconds) == ("skipped", 0.0)


def test_in_the_middle_of_it() -> None:
    view = seen(*RUN[:8], now=104.25)
    architect, developer, _ = view.agents
    assert (view.seconds, view.together, view.overlapped) == (4.25, ("architect", "developer"), 1.25)
    assert (architect.state, architect.doing, architect.current) == ("working", "handing", architect.sections[1])
    assert (architect.sections[1].fill, architect.fill) == (0.2, 0.3)
    assert (developer.doing, developer.received) == ("reading", (Received("architect", 1, False),))


@pytest.mark.parametrize(
    ("told", "state", "doing"),
    [
        ([], "waiting", ""),
        ([began(1)], "listening", ""),
        ([began(1), given(2)], "working", "reading"),
        ([began(1), given(2), plain("working", 3, doing="Read")], "working", "Read"),
        ([began(1), given(2), plain("handing", 3)], "working", "handing"),
        ([began(1), given(2), turn(3)], "listening", ""),
        ([began(1), given(2), plain("retry", 3, cause="x", attempt=1)], "retrying", ""),
        ([began(1), given(2), plain("retry", 3, cause="x", attempt=1), began(4)], "listening", ""),
        ([began(1), given(2), plain("failed", 3, cause="x", fix="y")], "failed", ""),
        ([plain("failed", 3, cause="x", fix="y"), plain("again", 4)], "waiting", ""),
        ([plain("blocked", 3, cause="x")], "blocked", ""),
    ],
)
def test_the_states_of_an_agent(told: list[dict[str, Any]], state: str, doing: str) -> None:
    view = agent("architect", *(("architect", entry) for entry in told))
    assert (view.state, view.doing) == (state, doing)


def test_a_bar_is_full_only_when_its_section_is_complete() -> None:
    more = part(1, 1, "api_endpoints", "item", 0, "9" * 5000)
    view = agent("architect", ("architect", more))
    assert (view.sections[0].fill, view.fill) == (NEARLY, NEARLY)
    ended = part(2, 2, "api_endpoints", "end", 1)
    assert agent("architect", ("architect", more), ("architect", ended)).sections[0].fill == 1.0


def test_a_section_that_is_replaced_counts_once_and_what_was_told_counts_twice() -> None:
    told = [("architect", part(1, 1, "overview", text='"a"')), ("architect", part(2, 2, "overview", text='"bcd"'))]
    view = seen(*told)
    assert (view.agents[0].sections[0].size, view.size, view.chunks) == (5, 8, 2)


def test_a_session_that_is_taken_up_tells_its_whole_cost_again_unless_it_has_forgotten_it() -> None:
    def costs(*told: dict[str, Any]) -> float | None:
        return seen(*(("architect", entry) for entry in told)).usage.cost

    assert costs(began(1, "a"), turn(2, 1.0), began(3, "a", is_fresh=False), turn(4, 1.5)) == 1.5
    assert costs(began(1, "a"), turn(2, 1.0), began(3, "b"), turn(4, 1.5)) == 2.5
    assert costs(began(1, "a"), turn(2, 1.0), began(3, "a", is_fresh=False), turn(4, 0.5)) == 1.5
    assert costs(began(1, "a"), turn(2)) is None


def test_a_message_that_was_lost_has_not_been_received() -> None:
    told = [RUN[4], ("developer", given(103, {"architect": 1})), ("developer", plain("lost", 104))]
    assert agent("developer", *told).received == ()


def test_a_run_that_is_taken_up_counts_from_then_and_its_dead_time_is_no_work() -> None:
    view = seen(*RUN[:8], now=5010.0, since=5000.0)
    assert (view.seconds, view.together) == (10.0, ())
    assert [each.seconds for each in view.agents] == [3.0, 0.0, 0.0]
    again = seen(*RUN[:8], ("architect", began(5001.0, is_fresh=False)), ("architect", given(5002.0)), now=5010.0, since=5000.0)
    assert [each.seconds for each in again.agents] == [11.0, 0.0, 0.0]


def test_what_is_worth_a_line() -> None:
    made = Progress(plan())
    lines = [milestone for step, entry in RUN for milestone in made.take(step, entry)]
    assert [(each.kind, each.step, each.name) for each in lines] == [
        ("began", "architect", ""),
        ("section", "architect", "overview"),
        ("began", "developer", ""),
        ("received", "developer", "architect"),
        ("section", "architect", "api_endpoints"),
        ("done", "architect", ""),
        ("section", "developer", "notes"),
        ("done", "developer", ""),
        ("skipped", "qa", ""),
    ]
    assert lines[3] == Milestone("received", "developer", 103.0, "architect", chunks=1)
    assert lines[5] == Milestone("done", "architect", 105.0, chunks=2, size=300, seconds=2.5)
    assert made.take(*RUN[-2]) == []  # told again


def test_troubles_are_worth_a_line() -> None:
    made = Progress(plan())
    lines = [milestone for step, entry in MORE for milestone in made.take(step, entry)]
    assert [(each.kind, each.cause, each.fix) for each in lines] == [
        ("received", "", ""),
        ("retry", "it broke", ""),
        ("resumed", "", ""),
        ("failed", "it broke", "Mend it."),
        ("blocked", "it needs the document of developer", ""),
    ]


def test_parts_that_come_too_early_wait_for_those_before_them() -> None:
    parts = [each for each in RUN if each[0] == "architect" and each[1]["kind"] == "part"]
    made = progress(parts[2], parts[1])
    assert made.view(200).chunks == 0
    assert [each.name for each in made.take(*parts[0])] == ["overview", "api_endpoints"]
    assert made.take(*parts[1]) == [] and made.view(200).chunks == 2


@told_with(st.lists(st.sampled_from(RUN + MORE)), st.none() | st.integers(90, 120), st.integers(0, 300))
def test_no_order_and_no_repetition_breaks_it(told: list[Told], since: float | None, now: float) -> None:
    view = seen(*told, since=since, now=now)
    assert view.seconds >= 0 and view.overlapped >= 0 and view.done <= 3
    for each in view.agents:
        assert each.seconds >= 0 and each.streaming >= 0
        assert all((section.fill == 1.0) == section.is_complete for section in each.sections)


@told_with(st.permutations([each for each in RUN if each[1]["kind"] == "part"]))
def test_parts_in_any_order_come_to_the_same(told: list[Told]) -> None:
    def documents(view: RunView) -> list[list[tuple[str, int, int]]]:
        return [[(section.name, section.chunks, section.size) for section in each.sections] for each in view.agents]

    assert documents(seen(*told)) == documents(seen(*RUN))


def test_the_hours_of_each_agent_are_those_that_its_seconds_are_counted_from() -> None:
    made = progress(*RUN)
    hours = made.hours(200.0)
    assert {step: sum(end - start for start, end in spells) for step, spells in hours.items()} == {
        each.step: each.seconds for each in made.view(200.0).agents
    }
