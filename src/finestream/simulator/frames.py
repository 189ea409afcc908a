"""The events of the Messages API, spelled as the API spells them. PURE.

Its one law: every frame is whole, and every ``data`` line is JSON in UTF-8.

Key order, ``{"type": "ping"}`` with its space and the empty first ``partial_json`` are those of recorded streams.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

_spell = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _bytes(text: str) -> bytes:
    """UTF-8; the lone half of a surrogate pair, which a delta may begin or end with, becomes its JSON escape."""
    return text.encode("utf-8", "backslashreplace")


def frame(event: str, data: str) -> bytes:
    """Wrap the JSON text ``data`` as a server-sent event."""
    return _bytes(f"event: {event}\ndata: {data}\n\n")


def delta(index: int, kind: str, field: str, text: str) -> bytes:
    """A ``content_block_delta`` that adds ``text``."""
    added = f'{{"type":"{kind}","{field}":{_spell(text)}}}'
    return frame("content_block_delta", f'{{"type":"content_block_delta","index":{index},"delta":{added}}}')


def message_start(ident: str, model: str, input_tokens: int) -> bytes:
    """The first event of a stream."""
    message = message_object(ident, model, [], None, figures=usage(input_tokens, 1, starts=True))
    return frame("message_start", _spell({"type": "message_start", "message": message}))


def block_start(index: int, block: Mapping[str, object]) -> bytes:
    """The first event of a block; ``block`` is it while still empty."""
    return frame("content_block_start", _spell({"type": "content_block_start", "index": index, "content_block": block}))


def block_stop(index: int) -> bytes:
    """The last event of a block."""
    return frame("content_block_stop", f'{{"type":"content_block_stop","index":{index}}}')


def message_delta(stop_reason: str, input_tokens: int, output_tokens: int) -> bytes:
    """The event that tells why the message stops."""
    delta = {"stop_reason": stop_reason, "stop_sequence": None}
    figures = usage(input_tokens, output_tokens)
    return frame("message_delta", _spell({"type": "message_delta", "delta": delta, "usage": figures}))


def message_stop() -> bytes:
    """The last event of a stream."""
    return frame("message_stop", '{"type":"message_stop"}')


def ping() -> bytes:
    """A sign of life."""
    return frame("ping", '{"type": "ping"}')


def error(kind: str, message: str) -> bytes:
    """The event of a stream that fails after it began."""
    return frame("error", _spell(error_object(kind, message)))


def error_object(kind: str, message: str) -> dict[str, object]:
    """The API's error shape, for bodies and events."""
    return {"type": "error", "error": {"type": kind, "message": message}}


def usage(input_tokens: int, output_tokens: int, *, starts: bool = False) -> dict[str, object]:
    """The usage figures; those of ``message_start`` say more."""
    figures: dict[str, object] = {"input_tokens": input_tokens, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    if starts:
        figures["cache_creation"] = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    figures["output_tokens"] = output_tokens
    return {**figures, "service_tier": "standard"} if starts else figures


def message_object(
    ident: str, model: str, content: list[object], stop_reason: str | None, *, figures: dict[str, object]
) -> dict[str, object]:
    """A message: the whole answer when it is not streamed, and what ``message_start`` holds."""
    return {
        "model": model,
        "id": ident,
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": figures,
    }
