"""Events: types are checked at each leaf, nothing that a peer sends raises, and what we write is read back."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.events import PING, Event, Kind, delta_frame, end_frames, frame, partial_json, read, stop_frame
from finestream.sse import parse, split

VALID: dict[Kind, dict[str, Any]] = {
    Kind.MESSAGE_START: {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 3}}},
    Kind.BLOCK_START: {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    Kind.BLOCK_DELTA: {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"a'}},
    Kind.BLOCK_STOP: {"type": "content_block_stop", "index": 1},
    Kind.MESSAGE_DELTA: {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
    Kind.MESSAGE_STOP: {"type": "message_stop"},
    Kind.ERROR: {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
}
PARTS = {
    Kind.MESSAGE_START: "message",
    Kind.BLOCK_START: "content_block",
    Kind.BLOCK_DELTA: "delta",
    Kind.MESSAGE_DELTA: "delta",
    Kind.ERROR: "error",
}
INDEXED = {Kind.BLOCK_START, Kind.BLOCK_DELTA, Kind.BLOCK_STOP}
# As JSON text, because several of them cannot be written by `json.dumps`.
NASTY = [
    "1e400",
    "-1e400",
    "1e-400",
    "1" * 299,
    "1" * 400,
    "1" * 5000,
    "-1",
    "-0",
    "1.0",
    "true",
    "false",
    "null",
    '""',
    '"1"',
    '"\\ud800"',
]
NASTY += ["[]", "{}", "[[[]]]", "[" * 50_000, '{"a":' * 50_000, "NaN", "Infinity", "-Infinity", '"\\u0000"', "01", "", "}", '"a\nb"']


def as_frame(kind: Kind, text: str, name: str | None = None) -> bytes:
    return f"event: {name or kind.value}\ndata: {text}\n\n".encode("utf-8", "surrogatepass")


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place in a body that can hold something else, the containers too."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))


def with_value(body: dict[str, Any], path: tuple[str, ...], text: str) -> str:
    """The JSON text of ``body`` with ``text`` in place of what stands at ``path``."""
    changed = copy.deepcopy(body)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = "@@"
    return json.dumps(changed).replace('"@@"', text)


def without(body: dict[str, Any], path: tuple[str, ...]) -> str:
    changed = copy.deepcopy(body)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return json.dumps(changed)


def check(event: Event, raw: bytes) -> None:
    """The promises that the monitor builds on."""
    assert event.raw is raw
    if event.kind in PARTS and event.kind is not Kind.ERROR:
        assert type(event.body[PARTS[event.kind]]) is dict
    if event.kind in INDEXED:
        assert type(event.index) is int
        assert event.index == event.body["index"] >= 0
    else:
        assert event.index == -1
    if event.kind is Kind.BLOCK_DELTA:
        assert isinstance(partial_json(event), str | None)
    if event.kind not in (Kind.OTHER, Kind.GARBLED, Kind.ERROR):
        again = read(frame(event.body))  # whatever was read can be written again, as the client's index or sum may need it
        assert (again.kind, again.index, again.body) == (event.kind, event.index, event.body)


@pytest.mark.parametrize("kind", VALID, ids=lambda kind: kind.value)
@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
def test_every_known_event_is_read(kind: Kind, named: bool) -> None:
    raw = as_frame(kind, json.dumps(VALID[kind]), None if named else "message")
    event = read(raw)
    assert (event.kind, event.body) == (kind, VALID[kind])
    check(event, raw)


LEAVES = [(kind, path) for kind, body in VALID.items() for path in leaves(body)]


@pytest.mark.parametrize(("kind", "path"), LEAVES, ids=lambda part: part.value if isinstance(part, Kind) else ".".join(part))
def test_nothing_nasty_at_any_leaf_raises_or_is_coerced(kind: Kind, path: tuple[str, ...]) -> None:
    for text in NASTY:
        for name in (kind.value, "message", "content_block_delta", "unknown"):
            raw = as_frame(kind, with_value(VALID[kind], path, text), name)
            check(read(raw), raw)
    raw = as_frame(kind, without(VALID[kind], path))
    check(read(raw), raw)


WRONG = {(kind, "index"): ["1e400", "1.0", "true", '"1"', "null", "[]", "{}", "-1", "1" * 5000] for kind in INDEXED}
WRONG |= {(kind, part): ["1", "true", '"x"', "null", "[]"] for kind, part in PARTS.items() if kind is not Kind.ERROR}


@pytest.mark.parametrize(("kind", "member"), WRONG, ids=lambda part: part.value if isinstance(part, Kind) else part)
def test_a_known_event_with_a_wrong_type_is_garbled(kind: Kind, member: str) -> None:
    for text in WRONG[kind, member]:
        assert read(as_frame(kind, with_value(VALID[kind], (member,), text))).kind is Kind.GARBLED
    assert read(as_frame(kind, without(VALID[kind], (member,)))).kind is Kind.GARBLED


@pytest.mark.parametrize("text", ["{", "1", "null", "[]", '"x"', '{"index": 0}', '{"type": 5}', '{"type": ["message_stop"]}'])
@pytest.mark.parametrize("name", ["message_stop", "content_block_delta", "message_start"])
def test_a_known_name_over_an_unreadable_body_is_garbled(name: str, text: str) -> None:
    assert read(as_frame(Kind.OTHER, text, name)).kind is Kind.GARBLED


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("message", "{", Kind.GARBLED),  # it may have been anything
        ("message", "[]", Kind.OTHER),
        ("message", "{}", Kind.OTHER),
        ("unknown", "{", Kind.OTHER),
        ("unknown", '{"type": "something_new", "index": 1e400}', Kind.OTHER),
        ("ping", '{"type": "ping"}', Kind.OTHER),
        ("ping", '{"type": "ping", "index": "x"}', Kind.OTHER),
        ("message_stop", '{"type": "something_new"}', Kind.OTHER),
        ("unknown", '{"type": "message_stop"}', Kind.MESSAGE_STOP),
        ("unknown", '{"type": "other"}', Kind.OTHER),
        ("unknown", '{"type": "garbled"}', Kind.OTHER),
        ("message_stop", "", Kind.OTHER),
    ],
)
def test_what_is_unknown_is_other(name: str, text: str, kind: Kind) -> None:
    raw = as_frame(Kind.OTHER, text, name)
    event = read(raw)
    assert event.kind is kind
    check(event, raw)


@pytest.mark.parametrize("text", ["{", "upstream timed out", "[]", "{}", '{"error": "boom"}', '{"type": "error"}', '{"type": "ping"}'])
def test_the_client_stops_at_whatever_is_named_error_and_so_do_we(text: str) -> None:
    event = read(as_frame(Kind.ERROR, text))
    assert event.kind is Kind.ERROR
    assert isinstance(event.body, dict)


@pytest.mark.parametrize("text", ['{"type": "error"}', '{"type": "error", "error": "boom"}'])
def test_an_unnamed_error_must_look_like_one(text: str) -> None:
    assert read(as_frame(Kind.ERROR, text, "message")).kind is Kind.GARBLED


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"message_stop","x":"\xff"}',
        b'{"type":"message_stop","x":"\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"type":"message_stop"}',
        '{"type":"message_stop"}'.encode("utf-16-le"),
        '{"type":"message_stop"}'.encode("utf-32-be"),
        b'{"type":"message_stop","x":NaN}',
        b'{"type":"message_stop","x":1e999}',
    ],
)
def test_only_what_javascript_would_read_is_read(data: bytes) -> None:
    assert read(b"event: message_stop\ndata: " + data + b"\n\n").kind is Kind.GARBLED


def test_the_data_may_come_in_several_lines() -> None:
    assert read(b'event: message_stop\r\ndata: {"type":\r\ndata: "message_stop"}\r\n\r\n').kind is Kind.MESSAGE_STOP


@pytest.mark.parametrize(
    ("delta", "text"),
    [
        ({"type": "input_json_delta", "partial_json": ""}, ""),
        ({"type": "input_json_delta", "partial_json": "x"}, "x"),
        ({"type": "input_json_delta", "partial_json": 1}, None),
        ({"type": "input_json_delta"}, None),
        ({"type": "text_delta", "partial_json": "x"}, None),
        ({"partial_json": "x"}, None),
    ],
)
def test_a_fragment_of_a_tool_input_is_told_from_everything_else(delta: dict[str, Any], text: str | None) -> None:
    assert partial_json(read(frame({"type": "content_block_delta", "index": 0, "delta": delta}))) == text


@given(st.text(st.characters(), max_size=60) | st.text('\r\n\x85\u2028\x00"\\\ud83d\ude00é', max_size=20), st.integers(0, 999))
def test_a_delta_frame_is_one_frame_and_reads_back(text: str, index: int) -> None:
    raw = delta_frame(index, text)
    event = read(raw)
    assert split(raw) == [raw]
    assert parse(raw)[0] == "content_block_delta"
    assert (event.kind, event.index) == (Kind.BLOCK_DELTA, index)
    back = partial_json(event)
    assert back is not None
    assert back.encode("utf-16", "surrogatepass") == text.encode("utf-16", "surrogatepass")  # halves side by side are a pair


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_any_body_reads_back_as_it_was_written(more: dict[str, Any]) -> None:
    body = {**more, "type": "message_stop"}
    raw = frame(body)
    assert read(raw) == Event(Kind.MESSAGE_STOP, raw, -1, body)


@given(st.binary(max_size=80))
def test_no_bytes_raise(data: bytes) -> None:
    for raw in (data, b"event: content_block_delta\ndata: " + data + b"\n\n", b"data: " + data + b"\n\n"):
        check(read(raw), raw)


def test_the_other_frames_read_back() -> None:
    raw = stop_frame(4)
    assert read(raw) == Event(Kind.BLOCK_STOP, raw, 4, {"type": "content_block_stop", "index": 4})
    delta, stop = (read(raw) for raw in split(end_frames("max_tokens", {"output_tokens": 9})))
    assert delta.kind is Kind.MESSAGE_DELTA
    assert delta.body["delta"] == {"stop_reason": "max_tokens", "stop_sequence": None}
    assert delta.body["usage"] == {"output_tokens": 9}
    assert stop.kind is Kind.MESSAGE_STOP
    assert read(PING).kind is Kind.OTHER
    assert parse(PING) == ("ping", b'{"type": "ping"}')


def test_an_event_of_an_odd_type_can_be_written() -> None:
    assert read(frame({"type": "\ud800"})).body == {"type": "\ud800"}
