from __future__ import annotations

import json

import pytest

from finestream.simulator.scenes import CALM, SPOILERS, Call, code, many, nested, one, periodic, spoil
from finestream.simulator.script import Fault, Text, ToolUse


@pytest.mark.parametrize("size", [0, 1, 400, 4096])
def test_documents_have_their_size_and_their_seed(size: int) -> None:
    for seed in range(5):
        text = code(size, seed)
        assert len(text) == size
        assert text == code(size, seed)
    assert len(periodic(size)) == size
    assert size < 400 or code(size, 1) != code(size, 2)


def test_documents_hold_what_is_hard_to_stream() -> None:
    text = code(4096, 3)
    assert all(piece in text for piece in ('"', "\\", "\t", "漢"[:0] + "数", "\u2028", "\\ud83d"))
    assert any(character > "\uffff" for character in text)
    # The client takes white space out at the end of a line, and knows more of it than one would think.
    lines = (line for size in (997, 1200, 6000) for seed in range(100) for line in code(size, seed).split("\n"))
    assert not any(line[-1:].isspace() for line in lines)
    assert code(6000, 8).endswith("#")
    assert not any(periodic(size).endswith(" ") for size in range(100))


def test_nested_documents_are_nested_and_about_as_long_as_asked() -> None:
    document = nested(5000, 1)
    length = len(json.dumps(document, ensure_ascii=False))
    assert 5000 <= length < 6500
    assert document == nested(5000, 1)
    assert document != nested(5000, 2)
    kinds = {type(value) for record in document["records"] if isinstance(record, dict) for value in record.values()}  # type: ignore[attr-defined]
    assert {int, str, dict} <= kinds


def test_many_calls_are_one_session() -> None:
    fault = Fault("reset", at=3)
    scene = many(
        [Call("Write", {"a": 1}), Call("Edit", {"b": 2}, [fault], ["text", "rest"], [Text("so")], [Text("!")])], last="End.", seed=4
    )
    first, second, last = scene.routes[0].turns
    assert first.blocks == (ToolUse("Write", {"a": 1}),)
    assert second.blocks == (Text("so"), ToolUse("Edit", {"b": 2}), Text("!"))
    assert (second.faults, second.character, first.character) == ((fault,), ("text", "rest"), ("rest",))
    assert last.blocks == (Text("End."),)
    assert (scene.seed, scene.input_tokens) == (4, CALM)
    assert one("Write", {"a": 1}, fault=fault, character="bare").routes[0].turns[0].faults == (fault,)


@pytest.mark.parametrize("how", sorted(SPOILERS))
def test_spoilt_inputs_do_not_parse(how: str) -> None:
    text = spoil(how, {"file_path": "/a", "content": "a\n\tb"})
    with pytest.raises(ValueError, match=r"\w"):
        json.loads(text)
