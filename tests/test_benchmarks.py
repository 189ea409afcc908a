"""The benchmarks beside other programs still work: their quick modes, which install nothing. What they measure is not judged here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.beside import PARTS
from benchmarks.repairs import NOTHING, VERDICTS, Case, judge, parse_cases
from benchmarks.watching import DELTA, PROGRAMS, cost

ROOT = Path(__file__).parents[1]


def test_everything_is_compared_in_one_run(home: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.beside", "--quick", "--json"]
    # As they are typed: nothing helps the children to find the repository.
    known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=ROOT, env=known, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["machine", *PARTS]
    assert list(found["relays"]["gateways"]) == ["bare aiohttp relay", "finestream"]
    assert all(figures["rate_50"] > 0 and figures["memory_mb"] > 0 for figures in found["relays"]["gateways"].values())
    for sizes in found["watching"]["us_per_delta"].values():
        assert list(sizes["1 KB"]) == ["finestream", "anthropic", "jiter", "json_repair"]
    ours = found["repairs"]["programs"]["finestream"]
    assert (ours["WRONG"], ours[VERDICTS[2]]) == (0, 0)
    assert ours["right"] + ours["rightly refused"] == found["repairs"]["cases"] > 90
    assert "bare_ms" in found["hooks"]["cached"]


@pytest.mark.parametrize(
    ("answer", "meant", "verdict"),
    [
        ({"a": 1}, {"a": 1}, "right"),
        ({"a": 1.0}, {"a": 1}, "WRONG"),
        ({"a": 1}, NOTHING, "WRONG"),
        (NOTHING, NOTHING, "rightly refused"),
        (NOTHING, {"a": 1}, "refused, though it can be told"),
    ],
)
def test_an_answer_is_judged_by_its_exact_value(answer: object, meant: object, verdict: str) -> None:
    assert judge(lambda raw: answer, Case("", meant)) == verdict


def test_an_error_is_a_refusal() -> None:
    assert judge(json.loads, Case("{", NOTHING)) == "rightly refused"


def test_what_only_a_schema_decides_is_no_case() -> None:
    rows = (
        {"raw": '{"a": "[1]"}', "expected_or_null": {"a": [1]}},
        {"raw": '{"a": 1,}', "outcome": "repaired", "expected": {"a": 1}, "schema": {}},
        {"raw": '{"a": 1,}', "outcome": "repaired", "expected": {"a": 1}},
        {"raw": '{"a', "outcome": "refused"},
        {"raw": '{"a": 1}', "expected_or_null": None},
    )
    found = list(parse_cases("\n".join(map(json.dumps, rows))))
    assert found == [Case('{"a": 1,}', {"a": 1}), Case('{"a', NOTHING), Case('{"a": 1}', {"a": 1})]


def test_whoever_parses_all_of_it_anew_is_sampled_over_the_whole_input() -> None:
    seen: list[int] = []
    program = PROGRAMS[2]._replace(begin=lambda prefix: lambda delta: seen.append(len(prefix)))
    found = cost(program, "x" * 1000 * DELTA)
    assert found and found.is_sampled
    places = set(seen)
    assert len(places) == 8
    assert sum(places) / 8 == pytest.approx(500 * DELTA, rel=0.01)
