"""The assistant message as the client has it: finished blocks, usage, and its form in the next request. PURE.

Its law: a block goes back exactly as it came, or not at all; a thinking block in particular is accepted by the API only unmodified (facts
8.5). Frames of finished blocks are kept raw and read only when a continuation needs them, because most messages never do.
"""

from __future__ import annotations

import json
from typing import Any

from finestream import sse
from finestream.events import Json, Kind, read


class Unreproducible(Exception):
    """A block that cannot be sent back as it came, so the message cannot be continued."""


class Block:
    """One content block: the index it has for the client, its start as the API sent it, and the raw frames of its deltas."""

    def __init__(self, index: int, start: Json) -> None:
        self.index = index
        self.start = start
        self.frames: list[bytes] = []
        self.input: str | None = None  # the whole JSON text of a finished tool input, when the monitor has it

    @property
    def is_tool(self) -> bool:
        """Whether the client will run this block (server tools run elsewhere)."""
        return self.start.get("type") == "tool_use"

    def content(self) -> Json:
        """The block as it belongs into the `content` of an assistant message.

        Raises: Unreproducible: when it holds a delta of unknown kind or an input that is no JSON object.
        """
        block = dict(self.start)
        fragments: list[str] = []
        for frame in sse.split(b"".join(self.frames)):
            event = read(frame)
            if event.kind is Kind.BLOCK_DELTA:
                _apply(block, event.body["delta"], fragments)
            elif event.kind is Kind.GARBLED:
                raise Unreproducible("a delta that cannot be read")
        text = "".join(fragments) if self.input is None else self.input
        if text or not isinstance(block.get("input", {}), dict):  # without any delta, the input of the start is the input
            block["input"] = _input(text)
        return block


def _apply(block: Json, delta: Json, fragments: list[str]) -> None:
    match delta:
        case {"type": "text_delta", "text": str(text)}:
            block["text"] = _begun(block, "text") + text
        case {"type": "thinking_delta", "thinking": str(text)}:
            block["thinking"] = _begun(block, "thinking") + text
        case {"type": "signature_delta", "signature": str(text)}:
            block["signature"] = text
        case {"type": "citations_delta", "citation": dict(citation)} if isinstance(block.get("citations") or [], list):
            block["citations"] = [*(block.get("citations") or []), citation]
        case {"type": "input_json_delta", "partial_json": str(text)}:
            fragments.append(text)
        case _:
            raise Unreproducible(f"a delta of unknown kind {delta.get('type')!r}")


def _begun(block: Json, member: str) -> str:
    text = block.get(member, "")
    if not isinstance(text, str):
        raise Unreproducible(f"a block that begins with {member} of another type")
    return text


def _input(text: str) -> Json:
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise Unreproducible("a tool input that is no JSON") from error
    if not isinstance(value, dict):
        raise Unreproducible("a tool input that is no object")
    return value


def content(blocks: list[Block]) -> list[Json]:
    """The finished blocks for a request; an empty text block is left out because the API refuses it (pain P5).

    Raises: Unreproducible: when a block cannot go back as it came.
    """
    built = [block.content() for block in blocks]
    return [block for block in built if not (block.get("type") == "text" and not block.get("text"))]


def inputs(built: list[Json], tool: str) -> list[Json]:
    """The inputs of this tool's calls among finished blocks that `content` has built."""
    return [block["input"] for block in built if block.get("type") == "tool_use" and block.get("name") == tool]


def add_usage(total: Json, usage: Any) -> Json:
    """The sum of two usage objects: numbers are added, nested objects too, anything else is taken from the newer one.

    Within one response usage is cumulative (facts 8.3): add once for each response, from its last figures.
    """
    if not isinstance(usage, dict):
        return total
    result = dict(total)
    for key, value in usage.items():
        have = result.get(key)
        if isinstance(value, dict):
            result[key] = add_usage(have if isinstance(have, dict) else {}, value)
        elif _is_number(value) and _is_number(have):
            result[key] = have + value
        else:
            result[key] = value
    return result


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
