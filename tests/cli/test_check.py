"""A captured file is judged on the command line, with an exit code that a script can use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finestream.cli.check import command
from finestream.cli.main import main
from finestream.errors import FinestreamError
from finestream.events import delta_frame, end_frames
from tests.capture.streams import TEXT, assistant, call, lines, message, result, start, tool
from tests.data import FIXTURES

BAD = '{"path": "a", "text": "b",}'


def run(data: bytes, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["-", *arguments], input=data)


def test_a_healthy_stream_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(FIXTURES / "streams" / "tool-call.sse")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "complete   Note néw 😀.txt  (41 bytes, 5 deltas, 3 chunks, stop reason tool_use)  toolu_own_1",
        "1 tool input in 1 message (server-sent events): 1 complete",
    ]


def test_what_was_found_is_told_and_the_exit_code_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "stream.sse"
    data = start() + call(BAD) + call('{"id": 1}{"id": 2}', 1) + call('"text"', 2) + end_frames("tool_use", {})
    file.write_bytes(data + start("m2") + tool(3) + delta_frame(3, TEXT[:300]) + start("m3") + tool(4) + delta_frame(4, "{"))
    assert main(["check", str(file)]) == 1
    out = capsys.readouterr().out
    assert "           at byte 26: trailing-comma, a comma with nothing behind it but the closing bracket\n" in out
    assert "           a repair would correct it: dropped_trailing_comma\n" in out
    assert "           a repair would refuse it: Two different objects" in out
    assert "           a repair would leave it as it is" in out
    assert "           the stream ended without a stop\n           it could be continued from byte 300, at $.content\n" in out
    assert "           too little arrived to go on from\n" in out
    assert out.endswith("5 tool inputs in 3 messages (server-sent events): 3 malformed, 2 cut\n")


def test_files_of_the_client_are_told_with_their_sessions() -> None:
    unparsed = {"__unparsedToolInput": {"raw": "{", "len": 9000}}
    text = run(lines(assistant({"path": "a"}), result("InputValidationError: x"), assistant(unparsed, "t1"))).stdout
    assert "refused    Write a  (13 bytes)  t0\n           InputValidationError: x\n" in text
    assert "malformed  Write  (1 byte)  t1\n           not in what was kept\n" in text
    assert text.endswith("2 tool inputs in 2 messages of 1 session (the client's stream-json output): 1 refused, 1 malformed\n")


def test_inputs_of_server_tools_are_counted() -> None:
    text = run(start() + tool(kind="server_tool_use") + end_frames("end_turn", {})).stdout
    assert "nothing to watch; 1 input of tools that the server runs is not watched\n" in text


def test_json_for_other_programs() -> None:
    data = json.loads(run(message(BAD), "--json").stdout)
    assert (data["form"], data["messages"], data["well"], data["remarks"]) == ("server-sent events", 1, False, [])
    (verdict,) = data["inputs"]
    assert (verdict["state"], verdict["offset"], verdict["reason"]) == ("malformed", 26, "trailing-comma")
    assert verdict["repair"] == {"outcome": "repaired", "rules": ["dropped_trailing_comma"], "reason": None}


def test_nothing_that_a_terminal_obeys_is_printed() -> None:
    text = run(start() + tool(name="\x1b[2J") + delta_frame(0, '{"path": "\\u001b]0;x"')).stdout
    assert "\x1b" not in text and "\\x1b[2J" in text


@pytest.mark.parametrize("data", [b"", b"Hello\n", b"{}"])
def test_a_file_that_is_none_of_these_is_refused(data: bytes, tmp_path: Path) -> None:
    error = run(data).exception
    assert isinstance(error, FinestreamError)
    assert error.message == "stdin is no captured stream"
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    named = CliRunner().invoke(command, [str(file)]).exception
    assert isinstance(named, FinestreamError) and named.message == f"{file} is no captured stream"


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    error = CliRunner().invoke(command, [str(tmp_path)]).exception
    assert isinstance(error, FinestreamError) and "cannot be read" in error.message
