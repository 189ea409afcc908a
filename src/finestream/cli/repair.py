"""``finestream repair``: correct one malformed tool input, or say why not. SHELL.

The corrected JSON goes to stdout and what was done to stderr, so that the command can stand in a pipe.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from finestream.repair import Change, Intact, Refused, Repaired

_SHOWN = 60
"""Characters of the input that a line shows of each piece."""

_TOLD = 20
"""Changes that are told one by one; --json tells all of them."""

_FILE = click.Path(path_type=Path, allow_dash=True, readable=False)  # whether it can be read shows when it is


@click.command("repair")
@click.argument("file", type=_FILE, default="-")
@click.option("--schema", "schema_file", type=_FILE, help="The tool's input schema, or a tool definition that holds it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: the outcome, the text, and the changes, findings or reason.")
@click.pass_context
def command(context: click.Context, *, file: Path, schema_file: Path | None, as_json: bool) -> None:
    """Correct one tool input, from FILE or from stdin, where it has exactly one reading.

    Prints the corrected JSON on stdout and the changes on stderr. What is refused exits with 1 and the reason. What parses is printed as it
    is, with exit code 0; what looks wrong in it, or does not match the schema, is said on stderr.
    """
    from finestream.repair import Refused, repair  # here, so that --help does not pay for it

    schema = _read_schema(schema_file) if schema_file else None
    text = _read_text(file)
    result = repair(text, schema)
    if as_json:
        _write(json.dumps(_described(result, text)) + "\n")
    else:
        _tell(result, text)
    if isinstance(result, Refused):
        context.exit(1)


def _tell(result: Repaired | Refused | Intact, text: str) -> None:
    from finestream.repair import Intact, Repaired

    if isinstance(result, Repaired):
        _write(result.text if result.text.endswith("\n") else result.text + "\n")
        for change in result.changes[:_TOLD]:
            _say(f"{change.rule}: {change.path}, character {change.offset + 1}: {_short(change.before)} -> {_short(change.after)}")
        if len(result.changes) > _TOLD:
            _say(f"and {len(result.changes) - _TOLD} more changes; --json tells them all")
    elif isinstance(result, Intact):
        _write(text)
        for finding in result.findings:
            _say(finding)
    else:
        where = "" if result.offset is None else f" (character {result.offset + 1})"
        _say(f"{result.rule}: {result.reason}{where}")
        if result.offset is not None and text[result.offset :].strip():
            _say(f"  there: {_short(text[result.offset :])}")


def _say(line: str) -> None:
    """Say something about a text that is foreign: no terminal obeys it."""
    from finestream.printable import printable

    click.echo(printable(line), err=True)


def _described(result: Repaired | Refused | Intact, text: str) -> dict[str, object]:
    from finestream.repair import Intact, Repaired

    if isinstance(result, Repaired):
        return {"outcome": "repaired", "text": result.text, "changes": [_fields(change) for change in result.changes]}
    if isinstance(result, Intact):
        return {"outcome": "intact", "text": text, "findings": result.findings}
    return {"outcome": "refused", "rule": result.rule, "reason": result.reason, "offset": result.offset}


def _fields(change: Change) -> dict[str, object]:
    return {"rule": change.rule, "offset": change.offset, "path": change.path, "before": change.before, "after": change.after}


def _short(text: str) -> str:
    return json.dumps(text if len(text) <= _SHOWN else text[:_SHOWN] + "...", ensure_ascii=False)


def _write(text: str) -> None:
    """Write UTF-8 whatever the terminal's locale is: this is a file's content, not a message."""
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.flush()


def _read_text(file: Path) -> str:
    data = sys.stdin.buffer.read() if str(file) == "-" else _read(file, "the tool input")
    return _decoded(data, "the tool input")


def _read_schema(file: Path) -> dict[str, Any]:
    """Read a schema.

    Raises:
        FinestreamError: It cannot be read, or is none.
    """
    from finestream.errors import FinestreamError
    from finestream.repair.schema import Schema

    fix = "Give the tool's input_schema as a JSON file."
    try:
        found = json.loads(_decoded(_read(file, "the schema"), "the schema").removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise FinestreamError(f"{file} is not JSON: {error}", fix) from error
    schema = found.get("input_schema", found) if isinstance(found, dict) else found
    if not isinstance(schema, dict):
        raise FinestreamError(f"{file} holds no JSON object", fix)
    if Schema(schema).misfits({}) is None:
        raise FinestreamError(
            f"{file} cannot be used as a JSON Schema", "Check its types, patterns and references; remote ones are not fetched."
        )
    return schema


def _read(file: Path, what: str) -> bytes:
    from finestream.errors import FinestreamError

    try:
        return file.read_bytes()
    except OSError as error:
        raise FinestreamError(f"{what} cannot be read from {file}: {error.strerror}", "Give the path of a readable file.") from error


def _decoded(data: bytes, what: str) -> str:
    from finestream.errors import FinestreamError

    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FinestreamError(f"{what} is not UTF-8: byte {error.start + 1} cannot be read", "Save it as UTF-8.") from error
