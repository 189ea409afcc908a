"""One tool input: frames go out whole and in order up to the checkpoint, and `sent` is what the client has."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream.events import PING, delta_frame
from finestream.monitor.fragments import joined_fragments
from finestream.monitor.shape import Shape
from finestream.monitor.tool_input import ToolInput
from tests.monitor.deltas import FREE, LONG, client, cut_units, sizes, take, texts, watch


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
                batched.take_batch(joined.text, whole)
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


@pytest.mark.parametrize("synthetic", [True, False])
def test_half_a_character_that_stays_alone_is_text_when_its_block_ends(synthetic: bool) -> None:
    watched = watch(synthetic=synthetic)
    out = take(watched, '{"a": "x"}\ud83d')
    assert watched.is_sound
    assert not watched.is_certain
    watched.settle()
    assert watched.is_damaged
    assert client(out + watched.yield_all()) == '{"a": "x"}\ud83d' == watched.whole()


def test_a_run_of_empty_frames_waits_for_the_other_half_as_well() -> None:
    watched = watch()
    begin, high, empty, low = '{"a": "' + LONG, "x\ud83d", delta_frame(0, ""), "\ude00y"
    take(watched, begin)
    take(watched, high)
    watched.take_batch("", empty)
    assert watched.release() == b""
    assert watched.held_frames() == delta_frame(0, high) + empty
    assert take(watched, low) == delta_frame(0, high) + empty + delta_frame(0, low)


def test_a_run_that_brings_the_other_half_behind_an_empty_frame_goes_out_with_the_first() -> None:
    """The text ends in an open escape, so that its last frame waits: the first ones must not go out with half a character."""
    watched = watch()
    begin, high, low = '{"a": "' + LONG, "x\ud83d", "\ude00y\\"
    take(watched, begin)
    take(watched, high)
    watched.take_batch(low, delta_frame(0, "") + delta_frame(0, low))
    assert watched.release() == b""
    assert client(take(watched, 'n"}')) == watched.whole()[len(begin) :]


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
    assert client(watched.expose()) == ' "c": [1], '
    assert watched.expose() == b""
    assert client(watched.yield_all()) == ' "d": 4 }'


def test_of_a_text_from_several_answers_only_the_closing_bracket_is_kept_back() -> None:
    watched = watch(Shape({}, frozenset({"b"})), synthetic=True)
    take(watched, '{"a": 1, "c": 2} ')
    assert client(watched.expose()) == '{"a": 1, "c": 2'
    assert client(watched.yield_all()) == "} "


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
