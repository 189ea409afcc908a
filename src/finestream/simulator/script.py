"""What a simulation plays: routes, turns, authors, blocks and faults, as plain data. PURE. Its one law: a script that exists
can be played.

Offsets count characters (code points) of a tool call's input as JSON text, its *document*.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["max_tokens", "reset", "drop", "end", "stall", "error", "status"]
Place = Literal[
    "before_headers", "before_message", "in_thinking", "in_text", "before_input", "after_input", "after_block", "before_message_stop"
]
During = Literal["first", "continuation", "any"]
Character = Literal["rest", "overlap", "everything", "bare", "text", "other_tool", "chatty", "thoughtful", "reformat"]
Habit = Literal["calls", "silent", "twice", "text", "careless"]

KINDS: tuple[str, ...] = get_args(Kind)
PLACES: tuple[str, ...] = get_args(Place)
DURING: tuple[str, ...] = get_args(During)
CHARACTERS: tuple[str, ...] = get_args(Character)
HABITS: tuple[str, ...] = get_args(Habit)


@dataclass(frozen=True, slots=True)
class Text:
    """A text block."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """A thinking block with its signature."""

    text: str
    signature: str = "c2lnbmVkIGJ5IHRoZSBzaW11bGF0b3I="


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call: ``input`` as a value, or ``raw``, the exact JSON text (malformed if you like).

    Raises:
        ValueError: both are given, or neither.
    """

    name: str
    input: Mapping[str, object] | None = None
    raw: str | None = None

    def __post_init__(self) -> None:
        if (self.input is None) == (self.raw is None):
            raise ValueError("a tool call needs either 'input' or 'raw'")

    @property
    def document(self) -> str:
        """The input as the JSON text that is streamed."""
        return json.dumps(self.input, ensure_ascii=False) if self.raw is None else self.raw


