"""docs/protocol.md shows what the code does. ``python tests/test_protocol.py`` writes the examples anew."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from finestream.events import Kind, delta_frame, end_frames, frame, stop_frame
from finestream.monitor import Forward, Monitor, Phase, Request, Resend
from finestream.monitor.watching import TABLE
from finestream.recovery import Pending, Refusal, plan, splice
from finestream.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "protocol.md"
CONTENT = """\
import auth
from audit import record


def login(user, password):
    if not auth.check(user, password):
        record("refused", user)
        return None
    return auth.session(user)
"""
DOCUMENT = json.dumps({"file_path": "src/pay.py", "content": CONTENT})
CUT = DOCUMENT.index("return None") + 3
SCHEMA = {"type": "object", "required": ["file_path", "content"]}
REQUEST = {
    "model": "claude-opus-5-5",
    "max_tokens": 4096,
    "tools": [{"name": "Write", "input_schema": SCHEMA}],
    "messages": [{"role": "user", "content": "go"}],
}


def opening_frames(name: str) -> bytes:
    message = {"id": name, "type": "message", "role": "assistant", "content": [], "usage": {"input_tokens": 10, "output_tokens": 1}}
    block = {"type": "tool_use", "id": f"toolu_{name}", "name": "Write", "input": {}}
    return frame({"type": "message_start", "message": message}) + frame({"type": "content_block_start", "index": 0, "content_block": block})


def recovery() -> tuple[Resend, bytes]:
    """The request that follows the cut, and what the client receives once it has been answered."""
    monitor = Monitor(Request(json.dumps(REQUEST).encode()), Settings(), 0.0)
    first = opening_frames("1") + delta_frame(0, DOCUMENT[:CUT]) + end_frames("max_tokens", {"output_tokens": 4096})
    again = next(decision for decision in monitor.receive(first, 0.0) if isinstance(decision, Resend))
    planned = plan(DOCUMENT[:CUT])
    answer = (
        opening_frames("2")
        + delta_frame(0, planned.opening + DOCUMENT[CUT:])
        + stop_frame(0)
        + end_frames("tool_use", {"output_tokens": 30})
    )
    out = [decision.data for decision in monitor.receive(answer, 0.0) if isinstance(decision, Forward)]
    return again, b"".join(out)


def verdict(answer: str) -> str:
    try:
        join = splice(plan(DOCUMENT[:CUT]), answer, complete=True)
    except (Refusal, Pending) as refusal:
        return f"refused: {refusal}"
    return f"joined at `{answer[join.offset :][:12]}`"


def code(text: str, language: str = "") -> str:
    return f"```{language}\n{text}\n```"


def phases() -> str:
    kinds = [kind for kind in Kind if kind is not Kind.GARBLED]
    rows = ["| phase | " + " | ".join(kind.value for kind in kinds) + " |", "|" + "---|" * (len(kinds) + 1)]
    for phase in Phase:
        cells = [getattr(TABLE[phase].get(kind), "__name__", "").strip("_").replace("_", " ") for kind in kinds]
        rows.append(f"| {phase.value} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def openings() -> str:
    texts = [
        '{"edits": [{"old": "a line that was there before", "new": "and the line that is going to stand there inst',
        '{"commands": ["npm install --no-audit", "npm test -- --run"',
        '{"file_path": "src/pay.py"',
        '{"file_path": "zeros.txt", "content": "' + "0 0 0 0 0\\n" * 6 + "0 0",
        '{"rows": [[0, 1], [0, 1]',
    ]
    return "\n".join(["| kept | opening |", "|---|---|", *(f"| `{text}` | `{plan(text).opening}` |" for text in texts)])


def answers() -> str:
    planned = plan(DOCUMENT[:CUT])
    rest = DOCUMENT[CUT:]
    cases: dict[str, str] = {
        "begins with the opening": planned.opening + rest,
        "repeats everything": DOCUMENT,
        "everything, but another file": DOCUMENT.replace("pay.py", "buy.py"),
        "only the rest, without the anchor": '{"content": "' + rest,
        "another shape": '{"content": ["' + rest[:-1] + "]}",
    }
    rows = [f"| {name} | `{answer[:60]}...` | {verdict(answer)} |" for name, answer in cases.items()]
    return "\n".join(["| the model | its input begins | what becomes of it |", "|---|---|---|", *rows])


def examples() -> dict[str, str]:
    again, frames = recovery()
    added: list[dict[str, Any]] = again.body["messages"][1:]
    return {
        "phases": phases(),
        "cut": code(DOCUMENT[:CUT]),
        "continuation": code(json.dumps({"max_tokens": again.body["max_tokens"], "messages": ["...", *added]}, indent=2), "json"),
        "openings": openings(),
        "answers": answers(),
        "frames": code(frames.decode().rstrip()),
    }


def rendered(page: str) -> str:
    for name, text in examples().items():
        found = re.findall(rf"(?s)<!-- {name} -->.*?(?=\n\n[A-Z#]|\Z)", page)
        assert len(found) == 1, name
        page = page.replace(found[0], f"<!-- {name} -->\n\n{text}")
    return page.rstrip() + "\n"


def test_the_examples_are_what_the_code_does() -> None:
    page = PAGE.read_text()
    assert rendered(page) == page, "run: python tests/test_protocol.py"


def test_the_recovery_of_the_example_gives_the_document() -> None:
    _, frames = recovery()
    texts = [json.loads(line[6:])["delta"]["partial_json"] for line in frames.decode().splitlines() if '"input_json_delta"' in line]
    assert DOCUMENT.endswith("".join(texts))
    assert DOCUMENT[: -len("".join(texts))] == DOCUMENT[:CUT]


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text()))
