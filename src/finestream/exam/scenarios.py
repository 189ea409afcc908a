"""The scenarios of the exam. PURE. Its one law: the same seed gives the same exam, whoever sits it.

A scenario says what breaks and where; `play` makes of it what the simulated model says, what is to be on disk afterwards, and what is at
stake: how much of the call the model had written when it broke.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple, cast

from finestream.exam.malformed import CLASSES
from finestream.exam.scenes import SCENES, Scene, Stage, Target, call_at
from finestream.simulator.dice import Dice
from finestream.simulator.script import Block, Character, Fault, Kind, Route, Text, ToolUse, Turn

NOTHING = "nothing"
ATTEMPTS = 2  # how often the model makes a failed call again
LEAST = 20  # a stake is something from one of so many parts of the call on
# They bring what is missing and no more when they are asked for it. Of the others no gateway gets the rest alone.
WILLING: frozenset[str] = frozenset({"rest", "bare", "overlap", "reformat", "chatty", "thoughtful"})

Spot = Callable[[str, Dice], Mapping[str, Any]]
SPOTS: Mapping[str, Spot] = {
    "headers": lambda text, dice: {"at": "before_headers"},
    "message": lambda text, dice: {"at": "before_message"},
    "thinking": lambda text, dice: {"at": "in_thinking"},
    "text": lambda text, dice: {"at": "in_text"},
    "input": lambda text, dice: {"at": "before_input"},
    "key": lambda text, dice: {"at": 3},
    "early": lambda text, dice: {"at": len(text) // 8},
    "middle": lambda text, dice: {"at": len(text) // 2},
    "late": lambda text, dice: {"at": len(text) * 9 // 10},
    "random": lambda text, dice: {"at": len(text) * (100 + dice.below(800)) // 1000},
    "escape": lambda text, dice: {"at": text.index("\\", len(text) // 3) + 1},
    "torn": lambda text, dice: {"at": _wide(text), "torn": True},
    "half": lambda text, dice: {"at": _wide(text), "half": True},
    "number": lambda text, dice: {"at": text.index("-15000000000", len(text) // 2) + 5},
    "item": lambda text, dice: {"at": text.index("}, {", len(text) // 2) + 2},
    "bracket": lambda text, dice: {"at": len(text) - 1},
    "written": lambda text, dice: {"at": "after_input"},
    "block": lambda text, dice: {"at": "after_block"},
    "stop": lambda text, dice: {"at": "before_message_stop"},
    "closed": lambda text, dice: {"at": len(text) // 2, "closes": True},
    "every": lambda text, dice: {"every": len(text) // 5},
    "always": lambda text, dice: {"at": len(text) // 2, "times": None, "during": "any"},
    "once": lambda text, dice: {},
    "later": lambda text, dice: {"retry_after": 1},
}
_ALL = {"after_input", "after_block", "before_message_stop"}


def _wide(text: str) -> int:
    """The offset of a character beyond the first plane, where one is: it is two in a stream."""
    return next(at for at, character in enumerate(text) if character > "\uffff" and at > len(text) // 3)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What goes wrong. ``breaks``: the kind of a fault, a class of malformed input, both with a ``+`` between them, or nothing.

    ``spot``: one of `SPOTS`, for faults. ``character``: how the model goes on when it is asked for the rest. ``status``: of the kind
    ``status``. ``limit``: the output limit that the client asks for, in tokens. ``is_stubborn``: the model makes the same mistake in each
    attempt.
    """

    scene: str
    breaks: str
    spot: str = ""
    character: tuple[Character, ...] = ("rest",)
    status: int = 529
    limit: int | None = None
    is_stubborn: bool = False

    @property
    def name(self) -> str:
        """What the scenario is called."""
        status = str(self.status) if self.breaks == "status" else ""
        characters = "+".join(self.character) if self.character != ("rest",) else ""
        parts = (self.scene, self.breaks, status, self.spot, characters, "stubborn" if self.is_stubborn else "")
        return "-".join(filter(None, parts))

    @property
    def fault(self) -> Kind | None:
        """The kind of the fault that strikes."""
        kind = self.breaks.rpartition("+")[2]
        return None if kind in CLASSES or kind == NOTHING else cast(Kind, kind)

    @property
    def spoilt(self) -> str | None:
        """The class of the malformed input."""
        first = self.breaks.partition("+")[0]
        return first if first in CLASSES else None


