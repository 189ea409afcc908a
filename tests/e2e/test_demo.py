"""``finestream demo`` with the real client: the files it leaves, the lines it logs, and that it says when something is wrong."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.starting import FINESTREAM, environment

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]


def demo(*arguments: str, folder: Path, known: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [*FINESTREAM, "demo", *arguments]
    return subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def played(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Json]:
    """What the verb of the repository plays, as data."""
    folder = tmp_path_factory.mktemp("demo")
    known = environment(HOME=str(folder / "home"), TMPDIR=str(folder))
    done = subprocess.run(
        [ROOT / "scripts" / "demo", "--pace", "4", "--json"], cwd=folder, env=known, capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(folder.iterdir()) == [], "nothing is left behind"
    return {each["scenario"]: each for each in map(json.loads, done.stdout.splitlines())}


def test_without_a_number_there_is_something_of_both(played: dict[int, Json]) -> None:
    assert list(played) == [2, 7, 8, 9]
    assert (played[2]["exact"], played[2]["reduced"], played[2]["pace"]) == (True, True, 4.0)
    assert [chunk["claimed"] for chunk in played[2]["chunks"]] == [0.4, 1.1, 2.0, 2.9]


@pytest.fixture(scope="module", params=[(3, "2"), (6, "1")], ids=["3", "6"])
def handed(claude: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Json:
    """A handoff in batches, and one to several agents of ten."""
    folder = tmp_path_factory.mktemp("handoff")
    known = environment(HOME=str(folder / "home"), TMPDIR=str(folder), ANTHROPIC_BASE_URL="http://127.0.0.1:9", ANTHROPIC_MODEL="nobody")
    number, pace = request.param
    done = demo(str(number), "--pace", pace, "--json", folder=folder, known=known)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert list(folder.iterdir()) == [], "nothing is left behind"
    found: Json = json.loads(done.stdout)
    assert found["scenario"] == number
    return found


def test_a_receiver_begins_while_the_sender_still_writes(handed: Json) -> None:
    begun = [chunk["begun"] for chunk in handed["chunks"] if chunk["begun"] is not None]
    assert begun[0] < handed["chunks"][-1]["written"]
    assert begun == sorted(begun)
    assert all(chunk["written"] <= chunk["told"] for chunk in handed["chunks"])
    assert (handed["exact"], handed["reduced"]) == (True, True)


def test_buffered_the_first_chunk_comes_with_the_last_one(handed: Json) -> None:
    first, complete = handed["figures"]["first"], handed["figures"]["complete"]
    assert first["buffered"] == complete["buffered"]
    assert first["streamed"] < first["buffered"]


@pytest.mark.parametrize("number", [7, 8, 9])
def test_what_arrives_is_what_was_meant(number: int, played: dict[int, Json]) -> None:
    scenario = played[number]
    assert scenario["exact"] is True
    assert (scenario["call_is_exact"], scenario["received"], scenario["file_is_exact"]) == (True, True, True)
    assert scenario["share"] < 1.1


def test_scenario_7_the_output_limit_is_raised_and_the_document_goes_on(played: dict[int, Json]) -> None:
    scenario = played[7]
    (row,) = (row for row in scenario["log"] if row.get("agent_to") == "developer")
    assert (row["agent_from"], row["error"], row["tool"]) == ("architect", "incomplete_json", "Agent")
    assert (row["action"], row["attempt"], row["outcome"]) == ("continue", 1, "recovered")
    assert row["tokens_used"] == 4096
    assert 5000 < row["tokens_needed"] < 5500
    assert row["INVALID_JSON"].startswith('{"description": ')
    assert row["path"] == "$.prompt"
    assert set(scenario["continued_with"]) == {8192}
    # The developer's own Write of it is as long, and goes the same way.
    assert [row["tool"] for row in scenario["log"]] == ["Agent", "Write"]


def test_scenario_8_the_rest_is_asked_for_and_not_the_whole(played: dict[int, Json]) -> None:
    (row,) = played[8]["log"]
    assert (row["agent_from"], row["agent_to"], row["error"]) == ("qa", "developer", "network_interruption")
    assert (row["action"], row["attempt"], row["outcome"]) == ("continue", 1, "recovered")
    assert 0.5 < row["tokens_used"] / row["tokens_needed"] < 0.7


def test_scenario_9_the_correction_is_logged_with_its_place(played: dict[int, Json]) -> None:
    (row,) = played[9]["log"]
    assert (row["agent_from"], row["agent_to"], row["error"]) == ("pm", "qa", "malformed_json")
    assert (row["action"], row["outcome"]) == ("corrected", "corrected")
    assert "quote" in row["auto_fixed"]
    assert row["location"] == "chunk_3_line_2"
    (change,) = row["changes"]
    assert change["path"] == "$.description"
    assert change["after"] == '"Test the login with OAuth2"'


def test_all_of_them_end_in_a_table(claude: Path, tmp_path: Path) -> None:
    """Also on a terminal that knows ASCII alone, and with one scenario there is no table."""
    known = environment(HOME=str(tmp_path), PYTHONIOENCODING="ascii")
    done = demo("--pace", "8", folder=tmp_path, known=known)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "Scenario 2: the implementation of a full-stack feature" in done.stdout
    *_, seven, eight, nine, _, others = done.stdout.splitlines()
    assert "finestream demo 1" in others
    assert [line.split()[:4] for line in (seven, eight, nine)] == [
        ["7", "architect", "->", "developer"],
        ["8", "qa", "->", "developer"],
        ["9", "pm", "->", "qa"],
    ]
    assert all(line.endswith("exact") for line in (seven, eight, nine))
