"""What is wanted is what was asked for, of lines, records and stories alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.story import Choice, Names, Story
from tests.story.records import hook, tool_input

RECORD = tool_input(30, agent_to="qa")
NOON = 1795600800.0  # the minute of the records


@pytest.mark.parametrize(
    ("asked", "is_wanted"),
    [
        ({}, True),
        ({"tool": "Write"}, True),
        ({"tool": "Writ"}, False),
        ({"session": "s1"}, True),
        ({"session": "s"}, True),
        ({"session": "s2"}, False),
        ({"agent": "a17"}, True),
        ({"agent": "writer"}, True),
        ({"agent": "qa"}, True),
        ({"agent": "main"}, False),
        ({"since": NOON + 30}, True),
        ({"since": NOON + 30.1}, False),
        ({"tool": "Write", "agent": "main"}, False),
    ],
)
def test_records_and_stories_are_chosen_alike(asked: dict[str, Any], is_wanted: bool) -> None:
    choice, names, story = Choice(**asked), Names({"a17": "writer"}), Story("t1")
    story.add(RECORD)
    assert choice.wants_record(RECORD, names) is is_wanted
    assert choice.wants_story(story, names) is is_wanted
    assert choice.may_want(json.dumps(RECORD).encode()) or not is_wanted


def test_what_has_no_time_or_session_is_not_wanted_where_one_is_asked_for() -> None:
    assert not Choice(since=0.0).wants_record({}, Names())
    assert not Choice(session="s").wants_record({}, Names())
    assert Choice().wants_record({}, Names())


def test_a_line_is_left_out_unread_only_where_it_cannot_matter() -> None:
    choice = Choice(tool="Write", session="s1")
    assert not choice.may_want(b'{"tool": "Read", "session_id": "s1"}')
    assert not choice.may_want(b'{"tool": "Write", "session_id": "s2"}')
    assert choice.may_want(json.dumps(hook(1, "subagent_started", tool=None, agent_type="pm")).encode())
    assert Choice(tool="Grün").may_want(b'{"tool": "Gr\\u00fcn"}')
    assert Choice(agent="pm", since=9e9).may_want(b"{}")
