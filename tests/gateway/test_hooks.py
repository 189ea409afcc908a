"""What the gateway and the hooks tell each other through the project's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finestream.gateway.hooks import Chronicle, answer, mend
from finestream.gateway.records import Book
from finestream.journal import ERRORS, EVENTS, FOLDER, Journal, open_journal, read_records
from finestream.settings import Settings

CORRECTED = {
    "event": "correction",
    "tool": "Write",
    "tool_use_id": "toolu_1",
    "outcome": "corrected",
    "auto_fixed": "added_quotes",
    "path": "$.content",
    "error": "malformed_json",
}
CONTINUED = {**CORRECTED, "event": "recovery", "outcome": "recovered", "action": "continue", "auto_fixed": None}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path, Settings(), lambda trouble: None)


def ask(name: str, journal: Journal, **fields: Any) -> dict[str, Any] | None:
    said = answer(name, json.dumps({"hook_event_name": name, "session_id": "s", **fields}).encode(), journal)
    return None if said is None else dict(json.loads(said))


@pytest.mark.parametrize(("row", "words"), [(CORRECTED, "added_quotes at $.content"), (CONTINUED, "was cut at $.content")])
def test_what_was_mended_is_told_when_the_call_has_ended(journal: Journal, row: dict[str, Any], words: str) -> None:
    book: Book = Chronicle(journal)
    book.event(dict(row))
    assert not (journal.folder / "mended").exists()  # the same record comes twice, and is one note
    book.error(dict(row))
    calls = [{"tool_name": "Write", "tool_input": {}, "tool_use_id": "toolu_1", "tool_response": "ok"}]
    said = ask("PostToolBatch", journal, tool_calls=calls)
    assert said is not None and words in said["hookSpecificOutput"]["additionalContext"]
    assert ask("PostToolBatch", journal, tool_calls=calls) is None


@pytest.mark.parametrize(
    "row",
    [
        CORRECTED | {"outcome": "surfaced"},
        CONTINUED | {"outcome": "continued"},
        CONTINUED | {"action": "retry"},
        CONTINUED | {"action": "fallback"},
        CONTINUED | {"action": "finished"},
        CONTINUED | {"event": "cut", "outcome": "pending"},
        CORRECTED | {"tool_use_id": "../toolu_1"},
        CORRECTED | {"tool_use_id": None},
    ],
)
def test_what_the_model_need_not_know_leaves_no_note(journal: Journal, row: dict[str, Any]) -> None:
    Chronicle(journal).error(row)
    assert not (journal.folder / "mended").exists()
    assert len(list(read_records(journal.folder / ERRORS))) == 1


def test_an_agent_has_its_name_as_soon_as_it_is_known(journal: Journal) -> None:
    book = Chronicle(journal)
    row = {"event": "cut", "agent_id": "a17", "agent_from": "a17"}
    book.event(row)
    ask("SubagentStart", journal, agent_id="a17", agent_type="developer")
    book.event(row)
    book.error(row)
    (journal.folder / "agents" / "a17").unlink()  # once it is known it need not be asked for again
    book.event(row)
    book.event(row | {"agent_from": "reviewer"})
    book.event(row | {"agent_id": None, "agent_from": "main"})
    seen = [record["agent_from"] for record in read_records(journal.folder / EVENTS) if record["event"] == "cut"]
    assert seen == ["a17", "developer", "developer", "reviewer", "main"]
    assert [record["agent_from"] for record in read_records(journal.folder / ERRORS)] == ["developer"]


def test_the_address_says_which_event_it_is(journal: Journal) -> None:
    assert answer("SessionStart", b'{"hook_event_name": "PreToolUse", "source": "startup"}', journal) is None
    assert [record["event"] for record in read_records(journal.folder / EVENTS)] == ["session_started"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_event_is_a_value_error(journal: Journal, body: bytes) -> None:
    with pytest.raises(ValueError):
        answer("PreToolUse", body, journal)


def test_the_gateway_looks_further_for_a_correction() -> None:
    found = mend("{'path': 'a.py', 'on': True}")
    assert found is not None and json.loads(found.text) == {"path": "a.py", "on": True}
    assert found.changes[0] == "$.path, character 1: replaced_quotes" or "replaced_quotes" in " ".join(found.changes)
    assert mend('{"a": "b"}') is None


def test_a_project_without_a_folder_gets_one(journal: Journal, tmp_path: Path) -> None:
    Chronicle(journal).error(CORRECTED)
    assert (tmp_path / FOLDER / ".gitignore").read_text() == "*\n"
