"""PostToolBatch: what the model is told of inputs that were mended for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finestream.journal import FOLDER
from tests.hooks.running import Flavour, batch, call, context_of, good, unparsed

CORRECTED = {"action": "corrected", "tool": "Write", "auto_fixed": "dropped_trailing_comma", "path": "$.content"}
CONTINUED = {"action": "continued", "tool": "Write", "error": "incomplete_json", "path": "$.content"}


def note(project: Path, content: dict[str, str], tool_use_id: str = "toolu_2") -> Path:
    path = project / FOLDER / "mended" / f"{tool_use_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def test_the_model_is_told_once_what_was_corrected(hook: Flavour, project: Path) -> None:
    path = note(project, CORRECTED)
    for name in ("PostToolUse", "PostToolUseFailure"):  # nobody waits there
        assert hook.ask(call(name, "Write", {}) | {"tool_use_id": "toolu_2"}, project) is None
    told = context_of(hook.ask(batch(good()), project))
    assert "this Write call did not parse as you wrote it and was corrected before it ran (dropped_trailing_comma at $.content)" in told
    assert "Do not send it again" in told
    assert not path.exists()
    assert hook.ask(batch(good()), project) is None


def test_the_model_is_told_what_was_continued(hook: Flavour, project: Path) -> None:
    note(project, CONTINUED)
    told = context_of(hook.ask(batch(good()), project))
    assert "cut at $.content" in told and "incomplete_json" in told and "Do not send it again" in told


def test_what_was_mended_and_turned_down_may_be_sent_again(hook: Flavour, project: Path) -> None:
    note(project, CORRECTED)
    told = context_of(hook.ask(batch(good() | {"tool_response": "<tool_use_error>String to replace not found"}), project))
    assert "was corrected (dropped_trailing_comma at $.content)" in told and "Do not send" not in told


def test_all_there_is_to_say_is_said_together(hook: Flavour, project: Path) -> None:
    note(project, CORRECTED)
    note(project, CONTINUED, "toolu_3")
    calls = [good(), unparsed('{"file_path": "docs/a.md", "content": "one'), good() | {"tool_use_id": "toolu_3"}]
    first, second, third = context_of(hook.ask(batch(*calls), project)).split("\n\n")
    assert "corrected" in first and "continued" in second and "cut in line 1 of content" in third


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"{}"])
def test_a_torn_note_is_none(hook: Flavour, project: Path, content: bytes) -> None:
    note(project, {}).write_bytes(content)
    assert hook.ask(batch(good()), project) is None


@pytest.mark.parametrize("tool_use_id", ["../escape", "a/b", None, 5, ""])
def test_an_odd_id_finds_no_note(hook: Flavour, project: Path, tool_use_id: object) -> None:
    note(project, CORRECTED)
    (project / FOLDER / "escape.json").write_text(json.dumps(CORRECTED))
    assert hook.ask(batch(good() | {"tool_use_id": tool_use_id}), project) is None
    assert (project / FOLDER / "escape.json").exists()
