"""One tool input: frames go out whole and in order up to the checkpoint, and what has gone out is never contradicted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream import sse
from finestream.events import PING, delta_frame, frame, partial_json, read
from finestream.monitor.tool_input import Contradiction, Shape, ToolInput, joined_fragments, shape
from tests.recovery.documents import make_document

START = {"type": "tool_use", "id": "toolu_1", "name": "Write", "input": {}}
FREE = Shape({}, frozenset())
LONG = "0123456789" * 8


def watch(wanted: Shape = FREE, *, synthetic: bool = False) -> ToolInput:
    built = ToolInput(0, START, wanted)
    built.synthetic = synthetic
    return built


def take(watched: ToolInput, *fragments: str) -> bytes:
    """Take deltas one by one; the frames that go out."""
    out = b""
    for fragment in fragments:
        watched.take(fragment, delta_frame(0, fragment))
        out += watched.release()
    return out


def client(out: bytes) -> str:
    """The text of the input as a JavaScript client joins it: by UTF-16 units."""
    events = (read(raw) for raw in sse.split(out))
    text = "".join(partial_json(event) or "" for event in events if "delta" in event.body)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def cut_units(text: str, sizes: list[int]) -> Iterator[str]:
    """``text`` in fragments, cut between any two UTF-16 units: also inside a surrogate pair."""
    units = text.encode("utf-16-le", "surrogatepass")
    at = 0
    while at < len(units):
        for size in sizes:
            yield units[at : at + 2 * size].decode("utf-16-le", "surrogatepass")
            at += 2 * size


texts = st.builds(
    lambda seed, options: json.dumps(make_document(seed), **options),
    st.integers(0, 2**40),
    st.sampled_from([{"ensure_ascii": False}, {"ensure_ascii": True}]),
)
sizes = st.lists(st.integers(0, 30), min_size=1, max_size=6).map(lambda found: [*found, 7])


# -- the shape -----------------------------------------------------------------------------------------------------------------------------

ALL = {"object", "array", "string", "number", "boolean", "null"}


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({"type": "string"}, {"string"}),
        ({"type": "integer"}, {"number"}),
        ({"type": ["string", "null"]}, {"string", "null"}),
        ({"type": "date"}, ALL),
        ({"type": ["string", "date"]}, ALL),
        ({"type": []}, ALL),
        ({"type": 5}, ALL),
        ({"enum": ["a"]}, ALL),
        ({"$ref": "#/x"}, ALL),
        (True, ALL),
        (False, ALL),
        (None, ALL),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, {"string", "array"}),
        ({"oneOf": [{"type": "string"}, {"anyOf": [{"type": "null"}, {"type": "integer"}]}]}, {"string", "null", "number"}),
        ({"anyOf": [{"type": "string"}, True]}, ALL),
        ({"anyOf": [{"type": "string"}, {"$ref": "#/x"}]}, ALL),
        ({"anyOf": []}, ALL),
        ({"anyOf": {}, "type": "string"}, {"string"}),
        ({"type": "string", "anyOf": [{"minLength": 1}]}, ALL),
    ],
)
def test_the_kinds_that_a_member_may_have(schema: Any, kinds: set[str]) -> None:
    found = shape({"properties": {"a": schema}})
    assert found.kinds.get("a", ALL) == kinds


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ({"required": ["a", "b"]}, {"a", "b"}),
        ({"required": ["a", 5, None, ["b"]]}, {"a"}),
        ({"required": "a"}, set()),
        ({"required": True, "properties": ["a"]}, set()),
        ({"required": None, "properties": None}, set()),
        ({}, set()),
        (None, set()),
        ([], set()),
        ("object", set()),
    ],
)
def test_the_members_that_must_be_there(schema: Any, required: set[str]) -> None:
    assert shape(schema) == Shape({}, frozenset(required))


# -- frames out ----------------------------------------------------------------------------------------------------------------------------


def check_promises(watched: ToolInput, out: bytes, taken: bytes) -> None:
    """What holds after each delta: nothing lost or moved, nothing behind the checkpoint, and `sent` is what the client has."""
    assert out + watched.held_frames() == taken
    assert watched.sent <= watched.scanner.checkpoint
    assert client(out).encode("utf-8", "surrogatepass") == bytes(watched.text[: watched.sent])
    assert watched.sent_text == client(out)
    assert watched.waiting == len(watched.text) - watched.sent
    assert watched.has_frames == bool(watched.held_frames())


@given(texts, sizes)
@settings(max_examples=30)
def test_frames_go_out_up_to_the_checkpoint_one_by_one(text: str, sizes: list[int]) -> None:
    watched, out, taken = watch(), b"", b""
    fragments = list(cut_units(text, sizes))
    for number, fragment in enumerate(fragments):
        taken += delta_frame(0, fragment)
        out += take(watched, fragment)
        if number % (len(fragments) // 8 + 1) in (0, 1):
            check_promises(watched, out, taken)
    assert watched.is_sound
    assert out + watched.expose() == taken
    assert not watched.has_frames
    assert watched.whole() == text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


@given(texts, sizes, st.lists(st.integers(1, 9), min_size=1, max_size=5))
@settings(max_examples=30)
def test_a_run_of_frames_is_taken_as_its_frames_are(text: str, sizes: list[int], runs: list[int]) -> None:
    """At once where the fast way can read it, else one by one: at the end of each run the text is the same, and so is the client's part."""
    single, batched = watch(), watch()
    single_out, out, taken = b"", b"", b""
    fragments = list(cut_units(text, sizes))
    each = len(fragments) // 16 + 1
    while fragments:
        for count in (each * run for run in runs):
            part, fragments = fragments[:count], fragments[count:]
            whole = b"".join(delta_frame(0, fragment) for fragment in part)
            taken += whole
            single_out += take(single, *part)
            joined = joined_fragments(whole, 0) if whole else None
            if joined is None:
                out += take(batched, *part)
            else:
                batched.take_batch(joined, whole)
                out += batched.release()
            check_promises(batched, out, taken)
            assert batched.text == single.text
            assert batched.chunk_ends == single.chunk_ends
            assert len(out) <= len(single_out)
    assert batched.is_sound
    assert out + batched.expose() == single_out + single.expose() == taken


