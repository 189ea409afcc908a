"""What the client believes: the results of its tool calls, and how its session ended. PURE.

Its one law: only the client's own words count, its stream-json output and its transcripts; a line that cannot be read says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from finestream.simulator.blocks import blocks_of, calls_of

Json = Mapping[str, Any]


class Result(NamedTuple):
    """How a call ended, for the client. ``call``: its input as it has it, or as much of one that it could not read as it kept."""

    call: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class Belief:
    """``has_ended``: the client said how the session ended; ``has_failed``: as a failure. ``results``: those of all agents, in the order of
    their transcripts. ``is_troubled``: an error of the API stands in a conversation. ``last_words``: the result, or what it said on stderr.
    """

    has_ended: bool
    has_failed: bool
    results: tuple[Result, ...]
    is_troubled: bool
    last_words: str = ""


def read_belief(output: Iterable[str], transcripts: Iterable[str], stderr: str = "") -> Belief:
    """Read what the client believes from the lines of its output and of its transcripts."""
    final = next((line for line in _objects(output) if line.get("type") == "result"), {})
    told = list(_objects(transcripts))
    messages = [line["message"] for line in told if isinstance(line.get("message"), Mapping)]
    return Belief(
        has_ended=bool(final),
        has_failed=final.get("is_error") is not False,
        results=tuple(_results(messages)),
        is_troubled=any(line.get("isApiErrorMessage") is True for line in told),
        last_words=str(final.get("result") or stderr.strip())[-300:],
    )


def _objects(lines: Iterable[str]) -> Iterator[Json]:
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, Mapping):
            yield value


def _results(messages: Iterable[Json]) -> Iterator[Result]:
    inputs: dict[object, str] = {}
    for message in messages:
        inputs |= {call.get("id"): json.dumps(call.get("input"), ensure_ascii=False) for call in calls_of(message)}
        for block in blocks_of(message.get("content")):
            if block.get("type") == "tool_result":
                yield Result(inputs.get(block.get("tool_use_id"), ""), block.get("is_error") is True)
