"""What a clone has put into its files is told, and no terminal obeys it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finestream.cli import running
from tests.cli.starting import finish
from tests.doctor.patients import settle
from tests.install.shipping import write
from tests.permanent.arranging import arrange

EVIL = "\x1bc\x07\u202e\x9b2j"  # without a bracket, which no address may have
SPELLED = "\\x1bc\\x07\\u202e\\x9b2j"


def told(folder: Path, *arguments: str) -> str:
    _, out, err = finish(*arguments, folder=folder, PYTHONUTF8="1", COLUMNS="1000")
    assert not any(char in out + err for char in "\x1b\x07\u202e\x9b"), ascii(out + err)
    return out + err


def listed(folder: Path) -> None:
    path = f"hooks/finestream/{EVIL}.py"
    write(folder / ".claude" / path, "mine")
    write(folder / ".claude" / "hooks" / "finestream" / "manifest.json", {"files": {path: "0"}})


def test_the_doctor(tmp_path: Path, home: Path) -> None:
    settle(tmp_path, "settings.json", {"env": {"ANTHROPIC_BASE_URL": f"https://{EVIL}"}})
    assert SPELLED in told(tmp_path, "doctor")


@pytest.mark.parametrize("verb", ["install", "uninstall"])
def test_names_of_a_list(verb: str, tmp_path: Path, home: Path) -> None:
    listed(tmp_path)
    assert SPELLED in told(tmp_path, verb)


def test_the_address_that_an_installation_does_not_follow(tmp_path: Path, home: Path) -> None:
    settle(tmp_path, "settings.json", {"env": {"ANTHROPIC_BASE_URL": f"https://{EVIL}"}})
    assert SPELLED in told(tmp_path, "install", "--monitor")


def test_an_error(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path, project=EVIL)
    said = told(tmp_path, "monitor", "--permanent")
    assert f"another folder, {SPELLED}\n  Run" in said


def test_what_a_server_says(capsys: pytest.CaptureFixture[Any]) -> None:
    running.tell(f"a {EVIL}\n  b")
    assert capsys.readouterr().err == f"finestream: a {SPELLED}\n  b\n"


AGENT = """---
name: {name}
description: d{evil}
tools: [Read, "x{evil}"]
mode{evil}l: x
---
{evil}
"""
WORKFLOW = """workflow: {name}
steps:
  - agent: "no{evil}"
    prompt: "{evil}"
  - unknown{evil}: 1
"""
LISTED = [
    *(("agents", *rest) for rest in (["list"], ["check"], ["show", "evil"], ["show", "a"])),
    *(("workflows", *rest) for rest in (["list"], ["check"], ["show", "evil"], ["show", "a"])),
    ("run", "evil", "Build it."),
    ("dashboard",),
    ("monitor", "--upstream", "nonsense"),
]


@pytest.mark.parametrize("arguments", LISTED, ids=" ".join)
def test_definitions_and_settings_of_a_project(arguments: tuple[str, ...], tmp_path: Path, home: Path) -> None:
    folder = tmp_path / ".claude"
    for place, ending, text in ((folder / "agents", ".md", AGENT), (folder / "finestream" / "workflows", ".yaml", WORKFLOW)):
        place.mkdir(parents=True)
        # YAML forbids what is obeyed by most terminals, but not what turns the direction, and a name of a file may hold anything.
        (place / f"a{EVIL}{ending}").write_text(text.format(name="a", evil="\u202e"), encoding="utf-8")
        (place / f"evil{ending}").write_text(text.format(name="evil", evil=EVIL), encoding="utf-8")
    (folder / "finestream.yaml").write_text("un\u202eknown: 1\n", encoding="utf-8")
    assert told(tmp_path, *arguments)


@pytest.mark.parametrize("text", [f'{{"a": "{EVIL}", "b": "c\\d{EVIL}"}}', f'{{"a": "{EVIL}', f'{{"a": nothing{EVIL}}}'])
def test_what_was_repaired(text: str, tmp_path: Path) -> None:
    _, _, err = finish("repair", folder=tmp_path, stdin=text, PYTHONUTF8="1")
    assert err
    assert not any(char in err for char in "\x1b\x07\u202e\x9b"), ascii(err)
