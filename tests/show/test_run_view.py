"""What follows from a view's values."""

from __future__ import annotations

from finestream.show.run_view import Usage
from tests.show.views import agent, run, section


def test_the_size_of_a_document_and_the_section_that_is_being_handed_on() -> None:
    begun = section("b", size=5, is_complete=False)
    view = agent("qa", sections=(section("a", size=3), begun, section("c", size=4)))
    assert (view.size, view.current) == (12, begun)
    assert agent("qa", sections=(section("a"),)).current is None


def test_a_cost_that_nobody_has_told_is_not_nothing() -> None:
    assert Usage(1, 2) + Usage(10, 20) == Usage(11, 22, None)
    assert Usage(1, 2, 0.5) + Usage(10, 20) + Usage(cost=0.25) == Usage(11, 22, 0.75)


def test_who_is_through() -> None:
    assert run(*(agent("a", state) for state in ("waiting", "working", "done", "skipped", "failed", "blocked"))).done == 2
