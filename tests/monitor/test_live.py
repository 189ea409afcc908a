"""The live view of a response: what is told is what is there, in every phase, and a look changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.events import delta_frame, frame, stop_frame
from finestream.monitor import Live, changes
from finestream.monitor.live import QUIET
from finestream.settings import Settings
from tests.monitor.stage import CLEAN, DOCUMENT, Play, start, text_block, tool

SPEAKER = {"stream": "7-1", "session_id": "s", "agent_id": None, "agent_from": "main"}


def live_of(play: Play) -> Live:
    return Live(play.monitor, SPEAKER)


def begun(size: int = 100, settings: Settings | None = None) -> tuple[Play, Live]:
    play = Play(settings)
    live = live_of(play)
    play.feed(start() + tool() + delta_frame(0, DOCUMENT[:size]))
    return play, live


def seen(live: Live, now: float, **more: Any) -> dict[str, Any]:
    view = live.view(now, **more)
    assert view
    assert json.loads(json.dumps(view)) == view
    return view


def test_an_open_input_is_told_whole() -> None:
    play, live = begun()
    play.now = 2.0
    play.feed(delta_frame(0, DOCUMENT[100:600]))
    assert seen(live, 2.5) == {
        "id": "7-1:t0",
        **SPEAKER,
        "tool": "Note",
        "tool_use_id": "t0",
        "target": "a.txt",
        "bytes": 600,
        "lines": DOCUMENT[:600].count("\\n"),
        "chunks": len(play.monitor.watched.chunk_ends),
        "rate": 240.0,
        "seconds": 2.5,
        "quiet": 0.5,
        "state": "streaming",
        "attempt": 0,
        "attempts": 2,
        "action": "",
    }


def test_the_text_is_told_only_where_it_is_asked_for_and_inside_a_string() -> None:
    play, live = begun(DOCUMENT.index("line 2") + 4)
    assert "text" not in seen(live, 0.0)
    assert seen(live, 0.0, with_text=True)["text"][-2:] == ["line 1 of the text", "line"]
    play.feed(delta_frame(0, '", "tags": ['))
    assert seen(live, 0.0, with_text=True)["text"] == []


def test_the_target_is_looked_for_until_it_cannot_come_any_more() -> None:
    play = Play()
    live = live_of(play)
    play.feed(start() + tool() + delta_frame(0, '{"text": "x'))
    assert seen(live, 0.0)["target"] is None
    play.feed(delta_frame(0, '", "path": "b.txt", "text": "' + "y" * 5000))
    assert seen(live, 0.0)["target"] == "b.txt"
    play.feed(delta_frame(0, "z"))
    assert seen(live, 0.0)["target"] == "b.txt"


def test_a_target_that_is_being_written_grows() -> None:
    play = Play()
    live = live_of(play)
    play.feed(start() + tool() + delta_frame(0, '{"command": "ls'))
    assert seen(live, 0.0)["target"] == "ls"
    play.feed(delta_frame(0, " -l"))
    assert seen(live, 0.0)["target"] == "ls -l"


def test_the_rate_is_that_of_late() -> None:
    play, live = begun(100)
    for second in range(1, 11):
        play.now = float(second)
        play.feed(delta_frame(0, "x" * 1000))
        assert seen(live, play.now)["rate"] > 0
    assert seen(live, 10.0)["rate"] == 1000.0
    assert seen(live, 14.0)["rate"] < 700
    assert seen(live, 20.0)["rate"] < 200
    assert live.view(0.0) is not None, "a clock that goes back is no error"


def test_silence_is_told_before_the_monitor_gives_up_waiting() -> None:
    _, live = begun()
    assert seen(live, QUIET - 0.1)["state"] == "streaming"
    assert seen(live, QUIET)["state"] == "stalled"
    _, live = begun(settings=Settings(stall=2.0))
    assert seen(live, 1.0)["state"] == "stalled"


def test_what_is_known_to_be_wrong_is_being_corrected() -> None:
    play, live = begun(20)
    play.feed(delta_frame(0, "a raw\x01byte"))
    assert seen(live, 0.0)["state"] == "correcting"


def test_a_cut_is_told_until_the_input_is_whole_with_the_attempt() -> None:
    play, live = begun(900)
    play.end("reset")
    assert [seen(live, 0.0)[name] for name in ("state", "attempt", "attempts", "action")] == ["continuing", 1, 2, "continue"]
    play.resent()
    play.refuse(500)
    assert seen(live, play.now)["attempt"] == 2
    play.resent()
    play.refuse(500)
    assert [seen(live, play.now)[name] for name in ("state", "attempt", "action")] == ["continuing", 2, "fallback"]


def test_a_joined_input_is_counted_on_and_ends_as_continued() -> None:
    play, live = begun(900)
    seen(live, 0.0)
    play.end("reset")
    body = play.resent()
    kept = json.loads(body["messages"][-1]["content"][-1]["content"][0]["text"])["INVALID_JSON"]
    rest = json.dumps({"path": "a.txt", "text": json.loads(DOCUMENT)["text"], "tags": ["one", "two"]})
    assert rest.startswith(kept)
    play.feed(start() + tool() + delta_frame(0, rest[:-1]))
    view = seen(live, play.now)
    assert (view["state"], view["bytes"]) == ("continuing", len(rest) - 1)
    play.feed(delta_frame(0, "}") + CLEAN)
    (row,) = play.rows("tool_input")
    ended = live.ended(row)
    assert (ended["id"], ended["state"], ended["outcome"], ended["attempt"]) == (view["id"], "done", "continued", 1)
    assert (ended["bytes"], ended["lines"], ended["target"]) == (len(rest), 80, "a.txt")
    assert live.view(play.now) is None


@pytest.mark.parametrize("is_seen", [True, False])
def test_an_end_is_told_whether_or_not_somebody_has_looked(is_seen: bool) -> None:
    play, live = begun()
    if is_seen:
        seen(live, 0.0)
    play.now = 2.0
    play.feed(delta_frame(0, DOCUMENT[100:]) + CLEAN)
    ended = live.ended(play.rows("tool_input")[0])
    keys = set(seen(begun()[1], 0.0)) | {"outcome"}
    assert set(ended) == keys
    assert (ended["target"], ended["outcome"], ended["rate"], ended["bytes"]) == ("a.txt", "complete", len(DOCUMENT) / 2, len(DOCUMENT))


def test_an_end_within_no_time_has_no_rate() -> None:
    play, live = begun(len(DOCUMENT))
    play.feed(CLEAN)
    assert live.ended(play.rows("tool_input")[0])["rate"] == 0.0


def test_a_response_without_an_open_input_says_what_it_does() -> None:
    play = Play()
    live = live_of(play)
    states = [seen(live, 0.0)["state"]]
    play.feed(start())
    states.append(seen(live, 0.0)["state"])
    for kind, more in (("thinking", {"thinking": ""}), ("text", {"text": ""}), ("server_tool_use", {"name": "x", "input": {}})):
        index = len(states) - 2
        play.feed(frame({"type": "content_block_start", "index": index, "content_block": {"type": kind, **more}}))
        states.append(seen(live, 0.0)["state"])
        play.feed(stop_frame(index))
    assert states == ["waiting", "waiting", "thinking", "writing", "writing"]
    view = seen(live, QUIET)
    assert (view["id"], view["state"], view["tool"], view["bytes"]) == ("7-1", "stalled", None, None)
    play.feed(CLEAN.partition(b"\n\n")[2])
    assert live.view(0.0) is None


def test_a_request_that_is_sent_again_before_anything_has_come_is_told() -> None:
    play = Play()
    live = live_of(play)
    play.feed(start())
    play.feed(frame({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}))
    assert [seen(live, 0.0)[name] for name in ("state", "attempt", "attempts", "action")] == ["continuing", 1, 2, "retry"]
    play.resent()
    assert [seen(live, play.now)[name] for name in ("state", "attempt", "attempts", "action")] == ["continuing", 1, 2, "retry"]


def test_a_stream_that_is_let_go_of_is_unwatched() -> None:
    play, live = begun()
    play.feed(text_block("out of order", 0))
    assert seen(live, QUIET)["state"] == "unwatched"


def test_while_the_monitor_is_at_work_what_was_seen_holds() -> None:
    play, live = begun()
    live.is_thinking = True
    assert live.view(0.0) is None
    live.is_thinking = False
    before = seen(live, 0.0)
    live.is_thinking = True
    play.feed(delta_frame(0, DOCUMENT[100:]) + CLEAN)
    assert seen(live, 9.0) == {**before, "state": "correcting"}


def test_changes_are_told_as_what_they_are() -> None:
    def view(name: str, **more: Any) -> dict[str, Any]:
        return {"id": name, "state": "streaming", "attempt": 0, "bytes": 1, "quiet": 0.0, "seconds": 0.0, "rate": 0.0, **more}

    before = {name: view(name) for name in ("same", "grown", "cut", "tried", "gone", "ended")}
    now = {
        "same": view("same", quiet=5.0, seconds=9.0, rate=1.0),
        "grown": view("grown", bytes=2),
        "cut": view("cut", state="continuing"),
        "tried": view("tried", attempt=1),
        "new": view("new"),
    }
    ended = view("ended", state="done")
    told = list(changes(before, now, [ended]))
    assert told == [
        ("ended", ended),
        ("gone", {"id": "gone"}),
        ("progress", now["grown"]),
        ("state", now["cut"]),
        ("state", now["tried"]),
        ("began", now["new"]),
    ]
    assert list(changes(now, now)) == []
