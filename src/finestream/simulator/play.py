"""The frames of an answer, up to where it breaks. PURE. Its one law: joined, the deltas are the text, character for character."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from finestream.simulator import frames
from finestream.simulator.dice import Dice
from finestream.simulator.faults import BEFORE_MESSAGE, CHARACTERS_A_TOKEN, INSIDE, STARTED, STOPPED, WRITTEN, Cut
from finestream.simulator.jsontext import members
from finestream.simulator.model import Answer, Part

_DELTAS = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking"), "tool_use": ("input_json_delta", "partial_json")}


class Frame(NamedTuple):
    """Bytes to send, and how many characters had to be generated for them; ``tool`` tells whether they belong to a tool input."""

    data: bytes
    characters: int = 0
    tool: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """How one answer is spoken: ids, figures, the tools whose input streams eagerly, and how its deltas are cut."""

    ident: str
    model: str
    input_tokens: int
    eager: frozenset[str] = frozenset()
    seed: int = 0
    delta: int = 20
    closes: bool = False


def tokens(characters: int) -> int:
    """The simulator's estimate: a token is four characters."""
    return -(-characters // CHARACTERS_A_TOKEN)


def play(answer: Answer, cut: Cut | None, voice: Voice) -> Iterator[Frame]:
    """Speak an answer up to its cut; ``max_tokens`` and ``error`` are said in frames too, the rest is the connection's business."""
    if cut is not None and cut.part <= BEFORE_MESSAGE:
        yield from _ending(answer, cut, voice, open_block=None)
        return
    yield Frame(frames.message_start(voice.ident, voice.model, voice.input_tokens))
    for index, part in enumerate(answer.parts):
        if cut is not None and cut.part == index:
            yield from _broken(index, part, cut, voice)
            yield from _ending(answer, cut, voice, open_block=index if cut.stage < STOPPED else None)
            return
        yield from _block(index, part, voice)
    limited = cut is not None and cut.kind == "max_tokens"
    yield from _closing("max_tokens" if limited else answer.stop_reason, answer, cut, voice)


def _closing(stop_reason: str, answer: Answer, cut: Cut | None, voice: Voice) -> Iterator[Frame]:
    output = tokens(generated(answer, cut))
    yield Frame(frames.message_delta(stop_reason, voice.input_tokens, output))
    if cut is None or cut.kind == "max_tokens":
        yield Frame(frames.message_stop())
    else:
        yield from _ending(answer, cut, voice, open_block=None)


def _ending(answer: Answer, cut: Cut, voice: Voice, *, open_block: int | None) -> Iterator[Frame]:
    """What is still said after the cut."""
    if cut.kind == "error" and cut.armed is not None:
        kind = cut.armed.fault.error
        yield Frame(frames.error(kind, kind.removesuffix("_error").capitalize()))
    if cut.kind == "max_tokens":
        if cut.part <= BEFORE_MESSAGE:
            yield Frame(frames.message_start(voice.ident, voice.model, voice.input_tokens))
        if open_block is not None and _is_closed(answer.parts[open_block], cut, voice):
            yield Frame(frames.block_stop(open_block))
        yield from _closing("max_tokens", answer, cut, voice)


def _is_closed(part: Part, cut: Cut, voice: Voice) -> bool:
    """Tell whether a block cut by max_tokens is closed: texts are, buffered inputs are, eager inputs only on demand (the API does not)."""
    wanted = cut.armed.fault.closes if cut.armed is not None else voice.closes
    return wanted or part.kind != "tool_use" or part.name not in voice.eager


def _block(index: int, part: Part, voice: Voice) -> Iterator[Frame]:
    yield from _begin(index, part, voice)
    yield from _deltas(index, part, _pieces(part, len(part.text), index, voice))
    yield from _signature(index, part)
    yield Frame(frames.block_stop(index))


def _begin(index: int, part: Part, voice: Voice) -> Iterator[Frame]:
    empty: dict[str, object] = {"type": part.kind}
    if part.kind == "tool_use":
        empty |= {"id": tool_use_id(voice.ident, index), "name": part.name, "input": {}}
    elif part.kind == "thinking":
        empty |= {"thinking": "", "signature": ""}
    else:
        empty |= {"text": ""}
    yield Frame(frames.block_start(index, empty))
    if index == 0:
        yield Frame(frames.ping())
    if part.kind == "tool_use":
        yield Frame(frames.delta(index, *_DELTAS[part.kind], ""))


def _deltas(index: int, part: Part, pieces: Iterator[tuple[str, int]]) -> Iterator[Frame]:
    kind, field = _DELTAS[part.kind]
    tool = part.kind == "tool_use"
    for text, characters in pieces:
        yield Frame(frames.delta(index, kind, field, text) if text else b"", characters, tool)


def _signature(index: int, part: Part) -> Iterator[Frame]:
    if part.kind == "thinking":
        yield Frame(frames.delta(index, "signature_delta", "signature", part.signature))


def tool_use_id(ident: str, index: int) -> str:
    """The id of the tool call in block ``index`` of message ``ident``."""
    return f"toolu_{ident.removeprefix('msg_')}{index:02d}"


def _pieces(part: Part, length: int, index: int, voice: Voice) -> Iterator[tuple[str, int]]:
    """Cut the first ``length`` characters into deltas, each with the number of characters generated for it."""
    text = part.text[:length]
    if part.kind != "tool_use" or part.name in voice.eager:
        return scatter(text, Dice(voice.seed, index, len(part.text)), voice.delta)
    # What ends in a cut is held back by the API, but it was generated all the same.
    return buffered(text, whole=length == len(part.text))


def scatter(text: str, dice: Dice, size: int) -> Iterator[tuple[str, int]]:
    """Cut ``text`` anywhere, about ``size`` characters a piece, sometimes between the halves of a surrogate pair."""
    start = 0
    low = ""
    while start < len(text):
        end = min(len(text), start + 1 + dice.below(2 * size - 1))
        piece = low + text[start:end]
        low = ""
        if end < len(text) and text[end] > "\uffff" and dice.below(2):
            high, low = halves(text[end])
            piece += high
            end += 1
        yield piece, end - start
        start = end
    if low:
        yield low, 0


def halves(character: str) -> tuple[str, str]:
    """Split a character beyond U+FFFF into its surrogates."""
    value = ord(character) - 0x10000
    return chr(0xD800 + (value >> 10)), chr(0xDC00 + (value & 0x3FF))


def buffered(text: str, *, whole: bool) -> Iterator[tuple[str, int]]:
    """Cut ``text`` as the API does for tools that are not eager: one member at a time, and nothing of a member that is not complete."""
    start = 0
    for end in members(text):
        yield text[start:end], end - start
        start = end
    if whole:
        yield text[start:], len(text) - start
    else:
        yield "", len(text) - start


def _broken(index: int, part: Part, cut: Cut, voice: Voice) -> Iterator[Frame]:
    """A block up to the place where it is cut."""
    if cut.stage != INSIDE:
        whole = list(_block(index, part, voice))
        yield from whole[: {STARTED: 1, WRITTEN: len(whole) - 1, STOPPED: len(whole)}[cut.stage]]
        return
    yield from _begin(index, part, voice)
    yield from _deltas(index, part, _pieces(part, cut.offset, index, voice))
    fault = cut.armed.fault if cut.armed is not None else None
    kind, field = _DELTAS[part.kind]
    following = part.text[cut.offset : cut.offset + voice.delta]
    if part.kind == "tool_use" and part.name not in voice.eager:
        if cut.kind == "max_tokens":
            yield Frame(frames.delta(index, kind, field, _buffered_end(part.text, cut.offset)), tool=True)
    elif fault is not None and fault.half and following[:1] > "\uffff":
        yield Frame(frames.delta(index, kind, field, halves(following[0])[0]), tool=True)
    if fault is not None and fault.torn and fault.kind not in ("max_tokens", "error"):
        yield Frame(torn(frames.delta(index, kind, field, following) if following else frames.block_stop(index)))


def _buffered_end(text: str, length: int) -> str:
    """What the API adds to a buffered input that max_tokens cut: it closes the object (anthropics/claude-code#45436)."""
    if length == len(text):
        return ""
    return "}" if members(text[:length]) else "{}"


def torn(data: bytes) -> bytes:
    """The first part of a frame: up to inside its first multi-byte character, else its first half."""
    wide = next((place for place, byte in enumerate(data) if byte > 0x7F), None)
    return data[: len(data) // 2 if wide is None else wide + 1]


def generated(answer: Answer, cut: Cut | None) -> int:
    """How many characters an answer generates up to its cut."""
    if cut is None or cut.part >= len(answer.parts):
        return sum(len(part.text) for part in answer.parts)
    if cut.part < 0:
        return 0
    inside = {STARTED: 0, INSIDE: cut.offset}.get(cut.stage, len(answer.parts[cut.part].text))
    return sum(len(part.text) for part in answer.parts[: cut.part]) + inside


def message(answer: Answer, cut: Cut | None, voice: Voice) -> dict[str, object]:
    """The answer as one object, for a request that does not stream: cut or not, its inputs are objects."""
    limit = cut if cut is not None and cut.kind == "max_tokens" else None
    parts = answer.parts if limit is None else _kept(answer.parts, limit)
    content = [_content(index, part, voice) for index, part in enumerate(parts)]
    figures = frames.usage(voice.input_tokens, tokens(generated(answer, cut)))
    return frames.message_object(voice.ident, voice.model, content, answer.stop_reason if limit is None else "max_tokens", figures=figures)


def _kept(parts: tuple[Part, ...], limit: Cut) -> tuple[Part, ...]:
    """The blocks of a message that max_tokens cut."""
    if limit.part < 0 or limit.stage == STARTED:
        return parts[: max(0, limit.part)]
    if limit.stage != INSIDE:
        return parts[: limit.part + 1]
    last = parts[limit.part]
    return (*parts[: limit.part], replace(last, text=last.text[: limit.offset]))


def _content(index: int, part: Part, voice: Voice) -> object:
    if part.kind == "tool_use":
        return {"type": "tool_use", "id": tool_use_id(voice.ident, index), "name": part.name, "input": _object(part.text)}
    if part.kind == "thinking":
        return {"type": "thinking", "thinking": part.text, "signature": part.signature}
    return {"type": "text", "text": part.text}


def _object(text: str) -> object:
    """The input as a value; of one that does not parse, its complete members: an answer that is not streamed holds objects."""
    for candidate in (text, *(text[:end] + "}" for end in reversed(members(text)))):
        try:
            return json.loads(candidate)
        except ValueError:
            continue
    return {}