class Play(NamedTuple):
    """A scenario on a stage. ``meant``: characters of all its tool inputs; ``stake``: those of the call that breaks that had been written;
    ``is_at_stake``: whether that is worth the name. ``again``: which calls of which turns of which routes are that one: the places among
    the routes, and the numbers.

    ``is_recoverable``: whether there is something to be saved, and a way to it that does not lead through the whole call again.
    """

    routes: tuple[Route, ...]
    targets: tuple[Target, ...]
    meant: int
    stake: int
    is_at_stake: bool
    is_recoverable: bool
    again: frozenset[tuple[int, int, int]]


def play(scenario: Scenario, stage: Stage) -> Play:
    """Make of a scenario what is played in it."""
    scene = SCENES[scenario.scene](stage)
    call = call_at(scene)
    broken = call if scenario.spoilt is None else ToolUse(call.name, raw=CLASSES[scenario.spoilt].spoil(call.document))
    faults = tuple(_faults(scenario, scene, broken.document, stage))
    documents = [block.document for blocks in (*scene.main, *scene.sub) for block in blocks if isinstance(block, ToolUse)]
    stake = _stake(scenario, faults, broken.document)
    is_sub, turn, number = scene.breaks
    route = 0 if is_sub or not scene.sub else 1
    return Play(
        routes=tuple(_routes(scenario, scene, stage, turns=(broken, faults))),
        targets=scene.targets,
        meant=sum(map(len, documents)),
        stake=stake,
        is_at_stake=stake * LEAST >= len(call.document),
        is_recoverable=stake * LEAST >= len(call.document) and _is_recoverable(scenario),
        again=frozenset({(route, turn, number), *((route, turn + 1 + attempt, 0) for attempt in range(ATTEMPTS))}),
    )


def _faults(scenario: Scenario, scene: Scene, text: str, stage: Stage) -> Iterator[Fault]:
    if scenario.fault is not None and scenario.limit is None:
        where = SPOTS[scenario.spot](text, Dice(stage.seed, scenario.name))
        yield Fault(scenario.fault, **{"block": scene.breaks[2], "status": scenario.status, **where})


def _stake(scenario: Scenario, faults: tuple[Fault, ...], text: str) -> int:
    if scenario.limit is not None:
        return min(len(text), 4 * scenario.limit)
    if not faults:
        return len(text) if scenario.spoilt else 0
    place = faults[0].every if faults[0].every is not None else faults[0].at
    return place if isinstance(place, int) else len(text) if place in _ALL else 0


def _is_recoverable(scenario: Scenario) -> bool:
    is_readable = scenario.spoilt is None or CLASSES[scenario.spoilt].has_one_reading
    is_asked = scenario.fault is not None  # for the rest
    is_willing = not is_asked or (not WILLING.isdisjoint(scenario.character) and scenario.spot != "always")
    return is_readable and is_willing


def _routes(scenario: Scenario, scene: Scene, stage: Stage, *, turns: tuple[ToolUse, tuple[Fault, ...]]) -> Iterator[Route]:
    """The subagent's turns first: what starts it is a part of its conversation only."""
    is_sub, number, _ = scene.breaks
    for agent, match in ((scene.sub, _prompt(scene)), (scene.main, stage.request)):
        played = [Turn(blocks) for blocks in agent]
        if agent is (scene.sub if is_sub else scene.main):
            played[number : number + 1] = _broken(scenario, scene, agent[number], turns=turns)
        if played:
            yield Route((*played, Turn((Text("Done."),))), match)


def _prompt(scene: Scene) -> str:
    """What the subagent is told: all of it, so that whoever gets less does nothing."""
    calls = (block for blocks in scene.main for block in blocks if isinstance(block, ToolUse))
    return next((str(call.input["prompt"]) for call in calls if call.input and call.name == "Agent"), "")


def _broken(scenario: Scenario, scene: Scene, blocks: tuple[Block, ...], *, turns: tuple[ToolUse, tuple[Fault, ...]]) -> Iterator[Turn]:
    """The turn that breaks, and what the model does when its call has failed: it makes the call again, as often as not in the same way."""
    broken, faults = turns
    call = call_at(scene)
    yield Turn(tuple(broken if block is call else block for block in blocks), faults, scenario.character)
    lasting = tuple(replace(fault, block=0) for fault in faults if fault.limit is None)
    again = broken if scenario.is_stubborn else call
    yield from [Turn((again,), lasting, scenario.character, remedy=True)] * ATTEMPTS


