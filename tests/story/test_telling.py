"""The story of a call is told in the order in which it happened, and nothing in it reaches the terminal raw."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.story import Names, tell
from finestream.story.telling import SHOWN_CHANGES, SHOWN_CHUNKS, SHOWN_TEXT
from tests.story.records import at, correction, gateway, hook, refused, row, tool_input


def told(*records: dict[str, Any]) -> list[str]:
    return list(tell(records, Names({"b2": "qa"}), lambda moment: f"at {moment:.1f}"))


def test_a_continued_call_from_its_beginning_to_its_end() -> None:
    lines = told(
        row(0.9, "cut", outcome="pending", delay=2.0),
        row(1.5),
        tool_input(2, "continued", attempts=1, agent_to="b2"),
        hook(2.1, "tool_started", priority="high"),
        hook(2.5, "tool_ended", outcome="ok", latency_ms=400),
    )
    assert lines == [
        "Write docs/a.md: its input was cut and continued; the tool ran",
        "  call      t1",
        "  agents    writer (agent a17) → qa",
        "  session   s1",
        "  stream    8080-1",
        "  began     at 1795600800.9",
        "  input     100 bytes, 9 deltas, 2 chunks, 1 attempt, streamed in 1.0 s, first chunk after 100 ms",
        "  tool ran  400 ms",
        "",
        "     +0.000 s  the input begins",
        "     +0.000 s  chunk 1: file_path, member, bytes 14 to 25",
        "     +0.000 s  cut: network_interruption; 47 bytes arrived, kept up to byte 40 at $.content",
        "               attempt 1: continue after 2.0 s",
        "     +0.600 s  attempt 1 (continue): recovered",
        '               arrived before it: {"file_path": "docs/a.md", "content": "one\\ntwo',
        "               tokens: 20 used of about 50 needed",
        "     +1.000 s  chunk 2: content, text, bytes 38 to 60",
        "     +1.100 s  the input ends: continued",
        "     +1.200 s  the tool is started, priority high",
        "     +1.600 s  the tool ends after 400 ms: ok",
    ]


def test_a_correction_is_told_with_before_and_after() -> None:
    text = "\n".join(told(correction(1), tool_input(1, "corrected")))
    assert "malformed_json at byte 21, chunk_2_line_1: trailing-comma; corrected: dropped_trailing_comma\n" in text
    assert "dropped_trailing_comma at $, character 20: “,” → “”\n" in text
    assert '               before: {"file_path": "docs/a.md", "content": "one\\ntwo\n               after: {"file_path": "b"}\n' in text


def test_a_refused_correction_says_why() -> None:
    assert "; not corrected: two readings\n" in "\n".join(told(correction(1, outcome="surfaced", refused="two readings")))
    assert "; not corrected: repair is off\n" in "\n".join(told(correction(1, outcome="surfaced", refused="")))


def test_long_lists_and_texts_are_shown_in_part_and_that_is_said() -> None:
    spans = [[["content"], n, n + 1, "text", 1.0] for n in range(30)]
    change = {"rule": "r", "offset": 1, "path": "$", "before": "a", "after": "b"}
    text = "\n".join(
        told(tool_input(1, spans=spans, chunks=500), correction(2, changes=[change] * 30, changes_in_total=300, after="y" * 999))
    )
    assert text.count("chunk ") - text.count("chunk after") == SHOWN_CHUNKS
    assert f"{500 - SHOWN_CHUNKS} more chunks until then" in text
    assert text.count("“a” → “b”") == SHOWN_CHANGES
    assert f"{300 - SHOWN_CHANGES} more changes" in text
    assert f"{'y' * SHOWN_TEXT} … and {999 - SHOWN_TEXT} characters more" in text


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([hook(1, "tool_started")], "Write: the tool was started; its end is not in the journal"),
        ([row(1, "cut")], "Write: a recovery is under way, or its end is not in the journal"),
        ([gateway(1, "new")], "Write: how it ended is not in the journal"),
        ([hook(1, "tool_ended", outcome="failed", error_class="EACCES")], "Write: the tool ran and failed; EACCES"),
        (
            [refused(2)],
            "Write: the client did not run it (no_match)",
        ),
        (
            [
                refused(2),
                hook(3, "tool_ended", outcome="ok"),
            ],
            "Write: the tool ran",
        ),
        ([hook(1, "x", error="malformed_json")], "Write: the client did not run it (malformed_json)"),
        ([tool_input(1, "odd", target=None)], "Write: odd"),
        ([at(1, tool_use_id="t1")], "a tool: how it ended is not in the journal"),
    ],
)
def test_the_first_line_says_how_it_went(records: list[dict[str, Any]], words: str) -> None:
    assert told(*records)[0] == words


def test_records_of_any_kind_are_told_as_they_are() -> None:
    lines = told(hook(1, "novelty", weight=5, INVALID_JSON="abc"), hook(2, "empty"), at(3, tool_use_id="t1", error="e"))
    assert [line.strip() for line in lines[-4:]] == [
        "+0.000 s  novelty: weight 5",
        "arrived: abc",
        "+1.000 s  empty",
        "+2.000 s  record: error e",
    ]


def test_an_input_whose_text_was_kept_or_only_counted() -> None:
    assert "arrived: abc" in told(tool_input(1, "client_left", INVALID_JSON="abc"))[-1]
    assert told(row(1, INVALID_JSON={"omitted": True, "bytes": 47}))[-2].endswith("47 bytes, not kept (journal.content is off)")


def test_records_that_are_not_as_they_should_be_are_told_all_the_same() -> None:
    wrong = tool_input(1, duration_ms=None, spans=[5, [1, 2], [["a"], "x", "y", "z", None]], chunks=None)
    lines = told(
        {**wrong, "timestamp": None}, row(1, tokens_needed=None), correction(1, changes=5, changes_in_total="x"), hook(2, "tool_ended")
    )
    assert any("chunk 1: a, z, bytes x to y" in line for line in lines)
    assert "  began" not in "\n".join(told({**wrong, "timestamp": None}))
    assert "more chunks" not in "\n".join(lines)
    assert told(tool_input(1, spans=[], chunks=500))[-2].endswith("500 more chunks until then")


def test_nothing_that_a_terminal_obeys_gets_out() -> None:
    bad = "\x1b[2J\r\n\u202e"
    records = [tool_input(1, bad, tool=bad, target=bad, spans=[[[bad], 1, 2, bad, 0.0]]), row(1, INVALID_JSON=bad, error=bad)]
    records += [correction(1, auto_fixed=bad, after=bad, changes=[{"rule": bad, "before": bad}]), hook(1, bad, note=bad)]
    assert not any(char in line for line in told(*records) for char in bad if char not in "[2J")
