"""Plans, and what a run of them tells, for tests of whoever looks on."""

from __future__ import annotations

from typing import Any

from finestream.workflow.plan import Assignment, Plan

REQUEST = "Design complete e-commerce architecture"
DOCUMENT = {"type": "object", "properties": {"overview": {"type": "string"}, "api_endpoints": {"type": "array"}}}


def assignment(step: str, needs: tuple[str, ...] = (), receivers: tuple[str, ...] = ()) -> Assignment:
    """One step, of which only what is told matters."""
    return Assignment(
        step=step,
        agent=step,
        is_shipped=True,
        description="",
        body="",
        tools=None,
        disallowed_tools=(),
        model="inherit",
        effort=None,
        permission_mode=None,
        max_turns=None,
        needs=needs,
        receivers=receivers,
        priority="high",
        schema=DOCUMENT,
        prompt=None,
        when=None,
        max_tokens=None,
        retry=2,
        timeout=60.0,
        expected_size=1000,
    )


def plan() -> Plan:
    """An architect, a developer who reads what he writes, and somebody who checks what both have done."""
    steps = (
        assignment("architect", receivers=("developer", "qa")),
        assignment("developer", ("architect",), ("qa",)),
        assignment("qa", ("architect", "developer")),
    )
    return Plan("quick-flow", REQUEST, {each.step: each for each in steps})


def began(at: float, session: str = "s", *, is_fresh: bool = True) -> dict[str, Any]:
    return {"kind": "began", "at": at, "session": session, "is_fresh": is_fresh}


def given(at: float, upto: dict[str, int] | None = None, outcomes: dict[str, str] | None = None) -> dict[str, Any]:
    return {"kind": "given", "at": at, "upto": upto or {}, "outcomes": outcomes or {}, "marker": f"m{at}"}


def part(at: float, number: int, member: str, form: str = "value", place: int = 0, text: str = "") -> dict[str, Any]:
    return {"kind": "part", "at": at, "number": number, "member": member, "form": form, "place": place, "text": text, "replaces": None}


def turn(at: float, cost: float | None = None, **usage: int | None) -> dict[str, Any]:
    return {"kind": "turn", "at": at, "usage": usage or None, "cost": cost, "fault": None}


def plain(kind: str, at: float, **facts: Any) -> dict[str, Any]:
    return {"kind": kind, "at": at, **facts}


def a_run(start: float) -> list[tuple[str, dict[str, Any]]]:
    """The whole of a run, in its order: the developer works from 3 s on while the architect writes until 5 s."""
    return [
        ("architect", began(start)),
        ("architect", given(start + 1)),
        ("architect", plain("working", start + 1, doing="thinking")),
        ("architect", plain("handing", start + 2)),
        ("architect", part(start + 2, 1, "overview", text='"' + "o" * 98 + '"')),
        ("developer", began(start + 2.5)),
        ("developer", given(start + 3, {"architect": 1})),
        ("architect", part(start + 4, 2, "api_endpoints", "item", 0, '"' + "e" * 198 + '"')),
        ("architect", part(start + 4.5, 3, "api_endpoints", "end", 1)),
        ("architect", turn(start + 5, 0.5, input_tokens=100, cache_read_input_tokens=900, output_tokens=70)),
        ("architect", plain("done", start + 5)),
        ("developer", turn(start + 6, 0.25, input_tokens=10, output_tokens=7)),
        ("developer", given(start + 6, {"architect": 3}, {"architect": "done"})),
        ("developer", part(start + 7, 1, "notes", text='"n"')),
        ("developer", turn(start + 8, 0.75, input_tokens=20, output_tokens=8)),
        ("developer", plain("done", start + 8)),
        ("qa", plain("skipped", start + 8)),
    ]
