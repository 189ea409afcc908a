"""``finestream exam`` without the real client: what it lists and what it refuses. What it grades is in ``tests/e2e/test_exam.py``."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from socket import create_connection
from urllib.parse import urlsplit

import click
import pytest
from click.testing import CliRunner, Result

from finestream.cli.exam import command
from finestream.exam.grading import Grade, Verdict
from finestream.exam.report import data
from finestream.exam.scenarios import scenarios
from tests.cli.starting import install_fake_client, start


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, standalone_mode=True)


def invoke(command: click.Command, *arguments: str) -> object:
    """The exit code that the door would give: what the command returns."""
    return command.main(arguments, standalone_mode=False)


def test_the_scenarios_are_listed() -> None:
    assert ask("--list").stdout.splitlines() == [scenario.name for scenario in scenarios()]
    some = ask("--list", "--scenario", "subagent-*", "--scenario", "write-status-500-once").stdout.splitlines()
    assert "write-status-500-once" in some and len(some) > 3
    assert all(name.startswith(("subagent-", "write-status-")) for name in some)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--scenario", "nothing-like-it"), "no scenario is called so; see --list"),
        (
            ("--gateway", "netscape"),
            "claude-tap, an http address, or a command with {port} and {upstream} in it",
        ),
        (("--gateway", "relay '{port} {upstream}"), "No closing quotation"),
        (("--gateway", "http://127.0.0.1:1"), "needs --upstream-port"),
        (("--scenario", "spoken-nothing", "--upstream-port", "9"), "for a gateway of your own: name it with --gateway"),
        (("--scenario", "spoken-nothing", "--gateway", "none", "--base-url", "http://127.0.0.1:1"), "for a gateway of your own"),
        (("--jobs", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(arguments: tuple[str, ...], why: str) -> None:
    asked = ask(*arguments)
    assert asked.exit_code == 2
    assert why in " ".join(asked.stderr.replace("│", " ").split())


GRADE = Grade(Verdict.EXACT, False, "", requests=2, tokens=100, cost=1.0, seconds=1.25, is_recoverable=True)


def results(place: Path, *grades: Grade, **known: object) -> Path:
    file = place / "results.jsonl"
    lines = [{**data(f"gateway-{number} 1.0", "one", grade), "client": "2.1", "seed": 3, **known} for number, grade in enumerate(grades)]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return file


def test_results_of_gateways_that_sat_it_one_by_one_become_one_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- exam -->\n<!-- the end of the exam -->\n")
    file = results(tmp_path, GRADE, GRADE._replace(verdict=Verdict.SAFE))
    asked = ask("--results", str(file), "--markdown", str(page))
    assert (asked.exit_code, asked.stderr) == (0, "")
    for text in (asked.stdout, page.read_text()):
        assert "| `one` | exact 2 1.00 | safe 2 1.00 |\n" in text
        assert f"seed 3: `finestream exam --gateway gateway-0 --gateway gateway-1 --seed 3 --markdown {page}`)" in text


def test_an_exam_that_was_missed_is_exit_code_one(tmp_path: Path) -> None:
    assert invoke(command, "--results", str(results(tmp_path, GRADE, GRADE._replace(verdict=Verdict.WRONG)))) == 1
    assert invoke(command, "--results", str(results(tmp_path, GRADE._replace(died=True)))) == 1
    assert invoke(command, "--results", str(results(tmp_path, GRADE))) == 0


def test_what_a_gateway_has_said_stays_in_its_line_and_commands_no_terminal(tmp_path: Path) -> None:
    file = results(tmp_path, GRADE._replace(verdict=Verdict.WRONG, why="a\u2028b\x1b[31m"))
    file.write_text(json.dumps(json.loads(file.read_text()), ensure_ascii=False), encoding="utf-8")  # as --json prints it
    asked = ask("--results", str(file))
    assert "gateway-0 1.0: one: WRONG: a\\u2028b\\x1b[31m\n" in asked.stdout


def test_results_of_no_client_are_refused(tmp_path: Path) -> None:
    assert ask("--results", str(results(tmp_path, GRADE, client=[]))).exit_code == 2


@pytest.mark.parametrize("text", ["", "{}\n", "no\n", '{"client": 1}\n'])
def test_results_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "results.jsonl"
    file.write_text(text)
    asked = ask("--results", str(file))
    assert (asked.exit_code, "these are no results of one exam" in asked.stderr) == (2, True)


def test_a_page_without_a_place_for_the_tables_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    asked = ask("--markdown", str(page))
    assert (asked.exit_code, page.read_text()) == (2, "nothing\n")
    assert "there are no lines '<!-- exam -->'" in asked.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_what_was_started_for_an_exam_ends_with_it(how: signal.Signals, tmp_path: Path, home: Path) -> None:
    program = install_fake_client(tmp_path / "bin")
    told = f"echo $$ $ANTHROPIC_BASE_URL > {tmp_path}/told.part; mv {tmp_path}/told.part {tmp_path}/told; exec sleep 600"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exit\n{told}\n')
    found = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    with start("exam", "--scenario", "spoken-nothing", folder=tmp_path, PATH=found, TMPDIR=str(tmp_path)) as process:
        while not (tmp_path / "told").exists():
            assert process.poll() is None
        process.send_signal(how)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert not list(tmp_path.glob("finestream-*"))
    pid, address = (tmp_path / "told").read_text().split()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)
    with pytest.raises(OSError):
        create_connection((urlsplit(address).hostname, urlsplit(address).port))
