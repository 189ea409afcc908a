"""What a hostile answer can make the monitor keep is bounded: past that it goes by unjudged, and that is said once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from finestream.events import PING, delta_frame, end_frames, frame, stop_frame
from finestream.monitor import Phase
from finestream.settings import Settings
from tests.monitor.stage import Play, cut_at, start, text_block, tool

SMALL = Settings(input_limit=1000, backoff=(0.0,))
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
