"""Files that people, other programs or a full disk have written: the journal, settings, scripts, definitions, hook events."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Hashable, Iterable
from functools import cache
from pathlib import Path

from finestream.catalog import parse_agent, parse_workflow
from finestream.errors import ScriptError, SettingsError
from finestream.install.edits import new_object
from finestream.install.entries import Wanted, added, check_shape, stands, without
from finestream.install.spans import NotJson
from finestream.journal import EVENTS, Damage, last_lines, read_records
from finestream.journal.lines import LineFile
from finestream.settings import Layer, parse_settings
from finestream.simulator.scriptfile import EXAMPLE, parse_script
from tests.fuzz.engine import Target
from tests.fuzz.targets.streams import cuts
from tests.install.shipping import handler

_YAML = tuple(
    word.encode()
    for word in (
        *(
            "\n",
            "  ",
            "\n  ",
            "- ",
            ": ",
            "{",
            "}",
            "[",
            "]",
            ", ",
            "&a ",
            "*a",
            "<<: *a",
            "!!int ",
            "!!python/object:os.system ",
            "? ",
            "| \n",
        ),
        *("> \n", "'", '"', "# ", "---\n", "...\n", "%YAML 1.1\n", "null", "~", "on", "off", "2001-01-01", "0x1f", "0o7", "1_000", "1e400"),
        *(".inf", ".nan", "10s", "1h", "5%", "16KB", "-1", "\ufeff", "\u2028", "\x00", "\x85", "\ud7ff", "é", "\t"),
    )
)
_SETTINGS = tuple(
    f"{key}: ".encode()
    for key in (
        *(
            "recovery",
            "attempts",
            "backoff",
            "stall",
            "hold",
            "size",
            "time",
            "ping",
            "max_tokens_ceiling",
            "repair",
            "limits",
            "body",
            "input",
        ),
        *("journal", "content", "content_limit", "rotate", "keep", "monitor", "idle", "alerts", "latency", "upstream"),
    )
)
_AGENT = b"---\nname: a\ndescription: Use it.\ntools: Read, Write\nstreaming_priority: high\n---\nDo it.\n"
_WORKFLOW = b'name: w\ndescription: Use it.\nsteps:\n  - agent: a\n  - agent: b\n    needs: [a]\n    when: request contains "x"\n'
_RECORD = {"event": "last", "n": 1}


def outline(message: str) -> str:
    """What a complaint says, without what it names."""
    return re.sub(r"'[^']*'?|[^ a-z]+|not .*", " ", message)[:30]


@cache
def _folder() -> Path:
    """A folder for this process."""
    kept = tempfile.TemporaryDirectory(prefix="finestream-fuzz-")
    _open.append(kept)
    return Path(kept.name)


_open: list[tempfile.TemporaryDirectory[str]] = []


def check_journal(data: bytes) -> Iterable[Hashable]:
    """Whatever stands in the file, reading it raises nothing, and a record that is appended is whole and does not spoil those before it."""
    path = _folder() / EVENTS
    path.write_bytes(data)
    damage = Damage()
    before = list(read_records(path, damage=damage))
    last = data.rpartition(b"\n")[2]
    LineFile(path, rotate=1 << 30, keep=1).append(json.dumps(_RECORD).encode())
    assert path.read_bytes().startswith(data), "what was there has been changed"
    after = list(read_records(path))
    assert after == [*before, _RECORD], "a record was lost or spoilt"
    assert last_lines(path, 1 << 20)[-1] == json.dumps(_RECORD).encode()
    return {min(len(before), 4), min(damage.lines, 4), bool(last.strip())}


def check_settings(data: bytes) -> Iterable[Hashable]:
    """Two layers of text are obeyed, or refused with the line of one of them."""
    trusted, _, project = data.partition(b"\0")
    layers = [Layer("user", trusted.decode("utf-8", "replace"), True), Layer("project", project.decode("utf-8", "replace"), False)]
    try:
        settings, warnings = parse_settings(layers)
    except SettingsError as error:
        text = layers[error.path == "project"].text
        assert 1 <= error.line <= len(text.splitlines()) + 1, "a line that is not there"
        assert error.message and error.fix
        return {outline(error.message)}
    assert settings.stall > 0 and settings.hold_size >= 0 and settings.attempts >= 0
    return {tuple(warning.split("key", 1)[0][:12] for warning in warnings[:3]), settings.recovery, settings.repair}


def check_script(data: bytes) -> Iterable[Hashable]:
    """A script is read, or refused with its line."""
    text = data.decode("utf-8", "replace")
    try:
        script = parse_script(text, "script")
    except ScriptError as error:
        name, _, line = error.path.rpartition(":")
        assert name == "script" and 1 <= int(line) <= len(text.splitlines()) + 2, f"a line that is not there: {error.path}"
        return {outline(error.message)}
    return {len(script.routes), *(type(block).__name__ for route in script.routes for turn in route.turns for block in turn.blocks)}


def check_catalog(data: bytes) -> Iterable[Hashable]:
    """A definition is read, or each thing that is wrong is named with rule and line."""
    text = data.decode("utf-8", "replace")
    seen: set[Hashable] = set()
    for parse in (parse_agent, parse_workflow):
        found, findings = parse(text, "file")
        assert found is not None or findings, "nothing was read, and nothing is said"
        for finding in findings:
            assert 1 <= finding.line <= len(text.splitlines()) + 2, f"a line that is not there: {finding}"
            assert finding.message and finding.fix
        seen |= {finding.rule for finding in findings}
    return seen


_WANTED = Wanted({"Stop": [{"hooks": [handler("post_tool")]}]}, {("env", "ANTHROPIC_BASE_URL"): "http://127.0.0.1:4321/" + "t" * 32})


def check_edits(data: bytes) -> Iterable[Hashable]:
    """What is put into a settings file and taken out again leaves each byte of the rest as it was."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        check_shape(text, _WANTED)
    except (NotJson, ValueError) as error:
        return {str(error)[:12]}
    new, trace = added(text, _WANTED)
    assert stands(new, _WANTED), "what was put in is not there"
    json.loads(new)
    assert without(new, trace) == text, "the text is not what it was"
    return {"edited", new_object(text) == new}


