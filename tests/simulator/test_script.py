from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from finestream.simulator.script import Author, Fault, Portion, Route, Script, Text, Thinking, ToolUse, Turn


def test_a_document_is_the_input_as_json_or_the_raw_text() -> None:
    assert ToolUse("Write", {"a": "é\n🎉"}).document == '{"a": "é\\n🎉"}'
    assert ToolUse("Write", raw="{'a': 1,}").document == "{'a': 1,}"
    assert json.loads(ToolUse("Write", {}).document) == {}


_ANY: Any = "no such word"


@pytest.mark.parametrize(
    "build",
    [
        lambda: ToolUse("Write"),
        lambda: ToolUse("Write", {}, "{}"),
        lambda: Fault(_ANY, at=1),
        lambda: Fault("reset"),
        lambda: Fault("reset", at=1, after=1),
        lambda: Fault("reset", at=_ANY),
        lambda: Fault("reset", at=-1),
        lambda: Fault("reset", after=-1),
        lambda: Fault("reset", every=0),
        lambda: Fault("reset", at=1, times=-1),
        lambda: Fault("reset", at=1, block=-1),
        lambda: Fault("reset", at=1, during=_ANY),
        lambda: Fault("status", at=1),
        lambda: Fault("status", retry_after=-1),
        lambda: Turn(()),
        lambda: Turn((Text("x"),), character=()),
        lambda: Turn((Text("x"),), character=(_ANY,)),
        lambda: Portion({}),
        lambda: Author("T", (Portion({"a": 1}), Portion({"b": 2, "a": 1}))),
        lambda: Author("T", (), habit=_ANY),
        lambda: Author("T", (), faults=((-1, Fault("status")),)),
        lambda: Author("T", (), character=()),
        lambda: Route((Turn((Text("x"),)),), author=Author("T", ())),
        lambda: Script((), delta=0),
        lambda: Script((), first_token=-1),
        lambda: Script((), tokens_per_second=-1),
    ],
)
def test_what_cannot_be_played_cannot_be_built(build: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        build()


def test_a_turn_knows_its_calls() -> None:
    call = ToolUse("Write", {})
    assert Turn((Text("x"), call, Thinking("y"), call)).calls == (call, call)
    assert Script((Route(()),)).routes[0].match == ""


def test_a_standing_fault_has_no_limit_and_concerns_all_answers() -> None:
    standing, once = Fault("reset", every=5), Fault("reset", at=5, times=2, during="continuation")
    assert (standing.limit, standing.concerns("first"), standing.concerns("continuation")) == (None, True, True)
    assert (once.limit, once.concerns("first"), once.concerns("continuation")) == (2, False, True)
