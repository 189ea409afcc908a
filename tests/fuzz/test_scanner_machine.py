"""A scanner that is fed in any cuts, looked at in between, and sometimes spoilt: what it says is what the whole text says."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from finestream.scanner import Chunk, Scanner
from tests.fuzz.targets.texts import snapshot
from tests.scanner_reference import SPLINTERS, accepts, texts


class Feeding(RuleBasedStateMachine):
    """One text on its way into a scanner."""

    def __init__(self) -> None:
        super().__init__()
        self.scanner = Scanner()
        self.chunks: list[Chunk] = []
        self.text = b""
        self.fed = 0
        self.checkpoint = 0

    @initialize(text=texts())
    def begin(self, text: bytes) -> None:
        self.text = text

    @rule(size=st.integers(0, 40))
    def feed(self, size: int) -> None:
        """Take some bytes; none is a feed as well."""
        piece = self.text[self.fed : self.fed + size]
        self.chunks += self.scanner.feed(piece)
        self.fed += len(piece)

    @precondition(lambda self: self.fed < len(self.text))
    @rule(splinter=st.sampled_from(SPLINTERS), instead=st.booleans())
    def spoil(self, splinter: bytes, instead: bool) -> None:
        """Something else stands where the rest begins."""
        self.text = self.text[: self.fed] + splinter + self.text[self.fed + instead :]

    @invariant()
    def says_what_a_scanner_says_that_had_it_at_once(self) -> None:
        other = Scanner()
        chunks = list(other.feed(self.text[: self.fed]))
        assert (snapshot(other), chunks) == (snapshot(self.scanner), self.chunks)

    @invariant()
    def the_checkpoint_can_be_closed_and_never_goes_back(self) -> None:
        assert self.checkpoint <= self.scanner.checkpoint <= self.fed
        self.checkpoint = self.scanner.checkpoint
        if self.checkpoint:
            assert accepts(self.text[: self.checkpoint] + self.scanner.closers())

    def teardown(self) -> None:
        self.chunks += self.scanner.feed(self.text[self.fed :])
        is_valid = self.scanner.complete and self.scanner.fault is None
        assert is_valid == accepts(self.text) or not self.text.strip()
        if is_valid:
            self.check_members(json.loads(self.text.decode("utf-8", "surrogatepass").removeprefix("\ufeff")))

    def check_members(self, whole: Any) -> None:
        """The chunks of each member, joined, are its value."""
        names = {str(chunk.path[0]) for chunk in self.chunks if chunk.kind == "member"}
        assert names == (set(whole) if isinstance(whole, dict) else set())
        for name in names:
            pieces = [chunk for chunk in self.chunks if chunk.path[0] == name]
            data = self.text[pieces[0].start : pieces[-1].end].decode("utf-8", "surrogatepass")
            opening = {"text": '"', "item": "[", "member": ""}[pieces[0].kind]
            if [chunk.kind for chunk in pieces].count("member") == 1:  # a name that stands twice has two values
                assert json.dumps(json.loads(opening + data)) == json.dumps(whole[name])


TestFeeding = Feeding.TestCase
TestFeeding.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