# -- the table -----------------------------------------------------------------------------------------------------------------------------

_CUTS: tuple[Kind, ...] = ("max_tokens", "reset", "drop", "end", "stall", "error")
_RANDOM: tuple[tuple[Character, ...], ...] = (
    ("overlap",), ("chatty",), ("thoughtful",), ("bare", "rest"), ("text", "rest"), ("other_tool", "overlap")
)  # fmt: skip
_UNWILLING: tuple[tuple[Kind, Character], ...] = (("reset", "everything"), ("max_tokens", "text"), ("error", "other_tool"))
_PLACES: tuple[tuple[str, Kind, str], ...] = (
    *(("write", "reset", "headers"), ("write", "end", "message"), ("spoken", "reset", "thinking"), ("spoken", "drop", "text")),
    *(("write", "error", "input"), ("write", "reset", "key"), ("write", "max_tokens", "escape"), ("write", "reset", "torn")),
    *(("write", "error", "half"), ("write", "end", "bracket"), ("write", "stall", "written"), ("write", "reset", "block")),
    *(("write", "end", "stop"), ("write", "max_tokens", "closed"), ("spoken", "reset", "middle"), ("spoken", "error", "late")),
    *(("edit", "reset", "random"), ("edit", "max_tokens", "late"), ("keep", "drop", "item"), ("keep", "error", "number")),
    *(("large", "reset", "random"), ("large", "max_tokens", "late"), ("periodic", "reset", "middle")),
)
_SPOILT: tuple[tuple[str, str], ...] = (
    *(("prose", "control_character"), ("prose", "trailing_comma"), ("prose", "missing_closer"), ("prose", "bare_key")),
    *(("keep", "trailing_comma"), ("keep", "surplus_closer"), ("keep", "empty_object_in_front"), ("patterns", "undoubled_backslash")),
    *(("paths", "ambiguous_backslash"), ("prose", "unescaped_quotes"), ("write", "half_an_input"), ("write", "no_json")),
)


def scenarios() -> tuple[Scenario, ...]:
    """All scenarios, in the order of the report; their names are unique."""
    return (*_healthy(), *_cuts(), *_standing(), *_malformed())


def _healthy() -> Iterator[Scenario]:
    yield from (Scenario(scene, NOTHING) for scene in ("spoken", "large", "several"))


def _cuts() -> Iterator[Scenario]:
    """Faults that strike once."""
    yield from (Scenario("write", kind, "middle") for kind in _CUTS)
    yield from (Scenario("write", kind, "random", character) for kind, character in zip(_CUTS, _RANDOM, strict=True))
    yield from (Scenario("write", kind, "middle", (character,)) for kind, character in _UNWILLING)
    yield Scenario("write", "end", "random", ("bare",))
    yield Scenario("write", "drop", "late", ("reformat",))
    yield from (Scenario(scene, kind, spot) for scene, kind, spot in _PLACES)
    yield from (Scenario("write", "status", spot, status=status) for status, spot in ((529, "once"), (500, "once"), (429, "later")))
    yield from (Scenario("several", kind, "random") for kind in ("max_tokens", "reset", "error"))
    yield from (Scenario(scene, kind, "random") for scene, kind in product(("subagent", "handoff"), ("max_tokens", "reset", "error")))
    yield Scenario("subagent", "stall", "early", ("chatty",))


def _standing() -> Iterator[Scenario]:
    """Faults that do not go away."""
    yield from (Scenario("long", kind, "every") for kind in ("reset", "end", "error", "stall"))
    yield Scenario("long", "max_tokens", "limit", limit=600)
    yield from (Scenario("write", kind, "always") for kind in ("reset", "max_tokens"))


def _malformed() -> Iterator[Scenario]:
    """Inputs that the model itself writes wrong: once, and each time."""
    yield from (Scenario(scene, how) for scene, how in _SPOILT)
    yield from (Scenario("prose", how, is_stubborn=True) for how in ("control_character", "missing_closer"))
    yield Scenario("paths", "ambiguous_backslash", is_stubborn=True)
    yield Scenario("subagent", "trailing_comma")
    yield Scenario("prose", "trailing_comma+reset", "random")
    yield Scenario("prose", "missing_closer+max_tokens", "late")
