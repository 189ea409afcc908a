"""Requests as a client or a gateway sends them, and a second opinion on where a JSON text stands: for the tests of the simulator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from finestream.simulator.conversation import Reading
from finestream.simulator.faults import Armed, arm, find_cut
from finestream.simulator.model import Answer
from finestream.simulator.play import Frame, Voice, play
from finestream.simulator.script import Fault, Route, Script, Text, Turn

GO = {"role": "user", "content": [{"type": "text", "text": "go"}]}
TOOLS = [{"name": name, "input_schema": {"type": "object"}, "eager_input_streaming": True} for name in ("Read", "Write", "Edit")]


def script(*turns: Turn, **settings: Any) -> Script:
    return Script((Route(tuple(turns)),), **settings)


def ask(*messages: Mapping[str, object], **fields: object) -> dict[str, Any]:
    body = {"model": "claude-x", "max_tokens": 32000, "messages": [GO, *messages], "tools": TOOLS, "stream": True}
    return {**body, **fields}


def said(*blocks: Mapping[str, object]) -> dict[str, object]:
    return {"role": "assistant", "content": list(blocks)}


def text(words: str) -> dict[str, object]:
    return {"type": "text", "text": words}


def call(name: str, ident: str = "t1") -> dict[str, object]:
    return {"type": "tool_use", "id": ident, "name": name, "input": {}}


def results(*idents: str) -> dict[str, object]:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": ident, "content": "fine"} for ident in idents or ("t1",)]}


def go_on(prefix: str, opening: str = "", *, name: str = "Write", before: Sequence[Mapping[str, object]] = ()) -> list[dict[str, object]]:
    """The two messages of a continuation request; ``before`` are complete calls of the same message."""
    told = [text(json.dumps({"INVALID_JSON": prefix})), text(f"The call was cut. Begin with exactly this:\n{opening}")]
    cut = {"type": "tool_result", "tool_use_id": "cut", "is_error": True, "content": told}
    interim = [{"type": "tool_result", "tool_use_id": one["id"], "content": "It runs."} for one in before]
    return [said(*before, call(name, "cut")), {"role": "user", "content": [*interim, cut]}]


def voice(*eager: str, **fields: Any) -> Voice:
    return Voice("msg_1", "claude-x", 10, frozenset(eager), **fields)


def frames_of(answer: Answer, *faults: Any, max_tokens: int = 10**6, speaks: Voice | None = None) -> list[Frame]:
    """The frames of an answer that is struck by ``faults``."""
    return list(play(answer, find_cut(answer.parts, due(*faults), max_tokens), speaks or voice("Write")))


def due(*faults: Fault) -> list[Armed]:
    """The faults of a turn, none of which has struck."""
    turn = Turn((Text("any"),), faults)
    return arm(script(turn), Reading("first", now=turn), {})


def events(data: bytes) -> list[dict[str, Any]]:
    """The events of a stream; every frame is checked to be whole and in UTF-8."""
    assert data == b"" or data.endswith(b"\n\n")
    found = []
    for frame in data.decode("utf-8").split("\n\n")[:-1]:
        name, payload = frame.split("\n")
        event = json.loads(payload.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        found.append(event)
    return found


def joined(found: Sequence[Mapping[str, Any]], index: int = 0) -> str:
    """The text of one block; halves of a surrogate pair in two deltas are put together as a client does."""
    deltas = [event["delta"] for event in found if event["type"] == "content_block_delta" and event["index"] == index]
    pieces = [str(value) for delta in deltas for name, value in delta.items() if name in ("partial_json", "text", "thinking")]
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


class Stand(NamedTuple):
    """A place in a document from which a continuation can be asked for: an offset, the skeleton of what is open, and an anchor."""

    offset: int
    skeleton: str
    anchor: str

    @property
    def opening(self) -> str:
        return self.skeleton + self.anchor


def stands(value: object, tail: int = 12) -> tuple[str, list[Stand]]:
    """Write ``value`` as ``json.dumps(ensure_ascii=False)`` does, and note every place a continuation may begin at."""
    found: list[Stand] = []
    written = "".join(_write(value, "", [0], found, tail))
    assert json.loads(written) == value
    return written, found


def _write(value: object, skeleton: str, at: list[int], found: list[Stand], tail: int) -> Iterator[str]:
    def out(piece: str) -> str:
        at[0] += len(piece)
        return piece

    if isinstance(value, str):
        yield out('"')
        units = [json.dumps(character, ensure_ascii=False)[1:-1] for character in value]
        for index, unit in enumerate(units):
            yield out(unit)
            found.append(Stand(at[0], f'{skeleton}"', "".join(units[max(0, index + 1 - tail) : index + 1])))
        yield out('"')
    elif isinstance(value, (dict, list)):
        pairs = list(value.items()) if isinstance(value, dict) else [(None, item) for item in value]
        opens, closes = ("{", "}") if isinstance(value, dict) else ("[", "]")
        yield out(opens)
        for index, (key, item) in enumerate(pairs):
            if index:
                yield out(", ")
            label = "" if key is None else f"{json.dumps(key, ensure_ascii=False)}: "
            yield out(label)
            pieces = list(_write(item, skeleton + opens + label, at, found, tail))
            yield from pieces
            found.append(Stand(at[0], skeleton + opens, label + "".join(pieces)))
        yield out(closes)
    else:
        yield out(json.dumps(value))
