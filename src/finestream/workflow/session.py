"""What an agent's session is, whoever runs it. SHELL. Its one law: everything that a session does comes out of one queue, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Begun:
    """The model begins a call of the handoff tool."""

    call: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """The next piece of the input of a call that was begun."""

    call: str
    text: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """A message of the model begins; what was begun in an earlier one and has not come to its end never will."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call of the handoff tool, whole. ``answer``: takes what the model is told of it."""

    given: Mapping[str, Any]
    answer: asyncio.Future[str]


@dataclass(frozen=True, slots=True)
class Working:
    """The agent uses another tool, or writes a text: ``doing`` says it in a word."""

    doing: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A turn is over.

    ``text``: what the agent said last. ``cost``: of the session so far, in US dollars. ``status``: of the API where that was the cause of
    ``fault``; None: no answer.
    """

    text: str
    fault: str | None = None
    status: int | None = None
    usage: Mapping[str, Any] | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The session has ended by itself; nothing follows."""

    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody else has written something."""


Happening: TypeAlias = Begun | Fragment | Restarted | Called | Working | Ended | Gone | Heard


class Session(Protocol):
    """A conversation with one agent."""

    ident: str
    """Under which it can be taken up again."""

    async def open(self) -> None:
        """Start it. What happens from now on goes into the queue it was made with.

        Raises:
            FinestreamError: It cannot be started.
        """

    async def say(self, text: str) -> None:
        """Begin a turn. Not before the turn before it has ended."""

    async def remembers(self, marker: str) -> bool:
        """Whether what was said with ``marker`` in it is in the conversation that is taken up. Before it is opened."""

    async def close(self) -> None:
        """End it, and everything that belongs to it. Twice is once."""
