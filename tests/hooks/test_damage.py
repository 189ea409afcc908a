"""What is wrong with a text, and the one reading of it: properties over any JSON, never more than the gateway's own repair would say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finestream.repair import Repaired, repair
from finestream_hooks.advice import decoded
from finestream_hooks.correcting import correct
from finestream_hooks.damage import MOST, examine
from finestream_hooks.jsontext import parse, size, spell
from tests.data import found

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
names = st.text(max_size=5)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12)
objects = st.dictionaries(st.text(max_size=5), values, max_size=4)
CASES = [json.loads(line) for path in found("malformed*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
RAW = [case["raw"] for case in CASES if isinstance(case.get("raw"), str)]


@given(objects, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_sound_is_whole(value: dict[str, Any], is_ascii: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    damage = examine(text)
    assert (damage.kind, damage.edits, damage.offset) == ("whole", [], len(text))
    assert {name: json.loads(text[start:end]) for name, (start, end) in damage.members.items() if "\\" not in name} == {
        name: member for name, member in value.items() if json.dumps(name, ensure_ascii=is_ascii) == f'"{name}"'
    }
    assert correct(text) is None


@given(objects, st.data())
def test_what_is_cut_anywhere_is_cut_and_never_closed(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    assert examine(cut).kind in (("cut", "empty") if cut.strip() else ("empty",))
    assert correct(cut) is None


@given(objects, st.text(alphabet='ab\n\t\\",}{[]: ', max_size=6), st.data())
@example({"a": "b"}, "\n", None)
def test_no_text_is_corrected_otherwise_than_by_the_gateway(value: dict[str, Any], noise: str, data: st.DataObject | None) -> None:
    text = json.dumps(value)
    place = data.draw(st.integers(0, len(text))) if data else len(text) - 2
    agrees(text[:place] + noise + text[place:])


ESCAPES = [f"\\{sign}" for sign in ("", *"nrtbf\\\"dw.'$u", "u00e9", "new")]
ATOMS = ["a", " ", "x y", *"/.{}[],:", "C:", "{ ", "\n", "\t", "D:\\docs", *ESCAPES]
strings = st.lists(st.sampled_from(ATOMS), max_size=8).map(lambda atoms: '"' + "".join(atoms) + '"')
lists = st.lists(strings, max_size=3).map(lambda items: "[" + ", ".join(items) + ",]")
members = st.dictionaries(st.sampled_from(["file_path", "content", "b"]), strings | lists | st.just("1"), min_size=1)
bodies = members.map(lambda parts: "{" + ", ".join(f'"{name}": {part}' for name, part in parts.items()))
broken = st.builds(str.__add__, bodies, st.sampled_from(["}", ",}", "}}"]))


@settings(max_examples=1000)
@given(broken)
@example(r'{"file_path":"C:\new\test.txt",}')
@example('{"file_path":"C:\\temp\\build\\nul.txt","content":"a\nb"}')
@example('{"file_path":"a.c","content":"int f() {\\n  return 1;\\n"}}')
@example(r'{"content": "say \"it and \d"}')
@example('{"b": "in C:\tx and more"}')
@example('{"b": "in </parameter>",}')
@example('{"b": "a\\", \\"content\\": 1",}')
@example(r'{"file_path": "\netx\new folder", "content": "a tab\tbehind",}')
def test_no_text_with_escapes_is_corrected_otherwise_than_by_the_gateway(text: str) -> None:
    agrees(text)


def test_what_is_wrong_in_very_many_places_has_no_reading_and_takes_no_time() -> None:
    """Each of them has a path, and that may be long."""
    fits = '{"a": ["' + "\n" * MOST + '"]}'
    corrected = correct(fits)
    assert corrected is not None and json.loads(corrected.text) == {"a": ["\n" * MOST]}
    assert correct(fits.replace('["', '["\n')) is None
    deep = '{"a": ' + "[" * 199 + '"' + "\n" * 200_000
    assert len(examine(deep).edits) == MOST + 1
    members = ", ".join(f'"{number}": "x\n"' for number in range(100_000))
    assert correct(f"{{{members}}}") is None


@pytest.mark.parametrize("text", RAW)
def test_no_real_case_is_corrected_otherwise_than_by_the_gateway(text: str) -> None:
    agrees(text)


def agrees(text: str) -> None:
    ours = correct(text)
    if ours is None:
        return
    theirs = repair(text)
    assert isinstance(theirs, Repaired), text
    assert theirs.value == json.loads(ours.text)


@given(st.text())
@example("\\u12")
@example("a\\\\")
def test_a_string_is_decoded_up_to_where_it_ends(text: str) -> None:
    written = json.dumps(text, ensure_ascii=False)[1:-1]
    assert decoded(written) == text
    for end in range(len(written)):
        assert text.startswith(decoded(written[:end]))


@given(st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_is_read_and_written_as_the_library_does(value: Any) -> None:
    assert spell(value) == json.dumps(value, separators=(",", ":"))
    assert parse(f" {spell(value)}\n") == value
    assert size(value) == len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("text", ["", " ", "{", "[1,", '{"a": ', '"x', "tru", "{]"])
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_a_value_that_json_does_not_know_is_spelled_all_the_same() -> None:
    assert json.loads(spell({"a": {1}})) == {"a": "{1}"}