def test_a_run_keeps_back_only_the_frames_behind_the_checkpoint() -> None:
    fragments = ['{"a": "' + LONG, LONG, '", "b": ', "tr", "u"]
    watched = watch()
    whole = b"".join(delta_frame(0, fragment) for fragment in fragments)
    watched.take_batch("".join(fragments), whole)
    assert watched.scanner.checkpoint == len('{"a": "' + LONG + LONG + '"')
    assert client(watched.release()) == '{"a": "' + LONG + LONG
    assert watched.held_frames() == b"".join(delta_frame(0, fragment) for fragment in fragments[2:])


def test_a_run_that_may_go_out_whole_is_not_taken_apart() -> None:
    watched = watch()
    whole = delta_frame(0, '{"a": ') + delta_frame(0, "1}")
    watched.take_batch('{"a": 1}', whole)
    assert watched.release() == whole


def test_a_frame_waits_for_the_other_half_of_its_last_character() -> None:
    watched = watch()
    begin, high, low = '{"a": "' + LONG, "x\ud83d", "\ude00y"
    out = take(watched, begin)
    assert client(out) == begin
    assert take(watched, high) == b""
    watched.hold(PING)
    assert watched.release() == watched.expose() == b""
    assert watched.half == "\ud83d"
    assert watched.has_frames
    assert watched.held_frames() == delta_frame(0, high) + PING
    assert take(watched, low) == delta_frame(0, high) + PING + delta_frame(0, low)
    assert watched.whole() == begin + "x\U0001f600y"
    assert watched.sent_text == watched.whole()


@pytest.mark.parametrize("text", ['{"a": "\ud83d"}', '{"a": "\ude00"}', '{"a": "\ude00\ud83d x"}', '{"a": "\ud83d\ud83d\ude00"}'])
def test_half_a_character_that_stays_alone_is_kept(text: str) -> None:
    for fragments in ([text], list(text)):
        watched = watch()
        out = take(watched, *fragments)
        assert watched.is_sound
        assert client(out) == watched.whole() == text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def test_a_ping_keeps_its_place() -> None:
    watched = watch()
    out = take(watched, '{"a": 1')
    watched.hold(PING)
    assert out == b""
    assert take(watched, ', "b": 22', "}") == delta_frame(0, '{"a": 1') + PING + delta_frame(0, ', "b": 22') + delta_frame(0, "}")


def test_a_text_that_is_whole_but_lacks_members_keeps_its_end_back() -> None:
    watched = watch(Shape({}, frozenset({"a", "b"})))
    assert client(take(watched, '{"a": 1', ",", ' "c": [1], ', ' "d": 4 }')) == '{"a": 1,'
    assert watched.scanner.complete
    assert not watched.is_sound
    assert not watched.is_damaged
    assert watched.kept() == '{"a": 1, "c": [1],  "d": 4'
    assert watched.release() == b""
    assert client(watched.expose()) == ' "c": [1],  "d": 4 }'


def test_everything_can_be_exposed() -> None:
    watched = watch()
    assert take(watched, '{"a": ', "tr") == b""
    assert watched.waiting == len('{"a": tr')
    assert client(watched.expose()) == '{"a": tr' == watched.sent_text
    assert watched.waiting == 0
    assert watched.expose() == b""


# -- judgement -----------------------------------------------------------------------------------------------------------------------------

