"""What came of a run: every figure is in the ledgers, and what nobody has measured is None."""

from __future__ import annotations

import json

import pytest

from finestream.workflow.ledger import Entry, Ledger
from finestream.workflow.summary import state_of, summarize
from tests.workflow.telling import a_run, began, given, part, plain, turn

NO_TOKENS = {"input_tokens": None, "output_tokens": None, "cache_creation_input_tokens": None, "cache_read_input_tokens": None}
UNTOUCHED = {
    "state": "waiting",
    "cause": None,
    "fix": None,
    "session": None,
    "turns": 0,
    "chunks": 0,
    "bytes": 0,
    "started": None,
    "seconds": None,
    "until_first_chunk": None,
    "usage": NO_TOKENS,
    "cost": None,
}
FAILED = plain("failed", 9.0, cause="it broke", fix="Mend it.")
STATES: dict[str, list[Entry]] = {
    "waiting": [],
    "working": [began(1.0)],
    "done": [plain("done", 2.0)],
    "skipped": [plain("skipped", 2.0)],
    "failed": [FAILED],
    "blocked": [plain("blocked", 2.0, cause="it needs the document of one")],
}


def ledgers(*told: tuple[str, Entry], steps: tuple[str, ...] = ()) -> dict[str, Ledger]:
    found = {step: Ledger(step) for step in (*dict(told), *steps)}
    for step, entry in told:
        found[step].take(entry)
    return found


def test_the_summary_of_a_run() -> None:
    summary = summarize("id", "quick-flow", "Build it.", ledgers(*a_run(100.0)))
    assert json.loads(json.dumps(summary)) == summary
    agents = summary.pop("agents")
    assert summary == {
        "run": "id",
        "workflow": "quick-flow",
        "request": "Build it.",
        "state": "completed",
        "began": 100.0,
        "seconds": 8.0,
        "cost": 1.25,
    }
    assert list(agents) == ["architect", "developer", "qa"]
    assert agents["architect"] == {
        "state": "done",
        "cause": None,
        "fix": None,
        "session": "s",
        "turns": 1,
        "chunks": 2,
        "bytes": 300,
        "started": 1.0,
        "seconds": 4.0,
        "until_first_chunk": 1.0,
        "cost": 0.5,
        "usage": {"input_tokens": 100, "output_tokens": 70, "cache_creation_input_tokens": None, "cache_read_input_tokens": 900},
    }
    assert (agents["developer"]["turns"], agents["developer"]["cost"]) == (2, 0.75)
    assert agents["developer"]["usage"] == {**NO_TOKENS, "input_tokens": 30, "output_tokens": 15}
    assert agents["qa"] == {**UNTOUCHED, "state": "skipped"}


def test_what_has_not_begun_has_no_figures() -> None:
    assert summarize("id", "w", "r", {"one": Ledger("one")}) == {
        "run": "id",
        "workflow": "w",
        "request": "r",
        "state": "interrupted",
        "began": None,
        "seconds": None,
        "cost": None,
        "agents": {"one": UNTOUCHED},
    }


def test_a_run_lasts_from_its_first_session_to_its_last_entry() -> None:
    told = ledgers(("two", began(5.0)), ("two", plain("done", 6.0)), ("one", began(2.0)), ("one", plain("done", 9.5)), steps=("three",))
    summary = summarize("id", "w", "r", told)
    assert (summary["began"], summary["seconds"], summary["state"]) == (2.0, 7.5, "interrupted")


def test_a_failure_is_told_with_what_to_do() -> None:
    (agent,) = summarize("id", "w", "r", ledgers(("one", began(1.0)), ("one", given(3.0)), ("one", FAILED)))["agents"].values()
    assert (agent["state"], agent["cause"], agent["fix"]) == ("failed", "it broke", "Mend it.")
    assert (agent["started"], agent["seconds"], agent["until_first_chunk"]) == (2.0, 6.0, None)


def test_a_figure_that_is_nothing_is_no_figure_that_is_missing() -> None:
    told = ledgers(("one", began(1.0)), ("one", given(1.0)), ("one", part(1.0, 1, "a")), ("one", turn(1.0, 0.0, output_tokens=0)))
    summary = summarize("id", "w", "r", told)
    (agent,) = summary["agents"].values()
    assert (summary["seconds"], summary["cost"]) == (0.0, 0.0)
    assert (agent["started"], agent["seconds"], agent["until_first_chunk"], agent["cost"]) == (0.0, 0.0, 0.0, 0.0)
    assert agent["usage"] == {**NO_TOKENS, "output_tokens": 0}


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), "completed"),
        (("done",), "completed"),
        (("done", "skipped"), "completed"),
        (("done", "failed"), "partial"),
        (("skipped", "blocked"), "partial"),
        (("failed", "blocked"), "partial"),
        (("done", "waiting"), "interrupted"),
        (("working", "failed"), "interrupted"),
    ],
)
def test_the_state_of_a_run_follows_from_those_of_its_steps(states: tuple[str, ...], expected: str) -> None:
    assert state_of(Ledger(state, STATES[state]) for state in states) == expected
    assert [Ledger(state, STATES[state]).state for state in states] == list(states)
