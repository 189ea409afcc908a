from __future__ import annotations

import json

import pytest

from finestream.errors import ScriptError
from finestream.simulator.script import Author, Fault, Portion, Route, Script, Text, Thinking, ToolUse, Turn
from finestream.simulator.scriptfile import parse_script

WHOLE = """\
seed: 7
first_token: 0.25
tokens_per_second: 60
delta: 10
input_tokens: 5
closes: true
refuses_eager: false
settle: 0
faults: [{kind: reset, every: 5000}]
routes:
  - match: write the report
    turns:
      - blocks:
          - thinking: A report, then.
            signature: c2ln
          - Here it comes.
          - {text: "More: 1"}
          - tool: Write
            input: {file_path: /tmp/report.md, "on": on, day: 2026-01-02, numbers: [1, -2.5, 1e3, true, null], face: "\\ud83c\\udf89"}
          - {tool: Read, raw: "{'a': 1,}"}
        faults:
          - {kind: max_tokens, at: 120, half: true, closes: true}
          - {kind: status, status: 429, retry_after: 1, times: null, during: any}
          - {kind: stall, at: after_input, block: 1}
        character: [text, rest]
        stop_reason: tool_use
      - blocks: [Done.]
        character: overlap
        remedy: true
  - turns: []
"""


def test_the_whole_form_is_read() -> None:
    value = {"file_path": "/tmp/report.md", "on": "on", "day": "2026-01-02", "numbers": [1, -2.5, 1000.0, True, None], "face": "🎉"}
    first = Turn(
        (
            Thinking("A report, then.", "c2ln"),
            Text("Here it comes."),
            Text("More: 1"),
            ToolUse("Write", value),
            ToolUse("Read", raw="{'a': 1,}"),
        ),
        (
            Fault("max_tokens", at=120, half=True, closes=True),
            Fault("status", status=429, retry_after=1, times=None, during="any"),
            Fault("stall", at="after_input", block=1),
        ),
        ("text", "rest"),
        "tool_use",
    )
    assert parse_script(WHOLE, "x.yaml") == Script(
        (Route((first, Turn((Text("Done."),), character=("overlap",), remedy=True)), "write the report"), Route(())),
        (Fault("reset", every=5000),),
        seed=7,
        first_token=0.25,
        tokens_per_second=60,
        delta=10,
        input_tokens=5,
        closes=True,
        settle=0,
    )


AUTHOR = """\
routes:
  - match: plan
    author:
      tool: handoff
      portions:
        - members: {title: T, parts: [1]}
        - {members: {end: true}, after: [one, two]}
        - {members: {more: 1}, after: three}
      waiting: Wait.
      done: So.
      habit: twice
      faults:
        - {kind: reset, at: 5}
        - {kind: stall, at: 6, call: 1}
      character: bare
"""


def test_an_author_is_read() -> None:
    portions = (Portion({"title": "T", "parts": [1]}), Portion({"end": True}, ("one", "two")), Portion({"more": 1}, ("three",)))
    faults = ((0, Fault("reset", at=5)), (1, Fault("stall", at=6)))
    author = Author("handoff", portions, "Wait.", "So.", "twice", faults, ("bare",))
    assert parse_script(AUTHOR, "x.yaml") == Script((Route(match="plan", author=author),))
    least = parse_script('{"routes": [{"author": {"tool": "t", "portions": []}}]}', "x.json")
    assert least == Script((Route(author=Author("t", ())),))


def test_json_is_read_too_tabs_and_all() -> None:
    turn = {"blocks": [{"tool": "Write", "input": {"content": 'tab\t"quoted" \\ é 🎉 \ud83d'}}]}
    for text in (json.dumps({"turns": [turn]}), json.dumps({"turns": [turn]}, indent="\t")):
        block = parse_script(text, "x.json").routes[0].turns[0].blocks[0]
        assert block == ToolUse("Write", turn["blocks"][0]["input"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "empty"),
        ("turns: [\n  {", 2, "YAML"),
        ("turns: &a\n  - *b\n", 2, "YAML"),
        ("turns: 'a\x00'", 1, "YAML"),
        ("- a", 1, "mapping"),
        ("seed: 1", 1, "either 'routes' or 'turns'"),
        ("turns: []\nroutes: []", 1, "either"),
        ("turns: []\nspeed: 1", 2, "unknown key 'speed'"),
        ("seed: x\nturns: []", 1, "'seed' should be a whole number"),
        ("turns: []\nclosed: yes", 2, "unknown key"),
        ("turns: []\ncloses: yes", 2, "true or false"),
        ("turns: []\ndelta: 0", 1, "delta"),
        ("turns: 5", 1, "'turns' should be a list"),
        ("routes:\n  - match: x", 2, "needs either 'turns' or an 'author'"),
        ("routes:\n  - turns: []\n    author: {}", 2, "needs either"),
        ("routes:\n  - author:\n      tool: t", 3, "needs a 'tool' and 'portions'"),
        ("routes:\n  - author: {tool: t, portions: [], habit: moody}", 2, "'habit'"),
        ("routes:\n  - author: {tool: t, portions: [\n    {after: x}]}", 3, "needs 'members'"),
        ("routes:\n  - author: {tool: t, portions: [\n    {members: {}}]}", 3, "at least one member"),
        ("turns:\n  - faults: []", 2, "at least one block"),
        ("turns:\n  - blocks:\n      - tool: Write", 3, "'input' or 'raw'"),
        ("turns:\n  - blocks:\n      - tool: Write\n        input: [1]", 4, "'input' should be a mapping"),
        ("turns:\n  - blocks:\n      - tool: Write\n        text: x", 3, "exactly one"),
        ("turns:\n  - blocks:\n      - text: Write\n        raw: x", 4, "no meaning"),
        ("turns:\n  - blocks: [x]\n    character: moody", 2, "'character'"),
        ("turns:\n  - blocks: [x]\n    faults:\n      - at: 1", 4, "needs a 'kind'"),
        ("turns:\n  - blocks: [x]\n    faults:\n      - {kind: reset}", 4, "exactly one of"),
        ("turns:\n  - blocks: [x]\n    faults:\n      - {kind: reset, at: 1.5}", 4, "a whole number or a text"),
        ("turns:\n  - blocks:\n      - tool: Write\n        input: {? [1] : 2}", 4, "cannot be read"),
        ("turns: []\n? [a]\n: 1", 2, "a key should be a word"),
        ("turns: []\nseed: !!timestamp 3", 2, "cannot be read"),
        ("turns: []\nseed: !!int ''", 2, "cannot be read"),
        ("turns:\n  - blocks:\n      - tool: Write\n        input: {a: !!bool x}", 4, "cannot be read"),
        ("turns:\n  - blocks:\n      - tool: Write\n        input: &a {a: *a}", 4, "holds itself"),
        ("turns: " + "[" * 5000, 1, "nested too deeply"),
    ],
)
def test_what_cannot_be_played_is_refused_with_file_and_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ScriptError, match=words) as caught:
        parse_script(text, "scene.yaml")
    assert caught.value.path == f"scene.yaml:{line}"
