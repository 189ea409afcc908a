"""What the API refuses before it answers. PURE. Its one law: a request that current models answer with 400 is
answered so here.

Only the rules that a proxy which writes requests can break: shape, no prefill, tool results where they belong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Json = Mapping[str, object]


class Refusal(NamedTuple):
    """An HTTP status, an error type of the API and its message."""

    status: int
    kind: str
    message: str


def check_request(body: object, *, refuses_eager: bool = False) -> Refusal | None:
    """Find the first thing the API would refuse in a request to ``/v1/messages``, None if there is nothing."""
    if not isinstance(body, Mapping):
        return _bad("The request body is not valid JSON.")
    limit, messages = body.get("max_tokens"), body.get("messages")
    if not isinstance(body.get("model"), str):
        return _bad("model: Field required")
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        return _bad("max_tokens: Input should be greater than or equal to 1")
    if not isinstance(messages, list) or not messages or not all(isinstance(message, Mapping) for message in messages):
        return _bad("messages: at least one message is required")
    return _check_tools(body, refuses_eager) or _check_messages(messages)


def _bad(message: str) -> Refusal:
    return Refusal(400, "invalid_request_error", message)


def _check_tools(body: Json, refuses_eager: bool) -> Refusal | None:
    tools = body.get("tools", [])
    if not isinstance(tools, list) or not all(isinstance(tool, Mapping) for tool in tools):
        return _bad("tools: Input should be a valid list")
    for index, tool in enumerate(tools):
        if refuses_eager and "eager_input_streaming" in tool:
            return _bad(f"tools.{index}.custom.eager_input_streaming: Extra inputs are not permitted")
    return None


def _check_messages(messages: Sequence[Json]) -> Refusal | None:
    spoken = [(index, message) for index, message in enumerate(messages) if message.get("role") != "system"]
    if spoken and spoken[-1][1].get("role") == "assistant":
        return _bad("This model does not support assistant message prefill. The conversation must end with a user message.")
    open_calls: set[str] = set()
    for index, message in spoken:
        results = _ids(message, "tool_result", "tool_use_id")
        if open_calls - results:
            missing = ", ".join(sorted(open_calls - results))
            return _bad(f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: {missing}.")
        if results - open_calls:
            stray = ", ".join(sorted(results - open_calls))
            return _bad(f"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {stray}.")
        open_calls = _ids(message, "tool_use", "id") if message.get("role") == "assistant" else set()
    return None


def _ids(message: Json, kind: str, field: str) -> set[str]:
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    return {str(block.get(field)) for block in blocks if isinstance(block, Mapping) and block.get("type") == kind}
