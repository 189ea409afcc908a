"""The figures of sessions of the real client, and of a run, are what can be counted by hand in the journal, on every surface."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from finestream.cli.dashboard import command as dashboard
from finestream.cli.metrics import command as metrics
from finestream.figures import FIGURES
from finestream.index import FILE as INDEX
from finestream.journal import EVENTS, FOLDER
from finestream.simulator.script import Fault
from tests.cli.starting import FINESTREAM
from tests.e2e.cases import SMALL, source, write
from tests.e2e.harness import SETTINGS, Session, play
from tests.e2e.real_client import environment, settle
from tests.e2e.test_malformed import spoilt

PATIENCE = 240


def told(folder: Path, *arguments: str, command: Any = metrics) -> Result:
    result = CliRunner().invoke(command, ["--project", str(folder), *arguments], standalone_mode=False, env={"COLUMNS": "100"})
    assert result.exception is None, result.output
    return result


def lines(path: Path) -> Iterator[dict[str, Any]]:
    yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def waits(folder: Path) -> Iterator[tuple[float, float]]:
    """Of each handoff of a run that hands on in a chain: until the receiver was told something, until all was there."""
    [path] = (folder / FOLDER / "runs").glob(f"*/{EVENTS}")
    entries = list(lines(path))
    steps = list(dict.fromkeys(entry["step"] for entry in entries))
    for sender in steps:
        begun = [entry["at"] for entry in entries if (entry["step"], entry["kind"]) == (sender, "handing")]
        parts = [entry["at"] for entry in entries if (entry["step"], entry["kind"]) == (sender, "part")]
        for receiver in steps:
            told = [each["at"] for each in entries if each["step"] == receiver and each["kind"] == "given" and each["upto"].get(sender)]
            if told:
                yield told[0] - begun[0], parts[-1] - begun[0]


async def test_every_surface_tells_what_is_in_the_journal(claude: Path, tmp_path: Path) -> None:
    cases = [
        write("whole.py", source(SMALL)),
        write("cut.py", source(SMALL), faults=lambda documents: [Fault("reset", at=1500)]),
        spoilt(write("comma.py", source(SMALL)), "trailing_comma"),
        write("again.py", source(SMALL), faults=lambda documents: [Fault("reset", at=1500)], characters=("text",)),
    ]
    # One continuation that brings nothing, and the whole input is asked for.
    played = await play(claude, tmp_path, Session(cases, replace(SETTINGS, attempts=1)))
    folder = played.folder
    home = tmp_path / "runner"
    settle(home, folder)
    known = environment(home)
    known["PATH"] = f"{claude.parent}:{known['PATH']}"
    run = [*FINESTREAM, "run", "quick-flow", "Add a login page", "--simulate", "--pacing", "0.1,400"]
    done = subprocess.run(
        run, cwd=folder, env=known, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr

    records = list(lines(folder / FOLDER / EVENTS))
    inputs = [record for record in records if record["event"] == "tool_input"]
    again = [record for record in inputs if record["attempts"]]
    handoffs = list(waits(folder))
    saved, whole = sum(whole - first for first, whole in handoffs), sum(whole for _, whole in handoffs)
    assert len(again) == 2 and len(handoffs) == 1 and len(inputs) > 4
    assert {record["outcome"] for record in inputs} == {"complete", "continued", "corrected"}

    found = json.loads(told(folder, "--json").stdout)
    figures = found["figures"]
    assert figures["average_chunk_bytes"] == sum(each["bytes"] for each in inputs if each["chunks"]) / sum(
        each["chunks"] for each in inputs
    )
    assert (figures["incomplete_json_rate"], figures["fallback_rate"]) == (2 / len(inputs), 1 / len(inputs))
    assert (figures["retry_success"], figures["first_retry_success"], figures["fallback_success"]) == (1.0, 0.5, 1.0)
    assert (figures["correction_success"], found["counts"]["malformed"]) == (1.0, 1)
    assert abs(figures["latency_reduction"] - saved / whole) < 1e-5 and 0 < figures["latency_reduction"] < 1
    assert abs(figures["first_chunk_seconds"] - sum(first for first, _ in handoffs)) < 1e-5

    shown = told(folder, command=dashboard).stdout
    assert f"Latency reduction {100 * saved / whole:.0f}% " in shown
    assert re.search(rf"Incomplete JSON +\S+ .+  2 of {len(inputs)} inputs", shown)
    assert re.search(rf"Fallbacks +\S+ .+  1 of {len(inputs)} inputs", shown)
    assert "Retries           2 (100% success), 50% at the first" in shown
    assert "Auto-corrections  1 (100% success)" in shown

    told(folder)
    (folder / FOLDER / INDEX).unlink()
    proof = told(folder, "--verify")
    assert proof.return_value == 0 and proof.stdout.count("\nsame ") + proof.stdout.startswith("same ") == len(FIGURES) + 1
