"""docs/security.md tells of tests and files that exist, and of no threat without a test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
HEADS = {"he": "what stops him", "it": "what stops it", "where it could stand": "what stops it"}


def tables() -> list[list[list[str]]]:
    """Each table as its rows, each row as its cells."""
    found = re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)
    return [[[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.splitlines()] for table in found]


def threats() -> list[list[str]]:
    return [row for table in tables() for row in table[2:]]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_every_table_says_what_stops_whom_where_and_by_which_test() -> None:
    for table in tables():
        head = table[0]
        assert head[1:] == [HEADS[head[0].strip("| ")], "where", "test"]
        assert len(table) > 3


def test_every_threat_has_a_place_and_a_test_and_they_exist() -> None:
    assert len(threats()) >= 40
    for row in threats():
        assert len(row) == 4, row
        places, tests = named(row[2]), named(row[3])
        assert places and all((ROOT / place).is_file() for place in places), row
        assert tests, row
        for test in tests:
            path, _, function = test.partition("::")
            assert function.startswith("test_") and function in functions(ROOT / path), test


def test_every_attacker_has_and_wants_something() -> None:
    chapters = [chapter for chapter in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:] if "|---|" in chapter]
    assert [chapter.split("\n")[0] for chapter in chapters if "**Has**" not in chapter or "**Wants**" not in chapter] == []


def test_no_test_of_an_attack_is_left_out() -> None:
    """The files that are about nothing else are told of whole."""
    for name in ("gateway/test_attacks.py", "security/test_another_user.py", "security/test_hook_input.py", "monitor/test_bounds.py"):
        told = {test.partition("::")[2] for row in threats() for test in named(row[3]) if test.startswith(f"tests/{name}")}
        missing = {each for each in functions(ROOT / "tests" / name) if each.startswith("test_")} - told - UNTOLD
        assert missing == set(), name


UNTOLD = {
    "test_what_is_within_the_limit_is_watched_to_its_end",
    "test_a_password_in_the_upstream_beside_an_authorization_is_a_clear_error",
}
