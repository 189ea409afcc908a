"""The import budget: in a process of its own, what is loaded when; so that nothing heavy is paid for before it is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"aiohttp", "anthropic", "asyncio", "click", "jsonschema", "json_repair", "pydantic", "rich", "uvloop", "yaml", "claude_agent_sdk"}

TELL = "import json, sys; {code}; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"


def loaded(code: str) -> set[str]:
    """Return the top-level modules that are loaded after ``code``, besides what a bare interpreter loads."""
    found = [_modules(source) for source in (code, "pass")]
    return found[0] - found[1]


def _modules(code: str) -> set[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", TELL.format(code=code)], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_version_is_told_before_anything_heavy_is_loaded() -> None:
    assert loaded("from finestream.cli.main import main; main(['--version'])") & HEAVY == set()


def test_help_needs_click_alone() -> None:
    assert loaded("from finestream.cli.main import main; main(['--help'])") & HEAVY == {"click"}


@pytest.mark.parametrize("module", ["settings", "journal", "cli.config"])
def test_settings_and_journal_load_no_yaml_before_there_is_a_file(module: str) -> None:
    assert loaded(f"import finestream.{module}") & HEAVY == set()


def test_what_reads_a_journal_loads_no_server_and_a_table_only_for_a_terminal() -> None:
    assert loaded("import finestream.cli.listing, finestream.cli.logs, finestream.cli.statusline") & HEAVY == {"click"}
    assert "rich" in loaded("import finestream.show.table")


def test_the_gateway_loads_nothing_of_what_only_repair_needs() -> None:
    modules = loaded("import finestream.gateway")
    assert "aiohttp" in modules
    assert modules & {"anthropic", "json_repair", "jsonschema", "pydantic", "rich", "yaml", "claude_agent_sdk", "click"} == set()


def test_a_session_with_the_api_loads_its_sdk_when_it_is_opened() -> None:
    assert loaded("import finestream.workflow.messages_api") & {"anthropic", "httpx2", "claude_agent_sdk", "dbos"} == set()


RUNS = {"aiohttp", "anthropic", "claude_agent_sdk", "dbos", "sqlalchemy", "rich"}


@pytest.mark.parametrize("asked", ["--help", "run --help", "run --list", "run --show last", "bench --help"])
def test_what_is_told_of_runs_loads_nothing_that_carries_them_out(asked: str) -> None:
    assert loaded(f"from finestream.cli.main import main; main({asked.split()!r})") & RUNS == set()


def test_a_gateway_loads_no_telemetry_that_nobody_wants() -> None:
    code = "import finestream.cli.serving as s; c = s.telemetry_of(s.Chronicle.__new__(s.Chronicle), print); c.__enter__()"
    modules = loaded(code)
    assert "aiohttp" in modules and modules & {"opentelemetry", "google", "requests", "prometheus_client", "sqlite3"} == set()
