"""A whole captured file: its form, its responses, a verdict on each tool input. PURE."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

from finestream import sse
from finestream.capture.forms import Form, form_of, form_of_line, unwrapped
from finestream.capture.response import Response
from finestream.capture.verdict import State, Verdict
from finestream.capture.whole import refusal_of, verdict_of
from finestream.events import Event, Json, Kind, frame, read
from finestream.quantities import counted

_LONGEST_FRAME = 64 * 2**20
_HEAD = 2**16  # bytes by which a file has to be known


@dataclass(frozen=True, slots=True)
class Report:
    """What the file held. ``remarks`` are about the stream itself; ``unwatched`` counts inputs of tools that the server runs."""

    form: Form
    verdicts: tuple[Verdict, ...]
    remarks: tuple[str, ...]
    messages: int
    sessions: int
    unwatched: int

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to complain of."""
        return not self.remarks and all(verdict.state is State.COMPLETE for verdict in self.verdicts)


def check(blocks: Iterable[bytes]) -> Report | None:
    """Judge a captured file, given in pieces; None when it is nothing that is known here."""
    pieces = iter(blocks)
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= _HEAD:
            break
    form = form_of(head) or (form_of(head := head + b"".join(pieces)) if head else None)
    if form is None:
        return None
    return _check_sse(head, pieces) if form is Form.SSE else _check_lines(form, head, pieces)


class _Gathering:
    """Responses as they go on side by side, one for each speaker, and what came of those that are over."""

    def __init__(self) -> None:
        self._open: dict[tuple[str | None, str | None], Response] = {}
        self._numbers = count()
        self._streamed: list[tuple[int, Verdict]] = []
        self._whole: dict[str, tuple[int, Verdict]] = {}
        self.remarks: list[str] = []
        self.refusals: dict[str, str] = {}
        self.messages: set[object] = set()
        self.sessions: set[str] = set()
        self._unwatched = 0

    def take(self, event: Event, speaker: tuple[str | None, str | None]) -> None:
        """Take an event of a speaker: session, and the call whose subagent it is."""
        response = self._open.get(speaker)
        if response is None or response.begins_anew(event):
            if event.kind in (Kind.OTHER, Kind.GARBLED, Kind.MESSAGE_STOP) or (response and response.is_over and event.kind is Kind.ERROR):
                return
            self._close(response)
            response = self._open[speaker] = Response(speaker[0], self._numbers)
        response.take(event)

    def add(self, verdict: Verdict) -> None:
        """Add a verdict on an input that is there as a whole; of one that was streamed the stream says more."""
        self._whole.setdefault(verdict.tool_use_id, (next(self._numbers), verdict))

    def report(self, form: Form) -> Report:
        """What came of everything."""
        for response in self._open.values():
            self._close(response)
        streamed = {verdict.tool_use_id for _, verdict in self._streamed}
        whole = [one for name, one in self._whole.items() if name not in streamed]
        told = [self._refused(verdict) for _, verdict in sorted([*self._streamed, *whole], key=lambda one: one[0])]
        return Report(form, tuple(told), tuple(self.remarks), len(self.messages), len(self.sessions), self._unwatched)

    def _close(self, response: Response | None) -> None:
        if response is None:
            return
        self.messages.add(response.message_id or id(response))
        self.remarks += response.remarks()
        self._unwatched += response.unwatched
        self._streamed += response.verdicts()

    def _refused(self, verdict: Verdict) -> Verdict:
        said = self.refusals.get(verdict.tool_use_id)
        return replace(verdict, state=State.REFUSED, why=said) if said and verdict.state is State.COMPLETE else verdict


# -- server-sent events --------------------------------------------------------------------------------------------------------------------


def _check_sse(head: bytes, pieces: Iterator[bytes]) -> Report:
    if unwrapped(head) != head:  # sizes in between: only the whole can be unwrapped
        head = unwrapped(head + b"".join(pieces))
    gathering, framer, garbled = _Gathering(), sse.Framer(_LONGEST_FRAME), 0
    for piece in chain([head], pieces):
        whole = framer.feed(piece)
        for event in map(read, sse.split(whole) if whole else ()):
            garbled += _is_garbled(event)
            gathering.take(event, (None, None))
    rest = framer.drain()
    if rest.strip():
        gathering.take(read(rest), (None, None))  # half a frame is nothing, as for the monitor: what it was part of is cut
    if garbled:
        gathering.remarks.append(f"{counted(garbled, 'frame')} cannot be read")
    return gathering.report(Form.SSE)


def _is_garbled(event: Event) -> bool:
    return event.kind is Kind.GARBLED and sse.parse(event.raw)[1] != b"[DONE]"


# -- lines of JSON -------------------------------------------------------------------------------------------------------------------------


def _check_lines(form: Form, head: bytes, pieces: Iterator[bytes]) -> Report:
    gathering, damaged = _Gathering(), 0
    for line in filter(bytes.strip, _lines(head, pieces)):
        found = _parsed(line)
        if found is None:
            damaged += 1
        elif form_of_line(found):
            _take_line(gathering, found)
    if damaged:
        gathering.remarks.append(f"{damaged} line{'s are' if damaged > 1 else ' is'} no JSON object")
    return gathering.report(form)


def _lines(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in chain([head.removeprefix(b"\xef\xbb\xbf")], pieces):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    yield rest


def _parsed(line: bytes) -> Json | None:
    try:
        found = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _take_line(gathering: _Gathering, line: Json) -> None:
    session = line.get("session_id") or line.get("sessionId")
    session = session if isinstance(session, str) else None
    if session:
        gathering.sessions.add(session)
    event, message = line.get("event"), line.get("message")
    if line["type"] == "stream_event" and isinstance(event, dict) and isinstance(event.get("type"), str):
        parent = line.get("parent_tool_use_id")
        gathering.take(read(frame(event)), (session, parent if isinstance(parent, str) else None))
    elif line["type"] in ("assistant", "user") and isinstance(message, dict):
        _take_message(gathering, line["type"], message, session)
    elif form_of_line(line) is Form.EVENTS:
        gathering.take(read(frame(line)), (None, None))


def _take_message(gathering: _Gathering, kind: Any, message: Json, session: str | None) -> None:
    content = message.get("content")
    stop_reason = message.get("stop_reason")
    if kind == "assistant":
        name = message.get("id")
        gathering.messages.add(name if isinstance(name, str) else None)
    for block in content if isinstance(content, list) else ():
        if not isinstance(block, dict):
            continue
        if kind == "assistant" and block.get("type") == "tool_use":
            gathering.add(verdict_of(block, session, stop_reason if isinstance(stop_reason, str) else None))
        elif block.get("type") == "tool_result" and (refusal := refusal_of(block)):
            gathering.refusals[refusal[0]] = refusal[1]
