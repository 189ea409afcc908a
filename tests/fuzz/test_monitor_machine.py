"""A monitor whose upstream does anything at any time: the laws of `docs/architecture.md` hold after each step."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from finestream.events import PING, delta_frame, end_frames, stop_frame
from tests.fuzz.passage import SETTINGS, Passage
from tests.fuzz.targets.streams import FRAMES
from tests.monitor.stage import ERROR, kept, opening, start, tool
from tests.recovery.documents import make_object

MODES = [SETTINGS, SETTINGS, replace(SETTINGS, recovery="retry"), replace(SETTINGS, recovery="off"), replace(SETTINGS, repair=False)]
TEXTS = ['{"path": "a", "text": "', "x" * 300, '"}', "}", ',"b":1', "\ud83d", "\ude00", ""]
SIZES = st.integers(1, 120)


def make_input(seed: int) -> dict[str, Any]:
    """An input of the tool of the stage."""
    random = Random(seed)
    return {
        "path": f"{seed}.txt",
        **make_object(random, 2, random.randint(0, 3)),
        "text": "".join(f"{seed} line {n}\n" for n in range(seed % 30)),
    }


class Turn(RuleBasedStateMachine):
    """A model with one document in mind. It is cut in any way at any place, and goes on as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.passage = Passage()
        self.meant: dict[str, Any] = {}
        self.text = ""
        self.left = b""  # of the answer that is being sent
        self.is_honest = True  # whether each answer so far says what is meant, and all of it

    @initialize(seed=st.integers(0, 2**30), mode=st.sampled_from(MODES), ascii_only=st.booleans())
    def begin(self, seed: int, mode: Any, ascii_only: bool) -> None:
        self.passage = Passage(mode)
        self.meant = make_input(seed)
        self.text = json.dumps(self.meant, ensure_ascii=ascii_only)
        self.answer(self.text, 1 + seed % 60)

    def answer(self, text: str, size: int) -> None:
        frames = b"".join(delta_frame(0, text[at : at + size]) for at in range(0, len(text), size))
        self.left = start() + tool() + frames + stop_frame(0) + end_frames("tool_use", {"output_tokens": 9})

    def take(self, size: int) -> None:
        piece, self.left = self.left[:size], self.left[size:]
        asked = len(self.passage.requests)
        self.passage.feed(piece)
        if len(self.passage.requests) > asked:
            self.left = b""

    @rule(size=st.integers(1, 3000))
    def send(self, size: int) -> None:
        """Some more of the answer."""
        self.take(size)

    @rule(frame=st.sampled_from([PING, b'event: something_new\ndata: {"type":"something_new"}\n\n', b": note\n\n"]))
    def chat(self, frame: bytes) -> None:
        """What means nothing, between two frames."""
        if not self.left or self.left.startswith(b"event: "):
            self.passage.feed(frame)

    @rule(error=st.sampled_from([None, "reset"]))
    def end(self, error: str | None) -> None:
        """The connection ends."""
        self.left = b""
        self.passage.close(error)

    @rule(closes=st.booleans(), size=st.integers(1, 400))
    def reach_the_limit(self, closes: bool, size: int) -> None:
        """The model stops in the middle of the input."""
        whole = self.left.rfind(b"\n\n", 0, size) + 2
        is_inside = whole > 1 and b"content_block_delta" in self.left[whole : whole + 30]
        if is_inside and self.left[:whole].count(b"content_block_stop") == 0:
            self.take(whole)
            self.left = (stop_frame(0) if closes else b"") + end_frames("max_tokens", {"output_tokens": 9})
            self.take(len(self.left))

    @rule()
    def fail(self) -> None:
        """An error event."""
        if self.left.startswith(b"event: "):
            self.left = b""
            self.passage.feed(ERROR)

    @rule(seconds=st.sampled_from([None, None, 0.5, 6.0, 95.0]))
    def wait(self, seconds: float | None) -> None:
        """Time passes."""
        asked = len(self.passage.requests)
        self.passage.wait(seconds)
        if len(self.passage.requests) > asked:
            self.left = b""

    @precondition(lambda self: self.passage.is_awaited and not self.left)
    @rule(how=st.sampled_from(["obedient", "obedient", "obedient", "whole", "other", "late", "status", "foreign"]), size=SIZES)
    def go_on(self, how: str, size: int) -> None:
        """The model answers a request of the monitor, as told or not."""
        body = self.passage.requests[-1]
        is_continuation = len(body["messages"]) > 1
        self.is_honest = self.is_honest and how not in ("foreign", "late")
        if how == "status":
            self.passage.refuse(529, 1.0)
        elif how == "other":
            self.answer(json.dumps(self.meant, indent=1), size)
        elif how == "foreign":
            self.answer(json.dumps({"path": "another.txt", "tags": []}), size)
        elif how == "late":  # it leaves some of the rest out
            self.answer(self.rest(body)[: size % 7] + self.rest(body)[size:] if is_continuation else self.text, size)
        else:
            self.answer(self.rest(body) if is_continuation and how == "obedient" else self.text, size)

    def rest(self, body: dict[str, Any]) -> str:
        """What a model says that does as it is told."""
        have = kept(body)
        with suppress(ValueError):
            return opening(body) + self.text[len(have) :] if self.text.startswith(have) and have else self.text
        return self.text

    def teardown(self) -> None:
        if not self.meant:
            return
        self.passage.finish()
        self.passage.check([self.meant] if self.is_honest else None)


class AnyOrder(RuleBasedStateMachine):
    """Frames, bytes, endings and time in an order that no server would think of."""

    def __init__(self) -> None:
        super().__init__()
        self.passage = Passage()

    @initialize(mode=st.sampled_from(MODES))
    def begin(self, mode: Any) -> None:
        self.passage = Passage(mode)

    @rule(frame=st.sampled_from(FRAMES))
    def frame(self, frame: bytes) -> None:
        self.passage.feed(frame)

    @rule(
        index=st.integers(0, 2), text=st.sampled_from(['{"path": "a", "text": "', "x" * 300, '"}', "}", ',"b":1', "\ud83d", "\ude00", ""])
    )
    def delta(self, index: int, text: str) -> None:
        self.passage.feed(delta_frame(index, text))

    @rule(data=st.one_of(st.binary(max_size=20), st.sampled_from(FRAMES).flatmap(lambda frame: st.sampled_from([frame[:30], frame[30:]]))))
    def bytes(self, data: bytes) -> None:
        self.passage.feed(data)

    @rule(error=st.sampled_from([None, "reset"]))
    def close(self, error: str | None) -> None:
        self.passage.close(error)

    @rule(status=st.sampled_from([0, 400, 429, 529]), after=st.sampled_from([None, 1.0, 1000.0]))
    def refuse(self, status: int, after: float | None) -> None:
        self.passage.refuse(status, after)

    @rule(seconds=st.sampled_from([None, 0.0, 3.0, 100.0]))
    def wait(self, seconds: float | None) -> None:
        self.passage.wait(seconds)

    def teardown(self) -> None:
        self.passage.finish()
        self.passage.check()


TestTurn = Turn.TestCase
TestTurn.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
