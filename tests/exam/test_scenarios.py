"""The scenarios: what the exam has to cover, that each can be played, and that the same seed gives the same exam."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from finestream.exam.malformed import CLASSES
from finestream.exam.scenarios import NOTHING, SPOTS, Scenario, play, scenarios
from finestream.exam.scenes import KEEP, SCENES, Stage
from finestream.repair import Repaired, repair
from finestream.simulator.dice import Dice
from finestream.simulator.script import CHARACTERS, KINDS, Character, Fault, ToolUse

ALL = scenarios()
STAGE = Stage("key", "/tmp/somewhere/project", 0)


def test_there_are_enough_and_each_has_its_name() -> None:
    assert len(ALL) >= 40
    assert len({scenario.name for scenario in ALL}) == len(ALL)


def test_each_fault_class_character_scene_and_spot_is_examined() -> None:
    assert {scenario.fault for scenario in ALL} == {*KINDS, None}
    assert {scenario.spoilt for scenario in ALL} == {*CLASSES, None}
    assert {character for scenario in ALL for character in scenario.character} == set(CHARACTERS)
    assert {scenario.scene for scenario in ALL} == set(SCENES)
    assert {scenario.spot for scenario in ALL} == {*SPOTS, "limit", ""}
    assert NOTHING in {scenario.breaks for scenario in ALL}


@pytest.mark.parametrize("is_met", [lambda one: one.scene == "subagent", lambda one: one.scene == "several"])
def test_subagents_and_several_tools_meet_the_ladder(is_met: Callable[[Scenario], bool]) -> None:
    assert {"max_tokens", "reset", "error"} <= {scenario.fault for scenario in ALL if is_met(scenario)}


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_each_can_be_played(scenario: Scenario) -> None:
    played = play(scenario, STAGE)
    turns = [turn for route in played.routes for turn in route.turns]
    documents = [call.document for turn in turns if not turn.remedy for call in turn.calls]
    struck = [fault for turn in turns for fault in turn.faults]
    assert (scenario.fault is None or scenario.limit is not None) == (not struck)
    assert 0 <= played.stake <= max(map(len, documents))
    assert played.routes[-1].match == STAGE.request
    assert all("key" in route.match for route in played.routes)
    assert sum(bool(turn.faults) and not turn.remedy for turn in turns) == bool(struck)


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_the_same_seed_gives_the_same_and_another_another(scenario: Scenario) -> None:
    assert play(scenario, STAGE) == play(scenario, STAGE)
    is_fixed = scenario.scene == "periodic"
    assert (play(scenario, STAGE).targets == play(scenario, STAGE._replace(seed=1)).targets) == is_fixed


def test_a_random_spot_does_not_depend_on_the_folder_but_on_the_seed() -> None:
    def part(stage: Stage) -> float:
        played = play(Scenario("write", "reset", "random"), stage)
        return round(played.stake / played.meant, 3)

    assert part(STAGE) == pytest.approx(part(STAGE._replace(folder="/a/much/longer/folder/than/the/other/one")), abs=0.002)
    assert len({part(STAGE._replace(seed=seed)) for seed in range(5)}) == 5


def test_what_is_recoverable() -> None:
    def found(scene: str, breaks: str, spot: str = "", *characters: Character, **more: Any) -> bool:
        scenario = Scenario(scene, breaks, spot, characters or ("rest",), **more)
        return play(scenario, STAGE).is_recoverable

    assert found("write", "reset", "middle")
    assert found("write", "reset", "middle", "text", "rest")
    assert found("write", "reset", "block")
    assert found("long", "max_tokens", "limit", limit=600)
    assert not any(found("write", "reset", "middle", unwilling) for unwilling in ("everything", "text", "other_tool"))
    assert not any(found("write", "reset", spot) for spot in ("headers", "message", "input", "key", "always"))
    assert not found("write", "status", "once")
    assert not found("write", NOTHING)
    assert found("prose", "trailing_comma")
    assert not any(found(scene, how) for scene, how in (("paths", "ambiguous_backslash"), ("write", "half_an_input"), ("write", "no_json")))
    assert not found("paths", "ambiguous_backslash+reset", "middle")


def test_a_stubborn_model_makes_the_same_mistake_again() -> None:
    stubborn = play(Scenario("prose", "trailing_comma", is_stubborn=True), STAGE).routes[0].turns
    wiser = play(Scenario("prose", "trailing_comma"), STAGE).routes[0].turns
    assert [turn.remedy for turn in stubborn] == [False, True, True, False]
    first = stubborn[0].calls
    assert [turn.calls for turn in stubborn[1:3]] == [first, first]
    assert [turn.calls == first for turn in wiser[:3]] == [True, False, False]
    assert json.loads(wiser[1].calls[0].document)


def test_a_standing_fault_meets_the_remedies_too() -> None:
    first, again, *_ = play(Scenario("write", "reset", "always"), STAGE).routes[0].turns
    assert again.faults == first.faults
    assert play(Scenario("write", "reset", "middle"), STAGE).routes[0].turns[1].faults == ()
    several = play(Scenario("several", "reset", "always"), STAGE).routes[0].turns
    assert [(turn.faults[0].block, len(turn.calls)) for turn in several[:2]] == [(1, 3), (0, 1)]


def test_the_subagent_answers_only_to_all_it_was_to_be_told() -> None:
    sub, main = play(Scenario("handoff", "reset", "middle"), STAGE).routes
    call: Any = main.turns[0].calls[0].input
    assert sub.match == call["prompt"]
    assert (bool(sub.turns[0].faults), bool(main.turns[0].faults)) == (False, True)
    sub, main = play(Scenario("subagent", "reset", "middle"), STAGE).routes
    assert (bool(sub.turns[0].faults), bool(main.turns[0].faults)) == (True, False)


def test_names_say_what_is_not_as_usual() -> None:
    one = Scenario("write", "reset", "middle")
    assert one.name == "write-reset-middle"
    assert replace(one, character=("text", "rest")).name == "write-reset-middle-text+rest"
    assert Scenario("write", "status", "once", status=500).name == "write-status-500-once"
    assert Scenario("prose", "bare_key", is_stubborn=True).name == "prose-bare_key-stubborn"
    assert (Scenario("prose", "bare_key+reset", "middle").fault, Scenario("prose", "bare_key+reset").spoilt) == ("reset", "bare_key")


SPOILT = sorted({(scenario.scene, scenario.spoilt) for scenario in ALL if scenario.spoilt})


TEXT = {"type": "string"}
SCHEMA: dict[str, dict[str, Any]] = {
    "Write": {"type": "object", "properties": {"file_path": TEXT, "content": TEXT}, "required": ["file_path", "content"]},
    KEEP: {"type": "object", "properties": {"id": TEXT, "document": {}}, "required": ["id", "document"]},
}


@pytest.mark.parametrize(("scene", "how"), SPOILT)
def test_a_class_is_malformed_and_has_one_reading_where_it_says_so(scene: str, how: str) -> None:
    """Whether it has one is judged by the repair, which refuses whatever it is not sure of; it may know more than the class claims."""
    turns = play(Scenario(scene, how), STAGE).routes[0].turns
    broken = next(call for turn in turns for call in turn.calls if call.raw is not None)
    with pytest.raises(ValueError):
        json.loads(broken.document)
    (value,) = {json.dumps(call.input) for turn in turns for call in turn.calls if call.input is not None and call.name == broken.name}
    found = repair(broken.document, SCHEMA[broken.name])
    if CLASSES[how].has_one_reading:
        assert isinstance(found, Repaired)
    if isinstance(found, Repaired):
        assert found.value == json.loads(value)


def test_spots_are_where_they_say() -> None:
    for (name, spot), scene in product(SPOTS.items(), ("write", "keep")):
        call = play(Scenario(scene, NOTHING), STAGE).routes[0].turns[0].calls[0]
        assert isinstance(call, ToolUse)
        if name not in ("once", "later") and (scene == "keep" or name not in ("number", "item")):
            where = spot(call.document, Dice(name))
            fault = Fault("max_tokens" if name == "closed" else "reset", **where)
            assert not isinstance(fault.at, int) or 0 < fault.at < len(call.document)
