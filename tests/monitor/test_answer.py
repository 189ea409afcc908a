"""The answer to a request of ours: joined as soon as the seam is certain, and otherwise it says why not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.events import PING, Event, frame, read
from finestream.monitor.answer import FIRST_TRY, Answer, Broken, Joined
from finestream.monitor.shape import Shape
from finestream.recovery import Plan, plan

FREE = Shape({}, frozenset())
BODY = "".join(f"{n * n * 7919:x} is the number of line {n}\n" for n in range(80))
DOCUMENT = json.dumps({"file_path": "/a.py", "content": BODY})
KEPT = DOCUMENT[:400]
PLAN = plan(KEPT)
OBEDIENT = PLAN.opening + DOCUMENT[400:]


def start(name: str = "Write", index: int = 1, kind: str = "tool_use") -> Event:
    return read(frame({"type": "content_block_start", "index": index, "content_block": {"type": kind, "id": "t", "name": name}}))


def delta(text: Any, index: int = 1) -> Event:
    return read(frame({"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", "partial_json": text}}))


def stop(index: int = 1) -> Event:
    return read(frame({"type": "content_block_stop", "index": index}))


def answer(plan: Plan | None = PLAN, *, claim: str = "", whole: bool = False, shape: Shape = FREE) -> Answer:
    return Answer("Write", shape, plan=plan, claim=claim, whole=whole)


def feed(answer: Answer, text: str, size: int = 10, index: int = 1) -> Joined | None:
    """Deltas of this many characters, until it joins."""
    for at in range(0, len(text), size):
        if found := answer.take(delta(text[at : at + size], index)):
            return found
    return None


def test_a_long_answer_is_joined_while_it_streams() -> None:
    reading = answer()
    assert reading.received == 0
    reading.take(start())
    found = feed(reading, OBEDIENT)
    assert found is not None
    assert (found.kept, found.index) == (KEPT, 1)
    assert FIRST_TRY <= reading.received < FIRST_TRY + 10
    assert found.kept + found.tail == DOCUMENT[: 400 + len(found.tail)]


def test_a_short_answer_is_joined_at_its_stop() -> None:
    short = plan(DOCUMENT[:-60])
    reading = answer(short)
    reading.take(start(index=7))
    assert feed(reading, short.opening + DOCUMENT[-60:], index=7) is None
    assert reading.take(stop(7)) == Joined(DOCUMENT[:-60], DOCUMENT[-60:], 7)


def test_a_broken_answer_is_used_as_far_as_it_came() -> None:
    reading = answer()
    reading.take(start())
    assert feed(reading, OBEDIENT[:300]) is None
    found = reading.over()
    assert found is not None
    assert found.kept + found.tail == DOCUMENT[: 400 + 300 - len(PLAN.opening)]


def test_the_seam_is_looked_for_again_when_the_answer_has_doubled() -> None:
    kept = plan(DOCUMENT[:900])
    reading = answer(kept)
    reading.take(start())
    found = feed(reading, DOCUMENT)  # everything again: the anchor comes late
    assert found is not None
    assert 2 * FIRST_TRY <= reading.received <= 2 * (FIRST_TRY + 10) + 10
    assert found.kept + found.tail == DOCUMENT[: reading.received]


def test_the_glue_stands_before_the_tail() -> None:
    reading = answer(plan('{"a": 1'))
    reading.take(start())
    reading.take(delta('{"b": 2}'))
    assert reading.take(stop()) == Joined('{"a": 1', ', "b": 2}', 1)


def test_half_a_character_at_the_end_comes_along() -> None:
    """Its other half is still to come, and would stand alone without it."""
    reading = answer()
    reading.take(start())
    reading.take(delta(OBEDIENT[:300] + "\ud83d"))
    found = reading.over()
    assert found is not None
    assert found.tail.endswith("\ud83d")
    again = answer(None, claim=KEPT)
    again.take(start())
    again.take(delta(KEPT + "\ud83d"))
    assert again.over() == Joined(KEPT, "\ud83d", 1)


def test_what_is_not_the_tool_call_stays_with_us() -> None:
    short = plan(DOCUMENT[:-60])
    reading = answer(short)
    for event in (
        read(PING),
        delta("too early", 0),
        start(index=0, kind="text"),
        delta("x" * 600, 0),
        stop(0),
        start(index=1, kind="server_tool_use"),
        start("Read", 2),
        delta("x" * 600, 2),
        stop(2),
    ):
        assert reading.take(event) is None
    assert reading.refusal == "the model called 'Read' instead"
    assert reading.received == 0
    assert reading.take(start(index=3)) is None
    reading.take(delta(short.opening, 3))
    reading.take(delta("y" * 600, 2))
    reading.take(start(index=4))
    reading.take(delta("z" * 600, 4))
    reading.take(delta(DOCUMENT[-60:], 3))
    assert reading.take(stop(4)) is None
    assert reading.take(stop(3)) == Joined(DOCUMENT[:-60], DOCUMENT[-60:], 3)


UNREADABLE = read(b"event: content_block_delta\ndata: {oops\n\n")


@pytest.mark.parametrize("hole", [delta(5), read(frame({**delta("x").body, "delta": {"type": "a_new_one"}})), UNREADABLE])
def test_a_hole_in_the_call_breaks_the_answer_there(hole: Event) -> None:
    reading = answer()
    reading.take(start())
    feed(reading, OBEDIENT[:300])
    with pytest.raises(Broken):
        reading.take(hole)
    found = reading.over()
    assert found is not None
    assert found.kept + found.tail == DOCUMENT[: 400 + 300 - len(PLAN.opening)]


def test_something_unreadable_before_the_call_harms_nothing() -> None:
    reading = answer()
    assert reading.take(UNREADABLE) is None
    reading.take(start())
    assert feed(reading, OBEDIENT)


def test_an_answer_without_the_call_says_so() -> None:
    reading = answer()
    assert reading.over() is None
    assert reading.refusal == "the model did not call the tool again"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"file_path": "/b.py", "content": "x"}', "the answer changes 'file_path', which had arrived"),
        ("[]", "the answer has another shape than what had arrived"),
        ("", "too little arrived to find the seam"),
        ('{"content": "', "too little arrived to find the seam"),
        ("def main():", "too little arrived to find the seam"),
    ],
)
def test_an_answer_that_cannot_be_joined_says_why(text: str, reason: str) -> None:
    for is_over in (False, True):
        reading = answer()
        reading.take(start())
        reading.take(delta(text))
        if is_over and text == "[]":
            reason = "too little arrived to find the seam"  # the scanner waits at the start of what cannot be a tool input
        assert (reading.over() if is_over else reading.take(stop())) is None
        assert reading.refusal == reason


def test_a_damaged_end_does_not_spoil_a_certain_seam() -> None:
    short = plan(DOCUMENT[:-60])
    reading = answer(short)
    reading.take(start())
    reading.take(delta(short.opening + DOCUMENT[-60:] + " and some more"))
    assert reading.take(stop()) == Joined(DOCUMENT[:-60], DOCUMENT[-60:] + " and some more", 1)


# -- the request once more -----------------------------------------------------------------------------------------------------------------


def test_a_repeated_call_is_joined_where_it_says_the_same() -> None:
    reading = answer(None, claim=KEPT)
    reading.take(start())
    found = feed(reading, DOCUMENT)
    assert found is not None
    assert found.kept == KEPT
    assert found.kept + found.tail == DOCUMENT[: reading.received]


def test_a_repeated_call_that_says_something_else_is_refused() -> None:
    reading = answer(None, claim=KEPT)
    reading.take(start())
    assert feed(reading, DOCUMENT.replace("of line 3\\n", "of line three\\n")) is None
    assert reading.take(stop()) is None
    assert reading.refusal == "the repeated call differs from what went out"


@pytest.mark.parametrize(
    ("text", "is_ended", "is_taken"),
    [(DOCUMENT, True, True), (DOCUMENT, False, False), (DOCUMENT[:-1], True, False), ('{"file_path": "/a"}', True, False)],
)
def test_the_fallback_is_used_only_when_it_is_whole_and_sound(text: str, is_ended: bool, is_taken: bool) -> None:
    reading = answer(None, whole=True, shape=Shape({}, frozenset({"content"})))
    reading.take(start())
    assert feed(reading, text, len(text)) is None  # also where it is whole, as long as it may go on
    found = reading.take(stop()) if is_ended else reading.over()
    assert found == (Joined("", text, 1) if is_taken else None)
    if not is_taken:
        assert reading.refusal == "the answer was not whole"
