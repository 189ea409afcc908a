"""A sitting with a client that is none: it proves nothing, and it learns nothing about who stands in between."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from finestream.exam import starting
from finestream.exam.candidates import Candidate, parse_candidate
from finestream.exam.grading import Verdict
from finestream.exam.scenarios import Scenario
from finestream.exam.sitting import ENVIRONMENT, Sat, sit
from tests.exam import bad_gateway

SCENARIOS = (Scenario("write", "reset", "middle"), Scenario("prose", "trailing_comma"), Scenario("spoken", "nothing"))
NONE = parse_candidate("none")
RELAY = parse_candidate(f"{sys.executable} {bad_gateway.__file__} closes {{port}} {{upstream}}")


def script(place: Path, text: str) -> Path:
    client = place / "client"
    client.write_text(f"#!/bin/sh\n{text}\n")
    client.chmod(0o755)
    return client


async def test_a_client_that_does_nothing_proves_nothing(tmp_path: Path) -> None:
    told: list[Sat] = []
    sat = await sit(NONE, SCENARIOS, script(tmp_path, "echo no thanks >&2; exit 1"), tmp_path / "exam", done=told.append)
    assert [each.scenario for each in sat] == list(SCENARIOS)
    assert {each.grade.verdict for each in told} == {each.grade.verdict for each in sat} == {Verdict.VOID}
    assert sat[0].observation.belief.last_words == "no thanks"
    assert sat[0].observation.strays == ()


LEAVES = """exec {python} - <<'END'
import json, os, urllib.request
asked = {{"model": "m", "max_tokens": 32000, "stream": True, "tools": [{{"name": "Write", "input_schema": {{}}}}]}}
asked["messages"] = [{{"role": "user", "content": "[scenario {scenario}] Do what you were told."}}]
headers = {{"content-type": "application/json", "anthropic-version": "2023-06-01"}}
request = urllib.request.Request(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", json.dumps(asked).encode(), headers)
urllib.request.urlopen(request, timeout=1.5).read({length})
END"""


async def test_a_client_that_leaves_before_anything_breaks_proves_nothing(tmp_path: Path) -> None:
    client = script(tmp_path, LEAVES.format(python=sys.executable, scenario="large-reset-late", length=10))
    (sat,) = await sit(NONE, [Scenario("large", "reset", "late")], client, tmp_path / "exam")
    assert sat.observation.code == 0, sat.observation.belief.last_words
    assert (sat.grade.requests, sat.grade.verdict) == (1, Verdict.VOID)


async def test_a_gateway_that_dies_is_started_anew_and_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_TO_ANSWER", 1.0)
    monkeypatch.setattr(starting, "_TO_END", 0.2)
    said: list[str] = []
    dies = parse_candidate(f"{sys.executable} {bad_gateway.__file__} dies {{port}} {{upstream}}")
    client = script(tmp_path, LEAVES.format(python=sys.executable, scenario="write-reset-middle", length=""))
    (sat,) = await sit(dies, SCENARIOS[:1], client, tmp_path / "exam", say=said.append)
    # The second time it broke off as well, though the fault was to strike once: nobody was to have asked before.
    assert (sat.grade.died, sat.grade.requests, sat.grade.verdict) == (True, 1, Verdict.SAFE)
    assert [sentence for sentence in said if "started anew" in sentence] == [
        "the gateway answers nothing: TimeoutError; it is started anew"
    ]


async def test_a_file_beside_those_that_were_meant_is_seen(tmp_path: Path) -> None:
    (sat,) = await sit(NONE, SCENARIOS[:1], script(tmp_path, "echo half > report.py; echo more > other.py"), tmp_path / "exam")
    assert (sat.observation.disk, sat.observation.strays) == ({"report.py": (b"half\n",)}, ("other.py",))
    assert sat.grade.verdict is Verdict.WRONG


async def environment(candidate: Candidate, place: Path) -> dict[str, str]:
    place.mkdir()
    await sit(candidate, SCENARIOS[:1], script(place, 'env > "$TMPDIR/env"; echo "$@" > "$TMPDIR/arguments"'), place / "exam")
    (folder,) = (place / "exam").glob("write-*/tmp")
    lines = (folder / "env").read_text().replace(str(place), "PLACE").splitlines()
    arguments = (folder / "arguments").read_text().replace(str(place), "PLACE")
    return {**dict(line.split("=", 1) for line in lines), "arguments": arguments}


async def test_the_client_is_given_an_address_and_nothing_else(tmp_path: Path) -> None:
    alone, behind = [await environment(candidate, tmp_path / candidate.name) for candidate in (NONE, RELAY)]
    addresses = [each.pop("ANTHROPIC_BASE_URL") for each in (alone, behind)]
    assert alone == behind
    assert addresses[0] != addresses[1]
    assert ENVIRONMENT.items() <= alone.items()
    assert alone["HOME"] == "PLACE/exam/write-reset-middle/home"
    assert {name for name in alone if name.startswith(("ANTHROPIC", "CLAUDE"))} == {
        name for name in (*ENVIRONMENT, "CLAUDE_CONFIG_DIR") if name.startswith(("ANTHROPIC", "CLAUDE"))
    }
