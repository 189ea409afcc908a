"""The continuation: the original request, untouched, and two messages more."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from finestream.recovery.opening import Plan, plan
from finestream.recovery.request import CEILINGS, INTERIM, Cut, ceiling, continuation, instruction, raised

Json = dict[str, Any]
BODY: Json = {
    "model": "claude-opus-4-8",
    "max_tokens": 8000,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "tools": [{"name": "Write", "input_schema": {"type": "object"}}],
    "thinking": {"type": "adaptive"},
    "messages": [{"role": "user", "content": "Write it."}],
    "stream": True,
}
THINKING = {"type": "thinking", "thinking": "So.", "signature": "Eo"}
FIRST = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "/b"}}
SERVER = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}}
KEPT = '{"file_path": "/a\\n😀.py", "content": "def main() -> None:\\n    print(1)\\n    print(2)\\n    return 1\\n'


def cut(*content: Json) -> Cut:
    return Cut("toolu_9", "Write", "the connection was lost", list(content))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-opus-5-5", 128_000),
        ("claude-haiku-5-5", 128_000),
        ("claude-fable-5-1", 128_000),
        ("claude-opus-4-8-20270101", 128_000),
        ("claude-opus-4-7", 128_000),
        ("claude-opus-4-6", 128_000),
        ("claude-opus-4-5-20251101", 64_000),
        ("claude-opus-4-1-20250805", 32_000),
        ("claude-opus-4-20250514", 32_000),
        ("claude-sonnet-4-6", 128_000),
        ("claude-sonnet-4-5-20250929", 64_000),
        ("claude-sonnet-4-20250514", 64_000),
        ("claude-haiku-4-5-20251001", 64_000),
        ("claude-3-5-haiku-20241022", 8_192),
        ("somebody-elses-model", 128_000),
        ("", 128_000),
        (None, 128_000),
        (5, 128_000),
        (["claude-3-"], 128_000),
    ],
)
def test_each_model_has_its_ceiling(model: object, expected: int) -> None:
    assert ceiling(model, None) == expected
    assert ceiling(model, 1000) == 1000
    assert ceiling(model, 10**6) == expected


def test_no_ceiling_stands_behind_a_longer_name() -> None:
    assert all(ceiling(name, None) == limit for name, limit in CEILINGS.items())


@pytest.mark.parametrize(
    ("body", "configured", "expected"),
    [
        ({"max_tokens": 8000}, None, 16000),
        ({"max_tokens": 100_000}, None, 128_000),
        ({"max_tokens": 128_000}, None, 128_000),
        ({"max_tokens": 200_000}, None, 200_000),  # never less than it had
        ({"max_tokens": 8000}, 10_000, 10_000),
        ({"max_tokens": 8000}, 4000, 8000),
        ({"max_tokens": 20_000, "model": "claude-opus-4-1"}, None, 32_000),
        ({"max_tokens": "8000"}, None, "8000"),
        ({"max_tokens": True}, None, True),
        ({"max_tokens": 8000.0}, None, 8000.0),
        ({}, None, None),
    ],
)
def test_the_output_limit_is_doubled_up_to_the_ceiling(body: Json, configured: int | None, expected: object) -> None:
    before = dict(body)
    found = raised(body, configured)
    assert found.get("max_tokens") == expected
    assert type(found.get("max_tokens")) is type(expected)
    assert body == before
    assert {**found, "max_tokens": 0} == {**body, "max_tokens": 0}


def test_a_continuation_adds_two_messages_and_changes_nothing_else() -> None:
    before = copy.deepcopy(BODY)
    built = continuation(BODY, cut(THINKING, FIRST, SERVER), plan(KEPT))
    assert before == BODY
    assert {**built, "messages": BODY["messages"]} == BODY
    assert list(built) == list(BODY)
    assert built["messages"][:-2] == BODY["messages"]
    assistant, user = built["messages"][-2:]
    assert assistant == {
        "role": "assistant",
        "content": [THINKING, FIRST, SERVER, {"type": "tool_use", "id": "toolu_9", "name": "Write", "input": {}}],
    }
    assert user["role"] == "user"
    interim, result = user["content"]
    assert interim == {"type": "tool_result", "tool_use_id": "toolu_1", "content": INTERIM}
    assert (result["type"], result["tool_use_id"], result["is_error"]) == ("tool_result", "toolu_9", True)
    wrapped, told = result["content"]
    assert json.loads(wrapped["text"]) == {"INVALID_JSON": KEPT}
    assert (wrapped["type"], told["type"]) == ("text", "text")


def test_the_instruction_ends_with_the_opening_on_a_line_of_its_own() -> None:
    planned = plan(KEPT)
    told = continuation(BODY, cut(), planned)["messages"][-1]["content"][0]["content"][1]["text"]
    assert planned.opening
    assert told.split("\n")[1:] == [planned.opening]
    assert "Write" in told
    assert "$.content" in told
    assert "the connection was lost" in told


def test_the_model_is_told_that_a_mark_is_no_part_of_the_input() -> None:
    planned = plan('{"n": 1, "rows": [0, 0, 0')
    told = instruction(cut(), planned)
    assert planned.mark in planned.opening
    assert told.split("\n")[1:] == [planned.opening]
    assert f"{planned.mark} shows where the seam is: it is no part of the input" in told
    assert "no part of the input" not in instruction(cut(), plan(KEPT))


def test_without_an_opening_the_whole_input_is_asked_for() -> None:
    built = continuation(BODY, cut(), Plan("", "", "$", True))
    wrapped, told = built["messages"][-1]["content"][0]["content"]
    assert json.loads(wrapped["text"]) == {"INVALID_JSON": ""}
    assert "\n" not in told["text"]
    assert "whole input" in told["text"]


@pytest.mark.parametrize("kept", [KEPT, '{"a": "\ud83d', '{"a": "\\ud83d' + "x" * 30])
def test_any_request_can_be_written(kept: str) -> None:
    """Also with a call whose id the server left out, and with half a surrogate pair."""
    built = continuation(BODY, cut({"type": "tool_use", "name": "Odd", "input": {}}), Plan(kept, kept, "$.a", False))
    json.loads(json.dumps(built).encode())
    assert len(built["messages"][-1]["content"]) == 2
