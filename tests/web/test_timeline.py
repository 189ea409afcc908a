"""A run as lanes: what was written down, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.web.timeline import MOST_MARKS, timeline
from tests.workflow.shipped import plans

PLAN = plans()["quick-flow"]
FIRST, SECOND = PLAN.assignments
BEGUN = 1_795_690_000.0
Json = dict[str, Any]


def entry(kind: str, at: float, **fields: Any) -> Json:
    return {"kind": kind, "at": BEGUN + at, **fields}


def began(at: float, session: str) -> Json:
    return entry("began", at, session=session, is_fresh=True)


def given(at: float, **upto: int) -> Json:
    return entry("given", at, upto=upto, outcomes={}, marker=str(at))


def part(at: float, number: int, form: str = "item") -> Json:
    return entry("part", at, number=number, member="plan", form=form, place=number - 1, text="é" * number, replaces=None)


def turn(at: float) -> Json:
    return entry("turn", at, usage=None, cost=None)


RUN = {
    FIRST: [began(0, "s1"), given(0), entry("handing", 1), part(2, 1), part(3, 2), part(6, 3, "end"), turn(6), entry("done", 6)],
    SECOND: [
        began(0.5, "s2"),
        given(2.5, **{FIRST: 1}),
        given(4, **{FIRST: 2}),
        entry("handing", 7),
        part(8, 1),
        turn(9),
        entry("done", 9),
    ],
}


def record(event: str, at: float, session: str = "s1", **fields: Any) -> Json:
    return {"timestamp": f"2026-11-26T10:46:{40 + at:06.3f}Z", "event": event, "session_id": session, "bytes_received": 9, **fields}


def drawn(entries: dict[str, list[Json]] | None = None, *records: Json, now: float = 0.0) -> Json:
    return timeline(PLAN, RUN if entries is None else entries, records, now)


def marks(lane: Json) -> list[tuple[str, float, str]]:
    return [(mark["kind"], round(mark["at"] - BEGUN, 3), mark["label"]) for mark in lane["marks"]]


def test_agents_that_work_at_once_overlap() -> None:
    told = drawn()
    first, second = told["lanes"]
    assert (told["began"], told["ended"]) == (BEGUN, BEGUN + 9)
    assert (first["spells"], second["spells"]) == ([[BEGUN, BEGUN + 6]], [[BEGUN + 2.5, BEGUN + 9]])
    assert (told["overlapped"], told["peak"]) == (3.5, 2)
    assert (first["work"], second["work"]) == (6.0, 6.5)
    assert (first["step"], first["state"], first["given"], second["given"]) == (FIRST, "done", BEGUN, BEGUN + 2.5)


def test_chunks_are_marks_and_the_end_of_a_part_is_none() -> None:
    first, _ = drawn()["lanes"]
    assert marks(first) == [("chunk", 2, "chunk 1: plan, 2 bytes"), ("chunk", 3, "chunk 2: plan, 4 bytes")]


def test_the_first_that_a_receiver_is_told_is_an_arrow_and_a_handoff() -> None:
    told = drawn()
    assert told["told"] == [{"sender": FIRST, "receiver": SECOND, "at": BEGUN + 2.5}]
    [handoff] = told["handoffs"]
    assert (handoff["sender"], handoff["receiver"], handoff["first"], handoff["whole"]) == (FIRST, SECOND, 1.5, 5.0)
    assert told["firsts"] == [1.5, 1.5]


def test_what_stood_in_the_way_is_a_fault_and_what_was_tried_again_a_recovery() -> None:
    more = [
        entry("retry", 4, attempt=1, cause="too busy"),
        entry("lost", 4.5),
        entry("failed", 5, cause="no key", fix="x"),
        entry("again", 6),
        entry("blocked", 7, cause=""),
    ]
    lane = drawn({FIRST: [began(0, "s1"), given(0), *more]})["lanes"][0]
    assert marks(lane) == [
        ("fault", 4, "too busy"),
        ("fault", 4.5, "what it was told never arrived"),
        ("fault", 5, "no key"),
        ("recovery", 6, "tried once more"),
        ("fault", 7, "blocked"),
    ]
    assert lane["state"] == "blocked"


def test_the_journal_tells_of_faults_and_recoveries_in_its_sessions() -> None:
    told = drawn(
        None,
        record("cut", 1, error="network_interruption", outcome="pending"),
        record("recovery", 2.5, outcome="recovered"),
        record("recovery", 3, "elsewhere", outcome="recovered"),
        record("tool_input", 4, outcome="complete"),
        {**record("cut", 1), "timestamp": "never"},
    )
    found = [(kind, at) for kind, at, _ in marks(told["lanes"][0]) if kind != "chunk"]
    assert found == [("fault", 1), ("recovery", 2.5)]
    assert told["lanes"][0]["marks"][0]["label"].startswith("cut: network_interruption; 9 bytes arrived")


def test_there_is_an_end_to_marks_and_it_is_said() -> None:
    entries = [began(0, "s1"), given(0), *(part(1 + number / 1000, number) for number in range(1, MOST_MARKS + 6))]
    lane = drawn({FIRST: entries})["lanes"][0]
    assert (len(lane["marks"]), lane["more"]) == (MOST_MARKS, 5)
    assert lane["counts"] == {"chunk": MOST_MARKS + 5, "fault": 0, "recovery": 0}


def test_a_run_in_which_nothing_has_happened_has_no_moments() -> None:
    told = drawn({})
    assert (told["began"], told["ended"], told["told"], told["handoffs"]) == (None, None, [], [])
    assert (told["peak"], told["firsts"], told["lanes"][0]["work"]) == (0, None, None)
    assert [lane["state"] for lane in told["lanes"]] == ["waiting", "waiting"]


@pytest.mark.parametrize(("now", "end"), [(0.0, 4.0), (BEGUN + 20, 20.0)])
def test_who_works_now_has_worked_until_now_and_else_until_it_was_heard_of(now: float, end: float) -> None:
    told = drawn({FIRST: [began(0, "s1"), given(0), part(4, 1)]}, now=now)
    assert told["lanes"][0]["spells"] == [[BEGUN, BEGUN + end]]
    assert told["ended"] == BEGUN + end
