"""``finestream monitor`` as a process: what it prints, how it ends, and what bad input gets."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from finestream.cli.client import find_client
from finestream.cli.running import run
from finestream.simulator.background import running
from finestream.simulator.scenes import code as source_code
from finestream.simulator.scenes import one
from finestream.simulator.script import Fault
from tests.cli.monitoring import QUESTION, ask, introduction, monitor
from tests.cli.starting import environment, install_fake_client, start


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_says_its_address_first_works_and_ends_cleanly(number: signal.Signals, code: int, tmp_path: Path, home: Path) -> None:
    with running(one("Write", {"content": "x" * 100})) as upstream, monitor(tmp_path, "--upstream", upstream.url) as (process, first):
        assert first == {"url": first["url"], "pid": process.pid}
        status, answer = ask(first["url"])
        assert (status, answer.count("event: message_stop")) == (200, 1)
        process.send_signal(number)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == code
    assert [path.name for path in (tmp_path / ".claude" / "finestream").iterdir()].count("events.jsonl") == 1


def test_an_open_stream_does_not_keep_it_from_ending(tmp_path: Path, home: Path) -> None:
    """It is cut off, so that its client sees that it is not whole; by itself the server would wait for a minute."""
    script = one("Write", {"content": source_code(3000)}, fault=Fault("stall", at=1000))
    with running(script) as upstream, monitor(tmp_path, "--upstream", upstream.url) as (process, first):
        request = urllib.request.Request(f"{first['url']}/v1/messages", json.dumps(QUESTION).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            process.send_signal(signal.SIGTERM)
            with pytest.raises(http.client.IncompleteRead):
                answer.read()
            assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("is_on_path", [True, False])
def test_people_are_told_how_to_use_it(is_on_path: bool, tmp_path: Path, home: Path) -> None:
    program = install_fake_client(tmp_path / "bin")
    variables = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"} if is_on_path else {}
    with start("monitor", "--upstream", "http://127.0.0.1:9/api/", folder=tmp_path, **variables) as process:
        said = introduction(process)
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=60)
    assert "in front of http://127.0.0.1:9/api." in said
    command = "claude" if is_on_path else re.escape(str(find_client({"PATH": ""})))
    assert re.search(
        rf"^  ANTHROPIC_BASE_URL=http://127\.0\.0\.1:\d+/\S+ CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING=1 {command}$", said, re.M
    )
    assert str(tmp_path / ".claude" / "finestream") in said
    assert (process.returncode, rest, errors) == (0, "", "")


def test_where_settings_beat_the_environment_it_says_what_beats_the_settings(tmp_path: Path, home: Path) -> None:
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").write_text('{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9/mine"}}')
    with start("monitor", folder=tmp_path) as process:
        said = introduction(process)
    assert "in front of http://127.0.0.1:9/mine." in said
    found = re.search(r"ANTHROPIC_BASE_URL=(\S+) .*claude --settings '(.*)'$", said, re.M)
    assert found
    assert json.loads(found[2]) == {"env": {"ANTHROPIC_BASE_URL": found[1]}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "https://api.anthropic.com"),
        ({"environment": 1}, "http://127.0.0.1:1"),
        ({"environment": 1, "settings": 2}, "http://127.0.0.1:2"),
        ({"environment": 1, "settings": 2, "config": 3}, "http://127.0.0.1:3"),
        ({"environment": 1, "settings": 2, "config": 3, "option": 4}, "http://127.0.0.1:4"),
    ],
)
def test_where_the_upstream_comes_from(given: dict[str, int], expected: str, tmp_path: Path, home: Path) -> None:
    """The command line, the user's file, Claude Code's own settings (they beat the environment there, too), the environment, the API."""
    address = {name: f"http://127.0.0.1:{port}" for name, port in given.items()}
    if "settings" in given:
        (home / ".claude").mkdir()
        (home / ".claude" / "settings.json").write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": address["settings"]}}))
    if "config" in given:
        (home / ".config" / "finestream").mkdir(parents=True)
        (home / ".config" / "finestream" / "config.yaml").write_text(f"upstream: {address['config']}\n")
    variables = {"ANTHROPIC_BASE_URL": address["environment"]} if "environment" in given else {}
    arguments = ["--upstream", address["option"]] if "option" in given else []
    with start("monitor", *arguments, folder=tmp_path, **variables) as process:
        assert process.stdout is not None
        assert f"in front of {expected}." in process.stdout.readline()


def test_nothing_heavy_is_loaded_before_it_is_ready(tmp_path: Path, home: Path) -> None:
    """What the standard library and aiohttp cost is what a start may cost; ``-X importtime`` tells more."""
    heavy = ["anthropic", "claude_agent_sdk", "json_repair", "jsonschema", "pydantic", "rich", "yaml"]
    code = f"""
import asyncio, pathlib, sys
from finestream.cli.client_settings import read_layers
from finestream.cli.monitor import command
from finestream.cli.running import run
from finestream.cli.serving import gateway_of
async def main():
    async with gateway_of(pathlib.Path(), read_layers(pathlib.Path(), [], {{}}), print) as served:
        print(sorted(set(sys.modules) & set({heavy!r})))
run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def test_the_loop_is_uvloop_where_there_is_one() -> None:
    import asyncio

    uvloop = pytest.importorskip("uvloop")

    async def kind() -> type:
        return type(asyncio.get_running_loop())

    assert run(kind()) is uvloop.Loop


def test_without_uvloop_it_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)

    async def answer() -> int:
        return 42

    assert run(answer()) == 42
