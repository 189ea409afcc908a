"""The exam, sat by the real client: finestream passes, a gateway that does harm is found out, whatever it lets the client believe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from finestream.exam import sitting
from finestream.exam.candidates import PRESETS, Candidate, parse_candidate
from finestream.exam.grading import Grade, Verdict
from finestream.exam.scenarios import scenarios
from finestream.exam.sitting import sit
from tests.cli.starting import PYTHONPATH
from tests.exam import bad_gateway

ALL = {scenario.name: scenario for scenario in scenarios()}


def bad(how: str) -> Candidate:
    return parse_candidate(f"{sys.executable} {bad_gateway.__file__} {how} {{port}} {{upstream}}")


async def grades(candidate: Candidate, claude: Path, place: Path, *names: str) -> dict[str, Grade]:
    sat = await sit(candidate, [ALL[name] for name in names], claude, place, jobs=4)
    return {each.scenario.name: each.grade for each in sat}


async def test_finestream_saves_what_can_be_saved(claude: Path, tmp_path: Path) -> None:
    names = ("several-reset-random", "subagent-error-random", "keep-drop-item", "prose-trailing_comma", "edit-max_tokens-late")
    found = await grades(PRESETS["finestream"], claude, tmp_path, *names, "paths-ambiguous_backslash-stubborn")
    told = found.pop("paths-ambiguous_backslash-stubborn")
    assert (told.verdict, told.requests) == (Verdict.SAFE, 4)
    assert {name: (grade.verdict, grade.again) for name, grade in found.items()} == dict.fromkeys(names, (Verdict.EXACT, False))
    assert all(grade.is_recoverable and 0.99 < grade.cost < 1.1 for grade in found.values())


async def test_a_gateway_that_closes_what_was_cut_is_found_out(claude: Path, tmp_path: Path) -> None:
    (grade,) = (await grades(bad("closes"), claude, tmp_path, "write-reset-middle")).values()
    assert (grade.verdict, grade.why.partition(",")[0]) == (Verdict.WRONG, "a wrong file: report.py")


async def test_a_gateway_that_swallows_a_call_is_found_out(claude: Path, tmp_path: Path) -> None:
    (grade,) = (await grades(bad("swallows"), claude, tmp_path, "write-reset-middle")).values()
    assert (grade.verdict, grade.why.partition(":")[0]) == (Verdict.WRONG, "a success that is none")


async def test_a_session_that_does_not_end_is_ended(claude: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitting, "PATIENCE", 5.0)
    (grade,) = (await grades(bad("waits"), claude, tmp_path, "write-reset-middle")).values()
    assert grade.verdict is Verdict.HANG


def test_the_client_alone_on_the_command_line(claude: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- exam -->\n<!-- the end of the exam -->\n")
    arguments = ("--gateway", "none", "--json", "--markdown", str(page), "--scenario", "write-drop-late-*")
    done = subprocess.run(
        [sys.executable, "-m", "finestream", "exam", *arguments],
        env={**os.environ, "PATH": f"{claude.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["gateway"], found["scenario"], found["verdict"]) == ("none", "write-drop-late-reformat", "exact")
    # It wrote nine tenths of the file, and then all of it.
    assert (found["again"], found["requests"], round(found["of_meant"], 1)) == (True, 3, 1.9)
    assert "none: write-drop-late-reformat: exact, 3 requests" in done.stderr
    assert "| `write-drop-late-reformat` | exact ↻ 3 1.90 |" in page.read_text()
