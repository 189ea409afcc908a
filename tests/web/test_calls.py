"""Calls on the page: the rows of `finestream logs`, and stories with what was before and after."""

from __future__ import annotations

from typing import Any

import pytest

from finestream.story import Names, tell
from finestream.web.calls import MOST_ROWS, rows_of, story_data
from tests.story.records import TEXT, at, correction, gateway, hook, row, tool_input

NAMES = Names({"a17": "writer"})


def clock(moment: float) -> str:
    return f"at {moment:.0f}"


def story(*records: dict[str, Any]) -> dict[str, Any]:
    return story_data(records, NAMES, clock)


def test_rows_are_the_newest_first_and_say_what_the_log_says() -> None:
    rows = rows_of([tool_input(2), at(3, event="session_started", reason="startup"), tool_input(5, tool_use_id="t2/<b>")], NAMES)
    assert [(each["key"], each["session"], each["agents"], each["outcome"]) for each in rows] == [
        ("t2%2F%3Cb%3E", "s1", "writer", "complete"),
        ("", "", "", "startup"),
        ("t1", "s1", "writer", "complete"),
    ]
    assert rows[0]["id"] == "t2/<b>"


def test_the_order_is_that_of_the_moments_that_are_shown() -> None:
    rows = rows_of([tool_input(5, tool_use_id="short"), tool_input(6, tool_use_id="long", duration_ms=4000.0)], NAMES)
    assert [each["id"] for each in rows] == ["short", "long"]


def test_only_what_did_not_go_well_where_that_is_asked_for() -> None:
    records = [tool_input(2), row(3, tool_use_id="t2"), tool_input(4, "continued", tool_use_id="t2", attempts=1)]
    assert [each["key"] for each in rows_of(records, NAMES, is_trouble=True)] == ["t2"]


@pytest.mark.parametrize(("words", "keys"), [("WRITER", ["t2", "t1"]), ("docs t2", ["t2"]), ("nobody", [])])
def test_every_word_has_to_be_in_the_row(words: str, keys: list[str]) -> None:
    assert [each["key"] for each in rows_of([tool_input(2), tool_input(3, tool_use_id="t2")], NAMES, words=words)] == keys


def test_there_is_an_end_to_rows() -> None:
    assert len(rows_of([tool_input(1, tool_use_id=f"t{number}") for number in range(MOST_ROWS + 9)], NAMES)) == MOST_ROWS


def test_a_story_says_what_the_command_line_says() -> None:
    records = [row(2, "cut", outcome="pending", delay=1.0), row(3), tool_input(4, "continued", attempts=1)]
    told, lines = story(*records), list(tell(records, NAMES, clock))
    assert told["title"] == lines[0]
    assert all(f"{fact['name']:8}  {fact['value']}" in " ".join(lines) for fact in told["facts"])
    moments = [line[15:] for line in lines[lines.index("") + 1 :]]
    assert [line for moment in told["moments"] for line in moment["lines"]] == moments
    assert told["moments"][0]["after"] == 0.0
    assert (told["mood"], told["outcome"]) == ("mended", "continued (1 attempt)")


def test_chunks_are_those_that_can_be_read() -> None:
    spans = [[["content", 1], 4, 9, "line", 2.5], [["a"], 1, "x", "line", 1.0], "no", [["a"], 1]]
    assert story(tool_input(4, spans=spans))["chunks"] == [{"path": "content.1", "first": 4, "last": 9, "form": "line", "ms": 2.5}]
    assert story(tool_input(4, spans="none"))["chunks"] == []


def test_a_correction_has_a_text_before_and_after() -> None:
    [told] = story(correction(3), tool_input(4, "corrected"))["corrections"]
    assert (told["before"], told["after"], told["rules"]) == (TEXT, '{"file_path": "b"}', "dropped_trailing_comma")
    assert told["changes"] == [{"rule": "dropped_trailing_comma", "path": "$", "offset": 20, "before": ",", "after": ""}]


def test_a_text_that_was_not_kept_is_none() -> None:
    [told] = story(correction(3, INVALID_JSON={"omitted": True}, after=None, changes="odd"))["corrections"]
    assert (told["before"], told["after"], told["changes"]) == (None, None, [])


def test_a_seam_parts_what_was_kept_from_what_was_dropped() -> None:
    [told] = story(row(3, checkpoint=40), tool_input(4, "continued", bytes=100))["seams"]
    assert (told["before"], told["behind"], told["whole"], told["received"]) == (TEXT[:40], TEXT[40:], 100, len(TEXT))


def test_what_is_not_known_of_a_seam_is_none() -> None:
    [told] = story(row(3, checkpoint=None))["seams"]
    assert (told["before"], told["behind"], told["whole"]) == (TEXT, None, None)
    [told] = story(row(3, INVALID_JSON=None))["seams"]
    assert (told["before"], told["behind"]) == (None, None)


def test_a_seam_in_the_middle_of_a_character_breaks_nothing() -> None:
    [told] = story(row(3, INVALID_JSON="aé", checkpoint=2))["seams"]
    assert (told["before"], told["behind"]) == ("a�", "�")


def test_records_of_hooks_alone_are_a_story_as_well() -> None:
    told = story(hook(1, "tool_started", size=9), hook(2, "tool_ended", outcome="ok"), gateway(0, "blind", reason="x"))
    assert (told["chunks"], told["corrections"], told["seams"], told["mood"]) == ([], [], [], "well")
