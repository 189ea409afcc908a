"""What is told of a scenario is what happened, and a difference is never told as anything else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from finestream.demo.narration import ASCII, SHOWN, cut, data, shortened, summary, tell
from finestream.demo.performance import Performance
from finestream.demo.scenarios import scenarios

SCENARIOS = scenarios()
BYTES = {number: len(scenario.text.encode()) for number, scenario in SCENARIOS.items()}


def cut_record(number: int, error: str, delay: float) -> dict[str, Any]:
    kept = len(SCENARIOS[number].text.encode()) // 2
    return {
        "event": "cut",
        "stream": "1-1",
        "tool": "Agent",
        "error": error,
        "tokens_used": 4096,
        "bytes_received": kept + 5,
        "checkpoint": kept,
        "path": "$.prompt",
        "action": "continue",
        "attempt": 1,
        "delay": delay,
        "INVALID_JSON": SCENARIOS[number].text[:kept],
    }


def correction_record() -> dict[str, Any]:
    change = {"rule": "added_quotes", "path": "$.description", "before": 'Test"', "after": '"Test"'}
    return {
        "event": "correction",
        "stream": "1-1",
        "tool": "Agent",
        "error": "malformed_json",
        "bytes_received": BYTES[9],
        "location": "chunk_3_line_2",
        "reason": "not-a-value",
        "changes": [change],
    }


Span = tuple[Sequence[object], int, int]


def whole(*spans: tuple[float, Span], stream: str = "1-1", size: int = 10**6, took: float = 300.0) -> dict[str, Any]:
    """The record of an input, whose chunks came so many milliseconds after its beginning."""
    told = [[*span, "text", passed] for passed, span in spans]
    return {"event": "tool_input", "stream": stream, "tool": "Agent", "bytes": size, "duration_ms": took, "spans": told}


def span_of(number: int, first: str, last: str) -> Span:
    text = SCENARIOS[number].text
    start, end = (len(text[: text.index(name)].encode()) for name in (first, last))
    return ["prompt"], start - 20, end + 20


def played(number: int, **changes: Any) -> Performance:
    """A performance that went well."""
    scenario = SCENARIOS[number]
    row = {
        "agent_from": scenario.sender,
        "agent_to": scenario.receiver,
        "error": "x",
        "action": "continue",
        "attempt": 1,
        "outcome": "recovered",
    }
    good = Performance(
        scenario,
        code=0,
        stderr="",
        events=[(1.0, whole((0.0, (["description"], 0, 5))))],
        errors=[row],
        requests=6,
        continued_with=[8192],
        generated=len(scenario.text) + len(json.dumps(scenario.document, ensure_ascii=False)),
        call=scenario.meant,
        received=True,
        saved=scenario.document,
    )
    return replace(good, **changes)


def test_chunks_are_numbered_timed_and_named_by_what_is_in_them() -> None:
    spans = [
        (0.0, (["description"], 0, 5)),
        (0.0, (["subagent_type"], 5, 10)),
        (240.0, span_of(8, "TS-1\\", "TS-10\\")),
        (250.0, span_of(8, "TS-11\\", "TS-11\\")),
    ]
    events = [
        (1.1, whole((0.0, (["file_path"], 0, 5)), stream="of another call") | {"tool": "Write"}),
        (1.2, {"event": "ping", "stream": "1-1"}),
        (1.3, whole(*spans)),
    ]
    lines = list(tell(played(8, events=events)))
    assert lines[:3] == ["Scenario 8: network interruption", "qa → developer: test-plan.json, 2,564 characters", ""]
    assert lines[3:7] == [
        "   0.0 s  ✓ chunk 1: description",
        "   0.0 s  ✓ chunk 2: subagent_type",
        "   0.2 s  ✓ chunk 3: prompt, TS-1 to TS-10",
        "   0.2 s  ✓ chunk 4: prompt, TS-11",
    ]


@pytest.mark.parametrize(
    ("error", "delay", "what", "how"),
    [
        ("incomplete_json", 0.0, "the output limit of 4096 tokens is reached", "attempt 1: continue at once, with max_tokens 8192"),
        ("network_interruption", 2.0, "the connection is lost (network_interruption)", "attempt 1: continue after 2 s"),
    ],
)
def test_a_cut_is_told_with_what_was_kept_and_what_was_done(error: str, delay: float, what: str, how: str) -> None:
    late = (["prompt"], BYTES[7] - 9, BYTES[7] - 5)
    events = [(0.5, cut_record(7, error, delay)), (1.0, whole((0.0, (["description"], 0, 5)), (900.0, late), took=1000.0))]
    text = "\n".join(tell(played(7, events=events)))
    kept = BYTES[7] // 2
    assert f"   0.5 s  ✗ {what}; {kept + 5:,} of {BYTES[7]:,} bytes arrived\n" in text
    assert f"          ✓ kept up to byte {kept:,}: 1 chunks, and what is certain of $.prompt; about 50% is missing\n" in text
    assert '          ✓ wrapped for the model: {"INVALID_JSON": "{\\"description\\"' in text
    assert f"          ✓ {how}\n   0.9 s  ✓ chunk 2: prompt" in text


def test_a_correction_is_told_with_before_and_after() -> None:
    text = "\n".join(tell(played(9, events=[(0.0, correction_record())])))
    assert f"✗ malformed JSON at chunk_3_line_2: not-a-value; {BYTES[9]:,} of {BYTES[9]:,} bytes arrived\n" in text
    assert '✓ corrected, added_quotes at $.description: Test" → "Test"\n' in text


def test_the_log_is_shown_as_json_with_the_fields_of_the_mission() -> None:
    row = {"timestamp": "t", "session_id": "s", "agent_from": "a", "agent_to": None, "INVALID_JSON": "x" * 100}
    text = "\n".join(tell(played(7, errors=[row])))
    shown = json.loads(text[text.index("    {") : text.index("}") + 1])
    assert shown == {"timestamp": "t", "agent_from": "a", "INVALID_JSON": f"{'x' * SHOWN}… (100 characters)"}


def test_what_came_out_as_meant_is_told_so() -> None:
    assert list(tell(played(7)))[-3:] == [
        "  ✓ exact: the handoff that architect made, against the one it meant",
        "  ✓ exact: the document that developer was given",
        "  ✓ exact: architecture.json on disk",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"saved": None}, "architecture.json on disk (it is not there)"),
        ({"saved": "{"}, "architecture.json on disk (1 characters instead of 19,436, and not the same from character 1 on)"),
        ({"saved": "{\tx"}, "architecture.json on disk (3 characters instead of 19,436, and not the same from character 1 on)"),
        ({"call": None}, "the handoff that architect made, against the one it meant"),
        ({"received": False}, "the document that developer was given"),
        ({"code": 1, "stderr": "no\n"}, "the end of the client: exit code 1 no"),
        ({"code": None}, None),
    ],
)
def test_a_difference_is_told_as_one(changes: dict[str, Any], line: str | None) -> None:
    one = played(7, **changes)
    assert not one.is_exact
    assert data(one)["exact"] is False
    assert list(summary([one]))[-1].endswith("  DIFFERENT")
    if line:
        assert f"  ✗ DIFFERENT: {line}" in tell(one)


def test_the_table_sums_them_up() -> None:
    rows = list(
        summary(
            [played(7), played(9, errors=[{"agent_to": "qa", "auto_fixed": "added_quotes", "outcome": "corrected"}]), played(8, errors=[])]
        )
    )
    assert rows[0].split() == ["handoff", "fault", "done", "outcome", "requests", "written/meant", "on", "disk"]
    assert set(rows[1]) == {"─"}
    assert rows[2].split("  ")[0] == "7"
    assert rows[2].split()[1:4] == ["architect", "→", "developer"]
    assert rows[2].split()[-5:] == ["continue", "recovered", "6", "1.00", "exact"]
    assert "added_quotes" in rows[3]
    assert "nothing" in rows[4]


def test_as_data_it_says_the_same() -> None:
    one = data(played(8))
    assert one["scenario"] == 8
    assert one["exact"] is True
    assert one["share"] == 1.0
    assert json.loads(json.dumps(one)) == one


def test_long_texts_are_cut_and_everything_can_be_said_in_ascii() -> None:
    assert cut("x" * SHOWN) == "x" * SHOWN
    assert cut("x" * (SHOWN + 1)) == f"{'x' * SHOWN}… ({SHOWN + 1} characters)"
    assert shortened({"a": None, "b": 1, "c": [1]}) == {"b": 1, "c": [1]}
    events = [(0.0, correction_record()), (0.5, cut_record(9, "stream_stalled", 0.0))]
    lines = [*tell(played(9, events=events, saved=None)), *summary([played(9)])]
    assert all(line.translate(ASCII).isascii() for line in lines)
