"""The scanner: its laws as properties, its edges as tables."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finestream.scanner import DEPTH_LIMIT, REASONS, Chunk, Fault, Scanner
from tests.scanner_reference import ANY, VALUES, Reference, accepts, can_become_valid, texts
from tests.scanner_tables import CHECKPOINTS, CHUNKS, FAULTS, KINDS, LONG, MISFITS, VALID, WHERE


def state(scanner: Scanner) -> tuple[object, ...]:
    """Everything a scanner shows."""
    where = (scanner.path, scanner.depth, scanner.open)
    end = (scanner.complete, scanner.end, scanner.fault, scanner.misfit)
    return scanner.offset, scanner.checkpoint, scanner.closers(), *where, *end


def bytewise(data: bytes, kinds: Mapping[str, frozenset[str]] | None = None) -> list[tuple[tuple[object, ...], list[Chunk]]]:
    """What a scanner shows, and the chunks it has given, after 0, 1, 2, ... bytes."""
    scanner = Scanner(kinds)
    chunks: list[Chunk] = []
    seen = [(state(scanner), chunks)]
    for at in range(len(data)):
        chunks = [*chunks, *scanner.feed(data[at : at + 1])]
        seen.append((state(scanner), chunks))
    return seen


def scan(data: bytes, kinds: Mapping[str, frozenset[str]] | None = None) -> tuple[Scanner, list[Chunk]]:
    """Feed ``data`` whole; cutting it anywhere, or everywhere, must come to the same."""
    seen = bytewise(data, kinds)
    for cut in range(len(data) + 1):
        scanner = Scanner(kinds)
        chunks = list(scanner.feed(data[:cut]))
        assert (state(scanner), chunks) == seen[cut]
        chunks += scanner.feed(data[cut:])
        assert (state(scanner), chunks) == seen[-1]
    return scanner, chunks


@settings(max_examples=150, deadline=None)
@given(ANY, st.lists(st.integers(0, 400), max_size=8), st.sampled_from([None, KINDS]))
@example(b'{"a": "' + LONG + b'\\ud83d\\ude00"}', [75], None)
def test_cutting_the_input_differently_changes_nothing(data: bytes, cuts: list[int], kinds: Mapping[str, frozenset[str]] | None) -> None:
    seen = bytewise(data, kinds)
    borders = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    scanner = Scanner(kinds)
    chunks: list[Chunk] = []
    for start, stop in pairwise(borders):
        chunks += scanner.feed(data[start:stop])
        assert (state(scanner), chunks) == seen[stop]


@settings(max_examples=150, deadline=None)
@given(st.one_of(ANY, texts(VALUES)))
def test_it_accepts_exactly_what_a_strict_parser_accepts(data: bytes) -> None:
    scanner = Scanner()
    scanner.feed(data + b"\n")  # the delimiter that a number at the top level needs
    assert (scanner.complete and scanner.fault is None) == accepts(data)


@settings(max_examples=120, deadline=None)
@given(ANY)
def test_the_fault_is_the_first_byte_that_no_valid_text_could_have_there(data: bytes) -> None:
    scanner = Scanner()
    scanner.feed(data)
    if scanner.fault is None:
        assert can_become_valid(data)
    else:
        assert scanner.fault.reason in REASONS
        assert can_become_valid(data[: scanner.fault.offset])
        assert not can_become_valid(data[: scanner.fault.offset + 1])


@settings(max_examples=150, deadline=None)
@given(ANY, st.sampled_from([None, KINDS]))
def test_every_checkpoint_is_sound(data: bytes, kinds: Mapping[str, frozenset[str]] | None) -> None:
    scanner = Scanner(kinds)
    before = 0
    for at in range(len(data)):
        frozen = scanner.misfit is not None or scanner.fault is not None
        scanner.feed(data[at : at + 1])
        assert before <= scanner.checkpoint <= at + 1
        assert scanner.checkpoint == before or not frozen
        assert accepts(data[: scanner.checkpoint] + scanner.closers()) == (scanner.checkpoint > 0)
        before = scanner.checkpoint
    for limit in (scanner.fault, scanner.misfit):
        assert limit is None or scanner.checkpoint <= limit.offset


@settings(max_examples=120, deadline=None)
@given(texts())
@example(json.dumps({"a": ("line\n" * 90 + "\n") * 4, "b": [["y" * 80, {"c": "z" * 70}], 1, "ü" * 70]}).encode() + b"\n")
@example(('{"b": [[' + '"%s\ud83d", ' % ("x" * 70) + '"%s\ud83d\ude00"]]}\n' % ("x" * 70)).encode("utf-8", "surrogatepass"))
def test_at_every_byte_it_says_what_the_reference_says(data: bytes) -> None:
    reference = Reference(data)
    scanner = Scanner()
    chunks: list[Chunk] = []
    for at in range(1, len(data) + 1):
        chunks += scanner.feed(data[at - 1 : at])
        assert (scanner.open, scanner.path, scanner.depth) == reference.innermost(at)
        assert scanner.checkpoint == reference.checkpoint(at)
        assert chunks == reference.chunks_until(at)
        assert scanner.complete == (at >= reference.known)
    assert (scanner.end, scanner.fault, scanner.misfit) == (reference.end, None, None)
    assert list(Scanner().feed(data)) == chunks


@given(st.one_of(texts(), st.just(json.dumps({"a": "one\n\ntwo\n" * 200, "b": [1, [2], "x"], "c": []}).encode())))
def test_the_chunks_of_a_member_leave_out_only_its_punctuation(data: bytes) -> None:
    before = None
    for chunk in Scanner().feed(data):
        gap = data[before.end if before else 0 : chunk.start]
        assert before is None or before.kind == "member" or gap.strip(b" \t\r\n,") == b""
        assert chunk.kind == "member" or accepts({"item": b"%s", "text": b'"%s"'}[chunk.kind] % data[chunk.start : chunk.end])
        assert len(chunk.path) == 1 + (chunk.kind == "item")
        before = chunk


@pytest.mark.parametrize(("data", "reason", "offset"), FAULTS)
def test_each_fault_has_its_reason_and_its_byte(data: bytes, reason: str | None, offset: int) -> None:
    scanner, _ = scan(data)
    assert scanner.fault == (None if reason is None else Fault(offset, reason))
    assert reason is None or (not can_become_valid(data[: offset + 1]) and can_become_valid(data[:offset]))


def test_every_reason_is_in_the_tables() -> None:
    assert {reason for _, reason, _ in FAULTS} | {"too-deep", "wrong-kind", "not-an-object", None} == {*REASONS, None}


@pytest.mark.parametrize("value", VALID)
def test_valid_values_pass_at_every_cut(value: bytes) -> None:
    for data in (value + b" \n", b'{"k":' + value + b"}", b'{"k": [' + value + b" ,\n" + value + b"]} "):
        scanner, _ = scan(data)
        assert scanner.complete
        assert scanner.fault is None
        assert scanner.end == len(data.rstrip())
        assert data.lstrip().startswith(b"{") == (scanner.misfit is None)


def test_behind_a_fault_bytes_are_only_counted() -> None:
    scanner = Scanner()
    assert scanner.feed(b'{"a": 1, "b": [2, x') == [Chunk(("a",), 6, 7, "member"), Chunk(("b", 0), 15, 16, "item")]
    before = state(scanner)
    assert scanner.feed(b"1], " + LONG) == ()
    assert state(scanner) == (19 + 68, *before[1:])
    assert before[1:6] == (16, b"]}", ("b",), 2, "array")


@pytest.mark.parametrize(("data", "what", "path", "depth"), WHERE)
def test_it_says_what_is_open(data: bytes, what: str, path: tuple[str | int, ...], depth: int) -> None:
    scanner, _ = scan(data)
    assert (scanner.open, scanner.path, scanner.depth) == (what, path, depth)


@pytest.mark.parametrize(("certain", "arrived", "closers"), CHECKPOINTS)
def test_the_checkpoint_is_the_last_place_that_can_be_continued(certain: bytes, arrived: bytes, closers: bytes) -> None:
    scanner, _ = scan(certain + arrived, KINDS)
    assert (scanner.checkpoint, scanner.closers()) == (len(certain), closers)


@pytest.mark.parametrize(("data", "misfit"), MISFITS)
def test_a_misfit_is_the_first_member_of_a_forbidden_kind(data: bytes, misfit: Fault | None) -> None:
    scanner, chunks = scan(data, KINDS)
    assert scanner.misfit == misfit
    unjudged, same_chunks = scan(data)
    assert chunks == same_chunks
    assert unjudged.misfit == (misfit if misfit and misfit.reason == "not-an-object" else None)


@pytest.mark.parametrize(("data", "chunks"), CHUNKS)
def test_chunks_are_what_is_complete_in_itself(data: bytes, chunks: list[tuple[tuple[str | int, ...], bytes, str]]) -> None:
    _, found = scan(data)
    assert [(path, data[start:end], kind) for path, start, end, kind in found] == chunks


def test_depth_is_bounded() -> None:
    scanner = Scanner()
    scanner.feed(b'{"a": ' + b"[" * (DEPTH_LIMIT - 1))
    assert (scanner.fault, scanner.depth, len(scanner.path)) == (None, DEPTH_LIMIT, DEPTH_LIMIT - 1)
    scanner.feed(b'"' + LONG)
    assert scanner.closers() == b'"' + b"]" * (DEPTH_LIMIT - 1) + b"}"
    scanner.feed(b'", {')
    assert scanner.fault == Fault(DEPTH_LIMIT + 5 + 65 + 3, "too-deep")


SHAPES: dict[str, tuple[bytes, bytes, int, int]] = {
    # what opens it, what is repeated, bytes of the smaller input, bytes per feed
    "structured": (b"", b'{"id": 17, "name": "n\xc3\xa4me", "tags": ["a", null], "note": "say \\"hi\\"\\n"}, ', 50_000, 20),
    "members": (b'{"a": 1', b', "a": 1', 50_000, 20),
    "one string": (b'{"a": "', b"    return self.data[\\u00e9] + '\xe6\xbc\xa2'\\n", 100_000, 20),
    "blank lines": (b'{"a": "', b"\\n", 100_000, 20),
    "backslashes": (b'{"a": "', b"\\\\", 100_000, 20),
    "one key": (b'{"a": [{"', b"abc\\n", 100_000, 20),
    "one number": (b"", b"1234567890", 50_000, 20),
    "one feed": (b"", b'{"id": 17, "name": "x"}, ', 100_000, 2**30),
    "one feed of one string": (b'{"a": "', b"\\\\return \\ud83d\\n", 1_000_000, 2**30),
    "one byte at a time": (b"", b'[], "\\u00e9", ', 10_000, 1),
}


def cost(opening: bytes, piece: bytes, size: int, feed: int) -> float:
    """CPU seconds for about ``size`` bytes of ``piece`` after ``piece``, behind ``opening`` or as items of a nested array."""
    data = (opening or b'{"a": [{"b": [') + piece * (size // len(piece))
    parts = [data[at : at + feed] for at in range(0, len(data), feed)]
    scanner = Scanner()
    start = time.process_time()
    for part in parts:
        scanner.feed(part)
    end = time.process_time()
    assert scanner.fault is None
    return end - start


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_input_takes_at_most_two_and_a_half_times_the_time(name: str) -> None:
    opening, piece, size, feed = SHAPES[name]
    once, twice = [], []
    for rounds in range(1, 31):  # on a busy machine the best of a few says nothing yet
        once.append(cost(opening, piece, size, feed))
        twice.append(cost(opening, piece, 2 * size, feed))
        if rounds >= 3 and min(twice) <= 2.5 * min(once):
            return
    pytest.fail(f"{min(once)} seconds once, {min(twice)} seconds twice")
