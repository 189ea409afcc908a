"""What there is to see of a run at one moment. PURE: values alone. Its one law: what is not known is None, and is not guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

AgentState: TypeAlias = Literal["waiting", "working", "listening", "retrying", "done", "skipped", "failed", "blocked"]
"""``listening``: its session is open, and the model has nothing to do before more comes in."""

HANDING, READING = "handing", "reading"
"""What an agent does: it hands on, or thinks about what it has been told. Else a tool's name, ``writing`` or ``thinking``."""


@dataclass(frozen=True, slots=True)
class Section:
    """A member of an agent's document.

    ``chunks`` and ``size`` (bytes): of what holds now. ``seconds``: from the agent's first part to the last one of this section. ``fill``:
    how full its bar is, from 0 to 1. How much is to come nobody knows; so its bytes are set against the size that is expected of the whole
    document, and only what is complete is full.
    """

    name: str
    chunks: int
    size: int
    seconds: float
    fill: float
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Received:
    """What an agent has been told of the document of ``sender``. ``is_whole``: and that this is all."""

    sender: str
    chunks: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that models have read and written, and US dollars; None: nobody has said."""

    read: int = 0
    written: int = 0
    cost: float | None = None

    def __add__(self, other: Usage) -> Usage:
        costs = [each.cost for each in (self, other) if each.cost is not None]
        return Usage(self.read + other.read, self.written + other.written, sum(costs) if costs else None)


@dataclass(frozen=True, slots=True)
class AgentView:
    """One agent. ``seconds``: at work; ``streaming``: from its first part to its last. ``awaited``: whose documents it has not whole."""

    step: str
    state: AgentState
    doing: str
    sections: tuple[Section, ...]
    members: int
    received: tuple[Received, ...]
    awaited: tuple[str, ...]
    receivers: tuple[str, ...]
    seconds: float
    streaming: float
    fill: float
    usage: Usage
    attempt: int
    cause: str
    fix: str

    @property
    def size(self) -> int:
        """Bytes of its document."""
        return sum(section.size for section in self.sections)

    @property
    def current(self) -> Section | None:
        """The section that is being handed on."""
        return next((section for section in reversed(self.sections) if not section.is_complete), None)


@dataclass(frozen=True, slots=True)
class RunView:
    """The run. ``overlapped``: seconds that agents worked while another one was already at work; ``together``: who works now."""

    workflow: str
    request: str
    agents: tuple[AgentView, ...]
    seconds: float
    chunks: int
    size: int
    together: tuple[str, ...]
    overlapped: float
    usage: Usage

    @property
    def done(self) -> int:
        """How many agents are through."""
        return sum(agent.state in ("done", "skipped") for agent in self.agents)


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that is worth a line of its own. ``name``: of the section, or of the sender of the first chunks."""

    kind: Literal["began", "resumed", "received", "section", "retry", "done", "skipped", "failed", "blocked"]
    step: str
    at: float
    name: str = ""
    chunks: int = 0
    size: int = 0
    seconds: float = 0.0
    cause: str = ""
    fix: str = ""
