"""Settings files of every kind: to the byte as before after an uninstallation, foreign parts untouched in between, and no second change."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from finestream.install import Place, install, project_place, uninstall
from tests.install.shipping import ADDRESS, EVENTS, contents, handler, order, ship

FOREIGN = {"type": "command", "command": "./lint.sh", "timeout": 30}
PRE = {"matcher": "Write|Edit", "hooks": [FOREIGN]}
RICH: dict[str, Any] = {
    "$schema": "https://json.schemastore.org/claude-code-settings.json",
    "permissions": {"allow": ["Bash(git *)"], "deny": []},
    "hooks": {"PreToolUse": [PRE], "Stop": [{"hooks": [{"type": "prompt", "prompt": "Done? \u00e9\u4f60"}]}], "PostToolUse": []},
    "env": {"A": "1"},
}


def dumped(value: Any = RICH, indent: int | str | None = 2, end: str = "\n", **more: Any) -> str:
    return json.dumps(value, indent=indent, **more) + end


def with_hooks(hooks: Any) -> str:
    return dumped({"model": "opus", "hooks": hooks})


# Each is what stands in settings.json before; None: there is no file.
SAME: dict[str, str | bytes | None] = {
    "missing": None,
    "empty": "",
    "blank": "\n\n",
    "blank with bom": "\ufeff\n",
    "blank crlf": " \r\n\t",
    "empty object": "{}",
    "empty object, newline": "{}\n",
    "empty object, spaced": "{ }",
    "empty object, open": "{\n}\n",
    "empty object, wide": "{\n\n\n}",
    "one member": '{"model":"opus"}',
    "one line": '{"model": "opus", "env": {"A": "1"}}\n',
    "one line with hooks": '{"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "x"}]}]}, "a": 1}',
    "compact": dumped(indent=None, end="", separators=(",", ":")),
    "two spaces": dumped(),
    "four spaces": dumped(indent=4),
    "three spaces": dumped(indent=3),
    "tabs": dumped(indent="\t"),
    "no indentation": dumped(indent=0),
    "no trailing newline": dumped(end=""),
    "trailing blank lines": dumped(end="\n\n \n"),
    "leading blank lines": "\n\n" + dumped(),
    "crlf": dumped().replace("\n", "\r\n"),
    "crlf, no end": dumped(end="").replace("\n", "\r\n"),
    "mixed line ends": dumped().replace("\n", "\r\n", 3),
    "bom": "\ufeff" + dumped(),
    "bom and crlf": "\ufeff" + dumped().replace("\n", "\r\n"),
    "unicode as it is": dumped(ensure_ascii=False),
    "unicode escaped": dumped(ensure_ascii=True),
    "lone surrogate": '{"a": "\\ud800", "hooks": {}}',
    "odd white space": '{ "model"  :"opus"\n\n,"hooks" :{"Stop": [ ] ,\t"PreToolUse":[ ]\n}   }',
    "comma first": '{ "model": "opus"\n, "hooks": { }\n, "z": 1\n}\n',
    "numbers to the digit": '{"a": 1.50e+10, "b": -0, "c": 123456789012345678901234567890}',
    "duplicate keys": '{\n  "model": "a",\n  "hooks": {"Stop": [1]},\n  "model": "b",\n  "hooks": {"Stop": []}\n}\n',
    "duplicate events": '{"hooks": {"PreToolUse": [{"hooks": [1]}], "PreToolUse": []}}',
    "duplicate env": '{"env": {"A": "1"}, "env": {"A": "2", "A": "3"}}',
    "hooks empty": with_hooks({}),
    "hooks with empty event": with_hooks({"PreToolUse": []}),
    "all events are somebody's": with_hooks({event: [PRE] for event in EVENTS}),
    "matcher groups": with_hooks({"PreToolUse": [PRE, {"matcher": "", "hooks": [FOREIGN, FOREIGN]}, {"matcher": "mcp__.*", "hooks": []}]}),
    "nested hooks elsewhere": dumped({"plugins": {"hooks": {"PreToolUse": [handler("pre_tool")]}}, "a": [{"hooks": []}]}),
    "groups of odd shapes": with_hooks({"PreToolUse": [None, 1, "x", [], {}, {"hooks": None}, {"hooks": [None, 2, {"command": 3}]}]}),
    "looks like ours": with_hooks({"Stop": [{"hooks": [{"type": "command", "command": "my-hooks/finestream/tool.py"}]}]}),
    "other URLs": with_hooks({"Stop": [{"hooks": [{"type": "http", "url": "http://127.0.0.1:80/hooks/Stop"}]}]}),
    "disabled hooks": dumped({"disableAllHooks": True, **RICH}),
    "foreign status line": dumped({"statusLine": {"type": "command", "command": "~/line.sh"}}),
    "foreign address": dumped({"env": {"ANTHROPIC_BASE_URL": "https://gateway.example.org", "ENABLE_TOOL_SEARCH": "false"}}),
    "deep": '{"a": ' + "[" * 5000 + "]" * 5000 + "}",
    "deep in hooks": '{"hooks": {"Stop": [{"hooks": [' + '{"a":' * 3000 + "1" + "}" * 3000 + "]}]}}",
    "huge": dumped({"permissions": {"allow": [f"Bash(command-{number}:*)" for number in range(20000)]}, **RICH}),
    "long line": dumped({"a": "x" * 300_000}),
}
FLAVOURS = {"commands": {}, "monitor": {"monitor": True}, "all": {"monitor": True, "status_line": True, "force": True}}


@pytest.fixture
def place(tmp_path: Path, home: Path) -> Place:
    """A project; its name is as awkward as one may be."""
    project = tmp_path / 'it\'s "a" pr\u00f6ject $HOME'
    project.mkdir()
    return project_place(project, os.environ)


def put(place: Place, content: str | bytes | None, name: str = "settings.json") -> Path:
    place.root.mkdir(exist_ok=True)
    path = place.root / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return path


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", SAME)
def test_uninstalling_gives_back_the_bytes(name: str, flavour: str, place: Place, tmp_path: Path) -> None:
    files = [put(place, SAME[name]), put(place, SAME[name], "settings.local.json")]
    ordered = order(ship(tmp_path / "shipped"), **FLAVOURS[flavour])
    before, texts = contents(place.root), [read(path) for path in files]
    install(place, ordered, os.environ)
    between = contents(place.root)
    for path, text in zip(files, texts, strict=True):
        assert foreign(read(path)) == foreign(text)
    again = install(place, ordered, os.environ)
    assert contents(place.root) == between
    assert again.is_idle and not again.report.written
    uninstall(place, ordered.assets)
    assert contents(place.root) == before
    assert uninstall(place, ordered.assets).is_idle


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig") if path.exists() else ""


def foreign(text: str) -> Any:
    """Return what stands in settings besides ours, as values."""
    try:
        content = json.loads(text) if text.strip() else {}
    except RecursionError:
        return None
    ours = json.dumps(["hooks/finestream/", ADDRESS])[1:-1].split(", ")
    for event, groups in list(content.get("hooks", {}).items()):
        kept = [group for group in groups if not any(mark.strip('"') in json.dumps(group) for mark in ours)]
        content["hooks"][event] = kept
        if not kept:
            del content["hooks"][event]
    if isinstance(content.get("env"), dict):
        content["env"] = {key: value for key, value in content["env"].items() if key not in ("ANTHROPIC_BASE_URL", "ENABLE_TOOL_SEARCH")}
    content.pop("statusLine", None)
    return {key: value for key, value in content.items() if value not in ({}, [])}
