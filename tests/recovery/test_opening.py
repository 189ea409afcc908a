"""From what was kept to the opening: it mirrors what is open, it ends where kept ends, and it is one line."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream.recovery.opening import LONGEST_REPEAT, Plan, closers, parts, plan, raw_length, skip_space, trail
from finestream.scanner import Scanner
from tests.recovery.documents import documents, keep, make_value, spellings

LONG = "a text that is long enough to be told again, number "


# -- reading -------------------------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**40), st.booleans(), spellings)
def test_parts_are_the_members_and_items_where_they_stand(seed: int, is_list: bool, spelling: dict[str, Any]) -> None:
    random = Random(seed)
    value = [make_value(random, 2) for _ in range(4)] if is_list else {str(n): make_value(random, 2) for n in range(4)}
    text = "  " + json.dumps(value, **spelling)
    found = list(parts(text, 2))
    assert [part.key for part in found] == (list(value) if isinstance(value, dict) else [None] * len(value))
    assert [json.loads(text[part.value_at : part.end]) for part in found] == (list(value.values()) if isinstance(value, dict) else value)
    for part in found:
        assert (
            text[part.start : part.value_at] == ""
            if part.key is None
            else json.loads("{" + text[part.start : part.end] + "}").keys() == {part.key}
        )


def test_numbers_are_told_apart_by_their_spelling() -> None:
    kinds = [part.value for part in parts('[1, 1.0, 1.00, 1e0, "1", true]', 0)]
    assert all(one != two for at, one in enumerate(kinds) for two in kinds[:at])


@pytest.mark.parametrize(("text", "at", "expected"), [("", 0, 0), ("x", 0, 0), (" \t\r\nx", 0, 4), ("a  b", 1, 3), (" \u00a0", 0, 1)])
def test_white_space_is_that_of_json(text: str, at: int, expected: int) -> None:
    assert skip_space(text, at) == expected


@given(st.text(st.characters(), max_size=40) | st.text('\\"\n/é😀\ud83d\ude00u0', max_size=20), st.booleans(), st.data())
def test_the_raw_length_spells_just_that_many_characters(text: str, ascii_only: bool, data: st.DataObject) -> None:
    raw = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    decoded = json.loads(f'"{raw}"')
    count = data.draw(st.integers(0, len(decoded)))
    size = raw_length(raw, count)
    assert json.loads(f'"{raw[:size]}"') == decoded[:count]
    assert json.loads(f'"{raw[size:]}"') == decoded[count:]


@pytest.mark.parametrize(
    ("raw", "lengths"),
    [
        ("abc", [0, 1, 2, 3, 3]),
        (r"a\nb", [0, 1, 3, 4]),
        (r"\\n", [0, 2, 3]),
        (r"\u00e9x", [0, 6, 7]),
        (r"\ud83d\ude00x", [0, 12, 13]),
        (r"\uD83D\uDE00x", [0, 12, 13]),
        (r"\ud83dx", [0, 6, 7]),
        (r"\ude00\ud83d", [0, 6, 12]),
        (r"\/", [0, 2]),
    ],
)
def test_raw_lengths(raw: str, lengths: list[int]) -> None:
    assert [raw_length(raw, count) for count in range(len(lengths))] == lengths


@given(documents, spellings)
def test_the_closers_are_those_of_the_scanner(document: dict[str, Any], spelling: dict[str, Any]) -> None:
    data = json.dumps(document, **spelling).encode()
    for size in range(0, len(data), 1 + len(data) // 8):
        scanner = Scanner()
        scanner.feed(data[:size])
        assert closers(data[: scanner.checkpoint].decode()) == scanner.closers().decode()


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ("", ""),
        ("{", "}"),
        ('{"a', '"}'),
        (r'{"a\"', '"}'),
        ('{"a": [{"b": "]}', '"}]}'),
        ('{"a": [1], "b": {}', "}"),
        ('{"a": "x\\\\"', "}"),
        ('{"a": 1}', ""),
    ],
)
def test_closers(kept: str, expected: str) -> None:
    assert closers(kept) == expected


def test_the_trail_holds_what_is_done_and_what_is_open_in_each_container() -> None:
    path = trail(' {"a": 1, "b": [true, {"c": "d", "e": "fg')
    assert path.leaf == "fg"
    assert [level.is_object for level in path.levels] == [True, False, True]
    assert [[part.value for part in level.done] for level in path.levels] == [[("number", "1")], [True], ["d"]]
    assert [level.child.key if level.child else "none" for level in path.levels] == ["b", None, "e"]


@pytest.mark.parametrize("kept", ['{"a": 1', '{"a": {"b": 1}', '{"a": [1, 2]', "{", '{"a": ["x"'])
def test_a_trail_that_ends_behind_a_value_has_no_leaf(kept: str) -> None:
    path = trail(kept)
    assert path.leaf is None
    assert path.levels[-1].child is None


# -- planning ------------------------------------------------------------------------------------------------------------------------------

A, B = LONG + "one", LONG + "two"
PLANS: dict[str, tuple[str, Plan]] = {
    "an open string": (
        '{"file_path": "/a.py", "content": "def main():\\n    print(1)\\n    ret',
        Plan("", '{"content": "():\\n    print(1)\\n    ret', "$.content", False),
    ),
    "an open string in an item": (
        f'{{"edits": [{{"old": "{A}", "new": "{B}',
        Plan("", f'{{"edits": [{{"new": "{B[-24:]}', "$.edits[0].new", False),
    ),
    "an open string in the third item": (
        f'{{"edits": [1, [], {{"new": "{B}',
        Plan("", f'{{"edits": [{{"new": "{B[-24:]}', "$.edits[2].new", False),
    ),
    "behind items": (
        '{"commands": ["npm install", "npm test", "npm run"',
        Plan("", '{"commands": ["npm install", "npm test", "npm run"', "$.commands[2]", False),
    ),
    "behind a member": ('{"file_path": "/a.py"', Plan("", '{"file_path": "/a.py"', "$.file_path", False)),
    "behind the second member": ('{"file_path": "/a.py", "mode": 1.50', Plan("", '{"mode": 1.50', "$.mode", False)),
    "behind a member of a member": ('{"a": 1, "b": {"c": true', Plan("", '{"b": {"c": true', "$.b.c", False)),
    "behind a member that is too long": (
        f'{{"a": "{"-" * LONGEST_REPEAT}{A}"',
        Plan(f'{{"a": "{"-" * LONGEST_REPEAT}{A}', f'{{"a": "{A[-24:]}', "$.a", False),
    ),
    "behind a byte order mark": ('\ufeff{"a": 1', Plan("", '{"a": 1', "$.a", False)),
    "behind an object that is too long": (
        f'{{"a": {{"b": "{"x" * LONGEST_REPEAT}", "c": 1}}',
        Plan(f'{{"a": {{"b": "{"x" * LONGEST_REPEAT}", "c": 1', '{"a": {"c": 1', "$.a.c", False),
    ),
    "behind a list that is too long": (
        '{"a": [' + ", ".join(f'"{LONG}{n}"' for n in range(9)) + " ]",
        Plan('{"a": [' + ", ".join(f'"{LONG}{n}"' for n in range(9)), f'{{"a": ["{LONG}8"', "$.a[8]", False),
    ),
    "behind an item that is too long": (
        f'{{"a": [0, {{"b": "{"-" * LONGEST_REPEAT}{A}"}}',
        Plan(f'{{"a": [0, {{"b": "{"-" * LONGEST_REPEAT}{A}', f'{{"a": [{{"b": "{A[-24:]}', "$.a[1].b", False),
    ),
    "a key that must be escaped": (f'{{"a\\"\\né": "{A}', Plan("", f'{{"a\\"\\né": "{A[-24:]}', '$.a"\né', False)),
    "text that repeats itself": (
        '{"file_path": "/a.py", "content": "' + "again\\n" * 99,
        Plan('{"file_path": "/a.py"', '{"file_path": "/a.py"', "$.file_path", True),
    ),
    "text that repeats itself, alone": ('{"content": "' + "again\\n" * 99, Plan("", "", "$", True)),
    "items that repeat themselves": ('{"n": 1, "a": [0, 0, 0, 0', Plan('{"n": 1', '{"n": 1', "$.n", True)),
    "equal objects in a list": ('{"n": 1, "a": [{"b": 1}, {"b": 1}', Plan('{"n": 1', '{"n": 1', "$.n", True)),
    "equal texts in a list": (f'{{"n": 1, "a": ["{A}", "{A}"', Plan('{"n": 1', '{"n": 1', "$.n", True)),
    "a list inside an item of a list": ('{"n": 1, "a": [[0, 0', Plan('{"n": 1', '{"n": 1', "$.n", True)),
    "an empty object": ("{", Plan("", "", "$", True)),
    "an empty list": ('{"a": [', Plan("", "", "$", True)),
    "an empty member": ('{"n": 1, "a": {', Plan('{"n": 1', '{"n": 1', "$.n", True)),
    "a number that is too long": ('{"n": 1, "a": ' + "1" * 500, Plan("", "", "$", True)),
    "nothing": ("", Plan("", "", "$", True)),
    "too deep": ('{"a": ' * 50_000 + "1", Plan("", "", "$", True)),
}


@pytest.mark.parametrize("case", PLANS)
def test_what_is_planned(case: str) -> None:
    kept, expected = PLANS[case]
    if not expected.kept and expected.opening:
        expected = expected._replace(kept=kept)
    assert plan(kept) == expected


def test_an_opening_is_one_line_however_the_input_is_spelled() -> None:
    kept = json.dumps({"n": 1, "a": [{"b": 10**9 + n, "c": []} for n in range(5)]}, indent=2)[:-2].rstrip()[:-1].rstrip()
    planned = plan(kept)
    assert planned.kept == kept
    assert planned.opening.splitlines() == [planned.opening]
    assert planned.opening.replace(" ", "") == '{"a":[{"b":1000000004,"c":[]}'


@given(documents, spellings, st.integers(0, 10**6))
@settings(max_examples=300)
def test_an_opening_ends_as_kept_ends_and_opens_the_same_containers(document: dict[str, Any], spelling: dict[str, Any], cut: int) -> None:
    text = json.dumps(document, **spelling)
    kept = keep(text, cut % len(text))
    planned = plan(kept)
    assert kept.startswith(planned.kept)
    assert planned.retreated or len(kept.rstrip('"]} \n\t\r')) <= len(planned.kept)
    if not planned.opening:
        assert planned == Plan("", "", "$", True)
        return
    assert "\n" not in planned.opening
    assert closers(planned.opening) == closers(planned.kept)
    ours, theirs = trail(planned.opening), trail(planned.kept)
    assert [level.child.key if level.child else "" for level in ours.levels] == [
        level.child.key if level.child else "" for level in theirs.levels
    ]
    assert (theirs.leaf or "").endswith(ours.leaf or "")
    mine, whole = ours.levels[-1].done, theirs.levels[-1].done
    assert [(part.key, part.value) for part in mine] == [(part.key, part.value) for part in whole[len(whole) - len(mine) :]]
