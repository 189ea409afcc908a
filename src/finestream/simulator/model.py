"""What the model answers. PURE, deterministic.

Its one law: it knows its own documents and the request it is shown, and nothing about finestream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from finestream.simulator.conversation import Reading
from finestream.simulator.dice import Dice
from finestream.simulator.jsontext import Outline, outline, respell, safe_border, skeleton
from finestream.simulator.script import Block, Character, Script, Thinking, ToolUse, Turn

TAIL = 48  # characters of an open string that the model repeats when nobody told it how to begin


@dataclass(frozen=True, slots=True)
class Part:
    """A block of an answer. ``text`` is what is generated: text, thinking, or the input's JSON text.

    ``ordinal``: which tool call of the turn it is, -1 for none. ``text[lead:]`` spells the document from offset
    ``start`` on. Where the spelling is not the document's own, ``plain`` is the text before it was spelled anew, and
    ``lead`` counts in that.
    """

    kind: Literal["text", "thinking", "tool_use"]
    text: str
    name: str = ""
    signature: str = ""
    ordinal: int = -1
    start: int = 0
    lead: int = 0
    plain: str | None = None

    def offset(self, place: int) -> int | None:
        """Find the offset in ``text`` of the document offset ``place``; None where this answer does not write it."""
        at = place - self.start + self.lead
        if place < self.start or at > len(self.text if self.plain is None else self.plain):
            return None
        return at if self.plain is None else len(respell(self.plain[:at]))


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, before any fault: its blocks and why it stops."""

    parts: tuple[Part, ...]
    stop_reason: str


def answer(script: Script, reading: Reading, character: Character, tools: Sequence[str]) -> Answer:
    """Say what the model answers. ``tools``: names of the request's tools; ``character`` only matters for continuations."""
    turn = reading.now
    if reading.kind == "other":
        return Answer((Part("text", "The script holds nothing for this request."),), "end_turn")
    if turn is None:
        return Answer((Part("text", "Done."),), "end_turn")
    if reading.kind == "continuation":
        dice = Dice(script.seed, reading.turn, len(reading.prefix), character)
        parts = _continuation(turn, reading, character, tools=tools, dice=dice)
    else:
        parts = _remaining(turn, reading)
    ends = "tool_use" if any(part.kind == "tool_use" for part in parts) else "end_turn"
    return Answer(parts, turn.stop_reason or ends)


def _remaining(turn: Turn, reading: Reading) -> tuple[Part, ...]:
    """The turn from its beginning, or what is missing when the client kept a part of it."""
    parts = _parts(turn)
    if not reading.done and not reading.said:
        return parts
    calls = [index for index, part in enumerate(parts) if part.kind == "tool_use"]
    behind = parts[calls[reading.done - 1] + 1 :] if reading.done else parts
    skip = reading.said
    left = []
    for part in behind:
        if skip and part.kind == "text":
            heard, skip = min(skip, len(part.text)), max(0, skip - len(part.text))
            part = Part("text", part.text[heard:])
        if part.text or part.kind == "tool_use":
            left.append(part)
    return tuple(left)


def _parts(turn: Turn) -> tuple[Part, ...]:
    ordinal = iter(range(len(turn.blocks)))
    return tuple(_part(block, next(ordinal) if isinstance(block, ToolUse) else -1) for block in turn.blocks)


def _part(block: Block, ordinal: int) -> Part:
    if isinstance(block, ToolUse):
        return Part("tool_use", block.document, name=block.name, ordinal=ordinal)
    if isinstance(block, Thinking):
        return Part("thinking", block.text, signature=block.signature)
    return Part("text", block.text)


def _continuation(turn: Turn, reading: Reading, character: Character, *, tools: Sequence[str], dice: Dice) -> tuple[Part, ...]:
    if reading.call is None:
        return (Part("text", "I do not know which call you mean."),)
    parts = _parts(turn)
    at = next(index for index, part in enumerate(parts) if part.ordinal == reading.call)
    call = parts[at]
    if character == "text":
        return (Part("text", f"The call of {call.name} was cut off. Shall I go on with it?"),)
    if character == "other_tool":
        other = next((name for name in tools if name != call.name), call.name)
        return (Part("tool_use", "{}", name=other),)
    before: tuple[Part, ...] = ()
    if character == "chatty":
        before = (Part("text", "I go on where I was interrupted."),)
    elif character == "thoughtful":
        before = (Part("thinking", "The call was cut; I have to send what is missing.", signature=Thinking("").signature),)
    return (*before, _resumed(call, reading, character, dice), *parts[at + 1 :])


def _resumed(call: Part, reading: Reading, character: Character, dice: Dice) -> Part:
    """The cut call once more: how it begins is the character's choice, and from ``reading.offset`` on it is the document."""
    if character == "everything":
        return call
    seam = _Seam(reading.prefix, reading.opening or compose_opening(reading.prefix), call.text[reading.offset :])
    if character == "overlap":
        beginning = _overlap(seam, dice)
    elif character == "bare":
        beginning, seam = _bare(seam)
    else:
        beginning = seam.opening
    text = beginning + seam.rest
    plain = text if character == "reformat" else None
    return Part(
        "tool_use",
        text if plain is None else respell(text),
        name=call.name,
        ordinal=call.ordinal,
        start=len(call.text) - len(seam.rest),
        lead=len(beginning),
        plain=plain,
    )


class _Seam(NamedTuple):
    prefix: str
    opening: str
    rest: str


def compose_opening(prefix: str) -> str:
    """Begin a continuation as a model does that was told nothing: the open path, and a little of what was written last."""
    seen = outline(prefix)
    if seen.string is not None:
        return skeleton(prefix, seen) + prefix[safe_border(prefix, seen.string, max(seen.string, len(prefix) - TAIL)) :]
    items = seen.frames[-1].items if seen.frames else []
    return skeleton(prefix, seen) + (prefix[items[-1] :] if items else "")


def _anchor(opening: str, seen: Outline) -> int:
    """Where the repeated part of an opening begins: behind the skeleton."""
    if seen.string is not None:
        return seen.string
    items = seen.frames[-1].items if seen.frames else []
    return items[0] if items else len(opening)


def _overlap(seam: _Seam, dice: Dice) -> str:
    """Begin some characters of the string, or some items of the list, earlier than asked."""
    seen, asked = outline(seam.prefix), outline(seam.opening)
    anchor = _anchor(seam.opening, asked)
    repeated = seam.opening[anchor:]
    if not seam.prefix.endswith(repeated) or len(asked.frames) != len(seen.frames) or not seen.frames:
        return seam.opening
    if seen.string is not None:
        target = max(seen.string, len(seam.prefix) - len(repeated) - 1 - dice.below(100))
        return seam.opening[:anchor] + seam.prefix[safe_border(seam.prefix, seen.string, target) :]
    items = seen.frames[-1].items
    first = len(items) - len(asked.frames[-1].items)
    if first <= 0:
        return seam.opening
    return seam.opening[:anchor] + seam.prefix[items[max(0, first - 1 - dice.below(2))] :]


def _bare(seam: _Seam) -> tuple[str, _Seam]:
    """Begin with the skeleton alone, and in a list or object without the comma that separates what is new from what was there."""
    asked = outline(seam.opening)
    beginning = seam.opening[: _anchor(seam.opening, asked)]
    rest = seam.rest
    if asked.string is None and rest.lstrip().startswith(","):
        rest = rest.lstrip()[1:].lstrip()
    return beginning, seam._replace(rest=rest)
