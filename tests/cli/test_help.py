"""Each command and each of its subcommands explains itself, and every option of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from finestream.cli.commands import COMMANDS, group
from finestream.cli.main import main
from tests.cli.starting import finish


def walked(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from walked(found, (*path, name))


EVERY = dict(walked(group))


def test_all_are_walked() -> None:
    assert {path[0] for path in EVERY if path} == set(COMMANDS)
    assert ("logs", "recover") in EVERY and ("agents", "check") in EVERY


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_the_help_names_usage_purpose_and_every_option(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*path, "--help"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    text = " ".join(shown.out.split())
    assert text.startswith(f"Usage: {' '.join(('finestream', *path))} ")
    purpose = (EVERY[path].help or "").split("\n\n")[0].split("\f")[0]
    assert purpose and " ".join(purpose.split()) in text
    for option in EVERY[path].params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help, f"{option.opts} says nothing"
            assert option.opts[0] in text


@pytest.mark.parametrize("path", [(), ("repair",), ("agents",), ("agents", "check")], ids=" ".join)
def test_it_has_a_short_name(path: tuple[str, ...], tmp_path: Path) -> None:
    """In a process of its own: a command that was called without its group before keeps what click found out then."""
    assert finish(*path, "-h", folder=tmp_path) == finish(*path, "--help", folder=tmp_path)
    assert finish(*path, "-h", folder=tmp_path)[0] == 0
