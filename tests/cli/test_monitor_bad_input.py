"""What bad input gets from ``finestream monitor``: a sentence that says what to do, and a session that goes on."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import threading
from pathlib import Path

import pytest

from finestream.simulator.background import running
from finestream.simulator.scenes import code as source_code
from finestream.simulator.scenes import one
from finestream.simulator.script import Fault
from tests.cli.monitoring import ask, monitor
from tests.cli.starting import finish


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


@pytest.mark.parametrize("kind", ["pipe", "zero", "large"])
def test_settings_that_would_never_end_are_refused(kind: str, tmp_path: Path, home: Path) -> None:
    path = tmp_path / ".claude" / "finestream.yaml"
    path.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(b"#" * (16 * 2**10 + 1))
    code, out, err = finish("monitor", folder=tmp_path)
    assert (code, out) == (1, "")
    why = {"pipe": "it is a pipe, and no file", "zero": "it is a device, and no file", "large": "it is larger than 16 KB"}[kind]
    assert f"finestream.yaml:1: this cannot be read: {why}" in err
