"""The laws of repair, over any text, any document, any cut."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from finestream.repair import Intact, Refused, Repaired, repair
from finestream.repair.closers import last_string
from finestream.repair.findings import is_doubtful
from finestream.repair.strict import NotJson, parse_strictly

PIECES = st.sampled_from(
    [*'{}[],:"\\\n\t ab1', "'", '\\"', "\\n", "\\d", "true", "12", "\u201e", "\u201c", "//", "<|", '": "', '", "', "C:\\"]
)
NOISE = st.lists(PIECES, max_size=25).map("".join)
WORDS = st.lists(
    st.sampled_from(
        ["a", "b c", ", ", '"', "'", "\\", "\n", "{", "}", "[", "]", ":", "65", "end.", "\u00fc", "\U0001f600", "\u201e", "//", "<"]
    ),
    max_size=6,
).map("".join)
NAMES = st.sampled_from(["path", "content", "n", "x-1", "old text"])
SCALARS = WORDS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)


def written(value: object, spaced: bool) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": ") if spaced else (",", ":"))


def schema_of(value: Any) -> dict[str, object]:
    if isinstance(value, dict):
        return {
            "type": "object",
            "properties": {name: schema_of(part) for name, part in value.items()},
            "required": list(value),
            "additionalProperties": False,
        }
    if isinstance(value, list):
        return {"type": "array", "items": {"anyOf": [schema_of(part) for part in value]}} if value else {"type": "array", "maxItems": 0}
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return {"type": kinds[type(value)]}


def same(left: object, right: object) -> bool:
    return json.dumps(left) == json.dumps(right)


@given(st.text() | NOISE | st.text(alphabet="{}[]\",:\\ \n'a1"))
@example("\ud800{")
@example('{"a":' * 3000)
@example("[" * 100_000)
@example("{" + '"' * 1001)
@example('{"a": ' + "9" * 5000 + ",}")
def test_no_text_makes_it_raise(text: str) -> None:
    for schema in (None, {"type": "object", "properties": {"a": {"type": "string"}}}):
        result = repair(text, schema)
        if isinstance(result, Repaired):
            assert same(parse_strictly(result.text), result.value)
            assert isinstance(result.value, dict | list)


@given(st.text() | NOISE | VALUES.map(json.dumps))
def test_what_parses_is_intact_without_a_schema(text: str) -> None:
    try:
        value = parse_strictly(text)
    except NotJson:
        assert not isinstance(repair(text), Intact)
    else:
        result = repair(text)
        assert isinstance(result, Intact)
        assert same(result.value, value)


@given(DOCUMENTS, st.booleans(), st.data())
def test_no_cut_is_ever_closed(document: dict[str, object], spaced: bool, data: st.DataObject) -> None:
    text = written(document, spaced)
    prefix = text[: data.draw(st.integers(0, len(text) - 1))]
    assert isinstance(repair(prefix), Refused)


@given(DOCUMENTS, st.booleans(), st.data())
def test_with_a_schema_a_cut_is_closed_only_where_nothing_is_lost(document: dict[str, object], spaced: bool, data: st.DataObject) -> None:
    text = written(document, spaced)
    prefix = text[: data.draw(st.integers(0, len(text) - 1))]
    result = repair(prefix, schema_of(document))
    assert isinstance(result, Refused) or (isinstance(result, Repaired) and same(result.value, document))


@pytest.mark.parametrize("number", ["12.", "0.", "-3.", ".5", "+1", "12. ", "12", "12 "])
def test_a_number_at_the_end_of_what_came_is_not_known_to_be_whole(number: str) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"], "additionalProperties": False}
    assert isinstance(repair(f'{{"n":{number}', schema), Refused)
    assert isinstance(repair(f'{{"a":[1,{number}'), Refused)


def test_every_cut_of_a_document_of_each_kind_is_refused() -> None:
    document: dict[str, Any] = {
        "p": 'a "b" \\ \n \u00e9 \U0001f600 }',
        "l": [1, 2.5e-3, True, None, {"x": []}, ["y"]],
        "o": {"q": {}, "r": "C:\\new"},
    }
    for text in (
        json.dumps(document),
        json.dumps(document, ensure_ascii=False, indent=1),
        repr(document),
        "```json\n" + json.dumps(document),
    ):
        whole = repair(text)
        assert not isinstance(whole, Refused)
        assert same(whole.value, document)
        for end in range(len(text)):
            assert isinstance(repair(text[:end]), Refused), text[:end]


# How one character of syntax, or of a string's spelling, goes wrong without any content being lost.
SLIPS = [
    "trailing comma",
    "raw control",
    "surplus bracket",
    "twice",
    "behind",
    "quotes",
    "space",
    "comment",
    "escape outside",
    "wrong closer",
]


def slip(text: str, kind: str, document: dict[str, object]) -> str:
    return {
        "trailing comma": lambda: text[:-1] + ",}",
        "raw control": lambda: text.replace("\\n", "\n"),
        "surplus bracket": lambda: text + "]",
        "twice": lambda: text + text,
        "behind": lambda: "{}" + text,
        "quotes": lambda: repr(document),
        "space": lambda: "\ufeff\u00a0" + text,
        "comment": lambda: "{ // here\n" + text[1:],
        "escape outside": lambda: text[:-1] + "\\n}",
        "wrong closer": lambda: text[:-1] + "]",
    }[kind]()


@given(DOCUMENTS.filter(bool), st.booleans(), st.sampled_from(SLIPS))
def test_a_slip_of_syntax_is_mended_or_refused_but_never_changes_the_content(document: dict[str, object], spaced: bool, kind: str) -> None:
    text = written(document, spaced)
    last = last_string(text, len(text))
    assume(not is_doubtful(document) and all(last.count(opening) == last.count(closing) for opening, closing in ("{}", "[]")))
    assume("\\\\n" not in text and "\\" not in repr(document).replace("\\n", "").replace('\\"', "").replace("\\'", ""))
    result = repair(slip(text, kind, document))
    assert isinstance(result, Refused) or same(result.value, document)
    if kind in ("trailing comma", "raw control", "surplus bracket", "twice", "behind", "comment", "escape outside", "wrong closer"):
        assert not isinstance(result, Refused)


QUOTED = st.lists(WORDS | st.just('"'), min_size=1, max_size=4).map("".join).filter(lambda text: '"' in text)


@given(QUOTED, DOCUMENTS, st.booleans(), st.data())
def test_a_quote_that_lost_its_backslash_never_changes_the_content(
    quoted: str, document: dict[str, object], spaced: bool, data: st.DataObject
) -> None:
    document = {"path": quoted, **document} if data.draw(st.booleans()) else {**document, "list": ["a", quoted]}
    text = written(document, spaced)
    places = [at for at in range(1, len(text)) if text.startswith('\\"', at) and text[at - 1] != "\\"]
    assume(places)
    at = data.draw(st.sampled_from(places))
    broken = text[:at] + text[at + 1 :]
    result = repair(broken)
    assert isinstance(result, Refused) or same(result.value, document) or is_json(broken)


def is_json(text: str) -> bool:
    try:
        parse_strictly(text)
    except NotJson:
        return False
    return True


@given(DOCUMENTS.filter(bool), st.booleans(), st.data())
def test_a_correction_begins_with_what_was_sent_on(document: dict[str, object], spaced: bool, data: st.DataObject) -> None:
    assume(not is_doubtful(document))
    text = written(document, spaced)[:-1] + ",}"
    keep = text[: data.draw(st.integers(0, len(text)))]
    result = repair(text, keep=keep)
    if isinstance(result, Repaired):
        assert result.text.startswith(keep)
        assert len(keep) < len(text) - 1
    else:
        assert isinstance(result, Refused)
        assert result.rule == "already_forwarded"


@pytest.mark.parametrize("schema", [None, {"type": "object"}])
def test_cost_has_the_shape_of_a_line(schema: dict[str, object] | None) -> None:
    """Count the steps of Python that a fault at the end costs, not the seconds: ten times the text, at most twelve times the steps."""

    def steps(size: int) -> int:
        import sys

        line = '{"id": 1, "name": "a \\"b\\"\\n", "tags": [true, null]}, '
        text = '{"items": [' + line * size + '{}], "x": WORD}'
        count = 0

        def tracer(*_: object) -> None:
            nonlocal count
            count += 1

        previous = sys.getprofile()
        sys.setprofile(tracer)
        try:
            result = repair(text, schema)
        finally:
            sys.setprofile(previous)
        assert isinstance(result, Repaired)
        return count

    steps(1)
    assert steps(1000) <= 12 * steps(100)
