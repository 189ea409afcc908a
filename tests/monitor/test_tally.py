"""One record for each tool input, however it ends, with figures that can be checked by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.events import delta_frame, end_frames, frame, stop_frame
from finestream.handoff.document import Document
from finestream.handoff.reading import RESUME, read_whole
from finestream.monitor.shape import Shape
from finestream.monitor.tally import TOLD_CHUNKS, Tally
from finestream.monitor.tool_input import ToolInput
from finestream.settings import Settings
from tests.monitor.stage import CLEAN, DOCUMENT, ERROR, Play, cut_at, start, tool

ITEMS = '{"path": "a", "tags": [' + ",".join(["1"] * 300) + "]}"


def record(play: Play) -> dict[str, Any]:
    (found,) = play.rows("tool_input")
    return found


def test_a_healthy_input_is_told_in_one_record() -> None:
    play = Play()
    play.feed(start() + tool())
    play.now = 0.25
    play.feed(delta_frame(0, '{"path": "a.txt", "te') + delta_frame(0, 'xt": "b'))
    play.now = 1.0
    play.feed(delta_frame(0, '"}') + CLEAN)
    assert record(play) == {
        "tool": "Note",
        "tool_use_id": "t0",
        "target": "a.txt",
        "agent_to": None,
        "bytes": 30,
        "lines": 0,
        "deltas": 3,
        "chunks": 2,
        "first_chunk_ms": 250.0,
        "duration_ms": 1000.0,
        "attempts": 0,
        "cuts": 0,
        "fallbacks": 0,
        "spans": [[("path",), 9, 16, "member", 250.0], [("text",), 26, 29, "member", 1000.0]],
        "outcome": "complete",
    }
    assert len(play.all) == len(play.rows("tool_input")) + sum(type(decision).__name__ == "Forward" for decision in play.all)


def test_deltas_are_counted_the_same_however_they_are_read() -> None:
    deltas = b"".join(delta_frame(0, DOCUMENT[at : at + 7]) for at in range(0, len(DOCUMENT), 7))
    data = start() + tool() + deltas + CLEAN
    for step in (1, 100, len(data)):
        play = Play()
        for at in range(0, len(data), step):
            play.feed(data[at : at + step])
        assert record(play)["deltas"] == -(-len(DOCUMENT) // 7)


def test_the_spans_of_a_long_input_are_bounded() -> None:
    play = Play()
    play.feed(start() + tool() + delta_frame(0, ITEMS) + CLEAN)
    assert (record(play)["chunks"], len(record(play)["spans"])) == (301, TOLD_CHUNKS)


def test_an_input_without_a_chunk_has_no_first_one() -> None:
    watched = ToolInput(0, {"name": "Task", "id": "t"}, Shape({}, frozenset()))
    watched.take('{"subagent_type": "qa", "prompt": {', b"")
    tally = Tally(1.0, 2)
    tally.count([], 2.0)
    row = tally.row(watched, 3.0, 3)
    assert (row["first_chunk_ms"], row["agent_to"], row["attempts"], row["duration_ms"]) == (None, "qa", 1, 2000.0)


def test_a_continued_input_counts_the_deltas_of_all_answers() -> None:
    play = cut_at(600)
    play.end("reset")
    play.resent()
    play.feed(start() + tool() + delta_frame(0, DOCUMENT[:700]) + delta_frame(0, DOCUMENT[700:]) + CLEAN)
    found = record(play)
    assert (found["outcome"], found["attempts"], found["deltas"], found["bytes"]) == ("continued", 1, 3, len(DOCUMENT))


def test_a_corrected_input_says_so() -> None:
    play = Play()
    play.feed(start() + tool() + delta_frame(0, '{"path": "a",}') + CLEAN)
    assert record(play)["outcome"] == "corrected"


@pytest.mark.parametrize("settings", [Settings(repair=False), Settings()])
def test_an_input_that_the_client_has_to_refuse_says_so(settings: Settings) -> None:
    play = Play(settings)
    play.feed(start() + tool() + delta_frame(0, '{"path": "a"}{"path": "b"}') + CLEAN)
    assert record(play)["outcome"] == "surfaced"


def test_an_input_that_cannot_be_saved_is_cut() -> None:
    play = Play(Settings(attempts=0, backoff=(0.0,)), {"messages": "none"})
    play.feed(start() + tool() + delta_frame(0, DOCUMENT[:600]))
    play.end("reset")
    assert play.aborted
    found = record(play)
    assert (found["outcome"], "INVALID_JSON" in found) == ("cut", False)
    assert play.rows()[-1]["INVALID_JSON"] == DOCUMENT[:600]


def test_a_message_that_ends_with_an_open_input_surfaces_it() -> None:
    play = Play(Settings(attempts=0), {"messages": "none"})
    play.feed(start() + tool() + delta_frame(0, DOCUMENT[:600]) + end_frames("max_tokens", {}))
    assert record(play)["outcome"] == "surfaced"


def test_what_no_other_record_holds_is_kept_with_its_text() -> None:
    off = cut_at(600, Settings(recovery="off"))
    off.feed(ERROR)
    off.end()
    assert (record(off)["outcome"], record(off)["INVALID_JSON"]) == ("cut", DOCUMENT[:600])
    blind = cut_at(600)
    blind.feed(frame({"type": "content_block_start", "index": 1, "content_block": {"type": "text"}}))
    blind.end("reset")
    blind.all += blind.monitor.left(1.0)
    assert (record(blind)["outcome"], record(blind)["INVALID_JSON"]) == ("blind", DOCUMENT[:600])


def test_a_client_that_leaves_takes_nothing_with_it() -> None:
    play = cut_at(600)
    play.now = 2.0
    play.all += play.monitor.left(2.0)
    found = record(play)
    assert (found["outcome"], found["INVALID_JSON"], found["duration_ms"]) == ("client_left", DOCUMENT[:600], 2000.0)
    assert play.rows() == []


def test_a_client_that_leaves_a_recovery_ends_its_row() -> None:
    play = cut_at(600)
    play.end("reset")
    play.all += play.monitor.left(3.0)
    assert (play.rows()[-1]["outcome"], play.rows()[-1]["INVALID_JSON"]) == ("client_left", DOCUMENT[:600])
    assert "INVALID_JSON" not in record(play)


def test_a_client_that_leaves_between_the_inputs_leaves_no_record() -> None:
    play = Play()
    play.feed(start() + tool() + delta_frame(0, '{"path": "a"}') + stop_frame(0))
    before = record(play)
    play.all += play.monitor.left(1.0)
    assert record(play) == before


def test_each_time_that_an_input_breaks_off_is_counted() -> None:
    play = cut_at(600)
    play.end("reset")
    play.resent()
    play.feed(start() + tool() + delta_frame(0, DOCUMENT[:900]))
    play.end("reset")
    play.resent()
    play.feed(start() + tool() + delta_frame(0, DOCUMENT) + CLEAN)
    found = record(play)
    assert (found["outcome"], found["attempts"], found["cuts"], found["fallbacks"]) == ("continued", 2, 2, 0)


def test_an_input_that_is_asked_for_as_a_whole_says_so() -> None:
    play = cut_at(600, Settings(attempts=0, backoff=(0.0,)))
    play.end("reset")
    play.resent()
    play.feed(start() + tool() + delta_frame(0, DOCUMENT) + CLEAN)
    found = record(play)
    assert (found["outcome"], found["attempts"], found["cuts"], found["fallbacks"]) == ("continued", 1, 1, 1)


def test_an_input_that_the_model_did_not_end_broke_off_too() -> None:
    play = Play()
    play.feed(start() + tool() + delta_frame(0, DOCUMENT[:600]) + stop_frame(0) + end_frames("refusal", {}))
    found = record(play)
    assert (found["outcome"], found["attempts"], found["cuts"]) == ("surfaced", 0, 1)


def test_a_malformed_input_did_not_break_off() -> None:
    play = Play()
    play.feed(start() + tool() + delta_frame(0, '{"path": "a",}') + CLEAN)
    assert record(play)["cuts"] == 0


@pytest.mark.parametrize(
    ("document", "chunks"),
    [
        ('{"a": []}', 1),
        ('{"a": ""}', 1),
        ('{"a": [1, [] ]}', 2),
        ('{"a": [1, 2\n]}', 2),
        ('{"a": ["]", "\\""]}', 2),
        ('{"a": "]"}', 1),
        ('{"a": "%s\\n\\n"}' % ("x" * 300), 1),
        ('{"a": "%s\\n\\n \\""}' % ("x" * 300), 2),
    ],
)
def test_what_only_ends_a_list_or_a_text_is_no_chunk(document: str, chunks: int) -> None:
    play = Play()
    play.feed(start() + tool() + delta_frame(0, document) + CLEAN)
    found = record(play)
    assert (found["chunks"], len(found["spans"])) == (chunks, chunks)


VALUES: st.SearchStrategy[object] = st.one_of(
    st.lists(st.text(max_size=5) | st.integers() | st.just([])),
    st.text('x\n"é', max_size=9).map(lambda text: text * 200),
    st.integers() | st.text(max_size=5),
)


@given(st.dictionaries(st.text(max_size=5).filter(lambda name: name != RESUME), VALUES, min_size=1))
def test_a_handoff_has_as_many_chunks_in_the_stream_as_in_the_run(given_document: dict[str, object]) -> None:
    play, document = Play(), Document()
    play.feed(start() + tool() + delta_frame(0, json.dumps(given_document, ensure_ascii=False)) + CLEAN)
    for piece in read_whole(given_document):
        part = document.judge(piece)
        if part:
            document.keep(part)
    assert record(play)["chunks"] == len(document.chunks)
