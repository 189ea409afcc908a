"""docs/simulator.md says what the simulator plays: its example is the one of the command, and its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

from finestream.simulator.script import CHARACTERS, HABITS, KINDS, PLACES
from finestream.simulator.scriptfile import EXAMPLE, parse_script

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")


def named(table: str) -> set[str]:
    """The names in the first column of the table that is headed so."""
    rows = PAGE.split(f"| {table} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_the_example_is_the_one_that_the_command_prints() -> None:
    assert f"```yaml\n{EXAMPLE}```\n" in PAGE


def test_the_example_can_be_played() -> None:
    (route,) = parse_script(EXAMPLE, "example.yaml").routes
    write, done = route.turns
    assert (len(write.blocks), write.character, write.faults[0].kind) == (3, ("bare", "rest"), "max_tokens")
    assert write.faults[0].at in range(len(write.calls[0].document))
    assert len(done.blocks) == 1


def test_the_tables_name_all_there_is() -> None:
    assert named("kind") == set(KINDS)
    assert named("place") == set(PLACES)
    assert named("character") == set(CHARACTERS)
    assert named("habit") == set(HABITS)


def test_the_author_of_the_page_can_be_played() -> None:
    text = PAGE.split("## Authors", 1)[1].split("```yaml\n", 1)[1].split("```", 1)[0]
    (route,) = parse_script(text, "author.yaml").routes
    assert route.author is not None
    assert [portion.after for portion in route.author.portions] == [(), ("the goal",)]
    assert [call for call, _ in route.author.faults] == [1]
