"""What arrived is given back exactly, and what is missing is always said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.story import Arrived, Missing, arrived, parameter
from finestream.story.arrived import Parameter
from tests.story.records import TEXT, correction, rejected, row, tool_input


def found(*records: dict[str, Any]) -> Arrived:
    result = arrived(records)
    assert isinstance(result, Arrived)
    return result


def test_the_longest_text_counts() -> None:
    told = found(row(1, "cut", INVALID_JSON=TEXT[:9], bytes_received=9), row(2), row(3, INVALID_JSON="{", bytes_received=1))
    assert (told.text, told.corrected) == (TEXT, None)


@pytest.mark.parametrize(
    ("records", "remarks"),
    [
        ([row(1)], ["this is incomplete: 47 bytes had arrived when it was cut (network_interruption)", "about 60% is missing"]),
        (
            [row(1), tool_input(2, "continued")],
            [
                "this is incomplete: 47 bytes had arrived when it was cut (network_interruption)",
                "53 bytes are missing",
                "the call itself was continued, and reached the client whole",
            ],
        ),
        (
            [tool_input(1, "client_left", INVALID_JSON=TEXT, bytes=47)],
            ["this is incomplete: 47 bytes had arrived when it was cut (client_left)", "how much is missing is not known"],
        ),
        (
            [row(1, tokens_needed=None, error=None, outcome=None, bytes_received=None)],
            ["this is incomplete: 47 bytes had arrived when it was cut (no reason is told)", "how much is missing is not known"],
        ),
        (
            [row(1, INVALID_JSON=TEXT + "...[953 bytes omitted]", bytes_received=1000)],
            [
                "this is incomplete: 1,000 bytes had arrived when it was cut (network_interruption)",
                "about 60% is missing",
                "the journal kept only the first 47 bytes (journal.content_limit): 953 more had arrived",
            ],
        ),
        (
            [rejected(1, INVALID_JSON=TEXT, bytes_received=3000)],
            [
                "all of it had arrived, 3,000 bytes, but it was wrong (malformed_json: an open string)",
                "the journal has only the first 47 of 3,000 bytes that had arrived",
            ],
        ),
        (
            [rejected(1, INVALID_JSON=TEXT, error="unparsed_json")],
            ["47 bytes had arrived, which do not parse; whether they were cut is not known"],
        ),
        (
            [rejected(1, INVALID_JSON=TEXT, error="incomplete_json")],
            [
                "this is incomplete: 47 bytes had arrived when it was cut (incomplete_json)",
                "how much is missing is not known",
            ],
        ),
        (
            [row(1, INVALID_JSON='{"key": "[redacted]', bytes_received=99)],
            [
                "this is incomplete: 99 bytes had arrived when it was cut (network_interruption)",
                "about 60% is missing",
                "credentials were taken out of it (1, each marked [redacted])",
            ],
        ),
        (
            [correction(1), tool_input(1, "corrected")],
            [
                "all of it had arrived, 47 bytes, but it was wrong (malformed_json: trailing-comma)",
                "the call itself was corrected, and reached the client whole",
            ],
        ),
        (
            [correction(1, reason=None, after="{...[9 bytes omitted]"), tool_input(1, "corrected")],
            [
                "all of it had arrived, 47 bytes, but it was wrong (malformed_json: no reason is told)",
                "the call itself was corrected, and reached the client whole",
                "the corrected text is not in the journal as a whole (journal.content_limit)",
            ],
        ),
    ],
)
def test_what_is_missing_is_said(records: list[dict[str, Any]], remarks: list[str]) -> None:
    assert list(found(*records).remarks) == remarks


def test_the_corrected_text_is_there_where_it_is_whole() -> None:
    assert found(correction(1)).corrected == '{"file_path": "b"}'
    assert found(correction(1, after="{...[9 bytes omitted]")).corrected is None


def test_nothing_is_said_to_be_nothing() -> None:
    omitted = arrived([tool_input(1), row(1, INVALID_JSON={"omitted": True, "bytes": 47, "sha256": "ab12"})])
    assert isinstance(omitted, Missing)
    assert "47 bytes with the SHA-256 ab12" in omitted.reason
    healthy = arrived([tool_input(1)])
    assert isinstance(healthy, Missing)
    assert "not written down" in healthy.reason


@pytest.mark.parametrize(
    ("text", "name", "value", "is_whole"),
    [
        (TEXT, "file_path", "docs/a.md", True),
        (TEXT, "content", "one\ntwo", False),
        ('{"a": "x\\', "a", "x", False),
        ('{"a": "x\\u00e', "a", "x", False),
        ('{"a": "x\\ud83d', "a", "x", False),
        ('{"a": "x\\ud83d\\ude00', "a", "x😀", False),
        ('{"a": "C:\\dir"}', "a", "C:", False),
        ('{"a": "raw\nline\t"', "a", "raw\nline\t", True),
        ('{"a": [1, 2', "a", "[1, 2", False),
        ('{"a": [1, 2] , "b": {"c": 1}}', "b", '{"c": 1}', True),
        ('{"a": 12', "a", "12", False),
        ('{"a": 12}', "a", "12", True),
        ('{"a": tru', "a", "tru", False),
        ('{"a": "he said "hi", and left", "b": 1}', "a", "he said ", False),
        ('{"a": "', "a", "", False),
        ('{"a": ', "a", "", False),
        ('\ufeff {"a":1,"a":"later"}', "a", "later", True),
        ('{"\\u0061\\n": 1}', "a\n", "1", True),
        ('{"bad\\q": 1}', '"bad\\q"', "1", True),
        ('{"a": ' + "[" * 100_000, "a", "[" * 100_000, False),
    ],
)
def test_the_value_of_a_parameter(text: str, name: str, value: str, is_whole: bool) -> None:
    assert parameter(text, name) == Parameter(value, is_whole)


@pytest.mark.parametrize(
    ("text", "names"), [(TEXT, ["file_path", "content"]), ("", []), ("[1]", []), ('{"a": 1 "b": 2}', ["a"]), ('{"a": "x" , "b', ["a"])]
)
def test_where_there_is_none_its_names_are_told(text: str, names: list[str]) -> None:
    assert parameter(text, "other") == names


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), min_size=1), st.data(), st.booleans())
def test_a_cut_value_is_a_beginning_of_the_value(members: dict[str, str], data: st.DataObject, is_ascii: bool) -> None:
    text = json.dumps(members, ensure_ascii=is_ascii)
    cut = text[: data.draw(st.integers(0, len(text)))]
    for name, value in members.items():
        part = parameter(cut, name)
        if isinstance(part, Parameter):
            assert value == part.value if part.is_whole else value.startswith(part.value)
