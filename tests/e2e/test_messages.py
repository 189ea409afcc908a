"""Messages that are more than one tool call: several blocks, several faults, text that repeats itself, lists, and subagents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest

from finestream.simulator.scenes import periodic
from finestream.simulator.script import Block, Character, Fault, Kind, Text, Thinking, ToolUse
from tests.e2e.cases import CAREFUL, EVERYBODY, KINDS, keep, source, write, wrong_file
from tests.e2e.harness import STALLING, Case, Session, recovered

Faults = Callable[[Sequence[str]], Sequence[Fault]]
AHEAD: tuple[Block, ...] = (Thinking("The user wants three files. 三つのファイル 🎯"), Text("I write the files now: «a», «b», «c»."))


def in_two(cases: Sequence[Case]) -> list[Session]:
    """Deal cases to two sessions."""
    return [Session(cases[part::2], STALLING) for part in range(2)]


def several(name: str, faults: Faults, characters: Sequence[Character] = ("rest",), requests: int = 1) -> Case:
    """Three files in one message."""
    files = {f"{name} {letter}.py": source(1500 + 300 * seed, seed) for seed, letter in enumerate("abc")}

    def blocks(folder: Path) -> Sequence[Block]:
        return (*AHEAD, *(ToolUse("Write", {"file_path": str(folder / path), "content": text}) for path, text in files.items()))

    def check(folder: Path) -> str | None:
        wrong = [f"{path}: {complaint}" for path, text in files.items() if (complaint := wrong_file(folder / path, text))]
        return "; ".join(wrong) or None

    return Case(name, blocks, check, faults, characters, frozenset(files), requests)


def inside(kind: Kind, block: int, part: float, **fields: Any) -> Faults:
    """A fault in one of the inputs of a message."""
    return lambda documents: (Fault(kind, block=block, at=int(len(documents[block]) * part), **fields),)


def exactly(*faults: Fault) -> Faults:
    """These faults, whatever the document."""
    return lambda documents: faults


def both(*faults: Faults) -> Faults:
    """Several faults in one turn."""
    return lambda documents: [one for some in faults for one in some(documents)]


async def test_one_of_several_calls_in_a_message_is_cut(claude: Path, tmp_path: Path) -> None:
    combinations = list(product(KINDS, range(3), (0.02, 0.6, 1.0)))
    # Cut right behind a call that is whole, the turn ends there, and the model goes on in the next one.
    cases = [
        several(f"{number:02} {kind} in {block} at {part}", inside(kind, block, part), characters, 2 if part == 1 and block < 2 else 1)
        for number, ((kind, block, part), characters) in enumerate(zip(combinations, cycle(CAREFUL), strict=False))
    ]
    # In the first call nothing has been run yet: then the others fall back to the whole message again.
    others: Sequence[Sequence[Character]] = (("bare",), ("text",), ("other_tool",), ("overlap",))
    cases += [
        several(f"{kind} in the first, {character}", inside(kind, 0, 0.6), (character,)) for kind, (character,) in product(KINDS, others)
    ]
    await recovered(claude, tmp_path, *in_two(cases))


async def test_two_calls_of_a_message_are_cut(claude: Path, tmp_path: Path) -> None:
    cases = [
        several(
            f"{number:02} {kind}, then {other}",
            both(inside(kind, number % 2, 0.4), inside(other, 2, 0.7, during="any")),
            characters,
        )
        for number, ((kind, other), characters) in enumerate(zip(product(KINDS, KINDS), cycle(CAREFUL), strict=False))
    ]
    await recovered(claude, tmp_path, *in_two(cases))


async def test_the_continuation_is_cut_too(claude: Path, tmp_path: Path) -> None:
    cases = [
        write(
            f"{number:02} {kind}, then {other}.py",
            source(4000, number),
            faults=both(inside(kind, 0, 0.3), inside(other, 0, 0.7, during="continuation")),
            characters=characters,
        )
        for number, ((kind, other), characters) in enumerate(zip(product(KINDS, KINDS), cycle(CAREFUL), strict=False))
    ]
    later: Sequence[Fault] = (
        Fault("reset", at="before_headers", during="continuation"),
        Fault("end", at="before_message", during="continuation"),
        Fault("stall", at="before_message", during="continuation"),
        Fault("error", at="before_message", during="continuation"),
        Fault("error", at="before_input", during="continuation"),
        Fault("stall", at="after_input", during="continuation"),
        Fault("reset", at="after_block", during="continuation"),
        Fault("status", status=529, during="continuation"),
        Fault("status", status=400, during="continuation"),
        Fault("status", status=500, during="continuation", times=3),
        Fault("status", status=429, retry_after=0, during="continuation", times=2),
    )
    cases += [
        write(f"later {number}.py", source(4000, number), faults=both(inside("reset", 0, 0.5), exactly(one)))
        for number, one in enumerate(later)
    ]
    await recovered(claude, tmp_path, *in_two(cases))


@pytest.mark.parametrize("head", ["", "# said once, at the very beginning of the file\n"])
async def test_text_that_repeats_itself(claude: Path, tmp_path: Path, head: str) -> None:
    lines = ("    result = compute(value)\n", "x", "0,\n", "a = 1\nb = 2\n\n", "    },\n    {\n")
    cases = [
        write(
            f"{number:03} {kind} at {part} {'+'.join(characters)}.py",
            head + periodic(9000, line),
            faults=inside(kind, 0, part),
            characters=characters,
        )
        for number, ((kind, line, part), characters) in enumerate(zip(product(KINDS, lines, (0.05, 0.9)), cycle(EVERYBODY), strict=False))
    ]
    await recovered(claude, tmp_path, *in_two(cases))


async def test_lists_of_many_items(claude: Path, tmp_path: Path) -> None:
    lists: dict[str, list[Any]] = {
        "alike": ["npm test"] * 400,
        "numbers": list(range(800)),
        "two by turns": [{"do": "build"}, {"do": "test"}] * 150,
        "different": [{"id": number, "text": f"step {number}: 数{number}"} for number in range(150)],
        "of lists": [[number, number % 7, [number]] for number in range(200)],
        "of periodic texts": ["ab\n" * 200, "ab\n" * 201, "-" * 500, "-" * 501],
    }
    cases = [
        keep(f"{number:03} {name} {kind} at {part} {'+'.join(characters)}", value, faults=inside(kind, 0, part), characters=characters)
        for number, ((kind, (name, value), part), characters) in enumerate(
            zip(product(KINDS, lists.items(), (0.3, 0.81)), cycle(EVERYBODY), strict=False)
        )
    ]
    await recovered(claude, tmp_path, *in_two(cases))
