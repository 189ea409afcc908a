"""The requests that a recovery sends. PURE.

A continuation keeps everything of the original request (model, system prompt, tools, thinking, cache markers) and adds two messages, so
that the prompt cache holds: the assistant's turn up to the cut call, and a user turn with an error result for it. The wrapper
``{"INVALID_JSON": ...}`` follows the API's page on fine-grained tool streaming (facts 8.2); it goes towards the model only, never to
Claude Code, which would run such a call for a permissive tool.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from finestream.events import Json
from finestream.recovery.opening import Plan

WRAPPER = "INVALID_JSON"
_WRAPPED = re.compile(rf'(?<!\\)"{WRAPPER}"\s*:')  # inside of strings quotes are escaped, so this is a name
INTERIM = "This call arrived whole and is running now; its result will follow."

# Highest max_tokens per model, by the start of its name; the longest start wins (facts 8.8). Unknown models: what Claude Code itself
# assumes.
CEILINGS = {
    "": 128_000,
    "claude-haiku-4-5": 64_000,
    "claude-sonnet-4-5": 64_000,
    "claude-sonnet-4-": 64_000,
    "claude-sonnet-4-6": 128_000,
    "claude-opus-4-": 32_000,
    "claude-opus-4-1": 32_000,
    "claude-opus-4-5": 64_000,
    "claude-opus-4-6": 128_000,
    "claude-opus-4-7": 128_000,
    "claude-opus-4-8": 128_000,
    "claude-3-": 8_192,
}


@dataclass(frozen=True, slots=True)
class Cut:
    """The tool call that was cut: its id and name, why, and the finished blocks of the turn before it, ready for a request."""

    tool_use_id: str
    tool: str
    cause: str
    content: list[Json]


def ceiling(model: object, configured: int | None) -> int:
    """The highest `max_tokens` to ask this model for, in tokens."""
    name = model if isinstance(model, str) else ""
    known = CEILINGS[max((start for start in CEILINGS if name.startswith(start)), key=len)]
    return known if configured is None else min(known, configured)


def raised(body: Json, configured: int | None) -> Json:
    """The request with twice the output limit, at most the ceiling, never less than it had."""
    have = body.get("max_tokens")
    if type(have) is not int:
        return body
    return {**body, "max_tokens": max(have, min(2 * have, ceiling(body.get("model"), configured)))}


def continuation(body: Json, cut: Cut, plan: Plan) -> Json:
    """The request for the rest of a cut tool input. ``body`` is the original request; it is not changed."""
    call = {"type": "tool_use", "id": cut.tool_use_id, "name": cut.tool, "input": {}}
    results: list[Json] = [
        {"type": "tool_result", "tool_use_id": block.get("id"), "content": INTERIM}
        for block in cut.content
        if block.get("type") == "tool_use"
    ]
    wrapped = {"type": "text", "text": json.dumps({WRAPPER: plan.kept})}
    told = {"type": "text", "text": instruction(cut, plan)}
    results.append({"type": "tool_result", "tool_use_id": cut.tool_use_id, "is_error": True, "content": [wrapped, told]})
    return {
        **body,
        "messages": [*body["messages"], {"role": "assistant", "content": [*cut.content, call]}, {"role": "user", "content": results}],
    }


def is_wrapped(text: str) -> bool:
    """Whether an object of this JSON text has the member that wraps a cut input: the model has sent back what it was shown."""
    return _WRAPPED.search(text) is not None


def instruction(cut: Cut, plan: Plan) -> str:
    """What the model is told: what happened, where the input stands, and with which text the next call begins."""
    if not plan.opening:
        return (
            f"The input of this {cut.tool} call was cut off ({cut.cause}) before anything of it could be kept, and the call was not run. "
            f"Call {cut.tool} again with its whole input, exactly as you had begun it."
        )
    end = "its end repeats the last characters that were kept, so that the seam can be found"
    if plan.mark:
        end = (
            f"{plan.mark} shows where the seam is: it is no part of the input, it will be removed, write it nowhere else; if anything "
            "stands behind it on that line, it repeats the last characters that were kept"
        )
    return (
        f"The input of this {cut.tool} call was cut off ({cut.cause}) and the call was not run. Everything in INVALID_JSON above has been "
        f"kept; it ends at {plan.path}. The kept text and your next call will be joined into one input, so write only what is still "
        f"missing: call {cut.tool} again, do not repeat what is kept, do not explain, do not change what is kept. The input of the new "
        f"call must begin with exactly the text on the last line of this message, character for character ({end}), "
        f"and go on from there to the end of the input:\n{plan.opening}"
    )
