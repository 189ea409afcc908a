"""Giving back what arrived of a tool input. SHELL. Its one law: no file is replaced unasked, and no terminal is sent what it would obey."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from finestream.errors import FinestreamError, JournalError
from finestream.printable import printable
from finestream.story import Arrived, Missing, arrived, parameter


def found_input(records: Sequence[dict[str, Any]], folder: Path) -> Arrived:
    """Return what arrived of the call whose records these are.

    Raises:
        JournalError: Nothing of it is in the journal.
    """
    found = arrived(records)
    if isinstance(found, Missing):
        raise JournalError(found.reason, found.fix, path=str(folder))
    return found


def wanted_part(found: Arrived, name: str | None) -> tuple[str, list[str]]:
    """Return the text to give, all of it or the value of one parameter, and what is to be said of it.

    Raises:
        FinestreamError: It has no such parameter.
    """
    remarks = list(found.remarks)
    if name is None:
        return found.text, remarks
    part = parameter(found.corrected or found.text, name)
    if isinstance(part, list):
        there = f"What arrived has: {', '.join(map(printable, part))}." if part else "Leave --parameter out to see what arrived."
        raise FinestreamError(f"no parameter {printable(name)!r} arrived", there)
    size = len(part.value.encode("utf-8", "surrogatepass"))
    if part.is_whole:
        remarks.append(f"{name} itself is whole: {size:,} bytes" + (", as corrected" if found.corrected else ""))
    else:
        remarks.append(f"{name} is incomplete: its first {size:,} bytes")
    return part.value, remarks


def deliver(text: str, file: Path | None, *, force: bool) -> None:
    """Write ``text`` to a file, or to stdout.

    Raises:
        FinestreamError: The file is there already, or cannot be written.
    """
    data = text.encode("utf-8", "replace" if _has_halves(text) else "strict")
    if file is not None:
        _save(data, file, force=force)
    elif sys.stdout.isatty():
        shown = printable(text, lines=True)
        click.echo(shown)
        if shown != text:
            click.echo("finestream: what a terminal would obey is spelled out here; with -o FILE it is written as it is", err=True)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


def _has_halves(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _save(data: bytes, file: Path, *, force: bool) -> None:
    how = os.O_TRUNC if force else os.O_EXCL
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o666)
    except FileExistsError as error:
        raise FinestreamError(f"{file} is there already", "Name another file, or replace it with --force.") from error
    except OSError as error:
        raise FinestreamError(f"{file} cannot be written: {error.strerror}", "Name a file in a folder that you can write to.") from error
    with os.fdopen(handle, "wb") as output:
        output.write(data)
    click.echo(f"finestream: written to {file}", err=True)
