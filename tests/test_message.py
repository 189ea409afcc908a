"""Finished blocks go back exactly as they came, or not at all; usage is summed without being understood."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.events import PING, frame
from finestream.message import Block, Unreproducible, add_usage, content, inputs

Json = dict[str, Any]
SIGNATURE = "EqQBCgIYAhIM" + "x" * 40
CITATION = {"type": "char_location", "cited_text": "so it was", "document_index": 0, "start_char_index": 3, "end_char_index": 12}
RESULT = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"type": "web_search_result", "encrypted_content": "Eo"}]}


def text(part: str) -> Json:
    return {"type": "text_delta", "text": part}


def thinking(part: str) -> Json:
    return {"type": "thinking_delta", "thinking": part}


def fragment(part: str) -> Json:
    return {"type": "input_json_delta", "partial_json": part}


def raw(delta: Json, index: int = 2) -> bytes:
    return frame({"type": "content_block_delta", "index": index, "delta": delta})


def block(start: Json, *deltas: Json) -> Block:
    built = Block(2, start)
    built.frames = [raw(delta) for delta in deltas]
    return built


# start, deltas, the block as the next request has to hold it
BLOCKS: dict[str, tuple[Json, list[Json], Json]] = {
    "text": ({"type": "text", "text": ""}, [text("Now "), text("then.")], {"type": "text", "text": "Now then."}),
    "text begun in the start": ({"type": "text", "text": "a"}, [text("b")], {"type": "text", "text": "ab"}),
    "text without its member": ({"type": "text"}, [text("b")], {"type": "text", "text": "b"}),
    "text with citations": (
        {"type": "text", "text": "", "citations": []},
        [text("It was."), {"type": "citations_delta", "citation": CITATION}, {"type": "citations_delta", "citation": {"n": 2}}],
        {"type": "text", "text": "It was.", "citations": [CITATION, {"n": 2}]},
    ),
    "citations that were null": (
        {"type": "text", "text": "x", "citations": None},
        [{"type": "citations_delta", "citation": CITATION}],
        {"type": "text", "text": "x", "citations": [CITATION]},
    ),
    "thinking": (
        {"type": "thinking", "thinking": "", "signature": ""},
        [thinking("Let me "), thinking("see \U0001f914"), {"type": "signature_delta", "signature": SIGNATURE}],
        {"type": "thinking", "thinking": "Let me see \U0001f914", "signature": SIGNATURE},
    ),
    "thinking that is not shown": (
        {"type": "thinking", "thinking": "", "signature": ""},
        [{"type": "signature_delta", "signature": SIGNATURE}],
        {"type": "thinking", "thinking": "", "signature": SIGNATURE},
    ),
    "redacted": ({"type": "redacted_thinking", "data": "EmwK"}, [], {"type": "redacted_thinking", "data": "EmwK"}),
    "tool": (
        {"type": "tool_use", "id": "t", "name": "Write", "input": {}, "caller": {"type": "direct"}},
        [fragment(""), fragment('{"a": "\\u00'), fragment('e9", "n": [1, 2.50]}')],
        {"type": "tool_use", "id": "t", "name": "Write", "input": {"a": "é", "n": [1, 2.5]}, "caller": {"type": "direct"}},
    ),
    "tool without input": (
        {"type": "tool_use", "id": "t", "name": "Now", "input": {}},
        [fragment("")],
        {"type": "tool_use", "id": "t", "name": "Now", "input": {}},
    ),
    "tool with all of its input in the start": (
        {"type": "tool_use", "id": "t", "name": "Roll", "input": {"player": "one"}},
        [],
        {"type": "tool_use", "id": "t", "name": "Roll", "input": {"player": "one"}},
    ),
    "tool whose start has no object": (
        {"type": "tool_use", "id": "t", "name": "Now", "input": ""},
        [],
        {"type": "tool_use", "id": "t", "name": "Now", "input": {}},
    ),
    "tool whose start has no input": (
        {"type": "tool_use", "id": "t", "name": "Now"},
        [fragment('{"a":1}')],
        {"type": "tool_use", "id": "t", "name": "Now", "input": {"a": 1}},
    ),
    "server tool": (
        {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}},
        [fragment('{"query": "x"'), fragment("}")],
        {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "x"}},
    ),
    "result of a server tool": (RESULT, [], RESULT),
}


@pytest.mark.parametrize("case", BLOCKS)
def test_a_block_goes_back_as_it_came(case: str) -> None:
    start, deltas, expected = BLOCKS[case]
    before = json.dumps(start)
    built = block(start, *deltas)
    assert built.content() == expected
    assert list(built.content()) == list(start) + [key for key in expected if key not in start]
    assert json.dumps(start) == before
    built.frames = [PING + b"".join(built.frames) + PING + frame({"type": "something_new"})]  # as a read of many frames comes
    assert built.content() == expected


IRREPRODUCIBLE: dict[str, tuple[Json, Json]] = {
    "unknown delta": ({"type": "compaction"}, {"type": "compaction_delta", "content": "x"}),
    "no type": ({"type": "text", "text": ""}, {"text": "x"}),
    "text that is no text": ({"type": "text", "text": ""}, {"type": "text_delta", "text": 5}),
    "thinking that is no text": ({"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": None}),
    "a fragment that is no text": ({"type": "tool_use", "input": {}}, {"type": "input_json_delta", "partial_json": {}}),
    "a citation that is no object": ({"type": "text", "text": ""}, {"type": "citations_delta", "citation": "x"}),
    "text upon null": ({"type": "text", "text": None}, text("x")),
    "thinking upon a number": ({"type": "thinking", "thinking": 5}, thinking("x")),
    "citation upon a number": ({"type": "text", "text": "", "citations": 5}, {"type": "citations_delta", "citation": {}}),
    "input that is no JSON": ({"type": "tool_use", "input": {}}, fragment('{"a": ')),
    "input that is no object": ({"type": "tool_use", "input": {}}, fragment("[1]")),
    "input that is too deep": ({"type": "tool_use", "input": {}}, fragment('{"a":' * 100_000)),
}


@pytest.mark.parametrize("case", IRREPRODUCIBLE)
def test_what_cannot_go_back_unmodified_does_not_go_back(case: str) -> None:
    start, delta = IRREPRODUCIBLE[case]
    with pytest.raises(Unreproducible):
        block(start, delta).content()
    with pytest.raises(Unreproducible):
        content([block(*BLOCKS["text"][:1], *BLOCKS["text"][1]), block(start, delta)])


def test_a_block_with_an_unreadable_delta_does_not_go_back() -> None:
    built = block({"type": "text", "text": ""}, text("a"))
    built.frames.append(b"event: content_block_delta\ndata: {oops\n\n")
    with pytest.raises(Unreproducible):
        built.content()


@pytest.mark.parametrize(("told", "expected"), [('{"a": 2}', {"a": 2}), ("", {})])
def test_the_input_that_the_monitor_finished_counts_more_than_the_deltas(told: str, expected: Json) -> None:
    built = block({"type": "tool_use", "id": "t", "name": "Write", "input": {}}, fragment('{"a": 1'))
    built.input = told
    assert built.content()["input"] == expected


def test_only_a_tool_call_of_the_client_is_a_tool() -> None:
    kinds = ["tool_use", "server_tool_use", "mcp_tool_use", "text", None]
    assert [kind for kind in kinds if Block(0, {"type": kind}).is_tool] == ["tool_use"]
    assert not Block(0, {}).is_tool


def test_the_inputs_of_one_tool_are_those_of_its_calls() -> None:
    built: list[Json] = [
        {"type": "text", "text": "Write"},
        {"type": "server_tool_use", "name": "Write", "input": {"a": 1}},
        {"type": "tool_use", "name": "Read", "input": {"a": 2}},
        {"type": "tool_use", "name": "Write", "input": {"a": 3}},
    ]
    assert inputs(built, "Write") == [{"a": 3}]


def test_an_empty_text_is_left_out_because_the_api_refuses_it() -> None:
    empty = {"type": "thinking", "thinking": "", "signature": "s"}
    blocks = [block({"type": "text", "text": ""}), block(empty), block({"type": "text"}), block({"type": "text", "text": " "})]
    assert content(blocks) == [empty, {"type": "text", "text": " "}]


USAGE: list[tuple[Json, Any, Json]] = [
    ({}, {"output_tokens": 3}, {"output_tokens": 3}),
    ({"output_tokens": 3}, {"output_tokens": 4, "input_tokens": 1}, {"output_tokens": 7, "input_tokens": 1}),
    ({"a": 1}, {}, {"a": 1}),
    ({"a": 1}, None, {"a": 1}),
    ({"a": 1}, [5], {"a": 1}),
    ({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 3, "c": 3}}),
    ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
    ({"a": {"b": 2}}, {"a": 1}, {"a": 1}),
    ({"a": None}, {"a": 2}, {"a": 2}),
    ({"a": 2}, {"a": None}, {"a": None}),
    ({"tier": "standard"}, {"tier": "priority"}, {"tier": "priority"}),
    ({"flag": True}, {"flag": True}, {"flag": True}),
    ({"flag": 1}, {"flag": True}, {"flag": True}),
    ({"a": 0.5}, {"a": 1}, {"a": 1.5}),
    ({"list": [1]}, {"list": [2]}, {"list": [2]}),
]


@pytest.mark.parametrize(("total", "usage", "expected"), USAGE)
def test_numbers_are_added_and_everything_else_is_taken_from_the_newer(total: Json, usage: Any, expected: Json) -> None:
    before = json.dumps([total, usage])
    result = add_usage(total, usage)
    assert result == expected
    assert [type(value) for value in result.values()] == [type(value) for value in expected.values()]
    assert json.dumps([total, usage]) == before


counts = st.dictionaries(st.sampled_from("abc"), st.integers(0, 99) | st.dictionaries(st.sampled_from("xy"), st.integers(0, 99)))


@given(counts, counts, counts)
def test_usage_without_changes_of_type_adds_up_in_any_order(one: Json, two: Json, three: Json) -> None:
    kinds = [{key: type(value) for key, value in part.items()} for part in (one, two, three)]
    if all(first.get(key, kind) is kind for first in kinds for other in kinds for key, kind in other.items()):
        left = add_usage(add_usage(one, two), three)
        assert left == add_usage(add_usage(three, two), one) == add_usage(one, add_usage(two, three))
