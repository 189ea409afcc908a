"""Scenarios as they might have been sat, without a client: for the tests of the verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from finestream.exam.beliefs import Belief, Result
from finestream.exam.grading import Answer, Observation
from finestream.exam.scenarios import Play, Scenario, play
from finestream.exam.scenes import Stage
from finestream.simulator.model import Part
from finestream.simulator.script import Character

STAGE = Stage("key", "/somewhere/project", 0)
CONTENT = Belief(has_ended=True, has_failed=False, results=(), is_troubled=False)


def scene(name: str, breaks: str = "reset", spot: str = "middle", character: Character = "rest") -> Play:
    """A scenario on the stage."""
    return play(Scenario(name, breaks, spot, (character,)), STAGE)


def meant(played: Play) -> dict[str, tuple[bytes, ...]]:
    """A disk on which all is as it was meant."""
    return {target.name: (_bytes(target.meant),) for target in played.targets}


def _bytes(meant: str | Mapping[str, object]) -> bytes:
    return meant.encode() if isinstance(meant, str) else json.dumps(meant).encode()


def answers(played: Play, *spans: tuple[int, int]) -> tuple[Answer, ...]:
    """Answers of the model, each of which wrote a part of the call that breaks."""
    document = played.routes[0].turns[0].calls[0].document
    return tuple(Answer(0, 0, (Part("tool_use", document[start:], "Write", ordinal=0, start=start),), end - start) for start, end in spans)


def seen(
    played: Play,
    disk: Mapping[str, tuple[bytes, ...]] | None = None,
    *,
    code: int | None = 0,
    belief: Belief = CONTENT,
    said: Sequence[Answer] = (),
    strays: tuple[str, ...] = (),
    struck: bool = True,
) -> Observation:
    """What was seen of a sitting; if nothing else is said, all went well."""
    return Observation(code, meant(played) if disk is None else disk, strays, belief, tuple(said), struck, 1.5)


def believing(*results: tuple[str, bool], failed: bool = False, troubled: bool = False) -> Belief:
    """A belief with results of calls: what their inputs mention, and whether they were errors."""
    return replace(CONTENT, has_failed=failed, is_troubled=troubled, results=tuple(Result(*result) for result in results))
