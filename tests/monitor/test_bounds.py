"""What a hostile answer can make the monitor keep is bounded: past that it goes by unjudged, and that is said once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from finestream.events import PING, delta_frame, end_frames, frame, stop_frame
from finestream.monitor import Abort, Phase
from finestream.settings import Settings
from tests.monitor.stage import CLEAN, DOCUMENT, Play, cut_at, start, text_block, tool

SMALL = Settings(input_limit=1000, backoff=(0.0,))
LARGER = Settings(input_limit=10_000, backoff=(0.0,))
ODD = b'event: something_new\ndata: {"type":"something_new"}\n\n'
TEXT = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a" * 100}}


def endless_text() -> Iterator[bytes]:
    yield start() + text_block("")[:-1].partition(b"event: content_block_stop")[0]
    while True:
        yield frame(TEXT)


def endless_blocks() -> Iterator[bytes]:
    yield start()
    number = -1
    while True:
        yield text_block("", number := number + 1)


def endless_calls() -> Iterator[bytes]:
    yield start()
    number = -1
    while True:
        yield tool(number := number + 1) + delta_frame(number, '{"path": "' + "a" * 500 + '"}') + stop_frame(number)


def endless_waiting() -> Iterator[bytes]:
    """Behind an input that is not sound, and whose stop reason does not come."""
    yield start() + tool() + delta_frame(0, '{"path": nothing') + stop_frame(0)
    while True:
        yield PING


ENDLESS = {"text": endless_text, "blocks": endless_blocks, "calls": endless_calls, "waiting": endless_waiting}


@pytest.mark.parametrize("case", ENDLESS)
@pytest.mark.parametrize("reads", [1, 40])
def test_an_answer_without_end_is_let_go(case: str, reads: int) -> None:
    play, fed, source = Play(SMALL), b"", ENDLESS[case]()
    while play.monitor.phase is not Phase.BLIND:
        data = b"".join(next(source) for _ in range(reads))
        fed += data
        play.feed(data)
        assert len(fed) < 60_000
    play.feed(PING)
    assert play.sent == fed + PING
    assert play.rows("blind") == [{"reason": "an answer beyond the limit"}]


def test_a_continuation_without_end_is_cut() -> None:
    play = cut_at(700, SMALL)
    play.end("reset")
    play.resent()
    play.feed(start() + tool())
    for _ in range(20):
        play.feed(delta_frame(0, "nothing of the kind " * 10))
    assert play.aborted


def test_what_is_within_the_limit_is_watched_to_its_end() -> None:
    play = Play(SMALL)
    play.feed(start() + text_block("a" * 900) + end_frames("end_turn", {}))
    assert play.rows("blind") == []


@pytest.mark.parametrize("more", [delta_frame(0, "y"), delta_frame(0, "")])
def test_a_wrong_input_in_short_fragments_does_not_wait_without_end(more: bytes) -> None:
    play = Play(LARGER)
    came = start() + tool() + delta_frame(0, '{"path": "a",,')
    play.feed(came)
    for _ in range(9 * LARGER.input_limit // len(more)):
        play.feed(more)
        came += more
    assert play.monitor.phase is Phase.BLIND
    assert [row["reason"] for row in play.rows("blind")] == ["an answer beyond the limit"]
    assert play.sent == came


def test_what_comes_behind_an_input_that_is_held_does_not_wait_without_end() -> None:
    play = Play(LARGER)
    came = start() + tool() + delta_frame(0, '{"path": ') + stop_frame(0)
    play.feed(came)
    assert play.monitor.is_in(Phase.HOLDING)
    for _ in range(9 * LARGER.input_limit // len(ODD)):
        play.feed(ODD)
        came += ODD
    assert play.monitor.phase is Phase.BLIND
    assert play.sent == came


def test_an_answer_without_end_is_not_kept() -> None:
    play = cut_at(900, LARGER)
    play.end("reset")
    play.resent()
    play.feed(start() + tool() + delta_frame(0, '{"text": "'))
    for _ in range(30):
        play.feed(delta_frame(0, "something else altogether " * 20))
    assert isinstance(play.all[-1], Abort) and play.monitor.phase is Phase.CUT


def test_what_is_written_anew_never_waits() -> None:
    """In a message that was joined, frames are shorter or longer than those that came: nothing is concluded from that."""
    text = DOCUMENT[:-1] + ', "more": "' + "z" * 2000 + '"}'
    play = cut_at(900, LARGER)
    play.end("reset")
    told = play.resent()
    rest = str(told["messages"][-1]["content"][-1]["content"][-1]["text"]).rsplit("\n", 1)[-1]
    kept = play.monitor.watched.kept()
    play.feed(start() + tool())
    for character in rest + text[len(kept) :]:
        play.feed(delta_frame(0, character) + PING)
    play.feed(CLEAN)
    assert play.input == text
