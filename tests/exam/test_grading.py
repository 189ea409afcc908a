"""The verdict: a wrong file is wrong whatever the client says, and a success that is none is no better."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finestream.exam.beliefs import Belief
from finestream.exam.grading import Answer, Verdict, grade, is_again
from finestream.simulator.model import Part
from tests.exam.sittings import CONTENT, answers, believing, meant, scene, seen

WRITE = scene("write")
(TARGET,) = WRITE.targets
WHOLE = str(TARGET.meant).encode()
NAMED = '{"file_path": "/p/report.py"}'
UNREAD = '{"__unparsedToolInput": {"raw": "I would"}}'
FAILED = believing(failed=True)


def judged(*args: Any, **fields: Any) -> tuple[Verdict, str]:
    found = grade(args[0], seen(*args, **fields))
    return found.verdict, found.why


def test_all_is_there_and_the_client_knows_it() -> None:
    assert judged(WRITE) == (Verdict.EXACT, "")


@pytest.mark.parametrize(
    ("found", "where"),
    [
        (WHOLE[:3000], f"3000 bytes instead of {len(WHOLE)}, other from byte 3000 on"),
        (b"", f"0 bytes instead of {len(WHOLE)}, other from byte 0 on"),
        (WHOLE + b"\n", f"{len(WHOLE) + 1} bytes instead of {len(WHOLE)}, other from byte {len(WHOLE)} on"),
        (WHOLE[:10] + b"?" + WHOLE[11:], f"{len(WHOLE)} bytes instead of {len(WHOLE)}, other from byte 10 on"),
    ],
)
@pytest.mark.parametrize("belief", [CONTENT, FAILED, believing((NAMED, True))])
@pytest.mark.parametrize("code", [0, 1, None])
def test_a_wrong_file_is_wrong_whatever_the_client_says(found: bytes, where: str, belief: Belief, code: int | None) -> None:
    assert judged(WRITE, {"report.py": (found,)}, belief=belief, code=code) == (Verdict.WRONG, f"a wrong file: report.py, {where}")


def test_a_file_that_nobody_meant_is_wrong() -> None:
    assert judged(WRITE, strays=("else.py",)) == (Verdict.WRONG, "a file nobody meant: else.py")


@pytest.mark.parametrize(
    "belief",
    [
        CONTENT,
        believing((NAMED, False)),
        believing((NAMED, True), (NAMED, False)),
        believing(('{"prompt": "Write it."}', False)),
        believing((NAMED, False), (UNREAD, True)),
        believing((NAMED, False), troubled=True),
    ],
)
def test_a_success_that_is_none_is_wrong(belief: Belief) -> None:
    why = "a success that is none: report.py is missing, and the client believes that all is well"
    assert judged(WRITE, {"report.py": ()}, belief=belief) == (Verdict.WRONG, why)


@pytest.mark.parametrize(
    ("belief", "code"),
    [
        (CONTENT, 1),
        (FAILED, 0),
        (believing((NAMED, True)), 0),
        (believing((NAMED, False), (NAMED, True)), 0),
        (believing((UNREAD, True)), 0),
        (believing(('{"prompt": "Write it."}', True)), 0),
        (believing(troubled=True), 0),
    ],
)
def test_what_is_missing_is_safe_where_the_client_knows(belief: Belief, code: int) -> None:
    verdict, why = judged(WRITE, {"report.py": ()}, belief=belief, code=code)
    assert (verdict, why.partition(":")[0]) == (Verdict.SAFE, "report.py is missing, and the client knows")


def test_an_error_about_another_file_tells_nothing_of_this_one() -> None:
    several = scene("several")
    disk = {**meant(several), "third.py": ()}
    assert judged(several, disk, belief=believing(("second.py", True)))[0] is Verdict.WRONG
    assert judged(several, disk, belief=believing(("second.py", False), ("third.py", True)))[0] is Verdict.SAFE


def test_what_is_there_and_taken_for_a_failure_is_safe() -> None:
    assert judged(WRITE, belief=FAILED) == (Verdict.SAFE, "all is there, and the client takes it for a failure: ")


def test_a_session_that_is_not_over_hangs() -> None:
    assert judged(WRITE, code=None)[0] is Verdict.HANG
    assert judged(WRITE, {"report.py": ()}, code=None)[0] is Verdict.HANG


def test_a_fault_that_did_not_strike_proves_nothing() -> None:
    assert judged(WRITE, struck=False) == (Verdict.VOID, "what was to go wrong did not happen")
    assert judged(WRITE, {"report.py": ()}, struck=False)[0] is Verdict.WRONG


def test_a_file_as_it_was_before_an_edit_is_not_wrong_but_not_right_either() -> None:
    edit = scene("edit")
    (target,) = edit.targets
    assert target.before is not None
    assert judged(edit)[0] is Verdict.EXACT
    assert judged(edit, {"module.py": (target.before.encode(),)}, belief=believing(("module.py", True)))[0] is Verdict.SAFE
    assert judged(edit, {"module.py": (target.before.encode(),)})[0] is Verdict.WRONG


KEEP = scene("keep")


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda value: value, Verdict.EXACT),
        (lambda value: {**value, "more": 1}, Verdict.WRONG),
        (lambda value: {"document": value["document"], "id": value["id"]}, Verdict.WRONG),
        (lambda value: {**value, "document": None}, Verdict.WRONG),
        (lambda value: {**value, "document": {**value["document"], "empty": [{}, []]}}, Verdict.WRONG),
        (lambda value: {**value, "document": {**value["document"], "last": {"ok": 1, "left": None}}}, Verdict.WRONG),
    ],
)
def test_an_input_of_the_mcp_server_is_compared_as_a_value(change: Any, verdict: Verdict) -> None:
    given: Any = KEEP.targets[0].meant
    line = json.dumps(change(dict(given)), ensure_ascii=False).encode()
    assert judged(KEEP, {"records": (line,)})[0] is verdict


def test_what_is_done_twice_is_wrong() -> None:
    (line,) = meant(KEEP)["records"]
    assert judged(KEEP, {"records": (line, line)}) == (Verdict.WRONG, "done 2 times: records")
    assert judged(KEEP, {"records": ()}, belief=FAILED)[0] is Verdict.SAFE


# -- what the model had to generate --------------------------------------------------------------------------------------------------------

SIZE, HALF = WRITE.meant, WRITE.stake


@pytest.mark.parametrize(
    ("spans", "again"),
    [
        ([(0, SIZE)], False),
        ([(0, HALF), (HALF, SIZE)], False),
        ([(0, HALF), (0, SIZE)], True),
        ([(0, HALF), (HALF // 2 - 1, SIZE)], True),
        ([(0, HALF), (HALF // 2 + 1, SIZE)], False),
        # The rest twice is not the whole call.
        ([(0, HALF), (HALF, SIZE), (HALF, SIZE)], False),
        # Each time a little, and in the end more than half.
        ([(0, HALF), (0, HALF // 3), (0, HALF // 3)], True),
        ([], False),
    ],
)
def test_again_is_more_than_half_of_what_had_been_written(spans: list[tuple[int, int]], again: bool) -> None:
    assert is_again(WRITE, answers(WRITE, *spans)) is again


def test_what_only_shows_where_it_goes_on_is_not_written_again() -> None:
    first = answers(WRITE, (0, HALF))
    shown = Part("tool_use", "x" * SIZE, "Write", ordinal=0, start=0, lead=HALF)
    assert not is_again(WRITE, [*first, Answer(0, 0, (shown,), HALF // 2)])
    assert not is_again(WRITE, [*first, Answer(0, 0, (shown,), HALF + HALF // 2)])
    assert is_again(WRITE, [*first, Answer(0, 0, (shown,), 2 * HALF)])


def test_only_the_call_that_breaks_counts() -> None:
    several = scene("several", "reset")
    calls = several.routes[0].turns[0].calls
    parts = tuple(Part("tool_use", call.document, call.name, ordinal=number) for number, call in enumerate(calls))
    first, broken = len(parts[0].text), several.stake
    cut = Answer(0, 0, (Part("text", "I begin."), *parts), first + broken)
    assert not is_again(several, [cut, Answer(0, 0, (parts[0],), first)])
    assert is_again(several, [cut, Answer(0, 0, parts[1:], len(parts[1].text) + len(parts[2].text))])
    # Its remedy is the same call in a turn of its own; other turns, and other agents, are not.
    assert is_again(several, [cut, Answer(0, 1, (Part("tool_use", parts[1].text, ordinal=0),), len(parts[1].text))])
    assert not is_again(several, [cut, Answer(0, 3, (Part("tool_use", parts[1].text, ordinal=0),), len(parts[1].text))])
    assert not is_again(several, [cut, Answer(1, 0, parts[1:], len(parts[1].text))])


def test_where_nothing_was_at_stake_nothing_is_again() -> None:
    early = scene("write", "reset", "key")
    assert not early.is_at_stake
    assert not is_again(early, answers(early, (0, 3), (0, SIZE)))


def test_what_it_cost_is_told_in_relation_to_what_was_meant() -> None:
    found = grade(WRITE, seen(WRITE, said=answers(WRITE, (0, HALF), (0, SIZE))))
    assert (found.requests, found.again, found.seconds, found.is_recoverable) == (2, True, 1.5, True)
    assert found.cost == (HALF + SIZE) / SIZE
    assert found.tokens == -(-(HALF + SIZE) // 4)
