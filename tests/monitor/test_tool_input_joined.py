"""A tool input that comes from more than one answer: what has gone out is never contradicted."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream.events import PING, delta_frame
from finestream.monitor.tool_input import Contradiction
from tests.monitor.deltas import client, cut_units, sizes, take, texts, watch


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


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_mark_that_comes_behind_the_seam_never_goes_out(size: int) -> None:
    """In whatever fragments, and with the first of them already in what was joined."""
    tail = ", 0" * 40 + ', "x [mark] y", 0, 0, 0'
    for joined in range(0, len(tail), 7):
        watched = watch()
        out = take(watched, '{"a": [0, 0, 0')
        with pytest.raises(Contradiction):
            watched.rewind(watched.kept(), tail[:joined], "[mark]")
            for at in range(joined, len(tail), size):
                watched.take(tail[at : at + size], b"")
                out += watched.release()
        assert "[m" not in client(out + watched.expose())  # not even the beginning of it
        assert "[m" not in watched.kept()


def test_a_mark_in_what_is_to_be_joined_changes_nothing() -> None:
    watched = watch()
    take(watched, '{"a": [0, 0, 0')
    had = (bytes(watched.text), watched.scanner, watched.synthetic)
    with pytest.raises(Contradiction):
        watched.rewind(watched.kept(), ', "[mark]"', "[mark]")
    assert (bytes(watched.text), watched.scanner, watched.synthetic) == had


def test_what_only_begins_as_a_mark_goes_out_as_soon_as_that_is_known() -> None:
    watched = watch()
    take(watched, '{"a": "' + "x" * 99)
    watched.rewind(watched.kept(), "y" * 99, "[mark]")
    watched.take("[mar", b"")
    assert watched.kept().endswith("y")
    assert client(watched.release()).endswith("y")
    watched.take('ble] [m"}', b"")
    assert watched.sent_text + client(watched.release()) == '{"a": "' + "x" * 99 + "y" * 99 + '[marble] [m"}'


def test_a_mark_is_looked_for_in_the_answer_that_it_was_asked_of() -> None:
    watched = watch()
    take(watched, '{"a": [0, 0, 0')
    watched.rewind(watched.kept(), ", 0, 0", "[mark]")
    watched.rewind(watched.kept(), ', "[mark]"]}')
    assert watched.is_sound


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


NAMES = [  # kept, tail, whether a name has two values then
    ('{"path": "/a", "text": "x"', ', "path": "/b"}', True),
    ('{"path": "/a", "text": "x"', ', "path": "/a"}', False),
    ('{"path": "/a", "text": "x"', ', "\\u0070ath": "/b"}', True),
    ('{"a": {"b": 1, "c": 2', ', "b": 3}, "d": 4}', True),
    ('{"a": {"b": 1, "c": 2', '}, "b": 3}', False),
    ('{"a": [{"b": 1}, {"b": 2}', ', {"b": 3}]}', False),
    ('{"a": [{"b": 1}, {"b": 2}', ', {"b": 3, "b": 4}]}', True),
    ('{"a": "\ud83d", "b": 1', ', "a": "\ude00"}', True),
]


@pytest.mark.parametrize(("kept", "tail", "is_double"), NAMES)
@pytest.mark.parametrize("size", [1, 3, 99])
def test_a_name_that_gets_another_value_by_the_join_never_goes_out_closed(kept: str, tail: str, is_double: bool, size: int) -> None:
    """A client takes the later value: the whole file would be written, to another path."""
    for at in (0, 1, len(tail) - 1, len(tail)):
        watched = watch()
        out = take(watched, kept)
        try:
            watched.rewind(kept, tail[:at])
            out += watched.release() + take(watched, *(tail[start : start + size] for start in range(at, len(tail), size)))
        except Contradiction:
            assert is_double
        else:
            assert not is_double
            assert client(out) == kept + tail


def test_a_name_that_the_model_itself_gave_twice_is_none_of_our_business() -> None:
    text = '{"a": 1, "a": 2}'
    assert client(take(watch(), *text)) == text


def test_a_joined_text_too_deep_to_be_read_goes_on() -> None:
    watched = watch()
    kept = '{"a": 1'
    take(watched, kept)
    watched.rewind(kept, ', "b": ' + "[" * 3000)
    assert watched.is_sound is False
    watched.take("]" * 3000 + "}", b"")
    assert watched.is_sound


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
