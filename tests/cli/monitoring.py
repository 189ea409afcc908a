"""``finestream monitor`` as a process, and what a client asks of it."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cli.starting import start

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
