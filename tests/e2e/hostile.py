"""A project in which everything that comes from elsewhere is meant to do harm: paths, names, inputs, runs, lines of the journal."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from finestream.catalog import Step, Workflow
from finestream.cli.shelf import AGENTS, definitions, load_shipped
from finestream.workflow.folder import Folder
from finestream.workflow.plan import make_plan
from tests.cli.journal_of import write_journal
from tests.story.records import correction, row, tool_input

STRINGS = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror="window.pwned=2">',
    "<svg onload=window.pwned=3>",
    "javascript:window.pwned=4",
    "</script><script>window.pwned=5</script>",
    "{{constructor.constructor('window.pwned=6')()}}${window.pwned=7}",
)
TURNED = "safe\u202egpj.exe\u2066\u200b\ud800"
ESCAPED = "\x1b]0;pwned\x07\x1b[31mred\x1b[0m\x00"
Json = dict[str, Any]


def _calls() -> list[Json]:
    found = []
    for number, text in enumerate((*STRINGS, TURNED, ESCAPED, "x" * 100_000)):
        who: Json = {"agent_from": text, "agent_to": text, "tool": text, "target": text, "session_id": f"s{number}<b>", "agent_id": None}
        what: Json = {"tool_use_id": f"t{number}<i onclick=window.pwned=8>", "INVALID_JSON": text * 3, "path": text, "location": text}
        change = {"rule": text, "path": text, "offset": 1, "before": text, "after": f"{text}!"}
        spans = [[[text, 0], 0, 10, text, 5.0], [[text, 1], 10, 20, text, 9.0]]
        found += [
            row(10, "cut", **who, **what, outcome="pending", delay=text, error=text),
            row(11, **who, **what, error=text, checkpoint=3),
            correction(12, **who, **what, changes=[change], auto_fixed=text, after=f"{text}!", reason=text),
            tool_input(13, "corrected", **who, tool_use_id=what["tool_use_id"], spans=spans),
        ]
    return found


def hostile_project(project: Path) -> None:
    """Write it."""
    moment = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - 60))
    calls = [{**each, "timestamp": each["timestamp"].replace("2026-11-25T10:00", moment)} for each in _calls()]
    write_journal(project, calls, [])
    shelf = definitions(load_shipped(AGENTS))
    steps = tuple(Step(id=text, agent="qa", needs=STRINGS[max(0, number - 1) : number], line=1) for number, text in enumerate(STRINGS))
    plan = make_plan(Workflow(STRINGS[0], "w.yaml", steps), shelf, f"{STRINGS[1]} {TURNED} {ESCAPED}", shipped=frozenset(shelf))
    folder = Folder(project / ".claude" / "finestream" / "runs" / "20261126-000000-<b>")
    folder.begin(plan, {"backend": "api"})
    now = time.time() - 60
    with (folder.path / "events.jsonl").open("w", encoding="utf-8") as file:
        for number, text in enumerate(STRINGS):
            upto = {STRINGS[number - 1]: 1} if number else {}
            for entry in (
                {"kind": "began", "session": f"s{number}<b>", "is_fresh": True},
                {"kind": "given", "upto": upto, "outcomes": {}, "marker": text},
                {"kind": "handing"},
                {"kind": "part", "number": 1, "member": text, "form": "item", "place": 0, "text": text, "replaces": None},
                {"kind": "failed", "cause": text, "fix": text},
            ):
                now += 0.1
                file.write(json.dumps({"step": text, "at": now, **entry}) + "\n")