Block = Text | Thinking | ToolUse


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which an answer breaks, where, how often, and in which answers.

    Where (exactly one, ``status`` needs none): ``at`` an offset in the document of tool block number ``block``
    (counted from 0 among the tool blocks of the turn), or a named place; ``after`` a number of characters generated
    in this answer, whatever block they are in; ``every`` the same, as a standing fault: in any answer, without end.

    ``times``: strikes before it is spent, None never. ``half``: when the character at ``at`` needs a surrogate pair,
    its first half is sent too. ``torn``: part of the next frame is sent too, cut inside a multi-byte character where
    it has one. ``closes`` (max_tokens): the open tool block gets its ``content_block_stop``. ``status`` and
    ``retry_after`` (seconds) belong to the kind ``status``; ``error`` is the error type of the kind ``error``.

    Raises:
        ValueError: a value is not possible, or the place is missing or given twice.
    """

    kind: Kind
    at: int | Place | None = None
    block: int = 0
    after: int | None = None
    every: int | None = None
    times: int | None = 1
    during: During = "first"
    half: bool = False
    torn: bool = False
    closes: bool = False
    status: int = 529
    retry_after: int | None = None
    error: str = "overloaded_error"

    def __post_init__(self) -> None:
        for value, allowed, what in ((self.kind, KINDS, "kind"), (self.during, DURING, "during")):
            if value not in allowed:
                raise ValueError(f"'{what}' is {value!r}, it can be {', '.join(allowed)}")
        self._check_place()
        numbers = (self.at, self.after, self.times, self.block, self.retry_after)
        if any(isinstance(number, int) and number < 0 for number in numbers) or (self.every is not None and self.every < 1):
            raise ValueError("a fault counts from 0, and 'every' from 1")

    def _check_place(self) -> None:
        if isinstance(self.at, str) and self.at not in PLACES:
            raise ValueError(f"'at' is {self.at!r}, it can be an offset or {', '.join(PLACES)}")
        places = sum(place is not None for place in (self.at, self.after, self.every))
        if places != (self.kind != "status"):
            raise ValueError("a status needs no place" if places else "a fault needs exactly one of 'at', 'after' and 'every'")

    @property
    def limit(self) -> int | None:
        """How often it strikes in one turn, None without end."""
        return None if self.every is not None else self.times

    def concerns(self, kind: str) -> bool:
        """Tell whether it strikes in answers to requests of this ``kind`` (first or continuation)."""
        return self.every is not None or self.during in (kind, "any")


def _check_character(character: tuple[Character, ...]) -> None:
    if not character or any(one not in CHARACTERS for one in character):
        raise ValueError(f"'character' is one or several of {', '.join(CHARACTERS)}")


@dataclass(frozen=True, slots=True)
class Turn:
    """One assistant turn. ``character``: how the model answers continuation requests for it: the first entry the
    first one, and so on; the last repeats.

    ``stop_reason``: None means ``tool_use`` where there is a tool call, else ``end_turn``. ``remedy``: it is passed over unless a
    call of the turn before it, or of the last one that was not passed over, has failed.

    Raises:
        ValueError: no block, no character, or an unknown one.
    """

    blocks: tuple[Block, ...]
    faults: tuple[Fault, ...] = ()
    character: tuple[Character, ...] = ("rest",)
    stop_reason: str | None = None
    remedy: bool = False

    def __post_init__(self) -> None:
        if not self.blocks:
            raise ValueError("a turn needs at least one block")
        _check_character(self.character)

    @property
    def calls(self) -> tuple[ToolUse, ...]:
        """The tool calls of the turn."""
        return tuple(block for block in self.blocks if isinstance(block, ToolUse))


@dataclass(frozen=True, slots=True)
class Portion:
    """Members of an author's document that are written together, as soon as each text of ``after`` stands in the conversation:
    in a message of the user or a tool result.

    Raises:
        ValueError: there is no member.
    """

    members: Mapping[str, object]
    after: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.members:
            raise ValueError("a portion needs at least one member")


@dataclass(frozen=True, slots=True)
class Author:
    """An agent that writes a document in portions, with calls of ``tool``. A member is written when a call with it has run, or
    when the agent is told so, in a line ``Already handed on: NAME, NAME``.

    ``waiting``: what it says when the next portion cannot be written yet; ``done``: when there is none. ``habit``: ``calls``,
    as it should; ``silent``, it says ``done`` and calls nothing; ``twice``, it makes its last call again; ``text``, it says
    the document instead of calling; ``careless``, each member of its first call is of the wrong type. ``faults`` each name the
    call they befall, counted from 0 in the conversation; ``character`` as in a turn.

    Raises:
        ValueError: a member is in two portions, or a habit, a character or the number of a call is not possible.
    """

    tool: str
    portions: tuple[Portion, ...]
    waiting: str = "I have begun, and wait for the next parts."
    done: str = "Everything is handed on."
    habit: Habit = "calls"
    faults: tuple[tuple[int, Fault], ...] = ()
    character: tuple[Character, ...] = ("rest",)

    def __post_init__(self) -> None:
        names = [name for portion in self.portions for name in portion.members]
        if len(set(names)) < len(names):
            raise ValueError("a member is written in one portion only")
        if self.habit not in HABITS:
            raise ValueError(f"'habit' is {self.habit!r}, it can be {', '.join(HABITS)}")
        if any(call < 0 for call, _ in self.faults):
            raise ValueError("a fault counts calls from 0")
        _check_character(self.character)


@dataclass(frozen=True, slots=True)
class Route:
    """The turns for conversations whose first user message contains ``match``, or the author who finds them.

    Raises:
        ValueError: it has both.
    """

    turns: tuple[Turn, ...] = ()
    match: str = ""
    author: Author | None = None

    def __post_init__(self) -> None:
        if self.turns and self.author is not None:
            raise ValueError("a route has either 'turns' or an 'author'")


@dataclass(frozen=True, slots=True)
class Script:
    """All that a simulation plays. The first route that matches is taken, so put the special ones first.

    ``faults`` strike in every turn, counted for each turn; a turn of an author lasts until its next call.
    ``first_token`` seconds; ``tokens_per_second`` 0 is as fast as possible; a token is four characters. ``delta``:
    characters in an average delta. ``input_tokens``: what ``usage`` says instead of the estimate (a client that believes
    its context to be full rewrites the conversation).
    ``closes``: a tool block cut by ``max_tokens`` gets its ``content_block_stop``; the recorded API sends none.
    ``refuses_eager``: answer 400 to a request with ``eager_input_streaming``. ``settle``: seconds between the moment
    the other side has read the last bytes and the reset or drop; what a client has read but not looked at yet is lost
    to it.

    Raises:
        ValueError: a number is out of range.
    """

    routes: tuple[Route, ...]
    faults: tuple[Fault, ...] = ()
    seed: int = 0
    first_token: float = 0.0
    tokens_per_second: float = 0.0
    delta: int = 20
    input_tokens: int | None = None
    closes: bool = False
    refuses_eager: bool = False
    settle: float = 0.005

    def __post_init__(self) -> None:
        if min(self.first_token, self.tokens_per_second, self.settle) < 0 or self.delta < 1:
            raise ValueError("times and rates cannot be negative, and a delta has at least one character")
