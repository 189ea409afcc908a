"""What an author does next: told from its calls in the conversation, and from what it is told there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.simulator.author import write
from finestream.simulator.script import HABITS, Author, Fault, Habit, Portion, Text, ToolUse, Turn
from tests.simulator.asking import GO, said, text

TOOL = "mcp__finestream__handoff"
PORTIONS = (Portion({"title": "T", "count": 3}, ("<plan>",)), Portion({"parts": ["é"]}), Portion({"end": True}, ("<code>", "<tests>")))
WHOLE = {"title": "T", "count": 3, "parts": ["é"], "end": True}
FIRST = {"title": "T", "count": 3, "parts": ["é"]}
LAST = {"end": True}
WRONG = {"title": 0, "count": "3", "parts": 0}
WAITING, DONE = "I have begun, and wait for the next parts.", "Everything is handed on."

GOT_PLAN: Any = {"role": "user", "content": "Here is <plan>."}
GOT_CODE: Any = {"role": "user", "content": [text("so far"), text("and <code>")]}
GOT_TESTS: Any = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "other", "content": [text("<tests>")]}]}
GOT_ALL = [GOT_PLAN, GOT_CODE, GOT_TESTS]


def author(habit: Habit = "calls", **fields: Any) -> Author:
    return Author(TOOL, PORTIONS, habit=habit, **fields)


def made(members: object, *, ident: str = "c1", refused: bool = False, result: str = "fine", name: str = TOOL) -> list[Any]:
    """A call in a conversation, with its result."""
    answered = {"type": "tool_result", "tool_use_id": ident, "content": result, "is_error": refused}
    return [said({"type": "tool_use", "id": ident, "name": name, "input": members}), {"role": "user", "content": [answered]}]


def follows(habit: Habit, *messages: Any) -> object:
    """What an author does next: the members that it writes, or the words that it says."""
    (block,) = write(author(habit), [GO, *messages])[-1].blocks
    return block.input if isinstance(block, ToolUse) else block.text if isinstance(block, Text) else None


ONE = [GOT_PLAN, *made(FIRST)]
TWO = [*GOT_ALL, *made(FIRST), *made(LAST, ident="c2")]
TOLD: Any = {"role": "user", "content": "Go on.\nAlready handed on: title, count\n"}
TOLD_ALL: Any = {"role": "user", "content": "Already handed on: title, count, parts, end"}


@pytest.mark.parametrize(
    ("habit", "messages", "expected"),
    [
        ("calls", [], WAITING),
        ("calls", [GOT_CODE, GOT_TESTS], WAITING),
        ("calls", [GOT_PLAN], FIRST),
        ("calls", [{"role": "system", "content": "note: <plan>"}], FIRST),
        ("calls", [said(text("<plan>"))], WAITING),
        ("calls", GOT_ALL, WHOLE),
        ("calls", [GOT_PLAN, GOT_CODE], FIRST),
        ("calls", ONE, WAITING),
        ("calls", [*ONE, said(text("I have b")), GOT_CODE, said(text("API Error")), GOT_TESTS], LAST),
        ("calls", TWO, DONE),
        ("calls", [*TWO, said(text(DONE)), GOT_PLAN], DONE),
        # Only what ran is written, and only by the author's own tool.
        ("calls", [GOT_PLAN, *made(FIRST, refused=True)], FIRST),
        ("calls", [GOT_PLAN, *made(FIRST)[:1]], FIRST),
        ("calls", [GOT_PLAN, *made(FIRST, name="Write")], FIRST),
        ("calls", [GOT_PLAN, *made("broken")], FIRST),
        ("calls", [GOT_PLAN, *made({"title": "T"})], {"count": 3, "parts": ["é"]}),
        ("calls", [GOT_PLAN, *made(FIRST, result="<code> and <tests>")], LAST),
        # An agent that is resumed.
        ("calls", [GOT_PLAN, TOLD], {"parts": ["é"]}),
        ("calls", [TOLD], {"parts": ["é"]}),
        ("calls", [GOT_ALL[0], *made({}, result="Already handed on: title, count, parts")], WAITING),
        ("calls", [GOT_PLAN, TOLD_ALL], DONE),
        ("calls", [GOT_PLAN, {"role": "user", "content": "Not Already handed on: title"}], FIRST),
        ("silent", [], WAITING),
        ("silent", [GOT_PLAN], DONE),
        ("silent", [GOT_CODE], WAITING),
        ("twice", [], WAITING),
        ("twice", GOT_ALL, WHOLE),
        ("twice", ONE, WAITING),
        ("twice", TWO, LAST),
        ("twice", [*TWO, *made(LAST, ident="c3")], DONE),
        ("twice", [*TWO, *made(LAST, ident="c3", refused=True)], DONE),
        ("twice", [*GOT_ALL, *made(WHOLE, refused=True), *made(WHOLE, ident="c2")], WHOLE),
        ("twice", [TOLD_ALL], DONE),
        ("twice", [*made(FIRST, refused=True), TOLD_ALL], DONE),
        ("text", [], WAITING),
        ("text", [GOT_PLAN], WAITING),
        ("text", GOT_ALL, json.dumps(WHOLE, ensure_ascii=False)),
        ("text", [*GOT_ALL, TOLD], '{"parts": ["é"], "end": true}'),
        ("text", [TOLD_ALL], DONE),
        ("careless", [], WAITING),
        ("careless", [GOT_PLAN], WRONG),
        ("careless", [GOT_PLAN, *made(WRONG, refused=True)], FIRST),
        ("careless", [GOT_PLAN, *made(WRONG), {"role": "user", "content": "Not like that."}], FIRST),
        ("careless", [GOT_PLAN, *made(WRONG), *made(FIRST, ident="c2")], WAITING),
        ("careless", [*GOT_ALL, *made(WRONG), *made(WHOLE, ident="c2")], DONE),
    ],
)  # fmt: skip
def test_the_next_turn_follows_from_the_conversation(habit: Habit, messages: list[Any], expected: object) -> None:
    assert follows(habit, *messages) == expected


@pytest.mark.parametrize("habit", HABITS)
def test_members_are_written_in_the_order_of_the_document(habit: Habit) -> None:
    (block,) = write(author(habit), [GO, *GOT_ALL])[-1].blocks
    if isinstance(block, ToolUse):
        assert list(json.loads(block.document)) == list(WHOLE)


def test_the_turns_of_an_author_are_counted_by_its_calls() -> None:
    fault, never = Fault("reset", at=5), Fault("reset", at=6)
    scene = author(faults=((1, fault), (0, never)), character=("bare", "rest"))
    turns = write(scene, [GO, *ONE, said(text(WAITING)), GOT_CODE, GOT_TESTS])
    assert turns == (Turn((ToolUse(TOOL, FIRST),)), Turn((ToolUse(TOOL, LAST),), (fault,), ("bare", "rest")))
    assert write(scene, [GO, *ONE])[-1] == Turn((Text(WAITING),), (), ("bare", "rest"))
    assert write(scene, [GO, GOT_PLAN])[-1].faults == (never,)


def played(scene: Author, arrivals: list[str], refusals: list[bool]) -> list[Mapping[str, object]]:
    """Play a conversation until the author is done; return the inputs that ran. At each of its turns some texts arrive."""
    messages: list[Any] = [GO]
    ran: list[Mapping[str, object]] = []
    arriving, refusing = iter(arrivals), iter(refusals)
    for _ in range(50):
        (block,) = write(scene, messages)[-1].blocks
        told = next(arriving, "Go on.")
        if isinstance(block, ToolUse):
            refused = next(refusing, False)
            ran += [block.input or {}] * (not refused)
            messages += made(block.input, ident=str(len(messages)), refused=refused, result=told)
        elif block == Text(scene.done):
            return ran
        else:
            messages += [said(text("I have")), {"role": "user", "content": told}]
    raise AssertionError("it is never done")


@st.composite
def _arrivals(draw: st.DrawFn) -> tuple[tuple[Portion, ...], list[str]]:
    """Portions, and the texts that they need as they arrive: in any order, alone or together, with pauses."""
    texts = ["<a>", "<b>", "<c>", "<d>"]
    needs = draw(st.lists(st.lists(st.sampled_from(texts), max_size=2), max_size=5))
    names = [[f"{number} {part}" for part in range(1 + number % 2)] for number in range(len(needs))]
    portions = tuple(Portion(dict.fromkeys(group, "x"), tuple(after)) for group, after in zip(names, needs, strict=True))
    arrivals: list[str] = []
    for one in draw(st.permutations(texts)):
        is_together = draw(st.booleans())
        if arrivals and is_together:
            arrivals[-1] += f" and {one}"
        else:
            arrivals += ["nothing"] * draw(st.integers(0, 2)) + [one]
    return portions, arrivals


@given(_arrivals(), st.lists(st.booleans(), max_size=4), st.sampled_from(["calls", "twice", "careless"]))
def test_whatever_arrives_when_each_member_is_written_once(
    scene: tuple[tuple[Portion, ...], list[str]], refusals: list[bool], habit: Habit
) -> None:
    portions, arrivals = scene
    ran = played(Author(TOOL, portions, habit=habit), arrivals, refusals)
    right = [call for call in ran if 0 not in call.values()]
    if habit == "twice" and right[:-1] and right[-1] == right[-2]:
        right.pop()
    assert [name for call in right for name in call] == [name for portion in portions for name in portion.members]
    assert len(ran) - len(right) <= 1


RUNS = '<handed-on>\n<part n="4" name="story" run="0">Once, </part>\n<part n="5" name="other" run="0">Other.</part>\n</handed-on>\n'
BEHIND = "Go on right behind it:\ncall the tool with the first member of {}, and with only what follows of these."
STORY = Author(TOOL, (Portion({"list": [1, 2, 3], "story": "Once, twice.", "count": 7}),))


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("", {"list": [1, 2, 3], "story": "Once, twice.", "count": 7}),
        (BEHIND.format('{"resume": {"list": 2}}'), {"resume": {"list": 2}, "list": [3], "story": "Once, twice.", "count": 7}),
        (
            RUNS + BEHIND.format('{"resume": {"story": 1}}'),
            {"resume": {"story": 1}, "list": [1, 2, 3], "story": "twice.", "count": 7},
        ),
        (BEHIND.format('{"resume": {"count": 1}}'), {"resume": {"count": 1}, "list": [1, 2, 3], "story": "Once, twice.", "count": 7}),
        (BEHIND.format('{"resume": {"gone": 2}}'), {"list": [1, 2, 3], "story": "Once, twice.", "count": 7}),
        (
            "Already handed on: list\n" + RUNS + BEHIND.format('{"resume": {"story": 1}}'),
            {"resume": {"story": 1}, "story": "twice.", "count": 7},
        ),
    ],
)
def test_an_author_that_was_interrupted_goes_on_behind_what_is_handed_on(told: str, written: dict[str, Any]) -> None:
    (block,) = write(STORY, [GO, {"role": "user", "content": told}])[-1].blocks
    assert isinstance(block, ToolUse) and block.input is not None
    assert dict(block.input) == written
    assert next(iter(block.input)) == next(iter(written))
