"""The messages of a request and what they hold. PURE. Its one law: whatever has not the API's shape is passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Json = Mapping[str, object]


def messages_of(body: Json) -> list[Json]:
    """The messages of a request."""
    messages = body.get("messages")
    return [message for message in messages if isinstance(message, Mapping)] if isinstance(messages, list) else []


def blocks_of(content: object) -> Iterator[Json]:
    """The blocks of a content; one that is a plain text has none."""
    return (block for block in content if isinstance(block, Mapping)) if isinstance(content, list) else iter(())


def calls_of(message: Json) -> list[Json]:
    """The tool calls of a message."""
    return [block for block in blocks_of(message.get("content")) if block.get("type") == "tool_use"]


def texts_of(content: object) -> list[str]:
    """The texts of a content, be it plain or in blocks."""
    if isinstance(content, str):
        return [content]
    return [str(block.get("text")) for block in blocks_of(content) if block.get("type") == "text"]
