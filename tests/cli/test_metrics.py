"""The file of figures holds what the dashboard shows, and is proven from the journal."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from finestream.cli.dashboard import command as dashboard
from finestream.cli.metrics import FILE
from finestream.cli.metrics import command as metrics
from finestream.errors import FinestreamError
from finestream.figures import FIGURES
from finestream.index import FILE as INDEX
from finestream.journal import EVENTS, FOLDER
from tests.cli.journal_of import write_journal
from tests.cli.test_escapes import EVIL
from tests.story.records import correction, tool_input


def now(record: dict[str, Any]) -> dict[str, Any]:
    """A record of this minute."""
    return {**record, "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}


@pytest.fixture
def folder(tmp_path: Path, home: Path) -> Path:
    healthy = [tool_input(1, agent_from=agent, cuts=0, fallbacks=0) for agent in ("main", "main", EVIL)]
    cut = tool_input(1, "continued", agent_from="main", attempts=2, cuts=1, fallbacks=1)
    return write_journal(tmp_path, [now(record) for record in (*healthy, cut, correction(1))])


def run(folder: Path, *arguments: str, command: Any = metrics) -> Result:
    return CliRunner().invoke(command, ["--project", str(folder.parents[1]), *arguments], standalone_mode=False)


def written(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return told


def test_it_writes_a_file_beside_the_journal(folder: Path) -> None:
    assert run(folder).return_value == 0
    told = written(folder)
    assert told["figures"] == {
        "latency_reduction": None,
        "first_chunk_seconds": None,
        "average_chunk_bytes": 50.0,
        "incomplete_json_rate": 0.25,
        "fallback_rate": 0.25,
        "correction_success": 1.0,
        "retry_success": 1.0,
        "first_retry_success": 0.0,
        "fallback_success": 1.0,
    }
    assert [alert["figure"] for alert in told["alerts"]] == ["incomplete_json_rate", "fallback_rate"]
    assert (folder / FILE).stat().st_mode & 0o077 == 0
    assert [path.name for path in folder.iterdir() if "tmp" in path.name] == []


def test_it_writes_elsewhere_or_prints(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "-o", str(tmp_path / "here.json")).return_value == 0
    printed = json.loads(run(folder, "--json").stdout)
    assert printed["figures"] == json.loads((tmp_path / "here.json").read_text())["figures"]
    assert not (folder / FILE).exists()
    error = run(folder, "-o", str(tmp_path / "no" / "where.json")).exception
    assert isinstance(error, FinestreamError) and "cannot be written" in error.message


def test_the_dashboard_shows_the_same_numbers(folder: Path) -> None:
    run(folder)
    counts = written(folder)["counts"]
    shown = run(folder, command=dashboard).stdout
    assert f"25% !!  {counts['incomplete']} of {counts['inputs']} inputs" in shown.replace("🚨", "!!")
    assert "50 B" in shown
    assert not any(char in shown for char in "\x1b\x07\u202e\x9b")


def test_every_figure_is_proven(folder: Path) -> None:
    run(folder)
    later = json.dumps(now(tool_input(1, "cut"))) + "\n"
    (folder / EVENTS).write_text((folder / EVENTS).read_text() + later)  # is another matter
    (folder / INDEX).unlink()
    done = run(folder, "--verify")
    assert done.return_value == 0, done.output
    assert re.findall(r"^same     figures\.(\w+): ", done.stdout, re.MULTILINE) == list(FIGURES)
    assert "latency_reduction: not measured" in done.stdout and "same.\n" in done.stdout
    assert json.loads(run(folder, "--verify", "--json").stdout)["same"] is True


def test_a_figure_that_is_not_true_is_found(folder: Path) -> None:
    run(folder)
    told = written(folder)
    told["figures"]["fallback_rate"] = 0.0
    told["agents"]["main"]["counts"]["inputs"] += 1
    (folder / FILE).write_text(json.dumps(told))
    done = run(folder, "--verify")
    assert done.return_value == 1
    assert "differs  figures.fallback_rate: 0.0 in the file, 0.25 in the journal" in done.stdout
    assert "differs  agents.main.counts.inputs: 4 in the file, 3 in the journal" in done.stdout
    assert "2 of " in done.stdout.splitlines()[-1]
    found = json.loads(run(folder, "--verify", "--json").stdout)
    assert [each["name"] for each in found["figures"] if not each["same"]] == ["figures.fallback_rate", "agents.main.counts.inputs"]


def test_an_index_that_lies_is_found(folder: Path) -> None:
    import sqlite3

    run(folder)
    database = sqlite3.connect(folder / INDEX)
    database.execute("UPDATE sums SET incomplete = 0")
    database.commit()
    database.close()
    run(folder)
    assert "differs  figures.incomplete_json_rate: 0.0 in the file, 0.25 in the journal" in run(folder, "--verify").stdout


def test_what_was_rotated_away_cannot_be_proven(folder: Path) -> None:
    run(folder)
    (folder / EVENTS).write_text(json.dumps(now(tool_input(1))) + "\n")
    done = run(folder, "--verify")
    assert (done.return_value, f"gone     {EVENTS}" in done.stdout) == (1, True)


@pytest.mark.parametrize("text", ["", "[]", "{}", "nothing", '{"from": "x", "to": 5, "sources": []}', '{"sources": 7}', "[" * 99999])
def test_what_is_no_file_of_figures_is_refused(text: str, folder: Path) -> None:
    (folder / FILE).write_text(text)
    error = run(folder, "--verify").exception
    assert isinstance(error, FinestreamError) and "no file of figures" in error.message


def test_what_is_missing_is_told(folder: Path, tmp_path: Path) -> None:
    error = run(folder, "--verify").exception
    assert isinstance(error, FinestreamError) and "no figures yet" in error.message
    (tmp_path / "empty").mkdir()
    for command in (metrics, dashboard):
        error = run(tmp_path / "empty" / FOLDER, command=command).exception
        assert isinstance(error, FinestreamError) and "no journal yet" in error.message
        assert "--since must be a time" in str(run(folder, "--since", "soon", command=command).exception)


def test_the_limits_are_settings(folder: Path) -> None:
    (folder.parent / "finestream.yaml").write_text("alerts: {incomplete: 25%, fallback: 20%}\nodd: 1\n")
    done = run(folder, "--json")
    assert json.loads(done.stdout)["alerts"] == [{"figure": "fallback_rate", "value": 0.25, "limit": 0.2}]
    assert "unknown key 'odd'" in done.stderr
