"""What all calls together have handed on: whoever takes the parts in order has the document, and nothing is told twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finestream.handoff import RESUME, Document, Part, Piece, Reader, read_whole
from tests.handoff.inputs import DOCUMENTS, SPELLINGS, going_on, odd, read, spell

RUNS = [f"Paragraph {n}: {'words ' * 50}\n\n" for n in range(4)]


def take(document: Document, pieces: Iterable[Piece]) -> list[Part]:
    """Keep what is new in ``pieces``, as the agent's own side does, and return it."""
    told = []
    for piece in pieces:
        part = document.judge(piece)
        if part is not None:
            document.keep(part)
            told.append(part)
    return told


def value_of(data: bytes) -> Any:
    return json.loads(data.decode("utf-8", "surrogatepass"))


@given(st.lists(st.tuples(DOCUMENTS, SPELLINGS), max_size=4))
@example([({"a": value}, {}) for value in (1, True, [0, {"b": 1}], [False, {"b": True}], "", [])])
def test_the_parts_in_order_are_the_document(calls: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    document = Document()
    expected: dict[str, Any] = {}
    for call, spelling in calls:
        data = spell(call, spelling)
        take(document, read(data))
        expected |= value_of(data)
        assert strictly(document.value()) == strictly(expected)
        assert document.begun() == {}
        follower = Document(document.parts)
        assert strictly(follower.value()) == strictly(expected)
        assert [part.number for part in document.parts] == list(range(1, len(document.parts) + 1))


def strictly(value: Any) -> str:
    """A spelling in which true is not 1."""
    return json.dumps(value, sort_keys=True)


@given(DOCUMENTS, SPELLINGS, SPELLINGS)
@example({"a": "".join(RUNS).replace("w", "é")}, {"ensure_ascii": True}, {"ensure_ascii": False})
@example({"a": {"b": [1.0, 1e22, 2**70, -0.0, 1.5]}}, {}, {})
def test_what_is_the_same_is_never_told_twice(given: dict[str, Any], spelling: dict[str, Any], other: dict[str, Any]) -> None:
    data = spell(given, spelling)
    document = Document()
    take(document, read(data))
    whole = value_of(data)
    reordered = json.loads(data.decode("utf-8", "surrogatepass"), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert take(document, read(data)) == []
    assert take(document, read_whole(whole)) == []
    assert take(document, read(odd(spell(whole, other)))) == []
    assert take(document, read_whole(reordered)) == []
    assert take(document, read_whole(javascript(whole))) == []


def test_chunks_are_what_carries_text_void_or_not() -> None:
    document = Document()
    take(document, read_whole({"list": [1, 2], "none": [], "value": "x"}))
    take(document, read_whole({"list": [1, 3], "none": [], "value": "x"}))
    assert [(chunk.member, chunk.form, chunk.text) for chunk in document.chunks] == [
        ("list", "item", "1"),
        ("list", "item", "2"),
        ("none", "value", "[]"),
        ("value", "value", '"x"'),
        ("list", "item", "3"),
    ]
    assert {part.form for part in document.parts if not part.is_chunk} == {"end"}


def javascript(value: Any) -> Any:
    """What is left of a value that JavaScript has parsed and written: doubles, and no zero behind the point."""
    if isinstance(value, dict):
        return {name: javascript(each) for name, each in value.items()}
    if isinstance(value, list):
        return list(map(javascript, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(repr_of(value)) if float(value).is_integer() else float(value)
    return value


def repr_of(number: float) -> str:
    """The shortest digits of a double, without an exponent."""
    digits, _, power = repr(float(number)).partition("e")
    before, _, behind = digits.partition(".")
    return before + (behind.removesuffix("0") if behind == "0" else behind).ljust(int(power or 0), "0")


@given(st.lists(st.sampled_from(RUNS), min_size=2, max_size=4), st.lists(st.integers(0, 3), max_size=6), st.data())
def test_a_changed_document_replaces_what_changed_and_nothing_else(runs: list[str], items: list[int], data: st.DataObject) -> None:
    first = {"text": "".join(runs), "list": items, "value": {"a": 1}}
    document = Document()
    take(document, read_whole(first))
    run, item = data.draw(st.integers(0, len(runs) - 1)), data.draw(st.integers(0, len(items)))
    changed = [*runs[:run], runs[run].replace("words", "WORDS"), *runs[run + 1 :]]
    grown = [*items[:item], -1, *items[item + 1 :]]
    before = {(part.member, part.place): part.number for part in document.parts if part.form in ("text", "item")}
    told = take(document, read_whole({"text": "".join(changed), "list": grown, "value": {"a": 1}}))
    changes = {("text", run): changed[run]} | ({("list", item): "-1"} if items else {})
    for part in told:
        if items and part.form != "end":
            assert part.text == changes.pop((part.member, part.place))
            assert part.replaces == before.get((part.member, part.place))
    assert not items or changes == {}
    assert document.value() == {"text": "".join(changed), "list": grown, "value": {"a": 1}}


@given(DOCUMENTS, SPELLINGS, st.data())
def test_interrupted_anywhere_and_gone_on_with_it_is_the_same_document(
    given: dict[str, Any], spelling: dict[str, Any], data: st.DataObject
) -> None:
    whole = spell(given, spelling)
    document = Document()
    for _ in range(data.draw(st.integers(1, 3))):
        call = whole if not document.parts else spell(rest_of(document, given), spelling)
        stop = data.draw(st.integers(0, len(call)))
        take(document, Reader().feed(call[:stop]))
    take(document, Reader().feed(spell(rest_of(document, given), spelling)))
    assert document.value() == value_of(whole)
    assert document.begun() == {}
    # Whatever was handed on before an interruption was handed on once.
    told = [(part.member, part.form, part.place) for part in document.parts]
    assert len(told) == len(set(told))


def rest_of(document: Document, given: dict[str, Any]) -> dict[str, Any]:
    """What the agent that has handed on ``document`` calls with next."""
    texts: dict[str, str] = {}
    for part in document.parts:
        if part.form == "text":
            texts[part.member] = texts.get(part.member, "") + part.text
    known = document.value()
    return going_on({name: value for name, value in given.items() if name not in known}, document.begun(), texts)


@given(DOCUMENTS)
def test_after_any_byte_what_is_complete_and_what_is_begun_is_said(given: dict[str, Any]) -> None:
    data = spell(given, {})
    expected, document, reader = value_of(data), Document(), Reader()
    for at in range(min(len(data), 1500)):
        take(document, reader.feed(data[at : at + 1]))
        value, begun = document.value(), document.begun()
        assert all(expected[name] == each for name, each in value.items())
        assert not value.keys() & begun.keys()
        assert all(begun.values())


STEPS: list[tuple[dict[str, Any], list[tuple[str, int, int | None]], dict[str, Any], dict[str, int]]] = [
    # (call, the parts it tells, the members that are complete, those that are begun)
    ({"a": [1, 2, 3]}, [("item", 0, None), ("item", 1, None), ("item", 2, None), ("end", 3, None)], {"a": [1, 2, 3]}, {}),
    ({"a": [1, 2]}, [("end", 2, 3)], {"a": [1, 2]}, {}),
    ({"a": [1, 2, 4, 5]}, [("item", 2, None), ("item", 3, None), ("end", 4, None)], {"a": [1, 2, 4, 5]}, {}),
    ({"a": [1, 9, 4]}, [("item", 1, 2), ("end", 3, 7)], {"a": [1, 9, 4]}, {}),
    ({"a": "text"}, [("value", 0, 1)], {"a": "text"}, {}),
    ({"a": "text"}, [], {"a": "text"}, {}),
    ({"a": RUNS[0] * 2}, [("text", 0, 11), ("text", 1, None), ("end", 2, None)], {"a": RUNS[0] * 2}, {}),
    ({"a": []}, [("value", 0, 12)], {"a": []}, {}),
    ({"a": [7]}, [("item", 0, 15), ("end", 1, None)], {"a": [7]}, {}),
    # Behind a gap nothing is complete until it is closed.
    ({RESUME: {"a": 3}, "a": [8]}, [("item", 3, None), ("end", 4, None)], {}, {"a": 1}),
    ({RESUME: {"a": 1}, "a": [5, 6]}, [("item", 1, None), ("item", 2, None), ("end", 3, 18)], {"a": [7, 5, 6]}, {}),
    ({RESUME: {"a": 10**40}, "a": []}, [("end", 10**40, None)], {}, {"a": 3}),
    ({RESUME: {"a": 3}, "a": []}, [("end", 3, None)], {"a": [7, 5, 6]}, {}),
    # A form that begins behind a gap is a form all the same.
    ({RESUME: {"a": 5}, "a": "rest"}, [("text", 5, 16), ("end", 6, None)], {}, {"a": 0}),
    ({RESUME: {"a": 5}, "a": ["rest"]}, [("item", 5, 25), ("end", 6, None)], {}, {"a": 0}),
    ({"a": [1]}, [("item", 0, None), ("end", 1, 27)], {"a": [1]}, {}),
]


def test_longer_shorter_and_of_another_form() -> None:
    document = Document()
    for call, parts, value, begun in STEPS:
        told = take(document, read_whole(call))
        assert [(part.form, part.place, part.replaces) for part in told] == parts
        assert (document.value(), document.begun()) == (value, begun)
        follower = Document(document.parts)
        assert (follower.value(), follower.begun()) == (value, begun)


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("1", "1.0", True),
        ("1", "10e-1", True),
        ("-0", "0", True),
        ("0.1", "0.10", True),
        ("1", "true", False),
        ("0", "false", False),
        ("[1]", "[true]", False),
        ('{"x": 1, "2": 2}', '{"2":2,"x":1.0}', True),
        ('{"x": 1}', '{"x": 1, "y": 1}', False),
        ('"\\u0041"', '"A"', True),
        ("12345678901234567890", "12345678901234567000", True),  # as JavaScript hands it on
        ("12345678901234567000", "12345678901234567890", False),
        ("12345678901234567890", "12345678901234567891", False),
        ("0.30000000000000000001", "0.3", True),
        ("1e999", "null", False),
        ("1e999", "2e999", False),
        ("1e99999999999999999999", "1", False),
        ("1", "1e99999999999999999999", False),
        ('["1"]', "[1]", False),
    ],
)
def test_what_says_the_same(before: str, after: str, is_same: bool) -> None:
    document = Document()
    take(document, [Piece("a", "item", 0, before)])
    assert (document.judge(Piece("a", "item", 0, after)) is None) is is_same


def test_a_text_is_the_same_only_to_the_character() -> None:
    document = Document()
    take(document, [Piece("a", "text", 0, "1.0")])
    assert document.judge(Piece("a", "text", 0, "1")) == Part(2, "a", "text", 0, "1", 1)


def test_a_list_that_grows_is_not_complete_until_it_has_ended() -> None:
    document = Document()
    take(document, read_whole({"a": [1, 2]}))
    take(document, read(b'{"a": [1, 2, 3,'))
    assert (document.value(), document.begun()) == ({}, {"a": 3})
    take(document, read(b'{"resume": {"a": 3}, "a": [4]}'))
    assert (document.value(), document.begun()) == ({"a": [1, 2, 3, 4]}, {})


def test_to_judge_changes_nothing() -> None:
    document = Document()
    piece = Piece("a", "value", 0, "1")
    assert document.judge(piece) == document.judge(piece) == Part(1, "a", "value", 0, "1")
    assert (document.parts, document.value(), document.begun()) == ([], {}, {})


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_part_that_is_not_the_next_one_is_refused(number: int) -> None:
    document = Document([Part(1, "a", "value", 0, "1")])
    with pytest.raises(ValueError, match=f"part {number} cannot follow part 1"):
        document.keep(Part(number, "a", "value", 0, "2"))
    assert document.value() == {"a": 1}


def test_the_order_is_that_in_which_the_members_were_begun() -> None:
    document = Document()
    take(document, read_whole({"b": [1], "a": 1, "c": ""}))
    take(document, read_whole({"c": 2, "b": [2]}))
    assert list(document.value()) == ["b", "a", "c"]


def test_a_part_knows_its_size_in_bytes() -> None:
    assert [Part(1, "a", "text", 0, text).size for text in ("", "é", "😀", "\ud83d")] == [0, 2, 4, 3]


def test_pairs_of_calls_come_to_the_second_of_them() -> None:
    values: list[Any] = [1, "", "x", RUNS[0], RUNS[0] * 3, RUNS[1] + RUNS[0], [], [1], [1, [2]], [[2], 1, 1], {}, {"a": [1]}, None, True]
    for one, other in pairwise([*values, *reversed(values), *values[::2], *values[::3]]):
        document = Document()
        take(document, read_whole({"a": one}))
        take(document, read_whole({"a": other}))
        assert strictly(document.value()) == strictly({"a": other})
