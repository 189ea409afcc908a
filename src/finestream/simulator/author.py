"""An agent that writes one document in portions, while it receives another one. PURE.

Its one law: what it does next follows from its calls in the conversation and from what it is told there, never from its
own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from finestream.simulator.blocks import Json, blocks_of, calls_of, texts_of
from finestream.simulator.script import Author, Block, Portion, Text, ToolUse, Turn

Members = Mapping[str, object]
# What a resumed agent is told: which members its readers have, of which they have the beginning, and how that goes.
_TOLD = re.compile(r"^Already handed on: (.+)$", re.MULTILINE)
_BEGUN = re.compile(r'\{"resume": \{.*?\}\}')
_HANDED_ON = re.compile(r"<handed-on>(.*?)</handed-on>", re.DOTALL)
_RUN = re.compile(r'<part n="\d+" name="([^"]*)" run="\d+">(.*?)</part>', re.DOTALL)


class _Call(NamedTuple):
    """A call that the author has made. ``is_done``: it ran, and it was not the careless one."""

    input: Members
    is_done: bool


def write(author: Author, messages: Sequence[Json]) -> tuple[Turn, ...]:
    """The turns of an author: one for each call that stands in the conversation, and the next one."""
    made = _made(author, messages)
    past = (Turn((ToolUse(author.tool, call.input),)) for call in made)
    heard = "\n".join(_heard(messages))
    block = _next(author, made, _left(author, made, heard), heard)
    faults = tuple(fault for number, fault in author.faults if number == len(made) and isinstance(block, ToolUse))
    return (*past, Turn((block,), faults, author.character))


def _made(author: Author, messages: Sequence[Json]) -> list[_Call]:
    calls = [call for message in messages if message.get("role") == "assistant" for call in calls_of(message)]
    results = [block for message in messages for block in blocks_of(message.get("content")) if block.get("type") == "tool_result"]
    fine = {result.get("tool_use_id") for result in results if result.get("is_error") is not True}
    own = [call for call in calls if call.get("name") == author.tool]
    return [_Call(_members(call), call.get("id") in fine and (at > 0 or author.habit != "careless")) for at, call in enumerate(own)]


def _members(call: Json) -> Members:
    members = call.get("input")
    return members if isinstance(members, Mapping) else {}


def _heard(messages: Sequence[Json]) -> Iterator[str]:
    """All that was said to the author. The client says some of it in messages of the role ``system``."""
    for content in (message.get("content") for message in messages if message.get("role") != "assistant"):
        yield from texts_of(content)
        for block in blocks_of(content):
            if block.get("type") == "tool_result":
                yield from texts_of(block.get("content"))


class _Left(NamedTuple):
    """What is not written yet: all of it, and what can be written now."""

    all: Members
    ready: Members


def _left(author: Author, made: Sequence[_Call], heard: str) -> _Left:
    written = {name for call in made if call.is_done for name in call.input}
    written.update(name.strip() for told in _TOLD.findall(heard) for name in told.split(", "))
    left = [portion for portion in author.portions if not portion.members.keys() <= written]
    ready = takewhile(lambda portion: all(text in heard for text in portion.after), left)

    def joined(portions: Iterable[Portion]) -> Members:
        return {name: value for portion in portions for name, value in portion.members.items() if name not in written}

    return _Left(joined(left), joined(ready))


def _next(author: Author, made: Sequence[_Call], left: _Left, heard: str) -> Block:
    """The next block; ``calls`` is the habit of which the others are variations."""
    match author.habit:
        case "silent" if left.ready:
            return Text(author.done)
        case "twice" if not left.all and _is_fresh(made):
            return ToolUse(author.tool, made[-1].input)
        case "text" if left.ready:
            is_whole = left.ready == left.all
            return Text(json.dumps(left.all, ensure_ascii=False) if is_whole else author.waiting)
        case "careless" if left.ready and not made:
            return ToolUse(author.tool, {name: _wrong(value) for name, value in left.ready.items()})
    if left.ready:
        return ToolUse(author.tool, _rest(left.ready, heard))
    return Text(author.waiting if left.all else author.done)


def _rest(ready: Members, heard: str) -> Members:
    """What is to be said of the members that are ready: of one whose beginning is known only what follows."""
    begun = _BEGUN.findall(heard)
    counts = {name: count for name, count in json.loads(begun[-1])["resume"].items() if name in ready} if begun else {}
    if not counts:
        return ready
    runs = _RUN.findall("\n".join(_HANDED_ON.findall(heard)))
    said = {name: "".join(text for member, text in runs if member == name) for name in counts}
    return {"resume": counts, **{name: _behind(value, counts.get(name, 0), said.get(name, "")) for name, value in ready.items()}}


def _behind(value: object, count: int, said: str) -> object:
    return value[count:] if isinstance(value, list) else value.removeprefix(said) if isinstance(value, str) else value


def _is_fresh(made: Sequence[_Call]) -> bool:
    """Tell whether the last call was done, and was not a repetition."""
    return bool(made) and made[-1].is_done and made[-1].input not in [call.input for call in made[:-1] if call.is_done]


def _wrong(value: object) -> object:
    """A number; for a number, a text."""
    return str(value) if type(value) in (int, float) else 0
