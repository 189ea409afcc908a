"""Each command and each of its subcommands explains itself, and every option of it."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from finestream.cli.commands import COMMANDS, group
from finestream.cli.main import main


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
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_names_usage_purpose_and_every_option(path: tuple[str, ...], flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*path, flag]) == 0
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
