"""From what was kept to the opening: it mirrors what is open, it ends where kept ends, and it is one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream.recovery.items import LONGEST_REPEAT
from finestream.recovery.mark import mark_of
from finestream.recovery.opening import MOST_LESS, Plan, closers, plan, trail
from finestream.scanner import Scanner
from tests.recovery.documents import documents, keep, spellings

LONG = "a text that is long enough to be told again and again, number "


# -- reading -------------------------------------------------------------------------------------------------------------------------------


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
        '{"file_path": "/a.py", "content": "def main():\\n    print(1)\\n    print(2)\\n    ret',
        Plan("", '{"content": "nt(1)\\n    print(2)\\n    ret', "$.content", False),
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
        '{"commands": ["npm install --no-audit", "npm test"',
        Plan("", '{"commands": ["stall --no-audit", "npm test"', "$.commands[1]", False),
    ),
    "behind items that are too short": (
        '{"n": 1, "commands": ["npm install", "npm test"',
        Plan("", '{"commands": ["MARK"', "$.commands[1]", False, "MARK"),
    ),
    "behind a member of an item": ('{"n": 1, "a": [{"b": 2', Plan('{"n": 1', '{"n": 1', "$.n", True)),
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
        Plan('{"a": [' + ", ".join(f'"{LONG}{n}"' for n in range(9)), f'{{"a": ["{(LONG + "8")[-40:]}"', "$.a[8]", False),
    ),
    "behind an item that is too long": (
        f'{{"a": [0, {{"b": "{"-" * LONGEST_REPEAT}{A}"}}',
        Plan("", f'{{"a": [{{"b": "{A[-30:]}"}}', "$.a[1]", False),
    ),
    "a key that must be escaped": (f'{{"a\\"\\né": "{A}', Plan("", f'{{"a\\"\\né": "{A[-24:]}', '$.a"\né', False)),
    "text that repeats itself": (
        '{"file_path": "/a.py", "content": "' + "again\\n" * 99,
        Plan("", '{"content": "MARKgain\\n', "$.content", False, "MARK"),
    ),
    "text that repeats itself, in an item": (
        '{"edits": [{"old": "x", "new": "' + "\\u00e9\\\\" * 99,
        Plan("", '{"edits": [{"new": "MARK\\\\', "$.edits[0].new", False, "MARK"),
    ),
    "a row of equal characters": ('{"a": "' + "=" * 99, Plan("", '{"a": "MARK', "$.a", False, "MARK")),
    "a string that is too short": ('{"a": "short text', Plan("", '{"a": "MARKshort text', "$.a", False, "MARK")),
    "a string that is empty": ('{"a": "', Plan("", '{"a": "MARK', "$.a", False, "MARK")),
    "behind a member that repeats itself": (
        f'{{"n": 1, "a": "{"ab" * LONGEST_REPEAT}"',
        Plan(f'{{"n": 1, "a": "{"ab" * LONGEST_REPEAT}', '{"a": "MARKb', "$.a", False, "MARK"),
    ),
    "items that repeat themselves": ('{"n": 1, "a": [0, 0, 0, 0', Plan("", '{"a": ["MARK"', "$.a[3]", False, "MARK")),
    "equal objects in a list": ('{"n": 1, "a": [{"b": 1}, {"b": 1}', Plan("", '{"a": ["MARK"', "$.a[1]", False, "MARK")),
    "equal texts in a list": (f'{{"a": ["{A}", "{A}"', Plan("", f'{{"a": ["{A[-30:]}"', "$.a[1]", False)),
    "a list inside an item of a list": ('{"n": 1, "a": [[0, 0', Plan("", '{"a": [["MARK"', "$.a[0][1]", False, "MARK")),
    "an empty object": ("{", Plan("", "", "$", True)),
    "an empty list": ('{"a": [', Plan("", "", "$", True)),
    "an empty member": ('{"n": 1, "a": {', Plan('{"n": 1', '{"n": 1', "$.n", True)),
    "a number that is too long": ('{"n": 1, "a": ' + "1" * 500, Plan("", "", "$", True)),
    "all of an empty object": ("{}", Plan("", "", "$", True)),
    "all of an object that is too long": (
        f'{{"a": 1, "b": [{"0, " * LONGEST_REPEAT}0] }}',
        Plan(f'{{"a": 1, "b": [{"0, " * LONGEST_REPEAT}0', '{"b": ["MARK"', f"$.b[{LONGEST_REPEAT}]", False, "MARK"),
    ),
    "nothing": ("", Plan("", "", "$", True)),
    "too deep": ('{"a": ' * 50_000 + "1", Plan("", "", "$", True)),
}


@pytest.mark.parametrize("case", PLANS)
def test_what_is_planned(case: str) -> None:
    kept, expected = PLANS[case]
    if not expected.kept and expected.opening:
        expected = expected._replace(kept=kept)
    mark = mark_of(kept)
    assert plan(kept) == expected._replace(opening=expected.opening.replace("MARK", mark), mark=expected.mark.replace("MARK", mark))


def test_an_opening_is_one_line_however_the_input_is_spelled() -> None:
    kept = json.dumps({"n": 1, "a": [{"b": 10**9 + n, "c": []} for n in range(5)]}, indent=2)[:-2].rstrip()[:-1].rstrip()
    planned = plan(kept)
    assert planned.kept == kept
    assert planned.opening.splitlines() == [planned.opening]
    assert planned.opening.replace(" ", "") == '{"a":[{"c":[]}'


@pytest.mark.parametrize("width", [16, 20, 24, 25, 32, 40, 48, 64, 80])
def test_lines_of_one_width_lose_little_at_every_place(width: int) -> None:
    """A table, a list with numbers: each line differs from the others in one place only."""
    table = "".join(
        (f"row {n:03} " + "with columns that say the same in each and every row of the table" * 2)[: width - 1] + "\n" for n in range(99)
    )
    for at in range(15 * width, 20 * width):
        kept = json.dumps({"path": "a.txt", "text": table[:at]})[:-2]
        planned = plan(kept)
        assert not planned.retreated
        assert kept.startswith(planned.kept)
        assert len(json.loads(kept + '"}')["text"]) - len(json.loads(planned.kept + '"}')["text"]) < MOST_LESS


@given(documents, spellings, st.integers(0, 10**6))
@settings(max_examples=300)
def test_an_opening_ends_as_kept_ends_and_opens_the_same_containers(document: dict[str, Any], spelling: dict[str, Any], cut: int) -> None:
    text = json.dumps(document, **spelling)
    kept = keep(text, cut % len(text))
    planned = plan(kept)
    assert kept.startswith(planned.kept)
    assert planned.retreated or len(kept.rstrip('"]} \n\t\r')) - 6 * MOST_LESS <= len(planned.kept)  # six characters spell one
    if not planned.opening:
        assert planned == Plan("", "", "$", True)
        return
    assert "\n" not in planned.opening
    assert closers(planned.opening) == closers(planned.kept)
    assert planned.opening.count(planned.mark) == 1 or not planned.mark
    assert planned.mark not in kept or not planned.mark
    ours, theirs = trail(planned.opening.replace(planned.mark, "")), trail(planned.kept)
    assert [level.child.key if level.child else "" for level in ours.levels] == [
        level.child.key if level.child else "" for level in theirs.levels
    ]
    assert (theirs.leaf or "").endswith(ours.leaf or "")
    mine, whole = ours.levels[-1].done, theirs.levels[-1].done
    same = [(one.key, one.value) == (other.key, other.value) for one, other in zip(reversed(mine), reversed(whole), strict=False)]
    if same and not ours.levels[-1].is_object:
        assert not same.pop() or planned.mark  # of the first item there is only a piece, or it is the mark
    assert all(same)


def _costs_at_most_in_proportion(work: Callable[[str], object], make: Callable[[int], str], size: int) -> bool:
    """Ten times the size takes far less than a hundred times as long; the least of a few runs, for the machine does other things too."""

    def seconds(size: int) -> float:
        text = make(size)
        runs = []
        for _ in range(3):
            start = process_time()
            work(text)
            runs.append(process_time() - start)
        return min(runs)

    return seconds(10 * size) < 40 * max(seconds(size), 1e-4)


@pytest.mark.parametrize(
    "value",
    ['"' + "the same text again, " * 30 + '"', "[" + "[0, 1], " * 80 + "[0, 1]]", '{"a": "' + "x" * 401 + '"}'],
    ids=["texts", "lists", "objects"],
)
def test_going_back_over_many_members_is_not_slow(value: str) -> None:
    """None of them has an anchor: each is gone into and left again."""
    assert _costs_at_most_in_proportion(plan, lambda size: "{" + ", ".join(f'"m{n}": {value}' for n in range(size)), 30)
