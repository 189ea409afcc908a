"""The frames of an answer, whole and cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.simulator import frames
from finestream.simulator.dice import Dice
from finestream.simulator.faults import Cut, find_cut
from finestream.simulator.model import Answer, Part
from finestream.simulator.play import buffered, generated, halves, message, scatter, tokens, torn
from finestream.simulator.script import Fault
from tests.simulator.asking import due, events, frames_of, joined, voice

DOCUMENT = '{"file_path": "/a", "content": "é\\n🎉🎉🎉\\ud83d\\ude00 漢字", "n": [1, 2.5]}'
ANSWER = Answer(
    (
        Part("thinking", "Let me think about it.", signature="sig=="),
        Part("text", "Now I write it 🎉."),
        Part("tool_use", DOCUMENT, name="Write", ordinal=0),
        Part("tool_use", '{"x": 1}', name="Read", ordinal=1),
    ),
    "tool_use",
)


def _data(*faults: Fault, **more: Any) -> bytes:
    return b"".join(frame.data for frame in frames_of(ANSWER, *faults, **more))


def _shape(found: list[dict[str, Any]]) -> list[str]:
    names = [event["type"].removeprefix("content_block_") + str(event.get("index", "")) for event in found]
    return [name for index, name in enumerate(names) if index == 0 or name != names[index - 1]]


WHOLE = [
    *("message_start", "start0", "ping", "delta0", "stop0", "start1", "delta1", "stop1"),
    *("start2", "delta2", "stop2", "start3", "delta3", "stop3", "message_delta", "message_stop"),
]


def test_a_whole_answer_has_every_event_in_the_apis_order() -> None:
    found = events(_data())
    assert _shape(found) == WHOLE
    assert [joined(found, index) for index in range(4)] == [part.text for part in ANSWER.parts]
    starts = [event["content_block"] for event in found if event["type"] == "content_block_start"]
    assert [list(start) for start in starts] == [
        ["type", "thinking", "signature"],
        ["type", "text"],
        *[["type", "id", "name", "input"]] * 2,
    ]
    assert len({start["id"] for start in starts[2:]}) == 2
    signature = [event["delta"] for event in found if event.get("index") == 0 and "delta" in event][-1]
    assert signature == {"type": "signature_delta", "signature": "sig=="}
    assert found[-2] == {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {
            "input_tokens": 10,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": tokens(sum(len(part.text) for part in ANSWER.parts)),
        },
    }


def test_frames_are_spelled_as_the_api_spells_them() -> None:
    assert (
        frames.delta(1, "input_json_delta", "partial_json", '{"a": "é')
        == (
            "event: content_block_delta\n"
            'data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\": \\"é"}}\n\n'
        ).encode()
    )
    assert frames.ping() == b'event: ping\ndata: {"type": "ping"}\n\n'
    assert frames.delta(0, "text_delta", "text", "\ud83c\n").endswith(b'"text":"\\ud83c\\n"}}\n\n')
    start = b'event: message_start\ndata: {"type":"message_start","message":{"model":"m","id":"i","type":"message",'
    assert frames.message_start("i", "m", 5).startswith(start + b'"role":"assistant","content":[],"stop_reason":null,')


def test_an_eager_input_begins_with_an_empty_delta_and_comes_in_small_ones() -> None:
    deltas = [event["delta"]["partial_json"] for event in events(_data()) if event.get("index") == 2 and "delta" in event]
    assert deltas[0] == ""
    assert len(deltas) > 3
    assert max(map(len, deltas)) <= 42


def test_a_buffered_input_comes_one_member_at_a_time() -> None:
    deltas = [event["delta"]["partial_json"] for event in events(_data()) if event.get("index") == 3 and "delta" in event]
    assert deltas == ["", '{"x": 1', "}"]
    assert [piece for piece, _ in buffered(DOCUMENT, whole=True)] == [
        '{"file_path": "/a"',
        ', "content": "é\\n🎉🎉🎉\\ud83d\\ude00 漢字"',
        ', "n": [1, 2.5]',
        "}",
    ]


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("🎉𠜎\n\\"), max_size=200), st.integers(0, 99), st.integers(1, 30))
def test_scattered_pieces_are_the_text(text: str, seed: int, size: int) -> None:
    pieces = list(scatter(text, Dice(seed), size))
    assert b"".join(piece.encode("utf-16-le", "surrogatepass") for piece, _ in pieces) == text.encode("utf-16-le")
    assert sum(count for _, count in pieces) == len(text)
    assert all(len(piece) <= 2 * size + 1 for piece, _ in pieces)


def test_pieces_do_part_surrogate_pairs_and_escapes() -> None:
    pieces = [piece for piece, _ in scatter("🎉\\n" * 100, Dice(1), 3)]
    assert any("\ud800" <= piece[-1] <= "\udbff" for piece in pieces)
    assert any(piece.endswith("\\") for piece in pieces)
    assert ("\udf89", 0) in [list(scatter("a🎉", Dice(seed), 1))[-1] for seed in range(20)]


@given(st.integers(0, len(DOCUMENT)), st.sampled_from(["Write", "nothing"]))
def test_a_cut_input_is_the_document_up_to_the_cut(at: int, eager: str) -> None:
    parts = frames_of(ANSWER, Fault("drop", at=at), speaks=voice(eager))
    got = joined(events(b"".join(frame.data for frame in parts)), 2)
    assert DOCUMENT[:at].startswith(got)
    assert got == DOCUMENT[:at] or eager == "nothing"
    assert sum(frame.characters for frame in parts if frame.tool) == at
    assert sum(frame.characters for frame in parts) == len(ANSWER.parts[0].text + ANSWER.parts[1].text) + at


@given(st.integers(0, len(DOCUMENT)))
def test_max_tokens_leaves_an_eager_block_open_and_closes_a_buffered_one(at: int) -> None:
    fault = Fault("max_tokens", at=at)
    eager = events(_data(fault))
    assert _shape(eager)[-3:] == ["delta2", "message_delta", "message_stop"]
    assert eager[-2]["delta"]["stop_reason"] == "max_tokens"
    assert joined(eager, 2) == DOCUMENT[:at]
    plain = events(_data(fault, speaks=voice()))
    assert _shape(plain)[-4:] == ["delta2", "stop2", "message_delta", "message_stop"]
    value = json.loads(joined(plain, 2))
    whole = json.loads(DOCUMENT)
    assert value == {key: whole[key] for key in list(whole)[: len(value)]}
    assert (value == whole) == (at == len(DOCUMENT))


def test_a_block_cut_by_max_tokens_is_closed_on_demand() -> None:
    assert _shape(events(_data(Fault("max_tokens", at=9, closes=True))))[-3] == "stop2"
    assert _shape(events(_data(max_tokens=15, speaks=voice("Write"))))[-3] == "delta2"
    assert _shape(events(_data(max_tokens=15, speaks=voice("Write", closes=True))))[-3] == "stop2"
    assert _shape(events(_data(Fault("max_tokens", at="in_text"))))[-3] == "stop1"


@pytest.mark.parametrize(
    ("at", "last", "count"),
    [
        ("before_message", None, 0),
        ("in_thinking", "delta0", 11),
        ("in_text", "delta1", 30),
        ("before_input", "start2", 39),
        ("after_input", "delta2", 39 + len(DOCUMENT)),
        ("after_block", "stop2", 39 + len(DOCUMENT)),
        ("before_message_stop", "message_delta", 47 + len(DOCUMENT)),
    ],
)
def test_named_places_are_where_they_say(at: Any, last: str | None, count: int) -> None:
    fault = Fault("reset", at=at)
    shape = _shape(events(_data(fault)))
    assert shape == (WHOLE[: WHOLE.index(last) + 1] if last else [])
    cut = find_cut(ANSWER.parts, due(fault), 10**6)
    assert generated(ANSWER, cut) == count


def test_an_error_is_said_in_the_stream() -> None:
    found = events(_data(Fault("error", at=5, error="api_error")))
    assert found[-1] == {"type": "error", "error": {"type": "api_error", "message": "Api"}}
    assert _shape(events(_data(Fault("error", at="before_message")))) == ["error"]
    assert _shape(events(_data(Fault("error", at="before_message_stop"))))[-2:] == ["message_delta", "error"]


@pytest.mark.parametrize("at", ["before_message", "before_input", "after_block", "before_message_stop"])
def test_max_tokens_at_a_named_place_is_a_whole_message(at: Any) -> None:
    shape = _shape(events(_data(Fault("max_tokens", at=at))))
    assert (shape[0], shape[-2], shape[-1]) == ("message_start", "message_delta", "message_stop")
    assert events(_data(Fault("max_tokens", at=at)))[-2]["delta"]["stop_reason"] == "max_tokens"


def test_half_a_character_is_sent_as_its_escape() -> None:
    at = DOCUMENT.index("🎉")
    assert _data(Fault("reset", at=at, half=True)).endswith(b'"partial_json":"\\ud83c"}}\n\n')
    assert _data(Fault("reset", at=at - 1, half=True)) == _data(Fault("reset", at=at - 1))
    assert halves("🎉") == ("\ud83c", "\udf89")


def test_a_torn_frame_ends_inside_a_character() -> None:
    at = DOCUMENT.index("漢")
    with pytest.raises(UnicodeDecodeError):
        _data(Fault("drop", at=at, torn=True)).decode()
    whole = _data(Fault("drop", at=5))
    assert _data(Fault("drop", at=5, torn=True)).startswith(whole)
    assert not _data(Fault("drop", at=5, torn=True)).endswith(b"\n\n")
    assert _data(Fault("drop", at=len(DOCUMENT), torn=True)).endswith(b'\n\nevent: content_block_stop\ndata: {"ty')
    assert torn(b"abcdef") == b"abc"
    assert _data(Fault("max_tokens", at=5, torn=True)) == _data(Fault("max_tokens", at=5))


def test_an_answer_that_is_not_streamed_is_one_object() -> None:
    got: Any = message(ANSWER, None, voice())
    assert [block["type"] for block in got["content"]] == ["thinking", "text", "tool_use", "tool_use"]
    assert got["content"][2]["input"] == json.loads(DOCUMENT)
    assert got["stop_reason"] == "tool_use"


@pytest.mark.parametrize(
    ("place", "blocks", "value"),
    [
        ("before_message", 0, None),
        ("before_input", 2, None),
        ("after_block", 3, json.loads(DOCUMENT)),
        ("after_input", 3, json.loads(DOCUMENT)),
        (30, 3, {"file_path": "/a"}),
        (3, 3, {}),
        ("before_message_stop", 4, {"x": 1}),
    ],
)
def test_max_tokens_cuts_an_object_too(place: Any, blocks: int, value: object) -> None:
    cut = find_cut(ANSWER.parts, due(Fault("max_tokens", at=place)), 10**6)
    got: Any = message(ANSWER, cut, voice())
    assert len(got["content"]) == blocks
    assert got["stop_reason"] == "max_tokens"
    assert value is None or got["content"][-1]["input"] == value


def test_other_faults_leave_an_object_whole() -> None:
    assert message(ANSWER, Cut(0, 0, 0, due(Fault("reset", at=0))[0]), voice()) == message(ANSWER, None, voice()) | {
        "usage": frames.usage(10, 0)
    }


def test_an_empty_answer_is_a_message_all_the_same() -> None:
    data = b"".join(frame.data for frame in frames_of(Answer((), "end_turn")))
    assert _shape(events(data)) == ["message_start", "message_delta", "message_stop"]
