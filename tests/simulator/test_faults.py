"""Where answers break: every named place, every count, and which of several faults strikes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from finestream.simulator.conversation import Reading
from finestream.simulator.faults import INSIDE, STARTED, STOPPED, WRITTEN, Armed, Cut, arm, find_cut
from finestream.simulator.model import Part
from finestream.simulator.script import Fault, Route, Script, Text, Turn

PARTS = (
    Part("thinking", "t" * 10),
    Part("text", "x" * 20),
    Part("tool_use", "a" * 30, name="A", ordinal=0),
    Part("tool_use", "{}" + "b" * 40, name="B", ordinal=1, start=100, lead=2),
)


def _cut(*faults: Fault, max_tokens: int = 10**6) -> Cut | None:
    return find_cut(PARTS, [Armed(fault, ()) for fault in faults], max_tokens)


def _where(**fields: Any) -> tuple[int, ...] | None:
    cut = _cut(Fault("reset", **fields))
    return None if cut is None else cut[:3]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"at": "before_headers"}, (-2, STARTED, 0)),
        ({"at": "before_message"}, (-1, STARTED, 0)),
        ({"at": "in_thinking"}, (0, INSIDE, 5)),
        ({"at": "in_text"}, (1, INSIDE, 10)),
        ({"at": "before_input"}, (2, STARTED, 0)),
        ({"at": "after_input", "block": 1}, (3, WRITTEN, 0)),
        ({"at": "after_block"}, (2, STOPPED, 0)),
        ({"at": "before_message_stop"}, (4, STARTED, 0)),
        ({"at": "after_input", "block": 2}, None),
        ({"at": 0}, (2, INSIDE, 0)),
        ({"at": 30}, (2, INSIDE, 30)),
        ({"at": 31}, None),
        # The second call is a continuation from offset 100 on, behind an opening of two characters.
        ({"at": 99, "block": 1}, None),
        ({"at": 100, "block": 1}, (3, INSIDE, 2)),
        ({"at": 140, "block": 1}, (3, INSIDE, 42)),
        ({"at": 141, "block": 1}, None),
        ({"after": 0}, (0, INSIDE, 0)),
        ({"after": 10}, (0, INSIDE, 10)),
        ({"after": 11}, (1, INSIDE, 1)),
        ({"after": 102}, (3, INSIDE, 42)),
        ({"after": 103}, None),
        ({"every": 50}, (2, INSIDE, 20)),
    ],
)
def test_a_fault_strikes_where_it_says(fields: dict[str, Any], place: tuple[int, ...] | None) -> None:
    assert _where(**fields) == place


def test_nothing_strikes_inside_an_empty_answer() -> None:
    assert find_cut((), [Armed(Fault("reset", after=0), ())], 1) is None


def test_a_status_comes_before_everything() -> None:
    cut = _cut(Fault("reset", at="before_message"), Fault("status"))
    assert cut is not None
    assert (cut.kind, cut.part) == ("status", -2)


@pytest.mark.parametrize(("tokens", "place"), [(26, None), (25, (3, INSIDE, 40)), (15, (2, INSIDE, 30)), (1, (0, INSIDE, 4))])
def test_the_requests_own_limit_is_four_characters_a_token(tokens: int, place: tuple[int, ...] | None) -> None:
    cut = _cut(max_tokens=tokens)
    assert (None if cut is None else cut[:3]) == place
    assert cut is None or cut.kind == "max_tokens"


def test_what_strikes_first_decides() -> None:
    cut = _cut(Fault("drop", at=20), Fault("reset", at=10), Fault("end", at=10), max_tokens=20)
    assert cut is not None
    assert cut.kind == "reset"
    cut = _cut(Fault("drop", at=20), max_tokens=5)
    assert cut is not None
    assert cut.kind == "max_tokens"


FIRST, AGAIN = Reading("first"), Reading("continuation")


@pytest.mark.parametrize(
    ("fault", "reading", "struck", "armed"),
    [
        (Fault("reset", at=1), FIRST, 0, True),
        (Fault("reset", at=1), FIRST, 1, False),
        (Fault("reset", at=1), AGAIN, 0, False),
        (Fault("reset", at=1, times=3), FIRST, 2, True),
        (Fault("reset", at=1, times=None), FIRST, 99, True),
        (Fault("reset", at=1, times=0), FIRST, 0, False),
        (Fault("reset", at=1, during="continuation"), FIRST, 0, False),
        (Fault("reset", at=1, during="continuation"), AGAIN, 0, True),
        (Fault("reset", at=1, during="any"), AGAIN, 0, True),
        (Fault("reset", every=9), FIRST, 99, True),
        (Fault("reset", every=9), AGAIN, 99, True),
    ],
)
def test_a_fault_is_due_until_it_is_spent(fault: Fault, reading: Reading, struck: int, armed: bool) -> None:
    for script, where in (
        (Script((Route((Turn((Text("x"),), (fault,)),)),)), "turn"),
        (Script((Route((Turn((Text("x"),)),)),), faults=(fault,)), "script"),
    ):
        due = arm(script, replace(reading, now=script.routes[0].turns[0]), {(0, 0, where, 0): struck})
        assert [one.fault for one in due] == [fault] * armed
        assert all(one.key == (0, 0, where, 0) for one in due)


def test_nothing_befalls_what_the_script_does_not_know() -> None:
    script = Script((Route((Turn((Text("x"),)),)),), faults=(Fault("status"),))
    assert arm(script, Reading("other"), {}) == []
    assert len(arm(script, Reading("first", turn=1), {})) == 1
