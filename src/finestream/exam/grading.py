"""The verdict on a scenario. PURE.

Its one law: the disk decides first, then what the client believes; that a file is there and right is proven byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from finestream.exam.beliefs import Belief
from finestream.exam.scenarios import Play
from finestream.exam.scenes import Target
from finestream.simulator.model import Part
from finestream.simulator.play import tokens


class Verdict(Enum):
    """How a scenario ended."""

    EXACT = "exact"
    SAFE = "safe"
    WRONG = "WRONG"
    HANG = "HANG"
    VOID = "VOID"


class Answer(NamedTuple):
    """What the model was asked for: in which route of the scenario and which turn, the blocks it would have answered, and how many
    characters of tool input it has generated of them.
    """

    route: int
    turn: int
    parts: tuple[Part, ...]
    generated: int


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen from outside.

    ``code``: the client's exit code, None when it had to be killed. ``disk``: for each target what stands there, a file once, an input of
    the MCP server as often as it was given. ``strays``: files nobody meant. ``answers``: those of the model. ``struck``: the fault did
    strike.
    """

    code: int | None
    disk: Mapping[str, tuple[bytes, ...]]
    strays: tuple[str, ...]
    belief: Belief
    answers: tuple[Answer, ...]
    struck: bool
    seconds: float


class Grade(NamedTuple):
    """``again``: the model generated the whole call once more. ``cost``: its output, in relation to what was meant. ``died``: meanwhile the
    gateway ceased to answer anybody, and the grade is that of a second sitting with one that was started anew.
    """

    verdict: Verdict
    again: bool
    why: str
    requests: int
    tokens: int
    cost: float
    seconds: float
    is_recoverable: bool
    died: bool = False


def grade(play: Play, seen: Observation) -> Grade:
    """Judge a scenario that was played."""
    verdict, why = _judge(play, seen)
    generated = sum(answer.generated for answer in seen.answers)
    return Grade(
        verdict,
        is_again(play, seen.answers),
        why,
        requests=len(seen.answers),
        tokens=tokens(generated),
        cost=generated / play.meant,
        seconds=seen.seconds,
        is_recoverable=play.is_recoverable,
    )


def is_again(play: Play, answers: Sequence[Answer]) -> bool:
    """Tell whether more than half of what had been written of the call that broke was written once more. Where it broke before there was
    anything worth the name, nothing can be.
    """
    spans = [span for answer in answers for span in _spans(play, answer)][1:]
    repeated = sum(max(0, min(end, play.stake) - start) for start, end in spans)
    return play.is_at_stake and repeated > play.stake / 2


def _spans(play: Play, answer: Answer) -> Iterator[tuple[int, int]]:
    """Which part of the call an answer has written; what it repeats only to show where it goes on is none of it."""
    left = answer.generated
    for part in answer.parts:
        if part.kind != "tool_use":
            continue
        written, left = min(left, len(part.text)), max(0, left - len(part.text))
        if written and (answer.route, answer.turn, part.ordinal) in play.again:
            yield part.start, part.start + max(0, written - part.lead)


def _judge(play: Play, seen: Observation) -> tuple[Verdict, str]:
    wrong = next(_wrong(play, seen), None)
    if wrong:
        return Verdict.WRONG, wrong
    if seen.code is None:
        return Verdict.HANG, "the client was not done when its time was over"
    missing = [target for target in play.targets if not _is_exact(target, seen)]
    unaware = [target.name for target in missing if not _is_told(target, play, seen)]
    if unaware:
        return Verdict.WRONG, f"a success that is none: {unaware[0]} is missing, and the client believes that all is well"
    if not seen.struck:
        return Verdict.VOID, "what was to go wrong did not happen"
    if missing:
        return Verdict.SAFE, f"{missing[0].name} is missing, and the client knows: {seen.belief.last_words}"
    if _has_failed(seen):
        return Verdict.SAFE, f"all is there, and the client takes it for a failure: {seen.belief.last_words}"
    return Verdict.EXACT, ""


def _wrong(play: Play, seen: Observation) -> Iterator[str]:
    """What is on disk and should not be."""
    for target in play.targets:
        found = seen.disk[target.name]
        if isinstance(target.meant, str):
            if found and found[0] not in (target.meant.encode(), (target.before or target.meant).encode()):
                yield f"a wrong file: {target.name}, {_difference(found[0], target.meant.encode())}"
        elif any(not is_same(json.loads(line), target.meant) for line in found):
            yield f"a wrong input: {target.name}"
        elif len(found) > 1:
            yield f"done {len(found)} times: {target.name}"
    if seen.strays:
        yield f"a file nobody meant: {seen.strays[0]}"


def _difference(found: bytes, meant: bytes) -> str:
    at = next((at for at, (one, other) in enumerate(zip(found, meant, strict=False)) if one != other), min(len(found), len(meant)))
    return f"{len(found)} bytes instead of {len(meant)}, other from byte {at} on"


def _is_exact(target: Target, seen: Observation) -> bool:
    found = seen.disk[target.name]
    return bool(found) and (not isinstance(target.meant, str) or found[0] == target.meant.encode())


def is_same(one: object, other: object) -> bool:
    """Whether two JSON values are one. JavaScript has only one kind of number; true is none."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _has_failed(seen: Observation) -> bool:
    return seen.code != 0 or seen.belief.has_failed


def _is_told(target: Target, play: Play, seen: Observation) -> bool:
    """Whether the client knows that something is missing: the session failed, or the last call about it did, or, where there was none, a
    call that is about nothing else, or an error of the API stands in the conversation instead of it.
    """
    if _has_failed(seen):
        return True
    about = [result.is_error for result in seen.belief.results if target.name in result.call]
    others = [result.is_error for result in seen.belief.results if not any(each.name in result.call for each in play.targets)]
    return about[-1] if about else any(others) or seen.belief.is_troubled
