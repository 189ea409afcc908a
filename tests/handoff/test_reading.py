"""What arrives of a call's input: its laws for any input, its edges by table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finestream.handoff import RESUME, Piece, Reader, read_whole
from tests.handoff.inputs import CUTS, DOCUMENTS, LONG, NAMES, SPELLINGS, joined, odd, read, spell
from tests.scanner_reference import ANY

PARAGRAPHS = "".join(f"Paragraph {n}: {'words ' * 50}\n\n" for n in range(3))


@given(DOCUMENTS, SPELLINGS, CUTS)
def test_all_pieces_of_a_member_joined_are_its_value(document: dict[str, Any], spelling: dict[str, Any], cuts: list[int]) -> None:
    data = spell(document, spelling)
    pieces = read(data, cuts)
    assert joined(pieces) == json.loads(data.decode("utf-8", "surrogatepass"))
    assert list(dict.fromkeys(piece.member for piece in pieces)) == list(document)


@given(ANY, CUTS)
@example(spell({"text": PARAGRAPHS, "list": [[], "x"]}, {}), list(range(1400)))
def test_how_the_input_is_cut_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    assert read(data, cuts) == read(data) == read(data, range(len(data)))


@given(DOCUMENTS, SPELLINGS, st.dictionaries(NAMES, st.integers(0, 9), max_size=3))
@example({"text": PARAGRAPHS}, {}, {})
def test_the_finished_input_says_what_was_streamed_in_whatever_spelling(
    document: dict[str, Any], spelling: dict[str, Any], resumed: dict[str, int]
) -> None:
    whole = {RESUME: resumed, **document} if resumed else document
    for data in (spell(whole, spelling), odd(spell(whole, spelling))):
        parsed = json.loads(data.decode("utf-8", "surrogatepass"))  # halves of a character may have come together
        assert list(map(meaning, read(data))) == list(map(meaning, read_whole(parsed)))


def meaning(piece: Piece) -> tuple[Any, ...]:
    """A piece without the spelling of its JSON; the texts are compared to the character."""
    return (*piece[:3], json.loads(piece.text) if piece.form in ("value", "item") else piece.text)


@given(LONG, LONG)
def test_a_name_that_comes_twice_begins_anew(one: str, other: str) -> None:
    first, second = json.dumps(one), json.dumps(other)
    data = f'{{"a": [{first}, 1], "a": {second}, "b": {first}, "b": [2]}}'.encode()
    assert joined(read(data)) == {"a": other, "b": [2]}


@pytest.mark.parametrize(
    ("data", "pieces"),
    [
        (b"{}", []),
        (b"", []),
        (b"[1, [2]]", []),
        (b'"text"', []),
        (b'{"a": 1.50}', [("a", "value", 0, "1.50")]),
        (b'{"a": 1', []),
        (b'{"a": null, "b": {"c": [1]} }', [("a", "value", 0, "null"), ("b", "value", 0, '{"c": [1]}')]),
        (b'{"a": [ ]}', [("a", "value", 0, "[ ]")]),
        (b'{"a": [[1], "]" ] }', [("a", "item", 0, "[1]"), ("a", "item", 1, '"]"'), ("a", "end", 2, "")]),
        (b'{"a": [1, 2', [("a", "item", 0, "1")]),
        (b'{"a": "\\u0041\\/"}', [("a", "value", 0, '"A/"')]),
        (b'{"a": ""}', [("a", "value", 0, '""')]),
        (
            b'{"a": [1, 2], "a": [3]}',
            [*[("a", "item", at, str(at + 1)) for at in (0, 1)], ("a", "end", 2, ""), ("a", "item", 0, "3"), ("a", "end", 1, "")],
        ),
        (b'{"a": 1, x', [("a", "value", 0, "1")]),
        (b'{"a": 1} {"b": 2}', [("a", "value", 0, "1")]),
        # What says where it goes on is no part, and counts for what follows it.
        (b'{"resume": {"a": 2}, "a": [3]}', [("a", "item", 2, "3"), ("a", "end", 3, "")]),
        (b'{"resume": {"a": 2}, "a": [ ]}', [("a", "end", 2, "")]),
        (b'{"resume": {"a": 2}, "a": "rest"}', [("a", "text", 2, "rest"), ("a", "end", 3, "")]),
        (b'{"resume": {"a": 2}, "a": ""}', [("a", "end", 2, "")]),
        (b'{"resume": {"a": 2}, "a": {"x": "]"}}', [("a", "value", 0, '{"x": "]"}')]),
        (b'{"resume": {"a": 2}, "a": 5}', [("a", "value", 0, "5")]),
        (b'{"resume": {"a": 2.0}, "a": [3]}', [("a", "item", 2, "3"), ("a", "end", 3, "")]),
        (b'{"resume": {"b": 2}, "a": [3]}', [("a", "item", 0, "3"), ("a", "end", 1, "")]),
        (b'{"a": [1], "resume": {"a": 2}}', [("a", "item", 0, "1"), ("a", "end", 1, "")]),
    ],
)
def test_pieces(data: bytes, pieces: list[tuple[str, str, int, str]]) -> None:
    assert read(data) == pieces


@pytest.mark.parametrize("said", ['"a"', "true", "null", "[2]", "-1", "0", "1.5", "1e999", "-1e999", "{}"])
def test_a_count_that_is_none_is_not_obeyed(said: str) -> None:
    assert read(b'{"resume": {"a": %s}, "a": [1]}' % said.encode()) == [("a", "item", 0, "1"), ("a", "end", 1, "")]


@pytest.mark.parametrize("said", ["1", '"a"', "[]", "[1, {}]", "null", json.dumps(PARAGRAPHS), json.dumps(PARAGRAPHS + "{}"), '"}"'])
def test_a_resume_that_is_no_object_says_nothing(said: str) -> None:
    assert read(b'{"resume": {"a": 1}, "resume": %s, "a": 1}' % said.encode()) == [("a", "value", 0, "1")]


DEEP = b"[" * 3000 + b"]" * 3000
LARGE = b"9" * 5000


@pytest.mark.parametrize("name", [b"a", b"resume"])
@pytest.mark.parametrize(
    "value", [DEEP, LARGE, b"[1, %s]" % LARGE, b"[1, %s]" % DEEP, b'{"a": %s}' % DEEP, b'{"a": %s}' % LARGE, b"[" * 20000]
)
def test_nothing_raises_and_what_nobody_could_parse_is_like_a_fault(name: bytes, value: bytes) -> None:
    pieces = read(b'{"before": 1, "%s": %s, "a": 2}' % (name, value))
    assert pieces[0] == ("before", "value", 0, "1")
    for piece in pieces:
        assert len(piece.text) < 10


@given(st.one_of(ANY, st.binary().map(lambda data: b'{"resume": ' + data), ANY.map(lambda data: b'{"resume": ' + data + b', "a": [1]}')))
def test_no_bytes_make_a_reader_raise(data: bytes) -> None:
    reader = Reader()
    reader.feed(data)
    reader.feed(data)


def test_runs_of_a_text_come_before_it_is_whole() -> None:
    data = json.dumps({"text": PARAGRAPHS}).encode()
    reader = Reader()
    early = reader.feed(data[: len(data) // 2])
    assert early == [("text", "text", 0, PARAGRAPHS[: len(PARAGRAPHS) // 3])]
    assert [piece.form for piece in reader.feed(data[len(data) // 2 :])] == ["text", "text", "end"]


@pytest.mark.parametrize(
    ("given", "pieces"),
    [
        ({"resume": {"a": 2}, "a": [1]}, [("a", "item", 2, "1"), ("a", "end", 3, "")]),
        ({"a": [1], "resume": {"a": 2}}, [("a", "item", 0, "1"), ("a", "end", 1, "")]),
        (
            {"a": float("inf"), "b": [float("nan")], "c": 1},
            [("a", "value", 0, "null"), ("b", "item", 0, "null"), ("b", "end", 1, ""), ("c", "value", 0, "1")],
        ),
        ({"a": "\ud83d"}, [("a", "value", 0, '"\ud83d"')]),
        ({"a": 10**5000}, []),
        ({"a": json.loads("[" * 900 + "]" * 900)}, []),
    ],
)
def test_a_finished_input(given: dict[str, Any], pieces: list[tuple[str, str, int, str]]) -> None:
    assert read_whole(given) == pieces


def test_an_input_that_nests_without_end_hands_nothing_on() -> None:
    nest: list[Any] = []
    nest.append(nest)
    assert read_whole({"a": nest}) == []
