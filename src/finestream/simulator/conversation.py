"""What a request asks for: which turn of which route, and whether from the start or from where it was cut. PURE.

Its one law: everything is told from the conversation alone, so a request that is sent twice is understood twice in
the same way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from finestream.simulator.author import write
from finestream.simulator.blocks import Json, blocks_of, calls_of, messages_of, texts_of
from finestream.simulator.jsontext import align
from finestream.simulator.script import Route, Script, Text, ToolUse, Turn


@dataclass(frozen=True, slots=True)
class Reading:
    """A request, understood.

    ``kind``: ``first`` (a turn from the start, or again), ``continuation``, ``other`` (nothing the script knows).
    ``route`` and ``turn``: indexes, the turn may be one past the last. ``done``: how many tool calls of the turn
    stand in the conversation already; ``said``: how many characters of the texts after them. Continuations: ``call``
    is the index of the cut call in the turn (None: the model does not recognise it), ``prefix`` what the request says
    has arrived, ``offset`` where that ends in the call's document, ``opening`` the opening asked for. ``now`` is the turn
    itself, None past the last.
    """

    kind: Literal["first", "continuation", "other"]
    route: int = 0
    turn: int = 0
    done: int = 0
    said: int = 0
    call: int | None = None
    prefix: str = ""
    offset: int = 0
    opening: str | None = None
    now: Turn | None = None


def read_request(body: Json, script: Script) -> Reading:
    """Understand a request to ``/v1/messages`` whose shape has been checked."""
    messages = messages_of(body)
    first = next((message for message in messages if message.get("role") == "user"), {})
    spoken = "\n".join(texts_of(first.get("content")))
    number, route = next(((number, route) for number, route in enumerate(script.routes) if route.match in spoken), (0, None))
    if route is None:
        return Reading("other")
    cut = _find_cut(messages)
    turns, turn, done, said = _stand(route, messages if cut is None else messages[: cut.before])
    reading = Reading("first", number, turn, done, said, now=turns[turn] if turn < len(turns) else None)
    if cut is not None:
        return _continued(turns, reading, cut)
    calls = route.author is not None or (reading.now is not None and reading.now.calls)
    # Claude Code also asks for titles and summaries: those conversations have the same first words, but no tools.
    return Reading("other") if calls and not body.get("tools") else reading


def _stand(route: Route, messages: Sequence[Json]) -> tuple[Sequence[Turn], int, int, int]:
    """The turns of a route, and how far a conversation is in them. Those of an author follow from the conversation."""
    if route.author is None:
        return route.turns, *_progress(route.turns, messages)
    turns = write(route.author, messages)
    return turns, len(turns) - 1, 0, 0


class _Cut(NamedTuple):
    """The continuation request in a conversation: the cut call's name and place among the calls, and what its result says."""

    name: str
    place: int
    before: int  # how many messages stand before the cut one
    prefix: str
    opening: str | None


def _find_cut(messages: Sequence[Json]) -> _Cut | None:
    index = max((index for index, message in enumerate(messages) if message.get("role") == "user"), default=0)
    before = max((i for i, message in enumerate(messages[:index]) if message.get("role") == "assistant"), default=None)
    if before is None:
        return None
    calls = calls_of(messages[before])
    for result in blocks_of(messages[index].get("content")):
        texts = texts_of(result.get("content")) if result.get("type") == "tool_result" else []
        prefix = next((wrapped for text in texts if (wrapped := _unwrap(text)) is not None), None)
        if prefix is not None:
            at = next((i for i, call in enumerate(calls) if call.get("id") == result.get("tool_use_id")), 0)
            name = str(calls[at].get("name")) if calls else ""
            return _Cut(name, at, before, prefix, _opening([text for text in texts if _unwrap(text) is None]))
    return None


def _unwrap(text: str) -> str | None:
    """Read ``{"INVALID_JSON": ...}``, the API documentation's wrapper for input that could not be parsed."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    wrapped = value.get("INVALID_JSON") if isinstance(value, dict) and len(value) == 1 else None
    return wrapped if isinstance(wrapped, str) else None


def _opening(instruction: Sequence[str]) -> str | None:
    """The last line of the instruction that looks like the beginning of an input."""
    lines = "\n".join(instruction).split("\n")
    return next((line for line in reversed(lines) if line.startswith("{")), None)


def _continued(turns: Sequence[Turn], reading: Reading, cut: _Cut) -> Reading:
    turn, expected = reading.turn, (reading.turn, reading.done + cut.place)
    reading = replace(reading, kind="continuation", prefix=cut.prefix, opening=cut.opening)
    # Should the conversation hold more than the model remembers, the call is looked for in this turn and in the one before.
    everywhere = [(place, call) for place in (turn, turn - 1) if 0 <= place < len(turns) for call in range(len(turns[place].calls))]
    for place, call in sorted(everywhere, key=lambda at: at != expected):
        known = turns[place].calls[call]
        offset = align(known.document, cut.prefix) if known.name == cut.name else None
        if offset is not None:
            return replace(reading, turn=place, call=call, offset=offset, now=turns[place])
    return reading


def _progress(turns: Sequence[Turn], messages: Sequence[Json]) -> tuple[int, int, int]:
    """Count how far the conversation is: turns that are complete, calls done in the present one, characters of text said after them."""
    failed = _failures(messages)
    turn = done = said = 0
    made: list[object] = []  # the ids of the calls of this turn
    for message in messages:
        if message.get("role") != "assistant" or turn == len(turns):
            continue
        names = {call.name for call in turns[turn].calls}
        here = [call.get("id") for call in calls_of(message) if call.get("name") in names]
        made += here
        done, said = len(made), 0 if here else said
        said = _heard(turns[turn], done, said, message)
        if done >= len(turns[turn].calls) and (names or said >= len(script_text(turns[turn], 0))):
            turn, done, said, made = _next(turns, turn, is_bad=not failed.isdisjoint(made)), 0, 0, []
    return turn, done, said


def _failures(messages: Sequence[Json]) -> set[object]:
    """The ids of the calls whose results are errors."""
    results = (block for message in messages for block in blocks_of(message.get("content")) if block.get("type") == "tool_result")
    return {result.get("tool_use_id") for result in results if result.get("is_error") is True}


def _next(turns: Sequence[Turn], turn: int, *, is_bad: bool) -> int:
    """The turn behind this one; remedies are only for what has failed."""
    turn += 1
    while turn < len(turns) and turns[turn].remedy and not is_bad:
        turn += 1
    return turn


def script_text(turn: Turn, done: int) -> str:
    """The texts of a turn that come between its call number ``done`` and the next one."""
    calls = 0
    pieces = []
    for block in turn.blocks:
        calls += isinstance(block, ToolUse)
        if isinstance(block, Text) and calls == done:
            pieces.append(block.text)
    return "".join(pieces)


def _heard(turn: Turn, done: int, said: int, message: Json) -> int:
    """Add the text of ``message`` behind its last call, where it goes on with the turn's own."""
    content = message.get("content")
    blocks = list(blocks_of(content))
    last = max((index for index, block in enumerate(blocks) if block.get("type") == "tool_use"), default=-1)
    spoken = "".join(texts_of(content if isinstance(content, str) else blocks[last + 1 :]))
    meant = script_text(turn, done)
    if meant.startswith(spoken, said):
        return said + len(spoken)
    # Someone else's words (a client that trims or notes an error) end a turn that is only text, and change nothing in others.
    return said if turn.calls else len(meant)
