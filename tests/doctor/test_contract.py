"""What an upstream does is judged by what comes back: from the simulator, and from servers that do it wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from finestream.doctor.contract import Reply, check_contract, judge_eager, judge_error, judge_paths, judge_stream
from finestream.doctor.findings import Finding
from finestream.simulator.background import running
from finestream.simulator.script import Route, Script, Text, Turn
from tests.doctor.patients import patient

SPOKEN = Script((Route((Turn((Text("one two three " * 20),)),)),), tokens_per_second=200.0)
WHOLE = b"event: message_start\ndata: {}\n\nevent: ping\ndata: {}\n\nevent: message_stop\ndata: {}\n\n"
SSE = {"content-type": "text/event-stream; charset=utf-8"}


def look(project: Path, url: str, **variables: str) -> list[Finding]:
    return list(check_contract(patient(project, environ=variables, upstream=url)))


def severities(found: Iterator[Finding]) -> list[str]:
    return [one.severity for one in found]


def test_an_upstream_that_was_not_named_is_not_asked(tmp_path: Path) -> None:
    (found,) = check_contract(patient(tmp_path))
    assert "not asked" in found.message


def test_the_simulator_does_what_is_needed(tmp_path: Path) -> None:
    with running(SPOKEN) as upstream:
        found = look(tmp_path, upstream.url, ANTHROPIC_API_KEY="sk-ant-test")
        assert [one.severity for one in found] == ["fine"] * 5, found
        assert "events come as they are made" in found[1].message
        asked: Any = [(request.method, request.path) for request in upstream.requests]
    assert len(asked) == 5
    assert "sk-ant-test" not in repr(found)


def test_one_that_refuses_eager_streaming(tmp_path: Path) -> None:
    with running(replace(SPOKEN, refuses_eager=True)) as upstream:
        found = look(tmp_path, upstream.url)
    assert [one.message for one in found if one.severity == "warning"] == [
        "it refuses eager_input_streaming; the monitor leaves it out, and tool inputs come late"
    ]


def test_nobody_there(tmp_path: Path) -> None:
    (found,) = look(tmp_path, "http://127.0.0.1:9/v")
    assert (found.severity, "cannot be reached" in found.message) == ("broken", True)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, SSE, WHOLE, (0.1, 0.2)), ["fine", "fine"]),
        (Reply(200, SSE, WHOLE, (0.1,)), ["fine", "fine"]),
        (Reply(200, SSE, WHOLE, (2.0, 2.001)), ["fine", "warning"]),
        (Reply(200, SSE, WHOLE[:-40], (0.1, 0.2)), ["broken", "fine"]),
        (Reply(200, SSE, b"", (0.1, 0.2)), ["broken", "fine"]),
        (Reply(200, {**SSE, "content-encoding": "gzip"}, b"\x1f\x8b", (0.1, 0.2)), ["warning", "fine"]),
        (Reply(200, {"content-type": "application/json"}, b"{}", (0.1,)), ["broken"]),
        (Reply(500, SSE, b"\xff", (0.1,)), ["broken"]),
    ],
)
def test_a_stream_is_judged(reply: Reply, expected: list[str]) -> None:
    assert severities(judge_stream(reply)) == expected


@pytest.mark.parametrize(
    ("reply", "severity"),
    [
        (Reply(400, {}, b'{"type":"error","error":{"type":"invalid_request_error","message":"no"}}'), "fine"),
        (Reply(400, {}, b"<html>"), "warning"),
        (Reply(400, {}, b'{"error": "no"}'), "warning"),
        (Reply(400, {}, b"[]"), "warning"),
        (Reply(200, {}, b'{"error":{"type":"a","message":"b"}}'), "warning"),
        (Reply(trouble="reset"), "warning"),
    ],
)
def test_an_error_is_judged(reply: Reply, severity: str) -> None:
    assert judge_error(reply).severity == severity


@pytest.mark.parametrize(
    ("head", "unknown", "severity"),
    [(200, 404, "fine"), (405, 404, "fine"), (502, 404, "warning"), (404, 503, "warning"), (404, 200, "warning"), (0, 404, "warning")],
)
def test_paths_are_judged(head: int, unknown: int, severity: str) -> None:
    assert judge_paths(Reply(head, trouble=None if head else "reset"), Reply(unknown)).severity == severity


@pytest.mark.parametrize(
    ("reply", "severity"), [(Reply(200), "fine"), (Reply(400, {}, b"... eager_input_streaming ..."), "warning"), (Reply(529), "warning")]
)
def test_eager_is_judged(reply: Reply, severity: str) -> None:
    assert judge_eager(reply).severity == severity
