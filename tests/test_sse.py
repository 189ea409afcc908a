"""Frames: against a reader written straight from the standard, at every cut, with every line end."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.sse import Framer, parse, split

LIMIT = 1 << 30
BOM = b"\xef\xbb\xbf"
FIELDS = (
    b"data: a",
    b"data",
    b"data:",
    b"data:b",
    b"data:  c",
    b"event: e",
    b"event:",
    b"event: f ",
    b": note",
    b":",
    b"id: 1",
    b"odd",
    b"\xc3\xa9",
)
ENDS = (b"\n", b"\n\n", b"\r\n", b"\r", b"\r\n\r\n", b"\r\r", b"\n\r\n", b"\n\n\n")
pieces = st.lists(st.sampled_from((*FIELDS, *ENDS)), max_size=24)


def dispatched(stream: bytes) -> list[tuple[str, bytes]]:
    """What the standard's own algorithm dispatches, an event without any data text left out."""
    events: list[tuple[str, bytes]] = []
    name, data = "", b""
    lines = re.split(rb"\r\n|\r|\n", stream.removeprefix(BOM))
    for line in lines[:-1]:
        if not line:
            if data[:-1]:
                events.append((name or "message", data[:-1]))
            name, data = "", b""
        elif not line.startswith(b":"):
            field, value = line.split(b":", 1) if b":" in line else (line, b"")
            value = value[1:] if value[:1] == b" " else value
            if field == b"data":
                data += value + b"\n"
            elif field == b"event":
                name = value.decode()
    return events


def feed_all(reads: list[bytes]) -> tuple[list[bytes], bytes]:
    framer = Framer(LIMIT)
    wholes = [whole for read in reads if (whole := framer.feed(read))]
    return wholes, framer.drain()


def events_of(wholes: list[bytes]) -> list[tuple[str, bytes]]:
    return [event for whole in wholes for frame in split(whole) if (event := parse(frame))[1]]


EXAMPLES = {
    "three lines are one event": (b"data: ACME\ndata: +3\ndata: 12\n\n", [("message", b"ACME\n+3\n12")]),
    "comment, id, no space, two spaces, unfinished": (
        b": a stream for trying\n\ndata: one\nid: 1\n\ndata:two\nid\n\ndata:  three\n\ndata: four",
        [("message", b"one"), ("message", b"two"), ("message", b" three")],
    ),
    "a field without a colon is empty": (b"data\ndata\n\ndata:x\n\n", [("message", b"\n"), ("message", b"x")]),
    "one space is taken": (b"data:t\n\ndata: t\n\ndata:  t\n\n", [("message", b"t"), ("message", b"t"), ("message", b" t")]),
    "named": (b"event: add\ndata: 7\n\nevent: remove\ndata: 8\n\n", [("add", b"7"), ("remove", b"8")]),
    "the last name counts, an empty one does not": (
        b"event: a\nevent: b\ndata: 1\n\nevent: a\nevent:\ndata: 2\n\n",
        [("b", b"1"), ("message", b"2")],
    ),
    "a name does not outlive its event": (b"event: a\n\ndata: 1\n\n", [("message", b"1")]),
    "field names are exact": (b"Data: 1\ndata : 2\n data: 3\ndata: 4\n\n", [("message", b"4")]),
    "a colon in the value": (b'data: {"a":1}\n\n', [("message", b'{"a":1}')]),
    "byte order mark": (BOM + b"data: 1\n\ndata: 2\n\n", [("message", b"1"), ("message", b"2")]),
    "blank lines before and between": (b"\n\n\ndata: 1\n\n\n\n\ndata: 2\n\n", [("message", b"1"), ("message", b"2")]),
    "a name that is no UTF-8": (b"event: \xff\ndata: 1\n\n", [("\ufffd", b"1")]),
}


@pytest.mark.parametrize("case", EXAMPLES)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_examples_of_the_standard_are_read_with_every_line_end(case: str, end: bytes) -> None:
    stream, expected = EXAMPLES[case]
    stream = stream.replace(b"\n", end) + b":"  # one byte more, without which a last CR could still become CR LF
    for reads in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
        assert events_of(feed_all(reads)[0]) == expected


