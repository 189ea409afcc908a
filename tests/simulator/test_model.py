"""What each character answers, for every place at which sample documents can be cut."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.simulator.conversation import Reading, read_request
from finestream.simulator.model import Answer, Part, answer, compose_opening
from finestream.simulator.script import CHARACTERS, Character, Text, Thinking, ToolUse, Turn
from tests.simulator.asking import TOOLS, Stand, ask, call, go_on, results, said, script, stands, text

WRITE: dict[str, Any] = {"file_path": "/tmp/a.py", "content": "def f():\n\treturn \"a\\\\b\" + 'é漢🎉'  # \\ud83d\n" * 3}
NESTED = {"title": "x", "commands": ["npm install", "npm test", "ls -l", {"a": [1, 2.5, None, [True]], "b": {"c": "d\te"}}], "end": -1}
PERIODIC = {"content": "    x = 1\n" * 20}
SAMPLES: list[dict[str, Any]] = [WRITE, NESTED, PERIODIC, {"list": [["a", "bb"], [], {}, "ccc"], "empty": ""}]
PLACES = [(document, stand) for document in SAMPLES for stand in stands(document)[1]]
NAMES = [str(tool["name"]) for tool in TOOLS]


def _answer(document: dict[str, Any], stand: Stand, character: Character, opening: str | None = None) -> tuple[str, Answer]:
    written = stands(document)[0]
    scene = script(Turn((Text("First."), ToolUse("Write", document), Text("Then."), ToolUse("Read", {"file_path": "b"}))))
    body = ask(*go_on(written[: stand.offset], stand.opening if opening is None else opening))
    return written, answer(scene, read_request(body, scene), character, NAMES)


@pytest.mark.parametrize("character", ["rest", "overlap", "everything", "bare", "reformat", "chatty", "thoughtful"])
def test_the_rest_follows_the_opening_at_every_place(character: Character) -> None:
    for document, stand in PLACES:
        written, got = _answer(document, stand, character)
        whole = stand.opening + written[stand.offset :]
        part = next(part for part in got.parts if part.kind == "tool_use")
        check = {"overlap": _check_overlap, "everything": _check_everything, "bare": _check_bare, "reformat": _check_reformat}
        check.get(character, _check_rest)(part, written, stand, whole)
        json.loads(part.text)
        assert [one.text for one in got.parts[-2:]] == ["Then.", '{"file_path": "b"}']
        assert got.stop_reason == "tool_use"


def _check_rest(part: Part, written: str, stand: Stand, whole: str) -> None:
    assert part.text == whole


def _check_everything(part: Part, written: str, stand: Stand, whole: str) -> None:
    assert part.text == written


def _check_overlap(part: Part, written: str, stand: Stand, whole: str) -> None:
    repeated = part.text.removeprefix(stand.skeleton).removesuffix(written[stand.offset :])
    assert repeated.endswith(stand.anchor)
    assert written[: stand.offset].endswith(repeated)


def _check_bare(part: Part, written: str, stand: Stand, whole: str) -> None:
    assert part.text.startswith(stand.skeleton)
    new = part.text.removeprefix(stand.skeleton)
    assert written[stand.offset :].endswith(new)
    assert stand.skeleton.endswith('"') or not new.startswith((" ", ","))
    assert len(part.text) >= len(whole) - len(stand.anchor) - 2


def _check_reformat(part: Part, written: str, stand: Stand, whole: str) -> None:
    assert json.loads(part.text) == json.loads(whole)
    assert part.text.isascii()


def test_overlap_overlaps_wherever_something_stands_before_the_anchor() -> None:
    for document, stand in PLACES:
        written, got = _answer(document, stand, "overlap")
        before = written[: stand.offset - len(stand.anchor)]
        first = before.endswith('"') if stand.skeleton.endswith('"') else not before.endswith(", ")
        assert first or len(got.parts[0].text) > len(stand.opening + written[stand.offset :])


def test_offsets_of_the_document_are_found_in_every_answer() -> None:
    for character in ("rest", "overlap", "everything", "bare", "reformat"):
        for document, stand in PLACES[::5]:
            written, got = _answer(document, stand, character)
            part = got.parts[0]
            for place in range(stand.offset, len(written) + 1, 7):
                at = part.offset(place)
                if at is not None:
                    if character != "reformat":
                        assert part.text[at:] == written[place:]
                else:
                    assert character == "bare"
            assert part.offset(len(written) + 1) is None
            assert (part.offset(stand.offset - 1) is None) == (character != "everything")


def test_a_reformatted_answer_is_cut_where_the_document_says() -> None:
    part = Part("tool_use", '{"a" :"\\u00e9xyz"}', lead=7, start=0, plain='{"a": "éxyz"}')
    assert [part.offset(place) for place in (0, 1, 2)] == [7, 13, 14]


def test_a_cut_again_in_another_spelling_is_understood() -> None:
    start = json.dumps(WRITE).index("def f")
    written, got = _answer(WRITE, Stand(start, '{"content": "', ""), "reformat")
    kept = written[:start] + got.parts[0].text.split('"content" :"', 1)[1][:90]
    assert "\\u6f22" in kept
    scene = script(Turn((ToolUse("Write", WRITE),)))
    reading = read_request(ask(*go_on(kept, '{"content": "')), scene)
    again = answer(scene, reading, "rest", NAMES).parts[0].text
    assert json.loads(kept + again.removeprefix('{"content": "')) == WRITE


def test_text_and_another_tool_go_on_with_nothing() -> None:
    stand = stands(WRITE)[1][40]
    _, got = _answer(WRITE, stand, "text")
    assert [part.kind for part in got.parts] == ["text"]
    assert got.stop_reason == "end_turn"
    _, got = _answer(WRITE, stand, "other_tool")
    assert [(part.name, part.text, part.ordinal) for part in got.parts] == [("Read", "{}", -1)]


def test_chatty_speaks_and_thoughtful_thinks_first() -> None:
    stand = stands(WRITE)[1][40]
    assert [part.kind for part in _answer(WRITE, stand, "chatty")[1].parts][:2] == ["text", "tool_use"]
    thinks = _answer(WRITE, stand, "thoughtful")[1].parts
    assert [part.kind for part in thinks][:2] == ["thinking", "tool_use"]
    assert thinks[0].signature


def test_without_an_opening_the_model_writes_its_own() -> None:
    for document, stand in PLACES:
        written, got = _answer(document, stand, "rest", opening="no such line")
        part = got.parts[0]
        json.loads(part.text)
        assert part.text.startswith(stand.skeleton)
        assert part.text.endswith(written[stand.offset :])


@pytest.mark.parametrize(
    ("prefix", "opening"),
    [
        ("", ""),
        ("{", "{"),
        ('{"a": [', '{"a": ['),
        ('{"a": 1, ', '{"a": 1, '),
        ('{"x": 1, "a', '{"a'),
        ('{"x": 1, "a": "' + "b" * 100, '{"a": "' + "b" * 48),
    ],
)
def test_an_opening_of_its_own_at_the_edges(prefix: str, opening: str) -> None:
    assert compose_opening(prefix) == opening


@pytest.mark.parametrize("character", ["overlap", "bare"])
@pytest.mark.parametrize("opening", ["{", '{"content": "something else', '{"a": ["b', '{"content": ['])
def test_an_opening_that_does_not_fit_is_obeyed_all_the_same(character: Character, opening: str) -> None:
    stand = stands(WRITE)[1][40]
    written, got = _answer(WRITE, stand, character, opening=opening)
    assert written[stand.offset :].endswith(got.parts[0].text[-20:])


def test_a_call_it_does_not_remember_is_not_continued() -> None:
    scene = script(Turn((ToolUse("Write", WRITE),)))
    got = answer(scene, read_request(ask(*go_on('{"other": 1', "{")), scene), "rest", NAMES)
    assert got.parts[0].kind == "text"


def test_other_tool_without_another_one_calls_the_same() -> None:
    scene = script(Turn((ToolUse("Write", WRITE),)))
    reading = read_request(ask(*go_on('{"file_path"', "{")), scene)
    assert answer(scene, reading, "other_tool", ["Write"]).parts[0].name == "Write"


def test_first_answers_are_the_turn_or_what_is_missing_of_it() -> None:
    blocks = (Thinking("Hm.", "sig"), Text("One "), Text("two."), ToolUse("Read", {"a": 1}), Text("And."), ToolUse("Write", {"b": 2}))
    scene = script(Turn(blocks), Turn((Text("End."),), stop_reason="refusal"))

    def parts(*messages: Any) -> list[str]:
        return [part.text for part in answer(scene, read_request(ask(*messages), scene), "rest", NAMES).parts]

    assert parts() == ["Hm.", "One ", "two.", '{"a": 1}', "And.", '{"b": 2}']
    assert parts(said(text("One tw")), results()) == ["Hm.", "o.", '{"a": 1}', "And.", '{"b": 2}']
    assert parts(said(text("One two."), call("Read")), results()) == ["And.", '{"b": 2}']
    assert parts(said(text("One tw")), results(), said(call("Read")), results()) == ["And.", '{"b": 2}']
    assert parts(said(call("Read"), text("An")), results()) == ["d.", '{"b": 2}']
    assert parts(said(call("Read"), call("Write")), results()) == ["End."]
    assert parts(said(call("Read"), call("Write")), results(), said(text("End.")), results()) == ["Done."]
    assert answer(scene, Reading("first", turn=1, now=scene.routes[0].turns[1]), "rest", []).stop_reason == "refusal"
    assert answer(scene, Reading("other"), "rest", []).stop_reason == "end_turn"


def test_the_same_request_gets_the_same_answer() -> None:
    stand = stands(WRITE)[1][60]
    for character in CHARACTERS:
        assert _answer(WRITE, stand, character) == _answer(WRITE, stand, character)  # type: ignore[arg-type]
