"""Failures in a row: which count, and when a turn is ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from finestream.journal import EVENTS, FOLDER
from tests.hooks.running import Flavour, Json, batch, call, context_of, errors, event, events, good, unparsed

CUT = '{"file_path": "docs/a.md", "content": "line 1 of the document\\nand the la'


def told(hook: Flavour, project: Path, *calls: Json) -> str:
    return context_of(hook.ask(batch(*calls), project))


def attempts(project: Path) -> list[int]:
    return [record["attempt"] for record in errors(project)]


def cut(number: int, tool: str = "Write") -> Json:
    """One more call that broke off."""
    return unparsed(CUT, tool, f"toolu_{number}")


def test_the_third_failure_in_a_row_ends_the_turn(hook: Flavour, project: Path) -> None:
    for number in range(2):
        assert "cut" in told(hook, project, cut(number))
    said = hook.ask(batch(cut(2)), project)
    assert said is not None and said["continue"] is False
    assert "Write was rejected 3 times in a row (incomplete_json)" in said["stopReason"]
    assert "decision" not in said
    assert attempts(project) == [1, 2, 3]
    assert events(project)[-1]["event"] == "loop_stopped"
    told(hook, project, cut(3))  # whatever comes after it begins anew
    assert attempts(project)[-1] == 1


def test_a_good_call_begins_the_count_anew(hook: Flavour, project: Path) -> None:
    for calls in ([cut(1)], [cut(2)], [good("Write")], [cut(3)], [good("Read")], [cut(4)]):
        hook.ask(batch(*calls), project)
    assert attempts(project) == [1, 2, 1, 2]


def test_the_users_next_word_begins_the_count_anew(hook: Flavour, project: Path) -> None:
    for number in range(4):
        assert "continue" not in (hook.ask(batch(cut(number), prompt_id=f"prompt {number}"), project) or {"continue": 1})
    assert attempts(project) == [1] * 4


def test_a_failure_that_two_installations_tell_of_is_one(hook: Flavour, project: Path) -> None:
    """The project's hooks and the user's run side by side."""
    said = [hook.ask(batch(cut(number)), project) for number in (1, 1, 2, 2, 3, 3, 4)]
    assert attempts(project) == [1, 1, 2, 2, 3, 3, 1]
    assert [each is not None and each.get("continue") is False for each in said] == [False] * 4 + [True] * 2 + [False]


def test_failures_that_nobody_can_tell_apart_count_each(hook: Flavour, project: Path) -> None:
    for _ in range(2):
        hook.ask(batch({**cut(1), "tool_use_id": None}), project)
    assert attempts(project) == [1, 2]


def test_a_good_call_beside_a_bad_one_is_progress(hook: Flavour, project: Path) -> None:
    for number in range(4):
        assert "continue" not in (hook.ask(batch(good("Write"), cut(number)), project) or {"continue": 1})
    assert attempts(project) == [1] * 4


def test_several_failures_in_one_response_are_one_attempt(hook: Flavour, project: Path) -> None:
    told(hook, project, cut(1), cut(2), cut(3))
    assert attempts(project) == [1] * 3


def test_each_session_agent_and_tool_counts_for_itself(hook: Flavour, project: Path) -> None:
    for number, fields in enumerate(({}, {"session_id": "other"}, {"agent_id": "a1"}, {"agent_id": "a2"})):
        hook.ask(batch(cut(number), **fields), project)
    hook.ask(batch(cut(5, "Edit")), project)
    assert attempts(project) == [1] * 5


def test_the_count_ends_with_the_session(hook: Flavour, project: Path) -> None:
    for name in ("5e551011", "other"):
        hook.ask(batch(cut(1), session_id=name), project)
    hook.ask(event("SessionEnd", reason="other"), project)
    for name in ("5e551011", "other"):
        hook.ask(batch(cut(2), session_id=name), project)
    assert attempts(project) == [1, 1, 1, 2]


@pytest.mark.parametrize("name", ["PreToolUse", "PostToolUse", "PostToolUseFailure"])
@pytest.mark.parametrize("error", ["InputValidationError: Write failed", "Error: No such tool available: x"])
def test_what_a_tool_printed_is_no_rejection_of_its_input(hook: Flavour, project: Path, name: str, error: str) -> None:
    """A file that is shown may begin like an error of the client. No hook of a call sees one that was rejected."""
    for number in range(4):
        shown = {"tool_name": "Bash", "tool_input": {"command": "cat notes"}, "tool_use_id": f"toolu_{number}"}
        hook.ask(event(name, **shown), project)
        assert hook.ask(batch({**shown, "tool_response": f"<tool_use_error>{error}"}), project) is None
    assert [record for record in errors(project) if record["event"] == "input_rejected"] == []


def test_a_call_is_known_again_behind_a_file_that_has_turned(hook: Flavour, project: Path) -> None:
    shown = {"tool_name": "Bash", "tool_input": {"command": "cat notes"}, "tool_use_id": "toolu_7"}
    hook.ask(event("PreToolUse", **shown), project)
    path = project / FOLDER / EVENTS
    path.rename(path.with_name(f"{EVENTS}.1"))
    assert hook.ask(batch({**shown, "tool_response": "<tool_use_error>InputValidationError: x"}), project) is None


def test_a_call_that_ran_and_failed_is_no_failure_of_its_input(hook: Flavour, project: Path) -> None:
    hook.ask(call("PostToolUseFailure", "Bash", {"command": "x"}, error="Exit code 1"), project)
    failed = {"tool_name": "Bash", "tool_input": {"command": "x"}, "tool_use_id": "t", "tool_response": "Exit code 1"}
    assert hook.ask(batch(failed), project) is None
    assert errors(project) == []
