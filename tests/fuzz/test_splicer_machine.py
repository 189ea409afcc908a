"""A document that is cut again and again, and a model that goes on in every way it may: the document comes out exact, or it is refused."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from finestream.recovery import Pending, Plan, Refusal, plan, splice
from tests.recovery.documents import documents, keep, spellings

SIZES = st.integers(0, 10**6)


class Document(RuleBasedStateMachine):
    """``text`` is what is meant, ``have`` what has arrived of it, joined from as many answers as it took."""

    def __init__(self) -> None:
        super().__init__()
        self.meant: dict[str, Any] = {}
        self.text = self.have = ""

    @initialize(document=documents, spelling=spellings, cut=SIZES)
    def begin(self, document: dict[str, Any], spelling: dict[str, Any], cut: int) -> None:
        self.meant, self.text = document, json.dumps(document, **spelling)
        self.have = keep(self.text, cut % len(self.text.encode()))

    def planned(self) -> Plan:
        found = plan(self.have)
        assert self.have.startswith(found.kept)
        return found

    def joined(self, planned: Plan, answer: str, *, complete: bool) -> str | None:
        """What has arrived with this answer, or None."""
        try:
            found = splice(planned, answer, complete=complete)
        except (Refusal, Pending):
            return None
        return planned.kept + found.glue + answer[found.offset :]

    def check(self, text: str | None) -> None:
        """A whole answer was joined, or refused."""
        assert text is None or json.dumps(json.loads(text)) == json.dumps(self.meant)

    # -- what the model does -----------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.have)
    @rule(size=SIZES)
    def go_on_and_be_cut(self, size: int) -> None:
        """As it was told, but not to the end."""
        planned = self.planned()
        answer = planned.opening + self.text[len(planned.kept) :]
        part = keep(answer, size % (len(answer.encode()) + 1))
        text = self.joined(planned, part, complete=False)
        if text is not None:
            assert self.text.startswith(text), "what was joined is no beginning of what is meant"
            self.have = keep(self.text, len(text.encode())) or self.have

    @rule()
    def go_on_to_the_end(self) -> None:
        planned = self.planned()
        self.check(self.joined(planned, planned.opening + self.text[len(planned.kept) :], complete=True))

    @rule(spelling=spellings)
    def say_everything_again(self, spelling: dict[str, Any]) -> None:
        self.check(self.joined(self.planned(), json.dumps(self.meant, **spelling), complete=True))

    @rule(name=st.integers(0, 9), spelling=spellings)
    def begin_with_a_later_member(self, name: int, spelling: dict[str, Any]) -> None:
        """It leaves out what it takes for done. Whatever of it was not done must not be lost."""
        names = list(self.meant)[name % (len(self.meant) or 1) :]
        text = self.joined(self.planned(), json.dumps({one: self.meant[one] for one in names}, **spelling), complete=True)
        if text is not None and self.have:
            have = set(json.loads(text))
            assert all(json.loads(text)[one] == self.meant[one] for one in have), "a member is another one"

    @rule(size=st.integers(0, 60), spelling=spellings)
    def begin_a_little_earlier(self, size: int, spelling: dict[str, Any]) -> None:
        """In the string that was cut, it repeats more, or less, than it was told to."""
        planned = self.planned()
        opened = [name for name, value in self.meant.items() if isinstance(value, str) and self.is_open(planned, name)]
        for name in opened:
            begun = json.loads(self.closed(planned))[name]
            rest = {name: self.meant[name][max(0, len(begun) - size) :]}
            later = list(self.meant)[list(self.meant).index(name) + 1 :]
            self.check(self.joined(planned, json.dumps({**rest, **{one: self.meant[one] for one in later}}, **spelling), complete=True))

    def is_open(self, planned: Plan, name: str) -> bool:
        """Whether the value of this member is the string in which what is kept ends."""
        try:
            begun = json.loads(self.closed(planned))
        except ValueError:
            return False
        return bool(begun) and list(begun)[-1] == name and isinstance(begun[name], str) and planned.path.count(".") == 1

    @staticmethod
    def closed(planned: Plan) -> str:
        return planned.kept + '"}'

    @invariant()
    def what_arrived_is_a_beginning(self) -> None:
        assert self.text.startswith(self.have)


TestDocument = Document.TestCase
TestDocument.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