JUDGED = [  # text, sound, damaged, kept
    ("", False, False, ""),
    ("{", False, False, ""),
    ("{}", False, False, "{"),
    ('{"a": "x"}', True, False, '{"a": "x"'),
    ('{"a": "x"} \n', True, False, '{"a": "x"'),
    ('{"a": "x" , "b": 1 } ', True, False, '{"a": "x" , "b": 1'),
    ('{"a": "x"} x', False, True, '{"a": "x"'),
    ('{"a": "x",}', False, True, '{"a": "x"'),
    ('{"b": 1, "a": 5, "c": 2}', False, True, '{"b": 1'),
    ("[1, 2]", False, True, ""),
    ('"a"', False, True, ""),
    ('{"a": "x", "b": tr', False, False, '{"a": "x"'),
]


@pytest.mark.parametrize(("text", "sound", "damaged", "kept"), JUDGED)
def test_what_an_input_is_worth(text: str, sound: bool, damaged: bool, kept: str) -> None:
    for fragments in ([text], list(text)):
        watched = watch(Shape({"a": frozenset({"string"})}, frozenset({"a"})))
        take(watched, *fragments)
        assert (watched.is_sound, watched.is_damaged, watched.kept()) == (sound, damaged, kept)


def test_the_names_come_from_the_start() -> None:
    assert (watch().tool, watch().tool_use_id, watch().index) == ("Write", "toolu_1", 0)
    odd = ToolInput(3, {"type": "tool_use", "name": 5}, FREE)
    assert (odd.tool, odd.tool_use_id, odd.index) == ("5", "", 3)


def test_chunks_are_told_and_counted() -> None:
    watched = watch()
    chunks = watched.take('{"a": 1, "b": [2, ', b"")
    assert [chunk.path for chunk in chunks] == [("a",), ("b", 0)]
    assert watched.members == {"a", "b"}
    assert watched.chunk_ends == [chunk.end for chunk in chunks]


# -- recovery ------------------------------------------------------------------------------------------------------------------------------


