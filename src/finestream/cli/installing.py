"""What ``install`` and ``uninstall`` have in common: where it goes, what is shipped, and how it is told. SHELL.

Its one law: what was done goes to stdout, what somebody should see to goes to stderr.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath

import click

from finestream.install import Assets, Place, Plan, load_assets, project_place, user_place
from finestream.install.differences import difference
from finestream.install.layout import LOCAL, MONITOR, RECORD, SETTINGS
from finestream.journal.scrubbing import REDACTED, redact
from finestream.printable import printable
from finestream.shipped import folder

_MANY = 3
_TOKEN = re.compile(r"(?<=//127\.0\.0\.1:)[0-9]{1,5}/[\w-]{16,}")
_NAMED = re.compile(r'("[^"\n]*(?:key|token(?!s)|secret|password|credential|header)[^"\n]*"\s*:\s*)"(?:[^"\\\n]|\\.)*"', re.IGNORECASE)


def chosen_place(project: Path | None, *, for_user: bool) -> Place:
    """Return where the command line wants it."""
    if project and for_user:
        raise click.UsageError("--project and --user exclude each other.")
    return user_place(os.environ) if for_user else project_place(project or Path.cwd(), os.environ)


def shipped_assets() -> Assets:
    """Return what this finestream brings along."""
    return load_assets(folder)


def tell(plan: Plan, *, is_dry: bool, as_json: bool) -> None:
    """Print what was done, or with ``is_dry`` what would be."""
    if as_json:
        told = asdict(plan.report) | ({"diff": _diff(plan)} if is_dry else {})
        click.echo(json.dumps(told))
        return
    if is_dry:
        _write(_diff(plan))
    else:
        for line in _done(plan):
            click.echo(printable(line))
    for sentence in (*plan.report.kept, *plan.report.refused, *plan.report.warnings):
        click.echo(f"finestream: {printable(sentence, lines=True)}", err=True)


def _diff(plan: Plan) -> str:
    changes = [(plan.place.shown(change.path.relative_to(plan.place.root).as_posix()), change) for change in plan.changes]
    private = (plan.place.shown(RECORD), plan.place.shown(MONITOR))
    parts = [_without_secrets(difference(name, change.before, change.after, is_private=name in private), name) for name, change in changes]
    gone = [plan.place.shown(path.relative_to(plan.place.root).as_posix()) for path in plan.rubbish]
    return "".join([*parts, *(f"File a/{name} is removed\n" for name in gone)])


def _without_secrets(diff: str, name: str) -> str:
    """Return the diff of a settings file without the credentials in it; what had some is to be read only, and no program applies it."""
    shown = diff
    if PurePosixPath(name).name in (SETTINGS, LOCAL):
        shown = redact(_NAMED.sub(rf'\1"{REDACTED}"', _TOKEN.sub(REDACTED, diff)))
    return diff if shown == diff else "".join(f"# {line}\n" for line in (*shown.splitlines(), "(shown without credentials)"))


def _write(text: str) -> None:
    """Write UTF-8 whatever the terminal's locale is: this is for other programs, too. Only they get what a terminal would obey."""
    text = printable(text, lines=True) if sys.stdout.isatty() else text
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.flush()


def _done(plan: Plan) -> Iterator[str]:
    report = plan.report
    yield from _listed("wrote", report.written)
    yield from _listed("removed", report.removed)
    if not report.written and not report.removed:
        yield "Nothing to do." if not report.unchanged else "Nothing to do: all of it is there already."


def _listed(verb: str, paths: Iterable[str]) -> Iterator[str]:
    """Name files, and where a folder has many of them the folder."""
    paths = list(paths)
    folders = Counter(str(PurePosixPath(path).parent) for path in paths)
    told = set()
    for path in paths:
        above = str(PurePosixPath(path).parent)
        if folders[above] <= _MANY:
            yield f"{verb} {path}"
        elif above not in told:
            told.add(above)
            yield f"{verb} {folders[above]} files in {above}/"
