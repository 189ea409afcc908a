"""What is known of one step: its entries, folded. PURE. Its one law: the entries are all there is, so what is known outlives every process.

========== ==================================================================================================
``began``   a session has been opened: ``session``, ``is_fresh``
``handing`` the model begins a call of the handoff tool
``part``    the receivers may be told: the fields of a `Part`
``given``   what the agent is about to be told: ``upto`` by sender, ``outcomes`` by sender, ``marker``
``lost``    the last ``given`` never arrived, and no longer counts
``turn``    a turn has ended: its ``usage``, the ``cost`` of the session so far
``retry``   something passing stood in the way: ``cause``
``done``    the document is complete; ``skipped``: its condition does not hold
``failed``  ``cause`` and ``fix``; ``blocked``: ``cause`` lies elsewhere; ``again``: it is tried once more
========== ==================================================================================================

Every entry has ``kind`` and ``at``, in seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from finestream.handoff import Document, Part

Entry: TypeAlias = Mapping[str, Any]
State: TypeAlias = Literal["waiting", "working", "done", "skipped", "failed", "blocked"]

OVER: frozenset[State] = frozenset({"done", "skipped"})
STUCK: frozenset[State] = frozenset({"failed", "blocked"})


class _Told(NamedTuple):
    """A message to the session, and what it had been told before."""

    marker: str
    given: dict[str, int]
    outcomes: dict[str, str]
    answered: int


class Ledger:
    """The state of a step."""

    def __init__(self, step: str, entries: Iterable[Entry] = ()) -> None:
        self.step = step
        self.state: State = "waiting"
        self.session: str | None = None
        self.document = Document()
        self.given: dict[str, int] = {}
        self.outcomes: dict[str, str] = {}
        self.cause = self.fix = ""
        self.turns: list[Entry] = []
        self.cost: float | None = None
        """US dollars, None: nobody has said."""
        self._costs: dict[str | None, float] = {}
        self.answered = 0
        """How many parts the agent knows that it has handed on: those of calls that were answered."""
        self.times: dict[str, float] = {}
        self._told: list[_Told] = []
        for entry in entries:
            self.take(entry)

    @property
    def marker(self) -> str | None:
        """What the latest message to the session can be recognised by; None: it has been told nothing."""
        return self._told[-1].marker if self._told else None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in OVER

    @property
    def is_stuck(self) -> bool:
        """Whether nothing comes of it until it is tried again."""
        return self.state in STUCK

    @property
    def has_begun(self) -> bool:
        """Whether its session has been opened, or is not needed any more."""
        return self.session is not None or self.is_over

    def take(self, entry: Entry) -> None:
        """Add an entry. Kinds that are not known are passed over."""
        take = _TAKE.get(entry["kind"])
        if take:
            take(self, entry)
        self.times.setdefault(str(entry["kind"]), entry["at"])
        self.times["last"] = entry["at"]

    def _began(self, entry: Entry) -> None:
        self.state, self.session = "working", entry["session"]
        if entry["is_fresh"]:
            self.given, self.outcomes, self.answered = {}, {}, 0
            self._told = []

    def _part(self, entry: Entry) -> None:
        self.document.keep(Part(*(entry[name] for name in Part._fields)))

    def _given(self, entry: Entry) -> None:
        self._told.append(_Told(entry["marker"], dict(self.given), dict(self.outcomes), self.answered))
        self.given |= entry["upto"]
        self.outcomes |= entry["outcomes"]
        self.answered = len(self.document.parts)

    def _lost(self, entry: Entry) -> None:
        if self._told:
            _, self.given, self.outcomes, self.answered = self._told.pop()

    def _turn(self, entry: Entry) -> None:
        self.turns.append(entry)
        cost = entry.get("cost")
        if cost is not None:
            # That of the session so far, also where it was taken up (2.1.330); one that has forgotten what was before begins anew.
            known = self._costs.get(self.session, 0.0)
            self.cost = (self.cost or 0.0) + (cost - known if cost >= known else cost)
            self._costs[self.session] = cost

    def _done(self, entry: Entry) -> None:
        self.state = "done"

    def _skipped(self, entry: Entry) -> None:
        self.state = "skipped"

    def _failed(self, entry: Entry) -> None:
        self.state, self.cause, self.fix = "failed", entry["cause"], entry["fix"]

    def _blocked(self, entry: Entry) -> None:
        self.state, self.cause, self.fix = "blocked", entry["cause"], ""

    def _again(self, entry: Entry) -> None:
        if self.state in STUCK:
            self.state, self.cause, self.fix = "waiting", "", ""


_TAKE = {
    "began": Ledger._began,
    "part": Ledger._part,
    "given": Ledger._given,
    "lost": Ledger._lost,
    "turn": Ledger._turn,
    "done": Ledger._done,
    "skipped": Ledger._skipped,
    "failed": Ledger._failed,
    "blocked": Ledger._blocked,
    "again": Ledger._again,
}


KINDS = frozenset({*_TAKE, "handing", "retry"})
"""The kinds of entries. Whoever watches a board hears of others, too, which are not kept."""


def part_entry(part: Part) -> dict[str, Any]:
    """Return the entry of a part, but for its moment."""
    return {"kind": "part", **part._asdict()}
