"""The documents are JSON, always the same, and of a size that makes their scenarios happen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from finestream.demo.documents import SCENARIOS, architecture, plan_of_tests, requirements


@pytest.mark.parametrize("make", [architecture, plan_of_tests, requirements])
def test_each_is_json_with_characters_of_the_world_and_always_the_same(make: Callable[[], str]) -> None:
    assert isinstance(json.loads(make()), dict)
    assert make() == make()
    assert make() == make().strip(), "an agent's prompt may be trimmed"


def test_no_stretch_of_the_architecture_comes_twice() -> None:
    """Else there would be places where it cannot be continued."""
    text = architecture()
    pieces = [text[start : start + 160] for start in range(len(text) - 160)]
    assert len(set(pieces)) == len(pieces)
    assert not text.isascii()


def test_the_plan_has_its_scenarios_in_tens() -> None:
    plan = json.loads(plan_of_tests())
    assert [scenario["id"] for scenario in plan["scenarios"]] == [f"TS-{number}" for number in range(1, SCENARIOS + 1)]
    assert len(plan["edge_cases"]) == 5
    groups = [re.findall(r'"TS-(\d+)"', part) for part in plan_of_tests().split("\n\n")]
    assert [len(group) for group in groups] == [10, 10, 10, 5]
