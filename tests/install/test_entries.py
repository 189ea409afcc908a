"""Our entries in settings of every kind: in, recognised, and out again to the character."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from finestream.install.entries import Trace, Wanted, added, check_shape, has_ours, stands, without
from finestream.install.spans import parse_spans


def command(script: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "command",
        "command": "python3",
        "args": ["-I", f"${{CLAUDE_PROJECT_DIR}}/.claude/hooks/finestream/{script}.py"],
        **more,
    }


STATUS_LINE = {"type": "command", "command": 'python3 "${CLAUDE_PROJECT_DIR:-.}/.claude/hooks/finestream/status_line.py"'}
ADDRESS = f"http://127.0.0.1:4000/{'t' * 32}"
WANTED = Wanted(
    {
        "PreToolUse": [{"matcher": "*", "hooks": [command("pre_tool", timeout=5)]}],
        "Stop": [{"hooks": [command("post_tool")]}],
        "PostToolUse": [{"hooks": [{"type": "http", "url": f"{ADDRESS}/hooks/PostToolUse"}]}],
    },
    {("statusLine",): STATUS_LINE, ("env", "ANTHROPIC_BASE_URL"): ADDRESS, ("env", "ENABLE_TOOL_SEARCH"): "true"},
)
SPACE = st.text(alphabet=" \t\n\r", max_size=4) | st.sampled_from(["", "\n", "\n  ", "\r\n\t", " "])
NAMES = st.text(max_size=5) | st.sampled_from(["hooks", "env", "matcher"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
FOREIGN = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6)
HANDLER = st.just({"type": "command", "command": "echo hooks/other/pre_tool.py"}) | FOREIGN
GROUP = st.fixed_dictionaries({}, optional={"matcher": st.text(max_size=4), "hooks": st.lists(HANDLER, max_size=2)}) | FOREIGN
EVENTS = st.sampled_from(["PreToolUse", "PostToolUse", "Stop", "Notification"])
KEYS = st.sampled_from(["hooks", "env", "statusLine", "model", "permissions", "\u00e9"])


@st.composite
def written(draw: st.DrawFn, value: Any) -> str:
    """Write a value with white space of any kind, and members of one name more than once."""
    if isinstance(value, dict):
        parts = [
            f"{draw(SPACE)}{json.dumps(key)}{draw(SPACE)}:{draw(SPACE)}{draw(written(item))}{draw(SPACE)}" for key, item in value.items()
        ]
        parts += draw(st.lists(st.sampled_from(parts), max_size=1)) if parts else [draw(SPACE)]
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list):
        items = [f"{draw(SPACE)}{draw(written(item))}{draw(SPACE)}" for item in value] or [draw(SPACE)]
        return "[" + ",".join(items) + "]"
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def settings(draw: st.DrawFn) -> str:
    """The text of a settings file: written by hand by anybody, or by a program."""
    content = draw(st.dictionaries(KEYS, FOREIGN, max_size=4))
    if draw(st.booleans()):
        content["hooks"] = draw(st.dictionaries(EVENTS, st.lists(GROUP, max_size=3), max_size=3))
    else:
        content.pop("hooks", None)
    if not isinstance(content.get("env", {}), dict):
        content["env"] = {"ANTHROPIC_BASE_URL": "https://example.org", "A": "1"}
    way = draw(st.sampled_from(["wild", "line", "compact", "two", "four", "tabs", "blank"]))
    if way == "blank":
        return draw(SPACE)
    if way == "wild":
        return draw(SPACE) + draw(written(content)) + draw(SPACE)
    indents: dict[str, Any] = {"two": 2, "four": 4, "tabs": "\t"}
    text = json.dumps(content, indent=indents.get(way), separators=(",", ":") if way == "compact" else None)
    return (text + draw(st.sampled_from(["", "\n", "\n\n"]))).replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(settings())
@example('{\n"statusLine":[null,null,null\n ],"hooks":{}}')  # the line of an empty container is another one in between
def test_what_is_put_in_comes_out_again_to_the_character(text: str) -> None:
    check_shape(text, WANTED)
    new, trace = added(text, WANTED)
    assert stands(new, WANTED)
    assert without(new, trace) == text


@pytest.mark.parametrize("text", ["", "{}", '{"hooks": {}}'])
def test_nothing_wanted_is_nothing_done(text: str) -> None:
    assert added(text, Wanted()) == (text, Trace())
    assert not has_ours(text)


LINE = Wanted(values={("statusLine",): STATUS_LINE})


@pytest.mark.parametrize(
    ("wanted", "change", "left"),
    [
        (WANTED, lambda content: content.pop("env"), {}),
        (WANTED, lambda content: content.update(env=[1]), {"env": [1]}),
        (WANTED, lambda content: content["env"].update(ENABLE_TOOL_SEARCH="false"), {"env": {"ENABLE_TOOL_SEARCH": "false"}}),
        (WANTED, lambda content: content["env"].pop("ANTHROPIC_BASE_URL"), {}),
        (WANTED, lambda content: content["env"].update(ANTHROPIC_BASE_URL="https://x"), {"env": {"ANTHROPIC_BASE_URL": "https://x"}}),
        (WANTED, lambda content: content["env"].update(ANTHROPIC_BASE_URL=ADDRESS.replace("4000", "5000")), {}),
        (WANTED, lambda content: content.update(statusLine={"command": "mine"}), {"statusLine": {"command": "mine"}}),
        (WANTED, lambda content: content.update(statusLine=None), {"statusLine": None}),
        (WANTED, lambda content: content.pop("hooks"), {}),
        (WANTED, lambda content: content.update(hooks=None), {"hooks": None}),
        (WANTED, lambda content: content["hooks"].update(Stop={}), {"hooks": {"Stop": {}}}),
        (WANTED, lambda content: content["hooks"]["Stop"].append({"hooks": {}}), {"hooks": {"Stop": [{"hooks": {}}]}}),
        (WANTED, lambda content: content["hooks"]["Stop"][0]["hooks"].insert(0, 1), {"hooks": {"Stop": [{"hooks": [1]}]}}),
        (LINE, lambda content: content.update(a=1), {"a": 1}),
    ],
)
@pytest.mark.parametrize("is_traced", [True, False])
def test_what_somebody_else_has_changed_stays(
    wanted: Wanted, change: Callable[[dict[str, Any]], object], left: dict[str, Any], is_traced: bool
) -> None:
    text, trace = added("{}", wanted)
    content = json.loads(text)
    change(content)
    rest = json.loads(without(json.dumps(content), trace if is_traced else None))
    if not is_traced and isinstance(content.get("env"), dict) and content["env"].get("ANTHROPIC_BASE_URL") in (None, "https://x"):
        # Without a trace only the address tells what belongs to it.
        left = {**left, "env": {**left.get("env", {}), "ENABLE_TOOL_SEARCH": "true"}}
    assert rest == left


@given(settings())
def test_the_result_is_what_was_there_and_what_was_wanted(text: str) -> None:
    new, _ = added(text, WANTED)
    before = json.loads(text) if text.strip() else {}
    expected = json.loads(json.dumps(before))
    for event, groups in WANTED.hooks.items():
        expected.setdefault("hooks", {}).setdefault(event, []).extend(groups)
    for path, value in WANTED.values.items():
        target = expected.setdefault("env", {}) if len(path) > 1 else expected
        target[path[-1]] = value
    assert json.loads(new) == expected
    parse_spans(new)
