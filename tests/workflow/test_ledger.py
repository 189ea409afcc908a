"""What is known of a step: its entries, folded; a table for each kind, properties for any history."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.handoff import Part
from finestream.workflow.ledger import OVER, STUCK, Entry, Ledger, part_entry

BEGAN = {"kind": "began", "session": "s1", "is_fresh": True}
GOES_ON = {"kind": "began", "session": "s1", "is_fresh": False}
FAILED = {"kind": "failed", "cause": "broken", "fix": "mend it"}
PART = part_entry(Part(1, "a", "value", 0, "1"))


def told(marker: str, *, outcomes: dict[str, str] | None = None, **upto: int) -> dict[str, Any]:
    return {"kind": "given", "upto": upto, "outcomes": outcomes or {}, "marker": marker}


def folded(*entries: Entry) -> Ledger:
    return Ledger("plan", [{"at": float(at), **entry} for at, entry in enumerate(entries)])


def known(ledger: Ledger) -> dict[str, Any]:
    """Everything that a ledger says."""
    said = {name: value for name, value in vars(ledger).items() if name != "document"}
    claims = (ledger.is_over, ledger.is_stuck, ledger.has_begun)
    return {**said, "parts": ledger.document.parts, "value": ledger.document.value(), "claims": claims}


_SENDERS = st.sampled_from(["pm", "ux"])
KINDS = st.one_of(
    st.sampled_from([BEGAN, GOES_ON, {**BEGAN, "session": "s2"}, FAILED]),
    st.builds(
        lambda marker, upto, outcomes: told(marker, outcomes=outcomes, **upto),
        st.sampled_from("mn"),
        st.dictionaries(_SENDERS, st.integers(1, 9)),
        st.dictionaries(_SENDERS, st.just("done")),
    ),
    st.sampled_from([{"kind": kind} for kind in ("lost", "done", "skipped", "again", "part", "unheard of", "last")]),
    st.sampled_from([{"kind": "blocked", "cause": "x"}, {"kind": "retry", "cause": "overloaded"}, {"kind": "turn", "usage": None}]),
)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    entries, parts = [], 0
    for at, entry in enumerate(draw(st.lists(KINDS, max_size=20))):
        if entry["kind"] == "part":
            parts += 1
            entry = part_entry(Part(parts, "a", "item", parts - 1, str(parts)))
        entries.append({**entry, "at": float(at)})
    return entries


@given(histories(), st.data())
def test_the_entries_are_all_there_is(entries: list[dict[str, Any]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(entries)))
    ledger = Ledger("plan", entries[:cut])
    assert known(ledger) == known(Ledger("plan", json.loads(json.dumps(entries[:cut]))))
    before = json.dumps(entries)
    for entry in entries[cut:]:
        ledger.take(entry)
    assert known(ledger) == known(Ledger("plan", entries))
    assert json.dumps(entries) == before


@given(histories())
def test_what_is_given_and_lost_was_never_given(entries: list[dict[str, Any]]) -> None:
    before, after = Ledger("plan", entries), Ledger("plan", entries)
    after.take({**told("m", outcomes={"pm": "done"}, pm=99), "at": 1.0})
    assert (after.given["pm"], after.outcomes["pm"], after.marker) == (99, "done", "m")
    after.take({"kind": "lost", "at": 2.0})
    assert (after.given, after.outcomes, after.answered, after.marker) == (before.given, before.outcomes, before.answered, before.marker)


@given(histories())
def test_a_fresh_session_has_been_told_nothing_and_its_document_is_kept(entries: list[dict[str, Any]]) -> None:
    before, after = Ledger("plan", entries), Ledger("plan", entries)
    for entry in (BEGAN, {"kind": "lost"}):
        after.take({**entry, "at": 1.0})
        assert (after.given, after.outcomes, after.marker) == ({}, {}, None)
        assert (after.state, after.session) == ("working", "s1")
    assert after.document.parts == before.document.parts


@given(histories())
def test_it_is_tried_again_only_where_it_was_stuck(entries: list[dict[str, Any]]) -> None:
    before, after = Ledger("plan", entries), Ledger("plan", entries)
    after.take({"kind": "again", "at": 1.0})
    assert after.state == ("waiting" if before.is_stuck else before.state)
    assert not before.is_stuck or (after.cause, after.fix) == ("", "")
    assert after.document.parts == before.document.parts
    assert after.given == before.given


@pytest.mark.parametrize(
    ("entries", "state", "has_begun"),
    [
        ([], "waiting", False),
        ([BEGAN], "working", True),
        ([BEGAN, told("m")], "working", True),
        ([BEGAN, told("m"), {"kind": "lost"}], "working", True),
        ([BEGAN, told("m"), GOES_ON], "working", True),
        ([BEGAN, told("m"), BEGAN], "working", True),
        ([BEGAN, told("m"), {"kind": "done"}], "done", True),
        ([{"kind": "skipped"}], "skipped", True),
        ([FAILED], "failed", False),
        ([{"kind": "blocked", "cause": "x"}], "blocked", False),
        ([FAILED, {"kind": "again"}], "waiting", False),
        ([{"kind": "done"}, {"kind": "again"}], "done", True),
        ([{"kind": "unheard of"}], "waiting", False),
        ([BEGAN, {"kind": "retry", "cause": "overloaded"}], "working", True),
    ],
)
def test_states(entries: list[Entry], state: str, has_begun: bool) -> None:
    ledger = folded(*entries)
    assert (ledger.state, ledger.has_begun) == (state, has_begun)
    assert (ledger.is_over, ledger.is_stuck) == (state in OVER, state in STUCK)


def test_it_knows_what_it_has_handed_on_once_a_call_was_answered() -> None:
    ledger = folded(BEGAN, part_entry(Part(1, "a", "value", 0, "1")))
    assert ledger.answered == 0
    ledger.take({**told("m"), "at": 3.0})
    assert ledger.answered == 1
    ledger.take({**BEGAN, "at": 4.0})
    assert ledger.answered == 0


def test_what_was_given_adds_up_by_sender() -> None:
    ledger = folded(BEGAN, told("m", pm=3), told("n", ux=1, outcomes={"pm": "done"}), told("o", pm=5))
    assert (ledger.given, ledger.outcomes, ledger.marker) == ({"pm": 5, "ux": 1}, {"pm": "done"}, "o")
    ledger.take({"kind": "lost", "at": 9.0})
    assert (ledger.given, ledger.outcomes, ledger.marker) == ({"pm": 3, "ux": 1}, {"pm": "done"}, "n")
    ledger.take({"kind": "lost", "at": 8.0})
    assert (ledger.given, ledger.outcomes, ledger.marker) == ({"pm": 3}, {}, "m")


def test_causes_are_of_the_latest_trouble() -> None:
    ledger = folded(FAILED)
    assert (ledger.cause, ledger.fix) == ("broken", "mend it")
    ledger.take({"kind": "blocked", "cause": "it needs pm", "at": 1.0})
    assert (ledger.cause, ledger.fix) == ("it needs pm", "")


def test_moments_are_the_first_of_each_kind_and_the_last_of_all() -> None:
    ledger = folded(BEGAN, PART, told("m"), {"kind": "turn", "usage": {"output_tokens": 3}, "cost": None}, told("n"))
    assert ledger.times == {"began": 0.0, "part": 1.0, "given": 2.0, "turn": 3.0, "last": 4.0}
    assert [turn["usage"] for turn in ledger.turns] == [{"output_tokens": 3}]


def test_parts_make_the_document() -> None:
    parts = [Part(1, "a", "item", 0, "1"), Part(2, "a", "item", 1, '"\ud83d"'), Part(3, "a", "item", 0, "2", 1), Part(4, "a", "end", 2, "")]
    ledger = folded(*json.loads(json.dumps([part_entry(part) for part in parts])))
    assert ledger.document.parts == parts
    assert ledger.document.value() == {"a": [2, "\ud83d"]}
