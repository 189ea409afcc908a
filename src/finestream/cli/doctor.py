"""``finestream doctor``: what is wrong with an installation, and what to do about it. SHELL."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from finestream.cli.client import find_client, other_provider
from finestream.cli.client_settings import settings_files
from finestream.cli.config import load_settings
from finestream.cli.installing import shipped_assets
from finestream.cli.options import FOLDER
from finestream.errors import ClientError, FinestreamError, InstallError
from finestream.printable import printable
from finestream.quantities import address
from finestream.settings import Settings
from finestream.shipped import folder

if TYPE_CHECKING:
    from finestream.doctor import Check, Finding, Patient

_MARKS = {"fine": ("ok", "green"), "warning": ("warning", "yellow"), "broken": ("BROKEN", "bold red")}


@click.command("doctor")
@click.option("--project", type=FOLDER, default=".", help="Which project.")
@click.option("--user", is_flag=True, help="The user's own settings instead of a project's.")
@click.option("--fix", is_flag=True, help="Repair what is ours: a dead address, missing hook files.")
@click.option("--upstream", metavar="URL", help="Look at this API, too, with a few small requests; a model answers two of them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, project: Path, user: bool, fix: bool, upstream: str | None, as_json: bool) -> int:
    """Look at an installation, explain what is wrong with it, and with --fix mend what is ours.

    Exit code 1: something is broken.
    """
    from finestream.doctor import examine, mend

    patient = _patient(project, is_user=user, upstream=_address(upstream))
    found = list(examine(patient))
    done = mend(finding for _, finding in found) if fix else []
    if done:
        found = list(examine(_patient(project, is_user=user, upstream=patient.upstream)))
    if as_json:
        click.echo(json.dumps(_as_json(patient, found, done)))
    else:
        _print(found, done)
    return int(any(finding.severity == "broken" for _, finding in found))


def _patient(project: Path, *, is_user: bool, upstream: str | None) -> Patient:
    from finestream.doctor import Patient, read_sheets

    files = [(layer, path) for layer, path in settings_files(project, os.environ) if not is_user or layer in ("user", "managed")]
    known = {**os.environ}
    settings, remarks, refusal = Settings(), tuple[str, ...](), None
    try:
        settings, remarks = load_settings(project)
    except FinestreamError as error:
        refusal = error
    patient = Patient(
        project=project,
        environ=known,
        sheets=read_sheets(files),
        settings=settings,
        client=_client(),
        upstream=upstream,
        shipped=folder("hooks"),
        assets=_assets(),
        remarks=remarks,
        refusal=refusal,
    )
    return Patient(**{**vars(patient), "provider": other_provider(patient.env)})


def _assets() -> Collection[str]:
    try:
        return shipped_assets().files.keys()
    except InstallError:  # a copy of finestream that is not complete
        return ()


def _client() -> Path | None:
    try:
        return find_client(os.environ)
    except ClientError:
        return None


def _address(text: str | None) -> str | None:
    try:
        return None if text is None else address(text)
    except ValueError as error:
        raise click.UsageError(f"'--upstream' {error}") from None


def _as_json(patient: Patient, found: Sequence[tuple[Check, Finding]], done: Sequence[str]) -> dict[str, object]:
    findings = [
        {"id": check.id, "what": check.what, "severity": one.severity, "message": one.message, "fix": one.fix or None, **_facts(one)}
        for check, one in found
    ]
    return {"project": str(patient.project), "mended": list(done), "findings": findings}


def _facts(finding: Finding) -> dict[str, object]:
    return {"facts": finding.facts} if finding.facts else {}


def _print(found: Sequence[tuple[Check, Finding]], done: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    for check, finding in found:
        word, style = _MARKS[finding.severity]
        said = Text(printable(finding.message, lines=True))
        if finding.fix:
            said.append(f"\n{printable(finding.fix, lines=True)}", style="dim")
        table.add_row(Text(word, style), check.id, said)
    console = Console(highlight=False)
    for sentence in done:
        console.print(Text(f"mended: {printable(sentence, lines=True)}"))
    console.print(table)
