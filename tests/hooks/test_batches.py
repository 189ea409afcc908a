"""PostToolBatch: inputs that no tool ever saw. What is written down, what the model is told, and when it is stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finestream.journal import ERRORS, FOLDER
from tests.hooks.running import Flavour, Json, batch, context_of, errors, events, good, misfit, unparsed

LINES = "".join(f"line {number} of the document\n" for number in range(1, 41))
CUT = json.dumps({"file_path": "docs/a.md", "content": LINES + "and the la"})[:-2]


def told(hook: Flavour, project: Path, *calls: Json) -> str:
    return context_of(hook.ask(batch(*calls), project))


def test_good_calls_are_passed_over(hook: Flavour, project: Path) -> None:
    odd: list[Any] = [good(), {"tool_name": "X"}, None, 5, {"tool_input": [], "tool_response": [{"type": "image"}]}]
    assert hook.ask(batch(*odd), project) is None
    assert hook.ask(batch() | {"tool_calls": None}, project) is None
    assert events(project) == errors(project) == []


def test_a_cut_input_is_written_down(hook: Flavour, project: Path) -> None:
    hook.ask(batch(unparsed(CUT), agent_id="a17", agent_type="developer"), project)
    [error], [seen] = errors(project), events(project)
    assert error.pop("timestamp").endswith("Z")
    assert error == {
        "event": "input_rejected",
        "source": "hook",
        "session_id": "5e551011",
        "agent_id": "a17",
        "agent_from": "developer",
        "agent_to": None,
        "error": "incomplete_json",
        "tool": "Write",
        "tool_use_id": "toolu_1",
        "bytes_received": len(CUT),
        "tokens_used": -(-len(CUT) // 4),
        "tokens_needed": None,
        "path": "$.content",
        "offset": len(CUT),
        "reason": "",
        "target": "docs/a.md",
        "action": "surfaced",
        "outcome": "surfaced",
        "proposed": None,
        "attempt": 1,
        "INVALID_JSON": CUT,
    }
    assert {key: value for key, value in error.items() if key != "INVALID_JSON"} == {k: v for k, v in seen.items() if k != "timestamp"}


def test_a_cut_handoff_has_its_receiver_where_that_arrived(hook: Flavour, project: Path) -> None:
    hook.ask(batch(unparsed('{"subagent_type": "developer", "prompt": "Build', "Agent")), project)
    hook.ask(batch(unparsed('{"prompt": "Build", "subagent_type": "devel', "Agent")), project)
    assert [record["agent_to"] for record in errors(project)] == ["developer", None]


def test_the_model_is_told_where_it_was_cut_and_how_to_go_on(hook: Flavour, project: Path) -> None:
    text = told(hook, project, unparsed(CUT))
    assert f"{len(CUT):,} bytes of the input of Write(docs/a.md) arrived" in text
    assert "cut in line 41 of content" in text and "and the la" in text


@pytest.mark.parametrize(
    ("lines", "most"),
    [(60, "at most 30 lines"), (70, "at most 35 lines"), (100, "at most 50 lines")],
)
def test_the_parts_are_half_of_what_came_through(hook: Flavour, project: Path, lines: int, most: str) -> None:
    text = told(hook, project, unparsed('{"file_path": "a", "content": "' + ("x" * (1900 // lines - 2) + "\\n") * (lines - 1)))
    assert most in text and "add each other part at its end with Edit" in text


@pytest.mark.parametrize(
    ("tool", "advice"),
    [("Edit", "Make several edits of at most"), ("mcp__x__y", "Make several calls of at most"), ("Bash", "Make several calls of at most")],
)
def test_each_tool_has_its_own_way_to_go_on(hook: Flavour, project: Path, tool: str, advice: str) -> None:
    text = told(hook, project, unparsed('{"file_path": "a", "new_string": "' + "x" * 1990, tool))
    assert f"{advice} 1,000 characters" in text


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"file_path": "a"', "behind $.file_path"),
        ('{"file_path": "a", ', "behind $"),
        ('{"a": {"b": [1, {"c": "x\\u00', "in line 1 of a.b[1].c"),
        ('{"a": tru', "behind $.a"),
        ('{"content": "one\\ntwo\\\\', 'in line 2 of content, after "one\\ntwo\\\\"'),
        ('{"content": "one\\ntwo\\', 'in line 2 of content, after "one\\ntwo"'),
        ('{"content": "a\nb', "in line 2 of content"),
    ],
)
def test_what_ran_out_inside_something_open_was_cut(hook: Flavour, project: Path, text: str, where: str) -> None:
    assert where in told(hook, project, unparsed(text))
    assert [record["error"] for record in errors(project)] == ["incomplete_json"]


@pytest.mark.parametrize("text", ["", "  ", "{", '{"fi', '{"file_path"'])
def test_of_some_nothing_usable_arrived(hook: Flavour, project: Path, text: str) -> None:
    assert "nothing usable" in told(hook, project, unparsed(text))
    assert [record["error"] for record in errors(project)] == ["incomplete_json"]


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ('{"file_path": "a", "content": "one\ntwo\t3"}', {"file_path": "a", "content": "one\ntwo\t3"}),
        ('{"file_path": "a", "content": "x",}', {"file_path": "a", "content": "x"}),
        ('{"file_path": "src\\main.py"}', {"file_path": "src\\main.py"}),
        ('{"query": "rain"}}', {"query": "rain"}),
        ('{"pattern": "^\\w+$", "list": [1, 2, ], }', {"pattern": "^\\w+$", "list": [1, 2]}),
    ],
)
def test_what_has_one_reading_is_given_in_full(hook: Flavour, project: Path, text: str, corrected: Json) -> None:
    said = told(hook, project, unparsed(text))
    assert "It has one reading" in said
    assert json.loads(said.partition("exactly this input:\n")[2]) == corrected
    [record] = errors(project)
    assert record["error"] == "malformed_json" and record["proposed"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"file_path": "C:\\Data", "content": "see E:\\new"}', "a backslash here starts no escape"),
        ('{"a": "she said "yes", twice"}', "a comma or a closing bracket should stand here"),
        ('{"a": 1} and more', "more text stands behind"),
        ("no JSON at all", "does not begin as one"),
        ('{"a": [1}', "a ] should stand here"),
        ('{"a": {"b": 1}, "c": 2}}', "one closing bracket too many"),
        ('{"a": "it\\\'s"}', "a backslash here starts no escape"),
        ('{"n": 012}', "012 is no JSON value"),
    ],
)
def test_what_has_none_is_told_with_its_place(hook: Flavour, project: Path, text: str, what: str) -> None:
    said = told(hook, project, unparsed(text))
    assert what in said and "exactly this input" not in said
    assert [record["error"] for record in errors(project)] == ["malformed_json"]


def test_a_large_input_is_known_by_its_beginning_only(hook: Flavour, project: Path) -> None:
    text = '{"file_path": "docs/ä.md", "content": "' + "grüße 🎯 and a line\\n" * 900
    said = told(hook, project, unparsed(text))
    [record] = errors(project)
    assert record["error"] == "unparsed_json"
    assert abs(record["bytes_received"] - len(text.encode())) < 300
    assert "Its first" in said and "likely" in said and "docs/ä.md" in said
    assert "parts of at most 400 lines" in said


def test_a_fault_in_the_beginning_is_a_fault_all_the_same(hook: Flavour, project: Path) -> None:
    told(hook, project, unparsed('{"content": "x" "more": "' + "y" * 5000))
    assert [record["error"] for record in errors(project)] == ["malformed_json"]


def test_the_whole_text_is_found_in_the_gateways_journal(hook: Flavour, project: Path) -> None:
    text = '{"file_path": "docs/a.md", "content": "' + "some words and more\\n" * 411 + "the la"
    folder = project / FOLDER
    folder.mkdir(parents=True)
    rows = [{"tool_use_id": "toolu_1", "INVALID_JSON": text}, {"tool_use_id": "toolu_1", "INVALID_JSON": "x", "source": "hook"}, {"odd": 1}]
    (folder / ERRORS).write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"torn toolu_1')
    said = told(hook, project, unparsed(text))
    assert f"{len(text):,} bytes" in said and "cut in line 412 of content" in said and "at most 200 lines" in said
    assert errors(project)[-1]["INVALID_JSON"] == text


def test_a_corrected_input_that_is_too_long_is_left_out(hook: Flavour, project: Path) -> None:
    calls = [unparsed('{"content": "' + "x" * 2000 + '",}', tool_use_id=f"toolu_{number}") for number in range(8)]
    said = told(hook, project, *calls)
    assert len(said) <= 10_000
    assert 1 <= said.count('{"content": "xxx') < 8
    assert not said.endswith("...")  # none of them was cut


def test_of_a_beginning_nothing_is_corrected(hook: Flavour, project: Path) -> None:
    assert "exactly this input" not in told(hook, project, unparsed('{"file_path": "a",}' + " " * 2100 + "and more"))


# -- input that does not fit ---------------------------------------------------------------------------------------------------------------


def test_a_misfit_is_described(hook: Flavour, project: Path) -> None:
    said = told(
        hook, project, misfit({"file_path": "a.md", "edits": '[{"old": 1}]', "n": 1, "b": True, "z": None, "o": {}, "l": [1]}, "Edit")
    )
    for part in (
        "Edit(a.md)",
        "file_path (a string of 4",
        "edits: this is a string that holds JSON",
        "n (a number)",
        "b (true)",
        "z (null)",
    ):
        assert part in said
    [record] = errors(project)
    assert (record["error"], record["path"], record["target"]) == ("schema_invalid", "$", "a.md")
    assert "Edit failed due to" in record["reason"]


def test_an_empty_input_was_probably_cut(hook: Flavour, project: Path) -> None:
    assert "arrived empty" in told(hook, project, misfit({}))


@pytest.mark.parametrize("tool_input", [[1], "text", 5, None])
def test_an_input_may_be_anything(hook: Flavour, project: Path, tool_input: object) -> None:
    assert "does not fit the tool" in told(hook, project, misfit(tool_input))


def test_an_unknown_tool_is_named(hook: Flavour, project: Path) -> None:
    response = "<tool_use_error>Error: No such tool available: Wrote</tool_use_error>"
    call_ = {"tool_name": "Wrote", "tool_input": {"a": 1}, "tool_use_id": "t", "tool_response": [{"type": "text", "text": response}]}
    assert "no tool called Wrote" in told(hook, project, call_)
    assert [record["error"] for record in errors(project)] == ["unknown_tool"]


def test_a_wrapper_that_was_denied_is_counted_in_silence(hook: Flavour, project: Path) -> None:
    denied = {
        "tool_name": "Write",
        "tool_input": {"INVALID_JSON": "x"},
        "tool_use_id": "t",
        "tool_response": "PreToolUse:Write hook error: x",
    }
    assert hook.ask(batch(denied), project) is None
    rejected = misfit({"INVALID_JSON": "x"})
    assert "INVALID_JSON, the wrapper" in told(hook, project, rejected)
    assert [record["attempt"] for record in errors(project)] == [1, 2]
