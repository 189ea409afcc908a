"""``finestream simulate`` as a process: what it prints, how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from finestream.cli.simulate import command
from finestream.errors import GatewayError, ScriptError

# A child finds the package where this process found it, installed or not.
_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
_RUN = [sys.executable, "-m", "finestream", "simulate"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_says_its_address_first_and_ends_quietly(number: signal.Signals, code: int, tmp_path: Path) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text("turns: [{blocks: [Hello there.]}]", encoding="utf-8")
    arguments = ["--json", "--script", str(file), "--tokens-per-second", "1000", "--first-token", "0"]
    with subprocess.Popen([*_RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_ENVIRONMENT) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert first["pid"] == process.pid
        body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
        request = urllib.request.Request(f"{first['url']}/v1/messages", json.dumps(body).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request) as response:
            assert json.loads(response.read())["content"] == [{"type": "text", "text": "Hello there."}]
        process.send_signal(number)
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (code, "")
    (line,) = map(json.loads, rest.splitlines())
    assert (line["kind"], line["turn"], line["ended"]) == ("first", 0, "complete")


def test_without_json_it_speaks_to_people() -> None:
    with subprocess.Popen(_RUN, stdout=subprocess.PIPE, text=True, env=_ENVIRONMENT) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        url = said.split("ANTHROPIC_BASE_URL=")[1].split()[0]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{url}/v1/models")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert "/v1/models: other, 0 characters of tool input, refused" in rest


def test_a_reader_that_leaves_does_not_end_it() -> None:
    with subprocess.Popen(_RUN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_ENVIRONMENT) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split("ANTHROPIC_BASE_URL=")[1].split()[0]
        process.stdout.close()
        for _ in range(2):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"{url}/v1/models")
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.parametrize(("text", "words"), [(None, "cannot be read"), (b"\xff\xfe\x00", "not UTF-8"), (b"turns: 5", "should be a list")])
def test_a_script_that_cannot_be_played_is_refused(text: bytes | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "scene.yaml"
    if text is not None:
        file.write_bytes(text)
    result = CliRunner().invoke(command, ["--script", str(file)])
    assert isinstance(result.exception, ScriptError)
    assert words in str(result.exception)
    assert str(file) in str(result.exception)


def test_a_port_in_use_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(command, ["--port", str(taken.getsockname()[1])])
    assert isinstance(result.exception, GatewayError)
