"""What each stream is about: its marker, its document, its fault, and how it is to end. The only chance is the seed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from random import Random
from typing import Any

MARKER = re.compile(rb"<stream-[0-9]+>")
_WORDS = [
    "amber",
    "basin",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "haven",
    "inlet",
    "jetty",
    "knoll",
    "ledge",
    "marsh",
    "north",
    "ocean",
    "prairie",
    "quarry",
    "ridge",
    "stone",
    "tower",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """What happens to a stream. ``share``: how many of a hundred; ``ends``: the outcomes that are right."""

    share: int
    ends: frozenset[str]


def _kind(share: int, *ends: str) -> Kind:
    return Kind(share, frozenset(ends))


# identical: each byte of upstream's answer; whole: the document that was meant, in a message with an end; aborted: the connection
# broke, and what had come is a beginning of the document; status: an answer that is no stream; left: the client has gone.
KINDS: Mapping[str, Kind] = {
    "healthy": _kind(24, "identical"),
    "text": _kind(8, "identical"),
    "compact": _kind(6, "identical"),  # all in one write
    "trickle": _kind(6, "identical"),  # a byte a second
    "slow_reader": _kind(4, "identical"),
    "reset": _kind(10, "whole"),
    "reset_twice": _kind(5, "whole"),
    "limit": _kind(6, "whole"),
    "error_event": _kind(4, "whole"),
    "end": _kind(4, "whole"),
    "stall": _kind(4, "whole"),
    "malformed": _kind(4, "whole"),
    "wrong": _kind(3, "whole", "aborted"),  # another document, when asked for the rest
    "hopeless": _kind(3, "aborted"),  # no answer any more
    "refused": _kind(3, "status"),
    "vanish": _kind(6, "left"),
}


@dataclass(frozen=True, slots=True)
class Life:
    """One stream: who it is, what happens to it, and what it is meant to bring."""

    number: int
    kind: str
    seed: int

    @property
    def marker(self) -> str:
        """What stands in each line of its document, and in no other's."""
        return f"<stream-{self.number}>"

    @property
    def random(self) -> Random:
        """Its own chance, the same for upstream and client."""
        return Random(f"{self.seed} {self.number}")

    def document(self) -> str:
        """The input of its tool call, as JSON text."""
        random = self.random
        lines = random.choice((5, 40, 40, 200, 600) if self.kind != "trickle" else (3,))
        text = "".join(f"{self.marker} {number}: {' '.join(random.choices(_WORDS, k=6))}\n" for number in range(lines))
        return json.dumps({"file_path": f"/{self.marker}.txt", "content": text}, ensure_ascii=False)

    def other_document(self) -> str:
        """What a model says that has forgotten what it was about."""
        content = f"{self.marker} is about something else altogether. " * 20
        return json.dumps({"file_path": f"/{self.marker}.txt", "content": content})

    def may_be(self, value: object) -> bool:
        """Whether it is right that the client runs a call with this input. Where nothing of the content had been kept, nobody can know that
        the model speaks of something else.
        """
        return value == json.loads(self.document()) or (self.kind == "wrong" and value == json.loads(self.other_document()))

    def request(self) -> dict[str, Any]:
        """What the client asks."""
        schema = {"type": "object", "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}}}
        schema["required"] = ["file_path", "content"]
        return {
            "model": "claude-x",
            "max_tokens": 32_000,
            "stream": True,
            "tools": [{"name": "Write", "input_schema": schema}],
            "messages": [{"role": "user", "content": json.dumps([self.number, self.kind, self.seed])}],
        }


def life_of(body: Mapping[str, Any]) -> Life:
    """Whose request this is."""
    number, kind, seed = json.loads(body["messages"][0]["content"])
    return Life(number, kind, seed)


def lives(seed: int, but: Set[str]) -> Iterator[Life]:
    """Streams without end, of each kind as many as its share, and none of those in ``but``."""
    random = Random(seed)
    names = [name for name in KINDS if name not in but]
    shares = [KINDS[name].share for name in names]
    number = 0
    while True:
        number += 1
        yield Life(number, random.choices(names, shares)[0], seed)


def event(name: str, **body: Any) -> bytes:
    """One frame, in the API's own spelling."""
    return f"event: {name}\ndata: {json.dumps({'type': name, **body}, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def head(life: Life) -> list[bytes]:
    """The frames in front of the tool input."""
    usage = {"input_tokens": 9, "output_tokens": 1}
    told = f"Now comes {life.marker}."
    return [
        event("message_start", message={"id": f"msg_{life.number}", "type": "message", "role": "assistant", "content": [], "usage": usage}),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": told}),
        event("content_block_stop", index=0),
        event(
            "content_block_start", index=1, content_block={"type": "tool_use", "id": f"toolu_{life.number}", "name": "Write", "input": {}}
        ),
    ]


def deltas(text: str, random: Random, kind: str = "input_json_delta", index: int = 1) -> list[bytes]:
    """The text in fragments of a few characters."""
    frames, at, member = [], 0, "partial_json" if kind == "input_json_delta" else "text"
    while at < len(text):
        size = random.randint(4, 60)
        frames.append(event("content_block_delta", index=index, delta={"type": kind, member: text[at : at + size]}))
        at += size
    return frames


def tail(reason: str = "tool_use") -> list[bytes]:
    """The frames behind a tool input."""
    return [
        event("content_block_stop", index=1),
        event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 50}),
        event("message_stop"),
    ]
