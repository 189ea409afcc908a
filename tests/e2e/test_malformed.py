"""Inputs that the model itself wrote wrong: corrected where there is one reading, else left to the client's own error."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

from finestream.simulator.jsontext import respell
from finestream.simulator.scenes import nested, spoil
from finestream.simulator.script import ToolUse
from tests.e2e.cases import KINDS, keep, kept_inputs, source, spelled, write
from tests.e2e.harness import STALLING, Case, Session, complaints, in_the_folder, play
from tests.e2e.test_messages import inside

# How the text is spoilt, and what the journal then calls the correction.
RULES = {
    "control_character": "escaped_control_character",
    "trailing_comma": "dropped_trailing_comma",
    "surplus_closer": "dropped_trailing_text",
    "missing_closer": "added_closer",
    "bare_key": "added_quotes",
    "empty_object_in_front": "dropped_empty_object",
}


def spoilt(case: Case, how: str) -> Case:
    """The same call with its input spelled wrong."""

    def blocks(folder: Path) -> list[ToolUse]:
        (block,) = case.blocks(folder)
        assert isinstance(block, ToolUse) and block.input is not None
        return [ToolUse(block.name, raw=spoil(how, block.input))]

    return replace(case, name=f"{case.name} {how}", blocks=blocks)


async def test_what_has_one_reading_is_corrected(claude: Path, tmp_path: Path) -> None:
    plain = 'no backslash\n\t🎯 in "this" one\n' * 40
    # Where objects stand in objects, a closer that is missing could have stood behind any of them; a control character needs a text.
    cases = [
        spoilt(keep(how, [plain if how in ("control_character", "missing_closer") else nested(3000), {"n": -1.5}]), how) for how in RULES
    ]
    cases += [spoilt(write(f"{how}.txt", plain), how) for how in RULES]
    # A backslash that is not doubled has one reading too: itself.
    cases.append(replace(keep("\\dx", source(100)), name="bad escape", blocks=lambda folder: [_bad_escape()]))
    played = await play(claude, tmp_path, Session(cases))
    assert complaints(played) == []
    corrected = [record["auto_fixed"] for record in played.errors if record["outcome"] == "corrected"]
    assert corrected == [*RULES.values(), *RULES.values(), "doubled_backslash"]
    assert all(record["location"].startswith("chunk_") and record["INVALID_JSON"] for record in played.errors)


def _raw(text: str) -> Case:
    return Case(text, lambda folder: [ToolUse("mcp__keeper__keep", raw=text)], lambda folder: None)


def _bad_escape() -> ToolUse:
    return ToolUse("mcp__keeper__keep", raw=spoil("bad_escape", {"id": "x", "document": source(100)}))


async def test_what_has_none_is_the_clients_own_error(claude: Path, tmp_path: Path) -> None:
    raw = ('{"id": "x", "document": "C:\\new\\dir"}', "no JSON at all", '{"id": "x" "document": ')
    played = await play(claude, tmp_path, Session([*map(_raw, raw), keep("later", 1)]))
    assert list(in_the_folder(played)) == []
    assert kept_inputs(played.folder, "x") == []
    errors = [str(result["content"]) for result in played.results if result.get("is_error")]
    assert ["could not be parsed as JSON" in error for error in errors] == [True] * len(raw)
    assert [(record["outcome"], record["INVALID_JSON"]) for record in played.errors] == [("surfaced", text) for text in raw]


async def test_a_malformed_input_that_is_cut_as_well(claude: Path, tmp_path: Path) -> None:
    cases = [
        spoilt(keep(f"{how} {kind}", source(2500) if how == "missing_closer" else nested(2500, 3), faults=inside(kind, 0, 0.7)), how)
        for how, kind in product(("trailing_comma", "surplus_closer", "missing_closer"), KINDS)
    ]
    played = await play(claude, tmp_path, Session(cases, STALLING))
    assert complaints(played) == []


async def test_another_spelling_is_not_malformed(claude: Path, tmp_path: Path) -> None:
    def respelled(folder: Path) -> list[ToolUse]:
        return [ToolUse("mcp__keeper__keep", raw=respell(spelled({"id": "odd", "document": nested(3000)})))]

    played = await play(claude, tmp_path, Session([replace(keep("odd", nested(3000)), blocks=respelled)]))
    assert complaints(played) == []
    assert played.errors == []
