"""The README says what is true: its marked examples are run, its defaults are the defaults, its links and commands exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from finestream.cli.commands import COMMANDS
from finestream.settings import Layer, Settings, parse_settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "scripts" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


class Fence(NamedTuple):
    info: str
    text: str


def fences(text: str) -> list[Fence]:
    return [Fence(*found) for found in re.findall(r"^```(\w[^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def examples() -> list[tuple[str, str]]:
    """Return the marked examples, each with the output that follows it."""
    found = fences(README)
    return [(each.text, after.text) for each, after in pairwise(found) if (each.info, after.info) == ("bash run", "text output")]


def test_every_marked_example_has_its_output() -> None:
    assert len(examples()) == sum(fence.info == "bash run" for fence in fences(README)) > 0


@pytest.mark.parametrize(("code", "output"), examples())
def test_the_example_prints_what_the_readme_says(code: str, output: str, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "finestream"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m finestream "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euc", code],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == output


def test_the_settings_it_shows_are_the_defaults() -> None:
    (text,) = (fence.text for fence in fences(README) if fence.info == "yaml settings")
    assert parse_settings([Layer("README.md", text, True)]) == (Settings(), ())


def test_it_names_the_commands_that_there_are() -> None:
    assert set(re.findall(r"^\| `finestream (\w+)", README, re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