@given(texts, sizes, st.integers(0, 10**6), st.integers(0, 10**6), st.booleans())
@settings(max_examples=80)
def test_the_client_gets_the_document_from_two_answers(text: str, sizes: list[int], cut: int, joined: int, expose: bool) -> None:
    """Cut anywhere, with or without everything exposed; joined with any part of the rest, inside a surrogate pair too."""
    watched = watch()
    fragments = list(cut_units(text, sizes))
    out = take(watched, *fragments[: cut % len(fragments)])
    if expose:
        out += watched.expose()
    kept = watched.kept()
    units = text.encode("utf-16-le")[len(kept.encode("utf-16-le", "surrogatepass")) :]
    size = 2 * (joined % (len(units) // 2 + 1))
    told = list(watched.chunk_ends)
    news = [chunk.end for chunk in watched.rewind(kept, units[:size].decode("utf-16-le", "surrogatepass"))]
    assert sorted({*told, *news}) == [*told, *news]  # each chunk is told once
    assert set(watched.chunk_ends) <= {*told, *news}
    out += watched.release()
    assert text.startswith(client(out))
    assert client(out) == watched.sent_text
    fragments = list(cut_units(units[size:].decode("utf-16-le", "surrogatepass"), sizes))
    for number, fragment in enumerate(fragments):
        out += take(watched, fragment)
        if number % (len(fragments) // 4 + 1) == 0:
            assert client(out) == watched.sent_text
    assert watched.is_sound
    assert client(out + watched.expose()) == text
    assert watched.held_frames() == b""


@pytest.mark.parametrize(
    ("kept", "tail"),
    [('{"a": 1', ', "c"'), ('{"a": 2', ""), ('{"a": 1', ", "), ("", '{"b": 1'), ('{"a": 1', ', "b": 23')],
)
def test_what_the_client_has_is_not_contradicted(kept: str, tail: str) -> None:
    watched = watch()
    take(watched, '{"a": 1, "b": 22')
    watched.expose()
    had = (bytes(watched.text), watched.scanner, watched.synthetic, watched.sent_text)
    if '{"a": 1, "b": 22'.startswith(kept + tail):
        watched.rewind(kept, tail)
        with pytest.raises(Contradiction):
            watched.take('"b": 23', b"")
        assert watched.release() == b""
    else:
        with pytest.raises(Contradiction):
            watched.rewind(kept, tail)
        assert (bytes(watched.text), watched.scanner, watched.synthetic, watched.sent_text) == had


def test_a_short_rewind_sends_nothing_twice() -> None:
    watched = watch()
    take(watched, '{"a": 1, "b": 22')
    watched.expose()
    watched.rewind('{"a": 1', "")
    assert watched.sent_text == '{"a": 1, "b": 22'
    assert not watched.has_frames
    assert watched.waiting < 0
    watched.hold(PING)
    assert watched.held_frames() == b""
    assert client(take(watched, ', "b"', ": 22", '3, "c": 4', "}")) == '3, "c": 4}'


def test_a_second_rewind_builds_on_the_first() -> None:
    watched = watch()
    out = take(watched, '{"a": 1, "b": 2, "c')
    watched.rewind(watched.kept(), ', "d": 3, ')
    out += watched.release()
    watched.rewind(watched.kept(), ', "e": 4}')
    assert client(out + watched.release()) == watched.whole() == '{"a": 1, "b": 2, "d": 3, "e": 4}'


def test_a_rewound_input_goes_on_in_linear_time() -> None:
    def cost(size: int) -> float:
        watched = watch()
        take(watched, '{"a": "' + "x" * size)
        watched.rewind(watched.kept(), "")
        started = process_time()
        for _ in range(2_000):
            watched.take("some twenty characters", b"")
        return process_time() - started

    assert min(cost(2_000_000) for _ in range(2)) < 20 * min(cost(2_000) for _ in range(3))


def test_a_corrected_text_is_brought_out_behind_what_went_out() -> None:
    watched = watch()
    out = take(watched, '{"a": 1, "b": "é', "\n")
    corrected = '{"a": 1, "b": "é\\n"}'
    assert client(out + watched.expose()[:0]) == ""
    watched.sent = len('{"a": 1')
    assert client(watched.replace(corrected)) == ', "b": "é\\n"}'
    assert watched.sent == len(corrected.encode())
    assert watched.replace(corrected) == b""


def test_synthetic_frames_hold_the_text_and_nothing_twice() -> None:
    watched = watch(synthetic=True)
    assert client(take(watched, '{"a": 1', ", ")) == '{"a": 1'
    waits = [watched.has_frames]
    assert client(watched.expose()) == ", "
    assert [*waits, watched.has_frames] == [True, False]
    watched.take_batch('"b": 2}', b"frames of another answer")
    assert watched.release() == delta_frame(0, '"b": 2}')
    assert watched.expose() == b""


# -- the fast way --------------------------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=20) | st.text('"\\u\n{}é\ud83d\ude00', max_size=9), min_size=1, max_size=6), st.integers(0, 12))
def test_joined_fragments_are_what_javascript_joins(fragments: list[str], index: int) -> None:
    whole = b"".join(delta_frame(index, fragment) for fragment in fragments)
    found = joined_fragments(whole, index)
    if found is None:  # only where a fragment ends, as it is spelled, in what may be the first half of a pair
        assert "\\u" in whole.decode()
    else:
        assert found.encode("utf-16-le", "surrogatepass") == "".join(fragments).encode("utf-16-le", "surrogatepass")
        assert all(not "\ud800" <= fragment[-1:] <= "\udbff" for fragment in fragments)


DELTA = delta_frame(1, "x").decode()
NOT_DELTAS = {
    "another block": delta_frame(2, "x").decode(),
    "a block whose index begins alike": delta_frame(11, "x").decode(),
    "a ping": PING.decode(),
    "another delta": frame({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "x"}}).decode(),
    "a member more": DELTA.replace('"}}', '","y":"z"}}'),
    "a member behind the delta": DELTA.replace('"}}', '"},"y":1}'),
    "another spelling": DELTA.replace('":"', '": "'),
    "no text": DELTA.replace('"x"', "5"),
    "another event name": DELTA.replace("event: content_block_delta", "event: other"),
    "data before it": "data: {}\n" + DELTA,
    "a name before it": "event: ping\n" + DELTA,
    "a blank line more": "\n" + DELTA,
    "a line end inside": DELTA.replace("x", "x\ny"),
    "a bad escape": DELTA.replace('"x"', '"\\q"'),
    "a raw tab": DELTA.replace('"x"', '"\t"'),
    "half a character at the end": delta_frame(1, "x\ud83d").decode(),
    "half a character at the end, padded": delta_frame(1, "x\ud83d").decode().replace('"}}', '"}   }'),
}


@pytest.mark.parametrize("case", NOT_DELTAS)
def test_anything_else_is_left_to_the_careful_way(case: str) -> None:
    for whole in (NOT_DELTAS[case], DELTA + NOT_DELTAS[case], NOT_DELTAS[case] + DELTA):
        assert joined_fragments(whole.encode(), 1) is None


def test_bytes_that_are_no_utf_8_are_left_to_the_careful_way() -> None:
    assert joined_fragments(DELTA.encode().replace(b'"x"', b'"\xff"'), 1) is None
    assert joined_fragments(DELTA.encode().replace(b'"x"', b'"\xed\xa0\xbd"'), 1) is None


def test_the_usual_spelling_may_be_padded() -> None:
    assert joined_fragments((DELTA.replace('"}}', '"}      }') + DELTA).encode(), 1) == "xx"
