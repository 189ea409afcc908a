"""Records become stories: each call one, each line once."""

from __future__ import annotations

from finestream.story import Names, Stories, Story, candidates
from finestream.story.joining import is_in_both, joined, once
from tests.story.records import at, gateway, hook, rejected, row, tool_input


def test_a_call_is_one_story_and_the_rest_stays_as_it_is() -> None:
    stories = Stories(Names())
    session = hook(0, "session_started", tool_use_id=None, tool=None)
    for record in (session, tool_input(1), hook(2, "tool_started"), gateway(3, "blind", tool_use_id=""), tool_input(4, tool_use_id="t2")):
        stories.add(record)
    first, second, third, fourth = stories.entries
    assert first is session
    assert isinstance(second, Story) and second.is_started
    assert isinstance(third, dict) and third["event"] == "blind"
    assert isinstance(fourth, Story) and fourth.tool_use_id == "t2"


def test_an_id_in_another_session_is_another_call() -> None:
    stories = Stories(Names())
    for record in (tool_input(1), tool_input(2, session_id="s2"), hook(3, "tool_started", session_id="s2"), at(4, tool_use_id="t1")):
        stories.add(record)
    assert [entry.is_started for entry in stories.entries if isinstance(entry, Story)] == [False, True]


def test_names_are_learned_on_the_way() -> None:
    names = Names()
    stories = Stories(names)
    stories.add(hook(1, "subagent_started", agent_type="pm", tool_use_id=None))
    assert names.name("a17") == "pm"


def test_both_files_are_read_as_one_in_the_order_of_time() -> None:
    events = [row(1, "cut"), row(3), hook(5, "tool_ended")]
    errors = [row(0.5), row(3.001), hook(4, "incomplete", error="incomplete_json"), at(6, error="x")]
    found = list(joined(events, errors))
    assert [record["timestamp"][17:23] for record in found] == ["00.500", "01.000", "03.000", "04.000", "05.000", "06.000"]


def test_errors_alone_are_all_told() -> None:
    assert len(list(joined([], [row(1), hook(2, "x", error="y")]))) == 2
    assert list(joined([], [])) == []


def test_of_what_is_in_both_files_the_fuller_one_is_kept_in_its_place() -> None:
    late = tool_input(4)
    found = once([row(1), rejected(2, attempt=1), rejected(3, attempt=2), late, row(1.001), rejected(2.001, attempt=1, INVALID_JSON="{")])
    assert [(record["event"], record.get("attempt"), "INVALID_JSON" in record) for record in found] == [
        ("recovery", 1, True),
        ("input_rejected", 1, True),
        ("input_rejected", 2, False),
        ("tool_input", None, False),
    ]
    assert len(once([late, late])) == 2


def test_what_gateway_and_hooks_write_twice_is_known() -> None:
    assert is_in_both(row(1))
    assert is_in_both(rejected(1))
    assert is_in_both(hook(1, "tool_ended", error="call_refused"))
    assert not is_in_both(hook(1, "x", stream="8080-1"))
    assert not is_in_both(at(1, error="x"))


def test_an_id_is_found_by_its_beginning_its_end_or_its_stream() -> None:
    records = [tool_input(1, tool_use_id="toolu_abc"), tool_input(2, tool_use_id="toolu_abcd", stream="8080-2"), at(3)]
    records.append(hook(4, "tool_started", tool_use_id="toolu_abc"))
    assert {name: len(found) for name, found in candidates(records, "toolu_a").items()} == {"toolu_abc": 2, "toolu_abcd": 1}
    assert list(candidates(records, "toolu_abc")) == ["toolu_abc"]
    assert list(candidates(records, "bcd")) == ["toolu_abcd"]
    assert list(candidates(records, "8080-2")) == ["toolu_abcd"]
    assert candidates(records, "8080") == {}