def check_lines(data: bytes) -> Iterable[Hashable]:
    """However a journal is written and torn, each line that was appended whole is read. The first byte: how it is torn."""
    path = _folder() / "torn.jsonl"
    path.unlink(missing_ok=True)
    file = LineFile(path, rotate=1 << 30, keep=1)
    records = []
    for number, piece in enumerate(cuts(data[1:], data[0] if data else 0)):
        records.append({"n": number, "text": piece.decode("utf-8", "surrogateescape")})
        file.append(json.dumps(records[-1]).encode())
        if piece[-1] & 1:  # killed in the middle of a line
            line = json.dumps({"torn": number, "text": "x" * (piece[-1] >> 1)}).encode()
            with path.open("ab") as handle:
                handle.write(line[: -1 - piece[0] % len(line)])
        if number > 40:
            break
    found = list(read_records(path)) if path.exists() else []
    assert found == records, "a whole line was lost, or a torn one was taken for a whole one"
    return {min(len(records), 5)}


TARGETS = (
    Target(
        "journal", check_journal, (b"\n", b"{", b"}", b'{"n": 1}\n', b'{"event": "', b"\x00", b"[", b"null\n", b"\xe2\x80\xa8", b"1" * 5000)
    ),
    Target("lines", check_lines, (b"\n", b"\r", b"\x00", b"\xe2\x80\xa8", b"\x85", b"{}")),
    Target("settings", check_settings, (*_YAML, *_SETTINGS, b"\0")),
    Target("scriptfile", check_script, (*_YAML, *(line.encode() + b"\n" for line in EXAMPLE.splitlines()), b"raw: ", b"author: "), 1500),
    Target("catalog", check_catalog, (*_YAML, _AGENT, _WORKFLOW, *(line + b"\n" for line in (_AGENT + _WORKFLOW).splitlines())), 1500),
    Target(
        "edits",
        check_edits,
        (b"{", b"}", b"[", b"]", b'"hooks": ', b'"env": ', b'"Stop": ', b'"', b",", b":", b"\n  ", b"\r\n", b"1", b"\t"),
    ),
)
