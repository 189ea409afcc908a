"""What the client believes is read from its own words."""

from __future__ import annotations

import json

from finestream.exam.beliefs import Belief, Result, read_belief

DONE = json.dumps({"type": "result", "is_error": False, "result": "Done."})
CALL = {"type": "tool_use", "id": "t1", "name": "Write", "input": {"file_path": "/p/é.py"}}


def said(*blocks: object, **more: object) -> str:
    return json.dumps({"type": "assistant", "message": {"role": "assistant", "content": list(blocks)}, **more})


def told(ident: str, **more: object) -> str:
    return json.dumps({"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": ident, **more}]}})


def test_a_session_that_went_well() -> None:
    assert read_belief(["", "noise", "[1]", DONE], []) == Belief(True, False, (), False, "Done.")


def test_a_session_that_failed_or_said_nothing() -> None:
    failed = json.dumps({"type": "result", "is_error": True, "result": "API Error"})
    assert read_belief([failed], [], "of no interest") == Belief(True, True, (), False, "API Error")
    assert read_belief([], [], " killed \n") == Belief(False, True, (), False, "killed")


def test_results_are_joined_with_their_calls() -> None:
    lines = [said(CALL), told("t1", content="fine"), told("t1", is_error=True), told("t2", is_error=False), '{"message": "no object"}']
    written = '{"file_path": "/p/é.py"}'
    assert read_belief([DONE], lines).results == (Result(written, False), Result(written, True), Result("", False))


def test_an_error_of_the_api_is_a_trouble() -> None:
    text = {"type": "text", "text": "API Error: Server error mid-response"}
    assert read_belief([DONE], [said(text, isApiErrorMessage=True)]).is_troubled
    assert not read_belief([DONE], [said(text)]).is_troubled


def test_last_words_are_short() -> None:
    assert len(read_belief([], [], "x" * 5000).last_words) == 300
