"""The request as the monitor sees it: read once, and only what can be continued counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.monitor.request import Request

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
BODY = {
    "model": "m",
    "messages": [],
    "tools": [{"name": "Write", "input_schema": SCHEMA}, {"type": "web_search_20250305", "name": "web_search"}],
}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b"{}",
        b'{"messages": {}}',
        b'{"messages": null}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": 1' + b"0" * 9999,
    ],
)
def test_what_could_not_be_continued_has_no_body(raw: bytes) -> None:
    request = Request(raw)
    assert request.body is None
    assert request.schema("Write") is None


def test_the_body_is_read_once() -> None:
    request = Request(json.dumps(BODY).encode())
    assert request.body == BODY
    assert request.body is request.body


@pytest.mark.parametrize(("tool", "expected"), [("Write", SCHEMA), ("web_search", None), ("Read", None), ("", None), ("None", None)])
def test_the_schema_of_a_tool(tool: str, expected: object) -> None:
    assert Request(json.dumps(BODY).encode()).schema(tool) == expected


@pytest.mark.parametrize(
    "tools", [None, 5, {}, [], ["Write"], [None], [{}], [{"name": "Write"}], [{"name": "Write", "input_schema": "x"}], [{"name": ["W"]}]]
)
def test_tools_that_are_none_have_no_schema(tools: Any) -> None:
    request = Request(json.dumps({"messages": [], "tools": tools}).encode())
    assert request.schema("Write") is None
    assert request.body is not None


def test_a_request_without_tools_has_no_schema() -> None:
    assert Request(b'{"messages": []}').schema("Write") is None
