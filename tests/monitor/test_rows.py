"""The records of the journal: the mission's fields, and figures that can be checked by hand."""

from __future__ import annotations

import pytest

from finestream.monitor.rows import correction, cut_row, damage_row, location, tokens
from finestream.monitor.shape import Shape
from finestream.monitor.tool_input import ToolInput
from finestream.recovery import Plan, plan
from finestream.repair import Change

START = {"type": "tool_use", "id": "toolu_1", "name": "Write", "input": {}}


def watch(text: str) -> ToolInput:
    built = ToolInput(0, START, Shape({}, frozenset()))
    built.take(text, b"")
    return built


@pytest.mark.parametrize(("size", "known", "expected"), [(0, None, 0), (1, None, 1), (4, None, 1), (5, None, 2), (5, 0, 0), (5, 77, 77)])
def test_tokens_are_the_known_ones_or_a_quarter_of_the_bytes(size: int, known: int | None, expected: int) -> None:
    assert tokens(size, known) == expected


def test_the_row_of_a_cut() -> None:
    watched = watch('{"file_path": "/é.py", "content": "def')
    kept = watched.kept()
    row = cut_row(watched, plan(kept), "network_interruption", None)
    assert row == {
        "error": "network_interruption",
        "tool": "Write",
        "tool_use_id": "toolu_1",
        "bytes_received": 39,
        "checkpoint": 22,
        "path": "$.file_path",
        "tokens_used": 10,
        "tokens_needed": None,
        "INVALID_JSON": '{"file_path": "/é.py", "content": "def',
    }
    assert cut_row(watched, Plan("\ud83d", "", "$", True), "x", 5) | {"checkpoint": 3, "tokens_used": 5, "path": "$"} == cut_row(
        watched, Plan("\ud83d", "", "$", True), "x", 5
    )


def test_the_row_of_a_damage() -> None:
    watched = watch('{"a": 1, "b": [2,], "c": 3}')
    fault = watched.scanner.fault
    assert fault is not None
    row = damage_row(watched, "malformed_json", fault.offset)
    assert row == {
        "error": "malformed_json",
        "tool": "Write",
        "tool_use_id": "toolu_1",
        "bytes_received": 27,
        "checkpoint": len('{"a": 1, "b": [2'),
        "path": "$.b[0]",
        "tokens_used": 7,
        "tokens_needed": 7,
        "INVALID_JSON": '{"a": 1, "b": [2,], "c": 3}',
        "offset": fault.offset,
        "location": "chunk_3_line_1",
    }


def test_a_damage_too_deep_to_be_read_has_a_row() -> None:
    watched = watch('{"a": ' + '{"a": ' * 5000 + '"' + "x" * 80)
    row = damage_row(watched, "malformed_json", 5)
    assert (row["checkpoint"], row["path"], row["location"]) == (0, "$", "chunk_1_line_1")


def test_a_correction_names_each_rule_once_and_each_change() -> None:
    changes = (
        Change("doubled_backslash", 3, "$.a", "\\q", "\\\\q"),
        Change("dropped_trailing_comma", 9, "$", ",", ""),
        Change("doubled_backslash", 5, "$.a", "\\w", "\\\\w"),
    )
    found = correction(changes, "{}")
    assert found["auto_fixed"] == "doubled_backslash, dropped_trailing_comma"
    assert found["after"] == "{}"
    assert found["changes"][1] == {"rule": "dropped_trailing_comma", "offset": 9, "path": "$", "before": ",", "after": ""}
    assert len(found["changes"]) == 3
    assert correction((), "x") == {"auto_fixed": "", "changes": [], "changes_in_total": 0, "after": "x"}
    many = correction(changes * 100, "{}")
    assert (len(many["changes"]), many["changes_in_total"]) == (100, 300)


TEXT = '{"a": "one\\ntwo\\nthree",\n "b": "C:\\\\new\\\\n", "c": "x\\ny'


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ('{"a": "one', "chunk_1_line_1"),
        ('{"a": "one\\n', "chunk_1_line_2"),
        ('{"a": "one\\ntwo\\n', "chunk_1_line_3"),
        ('{"a": "one\\ntwo\\nthree"', "chunk_2_line_1"),
        ('{"a": "one\\ntwo\\nthree",\n', "chunk_2_line_2"),
        ('{"a": "one\\ntwo\\nthree",\n "b": "C:\\\\new\\\\n', "chunk_2_line_2"),  # an escaped backslash and an n are no line end
        (TEXT, "chunk_3_line_2"),
    ],
)
def test_where_a_byte_stands(behind: str, expected: str) -> None:
    assert TEXT.startswith(behind)
    assert location(watch(TEXT), len(behind.encode())) == expected


def test_an_offset_outside_of_the_text_has_a_place_too() -> None:
    assert location(watch('{"a": 1, "b": 2'), 999) == "chunk_2_line_1"
    assert location(watch(""), 0) == "chunk_1_line_1"
