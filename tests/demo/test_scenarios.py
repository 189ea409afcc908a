"""The scenarios break where they should, mean what they say, and are understood by the simulator."""

from __future__ import annotations

import json
import re

import pytest

from finestream.demo.scenarios import ROLES, Scenario, scenarios
from finestream.repair import Repaired, repair
from finestream.simulator.conversation import read_request
from finestream.simulator.faults import CHARACTERS_A_TOKEN

AGENT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("description", "prompt", "subagent_type")},
    "required": ["description", "prompt"],
    "additionalProperties": False,
}
ALL = list(scenarios().values())


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: str(scenario.number))
def test_a_handoff_names_its_receiver_and_both_are_known(scenario: Scenario) -> None:
    assert scenario.meant["subagent_type"] == scenario.receiver
    assert {scenario.sender, scenario.receiver} <= set(ROLES)
    assert re.findall(scenario.item, scenario.text)


def test_7_needs_more_than_the_limit_and_less_than_twice_as_much() -> None:
    scenario = scenarios()[7]
    assert scenario.max_tokens == 4096
    assert 4096 < len(scenario.text) / CHARACTERS_A_TOKEN < 8192
    assert json.loads(scenario.text) == scenario.meant


def test_8_breaks_among_the_twenties() -> None:
    scenario = scenarios()[8]
    assert scenario.fault
    assert isinstance(scenario.fault.at, int)
    before = re.findall(r"TS-(\d+)", scenario.text[: scenario.fault.at])
    assert 20 < int(before[-1]) < 30
    assert json.loads(scenario.text) == scenario.meant


def test_9_has_exactly_one_reading_and_that_is_what_was_meant() -> None:
    scenario = scenarios()[9]
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(scenario.text)
    result = repair(scenario.text, AGENT)
    assert isinstance(result, Repaired)
    assert result.value == scenario.meant


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: str(scenario.number))
def test_the_receiver_answers_to_the_whole_document_only(scenario: Scenario) -> None:
    script = scenario.script("/somewhere", 0)

    def asked(prompt: str) -> tuple[str, int]:
        body = {"messages": [{"role": "user", "content": [{"type": "text", "text": prompt}]}], "tools": [{"name": "Write"}]}
        reading = read_request(body, script)
        return reading.kind, reading.route

    assert asked(f"<reminder/>{scenario.document}") == ("first", 0)
    assert asked(scenario.document.replace("a", "b", 1)) == ("other", 0)
    assert asked(scenario.request) == ("first", 1)
    (save,) = script.routes[0].turns[0].calls
    assert save.input == {"file_path": f"/somewhere/{scenario.file}", "content": scenario.document}
