"""Every place of a document, told by a writer that knows where it stands, against what is read from the text alone."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.simulator.jsontext import align, members, outline, respell, safe_border, skeleton, tokens
from tests.simulator.asking import stands

_KEYS = st.text(st.characters(codec="utf-8"), max_size=6)
_LEAVES = st.none() | st.booleans() | st.integers(-9999, 9999) | st.floats(-1e9, 1e9).filter(lambda x: x == x) | _KEYS
VALUES = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12)
DOCUMENTS = st.dictionaries(_KEYS, VALUES, max_size=4)


@given(DOCUMENTS)
def test_the_open_path_is_what_the_writer_had_open(document: dict[str, Any]) -> None:
    written, places = stands(document)
    for place in places:
        prefix = written[: place.offset]
        seen = outline(prefix)
        assert skeleton(prefix, seen) == place.skeleton
        if seen.string is not None:
            assert prefix[seen.string :].endswith(place.anchor)
        else:
            assert prefix[seen.frames[-1].items[-1] :] == place.anchor


@given(st.text() | DOCUMENTS.map(json.dumps))
def test_tokens_leave_out_white_space_and_nothing_else(text: str) -> None:
    found = list(tokens(text))
    gaps = [text[a.end : b.start] for a, b in pairwise(found)]
    assert all(text[one.start : one.end] == one.text for one in found)
    assert not "".join(gaps).strip(" \t\r\n")
    assert sum(len(one.text) for one in found) + sum(character in " \t\r\n" for character in text) >= len(text)


@pytest.mark.parametrize(
    ("text", "string", "items"),
    [
        ("", None, None),
        ('{"a', None, [1]),
        ('{"a": "b\\', 7, [1]),
        ('{"a": tru', None, [1]),
        ('{"a": 1, ', None, [1]),
        ('["x", {"k": 1}, [', None, []),
        ('["x", {"k": 1}, ', None, [1, 6]),
        ("}]", None, None),
    ],
)
def test_outline_at_the_edges(text: str, string: int | None, items: list[int] | None) -> None:
    seen = outline(text)
    assert seen.string == string
    assert (seen.frames[-1].items if seen.frames else None) == items


@pytest.mark.parametrize(
    ("target", "border"), [(1, 1), (3, 2), (4, 4), (5, 4), (9, 4), (10, 10), (14, 10), (16, 10), (21, 10), (22, 22), (23, 23)]
)
def test_no_border_inside_an_escape_or_between_escaped_halves(target: int, border: int) -> None:
    text = r'"a\n\u00e9\ud83d\ude00bc'
    assert safe_border(text, 1, target) == border


@given(DOCUMENTS)
def test_members_end_where_their_values_end(document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False)
    ends = members(text)
    assert len(ends) == len(document)
    for count, end in enumerate(ends, start=1):
        assert json.loads(text[:end] + "}") == dict(list(document.items())[:count])


@given(DOCUMENTS, st.data())
def test_a_member_is_complete_only_when_something_follows_it(document: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(document)
    cut = data.draw(st.integers(0, len(text)))
    assert members(text[:cut]) == [end for end in members(text) if end < cut]


@given(DOCUMENTS)
def test_respelling_changes_the_text_and_not_the_value(document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False)
    spelled = respell(text)
    assert json.loads(spelled) == document
    assert spelled.isascii()
    assert all(spelled.startswith(respell(text[:cut])) for cut in range(len(text)))


@given(DOCUMENTS)
def test_another_spelling_is_aligned_at_every_place(document: dict[str, Any]) -> None:
    written, places = stands(document)
    for place in places:
        prefix = written[: place.offset]
        assert align(written, prefix) == place.offset
        spelled = respell(prefix)
        found = align(written, spelled)
        assert found is not None
        assert written[found:].lstrip() == written[place.offset :].lstrip()


@pytest.mark.parametrize(
    ("document", "prefix", "offset"),
    [
        ('{"a": 12}', ' { "a":1', 7),
        ('{"a": 12}', ' { "a":13', None),
        ('{"a": "x"}', ' { "a":1', None),
        ('{"a": "\\u00e9\\n"}', '{"a":"é', 13),
        ('{"a": "\\u00e9"}', '{"a":"e', None),
        ('{"a": "b"}', '{"a":"b"', 9),
        ('{"a": "bc"}', '{"a":"b"', None),
        ('{"a": 1}', '{"b":1', None),
        ('{"a": 1}', '{"a":1} 2', None),
        ('{"a": 1}', "  ", 0),
        ('{"a": "x\ty\\d🎉z"}', '{"a":"x\\ty\\\\d\\ud83c\\udf89', 13),
        ('{"a": "\\ud83c\\udf89z"}', '{"a":"🎉', 19),
        ('{"a": "b\\', '{"a" : "b', 8),
        ('{"a": "b', '{"a" : "b', 8),
        ('{"a": 1}', '{"a":[', None),
    ],
)
def test_align_at_the_edges(document: str, prefix: str, offset: int | None) -> None:
    assert align(document, prefix) == offset