@given(pieces, st.data())
def test_any_cut_gives_the_events_of_the_standard_and_loses_no_byte(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts) + b":"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reads = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    for cut in (reads, [stream], [stream[at : at + 1] for at in range(len(stream))]):
        wholes, rest = feed_all(cut)
        assert b"".join(wholes) + rest == stream
        assert events_of(wholes) == dispatched(stream)
        for whole in wholes:
            assert b"".join(split(whole)) == whole
            assert all(re.search(rb"(\r\n|\r|\n)(\r\n|\r|\n)$", frame) for frame in split(whole))


@given(pieces)
def test_a_frame_holds_one_event_at_most(parts: list[bytes]) -> None:
    wholes, _ = feed_all([b"".join(parts) + b":"])
    for frame in (frame for whole in wholes for frame in split(whole)):
        assert len(dispatched(frame)) <= 1


@pytest.mark.parametrize("frame", [b"data: 1\n\n", b"data: 1\r\n\r\n", b"data: 1\n\r\n", b"data: 1\r\n\n"])
def test_a_frame_is_given_out_with_its_last_byte(frame: bytes) -> None:
    framer = Framer(LIMIT)
    assert [framer.feed(frame[at : at + 1]) for at in range(len(frame))] == [b""] * (len(frame) - 1) + [frame]


@given(pieces, st.data())
def test_no_whole_frame_is_kept_back(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=9)))
    framer, given_out = Framer(LIMIT), 0
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        given_out += len(framer.feed(stream[start:end]))
        assert not re.search(rb"(\r\n|\n|\r(?=[^\n])){2}", stream[given_out:end])


@pytest.mark.parametrize("reads", [(b"\n\n",), (b"a\n\n", b"b\n\n", b"c\n\n"), (b"a\r\n\r\n", b"b\r\n\r\n"), (b"a\r\n\r\nb\n\r", b"\n")])
def test_each_read_gives_out_what_it_completes(reads: tuple[bytes, ...]) -> None:
    framer = Framer(LIMIT)
    given_out = [framer.feed(read) for read in reads]
    assert all(given_out)
    assert framer.drain() == b""


def test_a_line_end_behind_a_blank_line_is_no_frame_of_its_own() -> None:
    assert split(b"data: 1\n\n\n") == [b"data: 1\n\n\n"]
    assert split(b"\n") == [b"\n"]
    assert split(b"") == []


def test_a_lone_cr_waits_for_the_byte_behind_it() -> None:
    framer = Framer(LIMIT)
    assert framer.feed(b"data: 1\r\r") == b""
    assert framer.feed(b"d") == b"data: 1\r\r"
    assert framer.drain() == b"d"
    assert split(b"data: 1\r\r") == [b"data: 1\r\r"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_limit_holds_for_the_unfinished_frame_only(end: bytes) -> None:
    framer = Framer(10)
    found = []
    for read in (b"data: " + b"x" * 90 + end + end + b"y" * 10, b"y"):
        framer.feed(read)
        found.append(framer.overflow)
    assert framer.drain() == b"y" * 11
    assert [*found, framer.overflow] == [False, True, False]


def test_a_drained_framer_begins_anew() -> None:
    framer = Framer(LIMIT)
    framer.feed(b"data: 1\r\ndata: 2\n")
    framer.drain()
    assert framer.feed(b"\ndata: 3\n\n") == b"\ndata: 3\n\n"


@pytest.mark.parametrize("begin", [b"data: ", b": a line that ends in CR LF\r\ndata: "], ids=["LF", "CRLF"])
def test_an_unfinished_frame_costs_time_in_proportion_to_its_length(begin: bytes) -> None:
    """Ten times the bytes: a search from the front at each read would cost a hundred times as much."""

    def cost(reads: int) -> float:
        framer = Framer(LIMIT)
        framer.feed(begin)
        started = process_time()
        for _ in range(reads):
            framer.feed(b"twenty bytes of text")
        return process_time() - started

    assert min(cost(50_000) for _ in range(2)) < 30 * min(cost(5_000) for _ in range(3))
