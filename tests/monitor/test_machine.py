"""The monitor as a whole: what is healthy passes byte for byte, every cell of the table is legal, time and endings are inputs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.events import PING, Kind, delta_frame, end_frames, frame, stop_frame
from finestream.monitor import Decision, Forward, Monitor, Note, Phase, Request
from finestream.monitor.watching import TABLE
from finestream.settings import Settings

OWN = Path(__file__).parents[1] / "fixtures" / "streams"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "streams"
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}, "tags": {"type": "array"}}, "required": ["path"]}
BODY = {
    "model": "claude-x",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "go"}],
    "tools": [{"name": "Note", "input_schema": SCHEMA}],
}
START = frame(
    {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}}
)
TOOL = frame({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t", "name": "Note", "input": {}}})
TEXT = frame({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
TEXT_DELTA = frame({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hello"}})
ERROR = frame({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
LIMIT = end_frames("max_tokens", {"output_tokens": 7})
MESSAGE_DELTA, MESSAGE_STOP, _ = (part + b"\n\n" for part in (end_frames("tool_use", {"output_tokens": 7}) + b"x").split(b"\n\n"))
STOP_FIRST = b'data: {"type":\ndata: "content_block_stop","index":0}\nevent: content_block_stop'
LONG = "a line of the document that is long enough to be an anchor, number {}\\n"


def monitor(settings: Settings | None = None, body: Any = None) -> Monitor:
    return Monitor(Request(json.dumps(body or BODY).encode()), settings or Settings(), 0.0)


def sent(decisions: list[Decision]) -> bytes:
    return b"".join(decision.data for decision in decisions if isinstance(decision, Forward))


def notes(decisions: list[Decision], kind: str) -> list[dict[str, Any]]:
    return [decision.record for decision in decisions if isinstance(decision, Note) and decision.kind == kind]


def frames_of(path: Path) -> bytes:
    data = path.read_bytes()
    if not path.name.endswith(".chunks.txt"):
        return data
    return b"".join(b"data: " + line + b"\n\n" for line in data.splitlines() if line)


def recorded() -> Iterator[Any]:
    for folder in (OWN, SHARED):
        for path in sorted(folder.rglob("*.*")) if folder.is_dir() else ():
            if path.suffix in (".sse", ".txt"):
                yield pytest.param(path, id=path.name)


def play(data: bytes, cuts: list[int], settings: Settings | None = None) -> bytes:
    """What the client gets of a stream that is read in these pieces, from an upstream that refuses every further request."""
    watched = monitor(settings)
    out: list[Decision] = []
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(edges) if a < b]
    for piece in pieces:
        out += watched.receive(piece, 0.0)
    out += watched.receive_end(None, 0.0)
    now = 0.0
    while watched.phase in (Phase.PAUSED, Phase.JOINING):
        if watched.phase is Phase.PAUSED:
            now = watched.deadline or now
            out += watched.tick(now)
        else:
            out += watched.refused("no", now, status=400)
    return sent(out)


@pytest.mark.parametrize("path", list(recorded()))
def test_a_recorded_stream_passes_byte_for_byte_however_it_is_cut(path: Path) -> None:
    data = frames_of(path)
    for size in (1, 7, 61, 997, len(data)):
        assert play(data, list(range(0, len(data), size))) == data


@pytest.mark.parametrize("more", [b"\n", b"\n\n", b"\n\n\n"])
def test_blank_lines_more_than_needed_pass_however_they_are_cut(more: bytes) -> None:
    ends = (b'message_stop"}\n\n', b'message_stop" }\n\n')
    streams = [frames_of(path.values[0]) for path in recorded()]
    whole = [data for data in streams if data.endswith(ends) and len(data) < 50_000 and b'"max_tokens"' not in data]
    assert whole
    for data in (data.replace(b"\n\n", b"\n\n" + more) for data in whole):
        ends_of_lines = [at for at in range(len(data)) if data[at : at + 1] == b"\n"]
        for cuts in ([], ends_of_lines, ends_of_lines[::2], list(range(0, len(data), 61))):
            assert play(data, cuts) == data


@given(st.lists(st.integers(0, 10**6), max_size=30), st.sampled_from([path.values[0] for path in recorded()]))
def test_where_a_read_ends_does_not_matter(cuts: list[int], path: Any) -> None:
    data = frames_of(path)[:20_000].rpartition(b"\n\n")[0] + b"\n\n"
    settings = Settings(recovery="off", repair=False)
    assert play(data, cuts, settings) == play(data, [], settings)


def reach(phase: Phase) -> Monitor:
    """A monitor in this phase, brought there by what a stream can do."""
    steps: dict[Phase, list[bytes]] = {
        Phase.WAITING: [],
        Phase.BETWEEN: [START],
        Phase.PASSING: [START, TEXT],
        Phase.WATCHING: [START, TOOL],
        Phase.HOLDING: [START, TOOL, delta_frame(0, '{"path": tru'), stop_frame(0)],
        Phase.ENDING: [START, MESSAGE_DELTA],
        Phase.DONE: [START, MESSAGE_DELTA, MESSAGE_STOP],
        Phase.BLIND: [START, START],
        Phase.PAUSED: [START, TOOL, ERROR],
        Phase.JOINING: [START, TOOL, ERROR],
        Phase.CUT: [START, TEXT],
    }
    reached = monitor()
    for step in steps[phase]:
        reached.receive(step, 0.0)
    if phase is Phase.JOINING:
        reached.tick(10.0)
    if phase is Phase.CUT:
        reached.receive_end("reset", 0.0)
    assert reached.phase is phase
    return reached


EVENTS = {
    Kind.MESSAGE_START: START,
    Kind.BLOCK_START: TOOL,
    Kind.BLOCK_DELTA: delta_frame(0, '{"path": "x"'),
    Kind.BLOCK_STOP: stop_frame(0),
    Kind.MESSAGE_DELTA: MESSAGE_DELTA,
    Kind.MESSAGE_STOP: MESSAGE_STOP,
    Kind.ERROR: ERROR,
    Kind.OTHER: PING,
    Kind.GARBLED: b"event: content_block_delta\ndata: {oops\n\n",
}
# Where an event leads; a cell that is missing here is out of order and leads to BLIND.
LEADS: dict[Phase, dict[Kind, Phase]] = {
    Phase.WAITING: {Kind.MESSAGE_START: Phase.BETWEEN, Kind.ERROR: Phase.PAUSED, Kind.OTHER: Phase.WAITING},
    Phase.BETWEEN: {
        Kind.BLOCK_START: Phase.WATCHING,
        Kind.MESSAGE_DELTA: Phase.ENDING,
        Kind.ERROR: Phase.PAUSED,
        Kind.OTHER: Phase.BETWEEN,
    },
    Phase.PASSING: {
        Kind.BLOCK_DELTA: Phase.PASSING,
        Kind.BLOCK_STOP: Phase.BETWEEN,
        Kind.MESSAGE_DELTA: Phase.ENDING,
        Kind.ERROR: Phase.DONE,
        Kind.OTHER: Phase.PASSING,
        Kind.GARBLED: Phase.PASSING,
    },
    Phase.WATCHING: {
        Kind.BLOCK_DELTA: Phase.WATCHING,
        Kind.BLOCK_STOP: Phase.HOLDING,
        Kind.MESSAGE_DELTA: Phase.HOLDING,
        Kind.ERROR: Phase.PAUSED,
        Kind.OTHER: Phase.WATCHING,
    },
    Phase.HOLDING: {
        Kind.BLOCK_START: Phase.WATCHING,
        Kind.MESSAGE_DELTA: Phase.HOLDING,
        Kind.MESSAGE_STOP: Phase.PAUSED,
        Kind.ERROR: Phase.PAUSED,
        Kind.OTHER: Phase.HOLDING,
    },
    Phase.ENDING: {
        Kind.MESSAGE_DELTA: Phase.ENDING,
        Kind.MESSAGE_STOP: Phase.DONE,
        Kind.ERROR: Phase.DONE,
        Kind.OTHER: Phase.ENDING,
    },
    Phase.DONE: dict.fromkeys(Kind, Phase.DONE),
    Phase.BLIND: dict.fromkeys(Kind, Phase.BLIND),
    Phase.PAUSED: dict.fromkeys(Kind, Phase.PAUSED),
    Phase.CUT: dict.fromkeys(Kind, Phase.CUT),
    Phase.JOINING: {**dict.fromkeys(Kind, Phase.JOINING), Kind.ERROR: Phase.PAUSED, Kind.MESSAGE_STOP: Phase.PAUSED},
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", Kind)
def test_every_event_in_every_phase_leads_where_the_table_says(phase: Phase, kind: Kind) -> None:
    reached = reach(phase)
    reached.receive(EVENTS[kind], 20.0)
    assert reached.phase is LEADS[phase].get(kind, Phase.BLIND)
    assert (kind in TABLE[phase]) == (kind in LEADS[phase])


SPELLINGS = {
    "a value on a line of its own": (b'"type":"', b'"type":\ndata: "'),
    "an escaped letter": (b'"type":"content_block_stop', b'"type":"content_block\\u005fstop'),
    "no space behind the name": (b"event: ", b"event:"),
    "no names": (b"event: ", b"x: "),
    "a comment in front": (b"event: ", b": comment\nevent: "),
    "the data in front": (b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}', STOP_FIRST),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("is_one_read", [True, False])
@pytest.mark.parametrize("opened", [TEXT + TEXT_DELTA, TOOL + delta_frame(0, '{"path": "error message_ a"}')], ids=["text", "tool"])
def test_a_frame_is_known_however_it_is_spelled(spelling: str, is_one_read: bool, opened: bytes) -> None:
    data = (START + opened + stop_frame(0) + MESSAGE_DELTA + MESSAGE_STOP).replace(*SPELLINGS[spelling])
    watched = monitor()
    out: list[Decision] = []
    for read in [data] if is_one_read else [part + b"\n\n" for part in data.split(b"\n\n")[:-1]]:
        out += watched.receive(read, 0.0)
    assert sent(out) == data
    assert watched.phase is Phase.DONE


CALL = TOOL + delta_frame(0, '{"path": "a"}') + stop_frame(0)
STRANGE = delta_frame(0, " ") + frame({"type": "message_of_a_new_kind"})


@pytest.mark.parametrize(("begin", "piece"), [(START, b":\n\n" * 10), (START, CALL), (START + TOOL, STRANGE)])
def test_a_read_of_many_small_frames_costs_time_in_proportion_to_its_length(begin: bytes, piece: bytes) -> None:
    """Ten times the bytes: a copy of what is left, or a search through it, for each frame would cost a hundred times as much."""

    def cost(count: int) -> float:
        watched = monitor()
        watched.receive(begin, 0.0)
        started = process_time()
        watched.receive(piece * count, 0.0)
        return process_time() - started

    assert min(cost(3000) for _ in range(2)) < 30 * min(cost(300) for _ in range(3))


def test_only_a_big_input_that_has_to_be_repaired_or_joined_takes_long() -> None:
    monitor = Monitor(Request(json.dumps(BODY).encode()), Settings(), 0.0)
    monitor.receive(START + TOOL + delta_frame(0, '{"path": "' + "x" * 100_000), 0.0)
    assert not monitor.takes_long
    monitor.receive(delta_frame(0, "x" * 100_000), 0.0)
    assert not monitor.takes_long
    monitor.receive(delta_frame(0, "\\q"), 0.0)
    assert monitor.takes_long


def test_a_big_input_that_is_held_takes_long() -> None:
    monitor = Monitor(Request(json.dumps(BODY).encode()), Settings(), 0.0)
    monitor.receive(START + TOOL + delta_frame(0, '{"path": "' + "x" * 200_000 + '"') + stop_frame(0), 0.0)
    assert monitor.takes_long
