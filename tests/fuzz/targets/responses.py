"""Whole responses through the monitor: a script of bytes, endings, refusals and time.

A script is what upstream sends, with orders in between, each a line: ``%%end``, ``%%reset``, ``%%refuse``, ``%%wait``, ``%%pass``. Its
first byte says how the bytes are cut into reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace

from finestream.events import delta_frame
from finestream.monitor import Note, Phase
from tests.fuzz.engine import Target
from tests.fuzz.passage import SETTINGS, Passage, is_blind, tool_calls
from tests.fuzz.targets.streams import FRAMES, cuts
from tests.monitor.stage import CLEAN, DOCUMENT

_ORDER = re.compile(rb"%%(end|reset|refuse|busy|wait|pass)\n")
ORDERS: dict[bytes, Callable[[Passage], None]] = {
    b"end": lambda passage: passage.close(),
    b"reset": lambda passage: passage.close("reset"),
    b"refuse": lambda passage: passage.refuse(400),
    b"busy": lambda passage: passage.refuse(529, 3.0),
    b"wait": lambda passage: passage.wait(),
    b"pass": lambda passage: passage.wait(2.0),
}
_MODES = (
    SETTINGS,
    replace(SETTINGS, recovery="retry"),
    replace(SETTINGS, recovery="off"),
    replace(SETTINGS, repair=False),
)


def play(script: bytes, how: int, seed: int) -> Passage:
    """Play a script; ``seed`` says how it is cut."""
    passage = Passage(_MODES[how])
    for number, part in enumerate(_ORDER.split(script)):
        if number % 2:
            ORDERS[part](passage)
        else:
            for piece in cuts(part, seed):
                passage.feed(piece)
    return passage


def check_monitor(data: bytes) -> Iterable[Hashable]:
    """The laws hold after each step, and how the bytes are cut changes nothing of what the client gets in the end."""
    first, script = data[0] if data else 0, data[1:]
    how, seed = first % len(_MODES), first // len(_MODES)
    passage = play(script, how, seed)
    other = play(script, how, 0)
    phase = passage.monitor.phase
    if b"%%pass" not in script and b"%%wait" not in script:  # what waits goes out by the clock, whatever it is
        assert _told(passage) == _told(other), "the cuts have changed what came of it"
    passage.finish()
    passage.check()
    other.finish()
    other.check()
    return _seen(passage, phase)


def _told(passage: Passage) -> tuple[object, ...]:
    """What the client would make of it, and what upstream was asked for. How frames are put together is nobody's business."""
    calls = tool_calls(bytes(passage.out))
    asked = [json.dumps(body, sort_keys=True) for body in passage.requests]
    return (is_blind(passage), passage.monitor.phase, calls, asked, [note.kind for note in passage.notes if note.kind != "cut"])


def _seen(passage: Passage, phase: Phase) -> Iterator[Hashable]:
    yield phase, type(passage.end).__name__, min(len(passage.requests), 3)
    for note in passage.notes:
        yield _outline(note)
        yield phase, note.kind


def _outline(note: Note) -> Hashable:
    record = note.record
    return (note.kind, *(str(record.get(key))[:30] for key in ("error", "action", "outcome", "reason")))


_TOKENS = (
    *FRAMES,
    *(b"%%end\n", b"%%reset\n", b"%%refuse\n", b"%%busy\n", b"%%wait\n", b"%%pass\n", b"\n\n", b"\r\n\r\n"),
    *(
        delta_frame(0, text)
        for text in (
            '{"path": "a.txt"',
            ', "text": "',
            "x" * 80,
            "\\n",
            '"',
            "}",
            ', "tags": [',
            '"one"',
            "]",
            "\\",
            ",",
            "\ud83d",
            "\ude00",
        )
    ),
    *(delta_frame(1, "x"), delta_frame(0, DOCUMENT[:300]), delta_frame(0, DOCUMENT[300:700]), delta_frame(0, DOCUMENT[:900]), CLEAN),
    *(b'"index":1', b'"index":0', b'"name":"Note"', b'"name":"Other"', b'"input":{"path":"b"}', b'"partial_json":"', b'"stop_reason":null'),
    *(b'"stop_reason":"end_turn"', b'"stop_reason":"model_context_window_exceeded"', b'"usage":{"output_tokens":1e3,"a":{"b":1}}'),
)

TARGETS = (Target("monitor", check_monitor, _TOKENS, 6000),)
