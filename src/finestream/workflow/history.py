"""The messages of a conversation as the API takes them. PURE. Its one law: whatever was interrupted, what is said next is accepted.

Messages are kept one by one as they are said; what a run that was killed has left open is closed here, for each request anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

CACHED = {"type": "ephemeral"}
INTERRUPTED = "The run was interrupted before this call was answered. Parts of it that had arrived whole may have been handed on."


def result(call: str, content: str | Sequence[Json], *, is_error: bool = False) -> Json:
    """Return the answer to a call."""
    return {"type": "tool_result", "tool_use_id": call, "content": content, **({"is_error": True} if is_error else {})}


def in_order(messages: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Return the messages with their roles in turn, and every call answered before anything else is said."""
    ordered: list[Json] = []
    for role, group in groupby(messages, key=lambda message: str(message["role"])):
        content = [block for message in group for block in message["content"]]
        if role == "user":
            content = _answering(ordered[-1]["content"] if ordered else (), content)
        ordered.append({"role": role, "content": content})
    return ordered


def _answering(before: Sequence[Json], content: Sequence[Json]) -> list[Json]:
    results = {block["tool_use_id"]: block for block in content if block["type"] == "tool_result"}
    calls = [block["id"] for block in before if block["type"] == "tool_use"]
    words = [block for block in content if block["type"] != "tool_result"]
    return [*(results.get(call) or result(call, INTERRUPTED, is_error=True) for call in calls), *words]


def cached(blocks: Sequence[Json]) -> list[Json]:
    """Return the blocks with the mark that everything up to their end is worth keeping in the API's cache."""
    return [*blocks[:-1], *({**block, "cache_control": CACHED} for block in blocks[-1:])]


def united(text: str) -> str:
    """Return ``text`` with the halves of characters put together; a half that is alone cannot be sent, and becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
