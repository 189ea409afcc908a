"""``finestream monitor`` as a process: what it prints, how it ends, and what bad input gets."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from finestream.cli.client import find_client
from finestream.cli.running import run
from finestream.simulator.background import running
from finestream.simulator.scenes import code as source_code
from finestream.simulator.scenes import one
from finestream.simulator.script import Fault
from tests.cli.starting import environment, finish, install_fake_client, start

QUESTION = {
    "model": "m",
    "max_tokens": 9000,
    "stream": True,
    "messages": [{"role": "user", "content": "hi"}],
    "tools": [{"name": "Write", "input_schema": {"type": "object"}, "eager_input_streaming": True}],
}


@contextmanager
def monitor(folder: Path, *arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run a monitor; gives the process and its first line."""
    with start("monitor", "--json", *arguments, folder=folder, **variables) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        yield process, json.loads(line)


def introduction(process: subprocess.Popen[str]) -> str:
    """Read what it says to people, up to the line about Ctrl-C."""
    assert process.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


def ask(url: str) -> tuple[int, str]:
    request = urllib.request.Request(f"{url}/v1/messages", json.dumps(QUESTION).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


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


def test_an_upstream_that_cannot_be_reached_is_told_to_the_client(tmp_path: Path, home: Path) -> None:
    with monitor(tmp_path, "--upstream", "http://127.0.0.1:9") as (_, first):
        status, answer = ask(first["url"])
    assert status == 502
    error = json.loads(answer)
    assert (error["type"], error["error"]["type"]) == ("error", "api_error")
    assert "cannot be reached" in error["error"]["message"]
    assert "check the upstream address" in error["error"]["message"]


def test_an_upstream_that_speaks_no_http_is_told_to_the_client(tmp_path: Path, home: Path) -> None:
    def babble(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=babble, args=[server])
        thread.start()
        with monitor(tmp_path, "--upstream", f"http://127.0.0.1:{server.getsockname()[1]}") as (_, first):
            status, answer = ask(first["url"])
        thread.join()
    assert status == 502
    assert json.loads(answer)["type"] == "error"


def test_a_port_in_use_is_named(tmp_path: Path, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = finish("monitor", "--port", str(port), "--upstream", "http://127.0.0.1:9", folder=tmp_path)
    assert (code, out) == (1, "")
    assert err.startswith(f"finestream: 127.0.0.1:{port}: the port cannot be used: ")
    assert "--port" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_loop_onto_itself_is_refused(host: str, tmp_path: Path, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code, out, err = finish("monitor", "--port", str(port), "--upstream", f"http://{host}:{port}/some/token", folder=tmp_path)
    assert (code, out) == (1, "")
    assert "the upstream is this monitor itself" in err
    assert "--upstream" in err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("recovery: perhaps\n", "must be one of continue, retry, off"), ("{", "not readable as YAML"), ("\nattempts: many\n", "must be")],
)
def test_a_malformed_setting_is_refused_with_its_line(text: str, complaint: str, tmp_path: Path, home: Path) -> None:
    file = tmp_path / ".claude" / "finestream.yaml"
    file.parent.mkdir()
    file.write_text(text)
    code, out, err = finish("monitor", "--upstream", "http://127.0.0.1:9", folder=tmp_path)
    assert (code, out) == (1, "")
    assert re.match(rf"finestream: {re.escape(str(file))}:\d+: .*{complaint}", err)
    assert "Traceback" not in err


def test_an_unknown_setting_is_warned_about_and_no_more(tmp_path: Path, home: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "finestream.yaml").write_text("recoverry: off\n")
    with monitor(tmp_path, "--upstream", "http://127.0.0.1:9") as (process, _):
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert "finestream.yaml:1: unknown key 'recoverry' is ignored; did you mean 'recovery'?" in errors
    assert process.returncode == 0


@pytest.mark.parametrize("arguments", [["--upstream", "ftp://x"], ["--port", "70000"], ["--project", "missing"]])
def test_wrong_usage_is_two(arguments: list[str], tmp_path: Path, home: Path) -> None:
    code, out, err = finish("monitor", *arguments, folder=tmp_path)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


def test_a_variable_that_is_no_address_is_named(tmp_path: Path, home: Path) -> None:
    code, _, err = finish("monitor", folder=tmp_path, ANTHROPIC_BASE_URL="api.example")
    assert code == 1
    assert "ANTHROPIC_BASE_URL" in err


def test_a_journal_that_cannot_be_written_is_said_once_and_costs_nothing(tmp_path: Path, home: Path) -> None:
    (tmp_path / ".claude").write_text("a file, where a folder should be")
    with running(one("Write", {"content": "x" * 100})) as upstream, monitor(tmp_path, "--upstream", upstream.url) as (process, first):
        assert [ask(first["url"])[0] for _ in range(3)] == [200, 200, 200]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert len(errors.splitlines()) == 1
    assert f"the journal in {tmp_path / '.claude' / 'finestream'} cannot be written" in errors


def test_a_journal_that_cannot_be_written_costs_nothing_where_nobody_reads_that_either(tmp_path: Path, home: Path) -> None:
    """The stream is cut, the journal is no folder, and the reader of stderr has gone: the input is continued all the same."""
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "finestream").write_text("in the way")
    script = one("Write", {"content": source_code(3000)}, fault=Fault("reset", at=1500))
    with running(script) as upstream, monitor(tmp_path, "--upstream", upstream.url) as (process, first):
        assert process.stderr
        process.stderr.close()
        assert ask(first["url"])[0] == 200
        assert [request.kind for request in upstream.requests] == ["first", "continuation"]


@pytest.mark.parametrize("content", ["garbage", ""])
def test_certificates_that_are_none_are_named(content: str, tmp_path: Path, home: Path) -> None:
    file = tmp_path / "company.pem"
    file.write_text(content)
    code, out, err = finish("monitor", folder=tmp_path, NODE_EXTRA_CA_CERTS=str(file))
    assert (code, out) == (1, "")
    assert err.startswith(f"finestream: {file}: the certificates that NODE_EXTRA_CA_CERTS names cannot be used: ")


def test_settings_that_would_never_end_are_refused(tmp_path: Path, home: Path) -> None:
    (tmp_path / ".claude").mkdir()
    os.mkfifo(tmp_path / ".claude" / "finestream.yaml")
    code, out, err = finish("monitor", folder=tmp_path)
    assert (code, out) == (1, "")
    assert "finestream.yaml:1: this cannot be read: it is no file" in err


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
