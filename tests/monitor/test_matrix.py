"""Any document, any fault, any character of the model: what a client has run is exactly what was meant, or it was never complete."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream.settings import Settings
from finestream.simulator.scenes import code, spoil
from finestream.simulator.script import CHARACTERS, Block, Fault, Route, Script, Text, Thinking, ToolUse, Turn
from tests.monitor.matrix import UNREADABLE, Outcome, Reads, play_turn, request
from tests.recovery.documents import keep

pytestmark = pytest.mark.untraced  # thousands of streams; the other tests of the room cover it

# Schemas as tools have them; each permits every document, for what does not fit is repair's business.
SCHEMAS: tuple[Mapping[str, object], ...] = (
    {"type": "object"},
    {"type": "object", "properties": {"a": {"type": "string"}, "b": {"anyOf": [{}, {"type": "null"}]}}},
    {"type": "object", "properties": {}, "required": ["a", "b"]},
)
BROKEN = ("max_tokens", "reset", "drop", "end", "stall", "error")
# They call the same tool again and bring what is missing, so that nothing but the document can stand in the way.
# One that spells otherwise ("reformat") is not among them: where no anchor is unique, the repeated call is compared byte for byte.
OBEDIENT = ("rest", "everything", "chatty", "thoughtful")

_LINES = (
    "    result = compute(value)\n",
    "\treturn {'a': [1, \"2\"]}\n",
    "\n",
    "  }\n",
    '漢字🎉é\\u00e9 \\\\ "quoted" \\n\n',
    '{"content": "',
    "x",
    "=" * 24,
    "header of the file, said once\n",
)
_line = st.sampled_from(_LINES)
_texts = st.one_of(
    # Runs of one line, with something in front and behind; a shuffle of a few lines; noise of three letters; anything.
    st.builds(lambda head, line, count, tail: head + line * count + tail, _line, _line, st.integers(0, 60), _line),
    st.lists(_line, min_size=5, max_size=40).map("".join),
    st.text(alphabet="ab \n", min_size=60, max_size=300),
    st.integers(0, 99).map(lambda seed: code(700, seed)),
    st.text(max_size=12),
)
_scalars = st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False))
_few = st.sampled_from(["npm install", "npm test", 1, 10, 100, "", None, {"k": "npm install"}, ["npm install"]])
_values = st.recursive(
    st.one_of(_texts, _scalars, st.lists(_few, max_size=30)),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.sampled_from(["a", "b", "c", 'k"\\\n🎉']), inner, max_size=4)),
    max_leaves=6,
)
_documents = st.builds(
    lambda a, b, more: {"a": a, "b": b, **more}, _texts, _values, st.dictionaries(st.sampled_from(["c", "", "漢"]), _values, max_size=1)
)
_spellings = st.sampled_from(
    [{"ensure_ascii": False}, {}, {"indent": 1, "ensure_ascii": False}, {"separators": (",", ":"), "ensure_ascii": False}]
)


@st.composite
def _fault(draw: st.DrawFn, length: int, during: str, block: int = 0) -> Fault:
    kind: Any = draw(st.sampled_from(BROKEN))
    half, torn, closes = draw(st.sampled_from([(False, False, False), (True, False, True), (False, True, False), (True, True, True)]))
    at = draw(st.integers(0, length))
    return Fault(kind, at=at, block=block, during=during, half=half, torn=torn, closes=closes)  # type: ignore[arg-type]


@st.composite
def _faults(draw: st.DrawFn, length: int) -> tuple[Fault, ...]:
    """One fault, several, some in continuations, one that stands, or statuses in between."""
    found = [draw(_fault(length, "first"))]
    found += draw(st.lists(st.one_of(_fault(length, "continuation"), _fault(length, "any")), max_size=3))
    if draw(st.integers(0, 4)) == 4:
        found.append(Fault(draw(st.sampled_from(BROKEN)), every=draw(st.integers(1, length + 1))))
    if draw(st.integers(0, 4)) == 4:
        status, after, times = draw(
            st.sampled_from([(400, None, 1), (413, None, 2), (429, 1, 2), (429, 3600, 1), (500, None, 3), (529, 120, 1)])
        )
        found.append(Fault("status", status=status, during="continuation", times=times, retry_after=after))
    return tuple(found)


_characters: st.SearchStrategy[Any] = st.lists(st.sampled_from(CHARACTERS), min_size=1, max_size=4).map(tuple)
_obedient: st.SearchStrategy[Any] = st.lists(st.sampled_from(OBEDIENT), min_size=1, max_size=2).map(tuple)
_reads = st.builds(Reads, st.sampled_from([0, 0, 1000, 150]), st.integers(0, 3))
_deltas = st.sampled_from([20, 200, 5])
_choices = st.builds(
    Settings,
    recovery=st.sampled_from(["continue", "continue", "continue", "retry", "off"]),
    backoff=st.sampled_from([(0.0,), (2.0, 4.0)]),
    hold_size=st.sampled_from([16 * 1024, 0, 64]),
    hold_time=st.sampled_from([5.0, 0.0]),
    stall=st.just(3.0),
    max_tokens_ceiling=st.sampled_from([None, 100]),
)


def check_nothing_wrong(outcome: Outcome, meant: Sequence[object]) -> None:
    """Whatever happened: each call that the client has closed is what was meant, or cannot be read by it."""
    for value, wanted in zip(outcome.run, meant, strict=False):
        assert value is UNREADABLE or is_same(value, wanted), (value, wanted)
    assert len(outcome.run) <= len(meant)


def check_recovered(outcome: Outcome, meant: Sequence[object]) -> None:
    """Everything is there, and the client has not noticed."""
    assert outcome.end == "end"
    assert len(outcome.run) == len(meant)
    assert all(map(is_same, outcome.run, meant)), (outcome.run, meant)


def is_same(value: object, wanted: object) -> bool:
    """Strictly: 1, 1.0 and True are three values, and the order of members counts."""
    return value is not UNREADABLE and json.dumps(value) == json.dumps(wanted)


def play_one(turn: Turn, schema: Mapping[str, object], **how: Any) -> Outcome:
    """Play a turn whose calls are all of one tool."""
    script = Script((Route((turn,)),), delta=how.pop("delta", 20))
    outcome = play_turn(script, request({"T": schema, "Other": {}}), **how)
    assert outcome.end != "left" or how["settings"].recovery == "off", "nobody would have ended that"
    return outcome


@settings(max_examples=500, deadline=None)
@given(st.data(), _documents, _spellings, st.sampled_from(SCHEMAS))
def test_no_fault_and_no_model_makes_a_wrong_input(
    data: st.DataObject, document: dict[str, object], spelling: Mapping[str, Any], schema: Mapping[str, object]
) -> None:
    text = json.dumps(document, **spelling)
    turn = Turn((ToolUse("T", raw=text),), data.draw(_faults(len(text))), data.draw(_characters))
    outcome = play_one(turn, schema, delta=data.draw(_deltas), settings=data.draw(_choices), reads=data.draw(_reads))
    check_nothing_wrong(outcome, [document])
    if outcome.stop_reason == "tool_use":
        check_recovered(outcome, [document])


@pytest.mark.parametrize("size", range(3, 30))
def test_a_list_that_repeats_itself_keeps_all_its_items(size: int) -> None:
    """A model that sends only the rest, cut at each place: the rest may begin as what was kept ends."""
    items = (["npm install", "npm install", {"k": "npm install"}, "npm install", {"k": "npm install"}] * 9)[:size]
    document = {"a": "", "b": 1, "c": {"a": items}}
    text = json.dumps(document)
    for at in range(text.index("[") + 1, len(text), 3):
        turn = Turn((ToolUse("T", raw=text),), (Fault("max_tokens", at=at),), ("bare",))
        outcome = play_one(turn, SCHEMAS[0], settings=Settings(hold_size=0, hold_time=0.0))
        check_nothing_wrong(outcome, [document])


@pytest.mark.parametrize("unit", ["0x12345678, 0x9abcdef0, ", "\nthe quick brown fox jumps over the lazy dog, and that is it\n"])
@pytest.mark.parametrize("character", ["bare", "overlap"])
def test_text_that_is_said_twice_in_a_row_is_said_twice(unit: str, character: Any) -> None:
    document = {"a": "a header that is long enough for it all to be kept, and to be known\nint t[] = {" + unit * 2 + "1};\n tail", "b": 1}
    text = json.dumps(document)
    for at in range(text.index(unit[:9].strip()), text.index("tail")):
        turn = Turn((ToolUse("T", raw=text),), (Fault("drop", at=at),), (character,))
        check_nothing_wrong(play_one(turn, SCHEMAS[0], settings=Settings(hold_size=0, hold_time=0.0)), [document])


_LINE = "the same line again and again\n"
_SAME: Mapping[str, object] = {
    "a line": {"a": _LINE * 9, "b": 1},
    "a line in an item": {"a": [{"k": _LINE * 4}, {"k": _LINE * 4}], "b": ["", ""]},
    "a row of one character": {"a": "=" * 200, "b": ""},
    "escapes": {"a": '\\"\n🎉é' * 20, "b": 1},
    "numbers": {"a": [0, 0, 1.50] * 20, "b": [[1, 2]] * 9},
    "short words": {"a": ["x", "x", "y"] * 9, "b": {"c": [{"k": 1}] * 9}},
    "numbers in a text": {"a": "M 0 0 L 10 10 " * 9, "b": "0, " * 99},
}


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("spelling", [{"ensure_ascii": False}, {"indent": 1}])
@pytest.mark.parametrize("case", _SAME)
def test_a_document_without_anchors_is_right_at_every_cut(case: str, spelling: Mapping[str, Any], character: Any) -> None:
    """And whoever obeys is never asked for all of it again, once anything of it was kept."""
    document = _SAME[case]
    text = json.dumps(document, **spelling)
    for at in range(0, len(text), 3):
        turn = Turn((ToolUse("T", raw=text),), (Fault("drop", at=at), Fault("drop", at=at % 60, during="continuation")), (character,))
        outcome = play_one(turn, SCHEMAS[0], settings=Settings(backoff=(0.0,)))
        check_nothing_wrong(outcome, [document])
        if character in ("rest", "chatty", "thoughtful", "reformat"):
            check_recovered(outcome, [document])
            if keep(text, len(text[:at].encode())):
                assert {asked.kind for asked in outcome.asked[1:]} <= {"continuation"}


@settings(max_examples=300, deadline=None)
@given(st.data(), _documents, _spellings, st.sampled_from(SCHEMAS))
def test_an_obedient_model_is_always_recovered(
    data: st.DataObject, document: dict[str, object], spelling: Mapping[str, Any], schema: Mapping[str, object]
) -> None:
    text = json.dumps(document, **spelling)
    faults = (data.draw(_fault(len(text), "first")), *data.draw(st.lists(_fault(len(text), "continuation"), max_size=1)))
    turn = Turn((ToolUse("T", raw=text),), faults, data.draw(_obedient))
    outcome = play_one(turn, schema, delta=data.draw(_deltas), reads=data.draw(_reads))
    check_recovered(outcome, [document])


@settings(max_examples=200, deadline=None)
# Equal calls cannot be told apart: of two, a model that sends the second again says the same as one that repeats the first.
@given(
    st.data(), st.lists(_documents, min_size=2, max_size=3, unique_by=lambda document: json.dumps(document, sort_keys=True)), _characters
)
def test_no_call_of_a_message_is_wrong(data: st.DataObject, documents: list[dict[str, object]], characters: tuple[Any, ...]) -> None:
    calls = [ToolUse("T", document) for document in documents]
    some: list[Block] = data.draw(st.sampled_from([[], [Thinking("I think."), Text("I say «this».")], [Text("")]]))
    broken = data.draw(st.lists(st.integers(0, len(calls) - 1), min_size=1, max_size=3))
    faults = [data.draw(_fault(len(calls[block].document), data.draw(st.sampled_from(["first", "any"])), block)) for block in broken]
    outcome = play_one(Turn((*some, *calls), tuple(faults), characters), SCHEMAS[0], settings=data.draw(_choices), reads=data.draw(_reads))
    check_nothing_wrong(outcome, documents)
    assert "".join(outcome.texts[: len(some)]) in ("", "".join(block.text for block in some if not isinstance(block, ToolUse)))


@settings(max_examples=150, deadline=None)
@given(st.data(), _documents, st.sampled_from(["trailing_comma", "surplus_closer", "bare_key", "empty_object_in_front"]), _characters)
def test_a_malformed_input_that_is_cut_is_right_or_not_run(
    data: st.DataObject, document: dict[str, object], how: str, characters: tuple[Any, ...]
) -> None:
    text = spoil(how, document)
    turn = Turn((ToolUse("T", raw=text),), data.draw(st.one_of(st.just(()), _faults(len(text)))), characters)
    check_nothing_wrong(play_one(turn, SCHEMAS[0], reads=data.draw(_reads)), [document])
