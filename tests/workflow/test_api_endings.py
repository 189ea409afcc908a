"""How an answer may end, and what a session makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finestream.handoff.messages import TOOL
from finestream.recovery.request import WRAPPER
from finestream.simulator.model import Part
from finestream.workflow.messages_api import PATIENCE
from finestream.workflow.session import Working
from tests.workflow.api_stage import (
    DOCUMENT,
    answering,
    called,
    end,
    given,
    inputs,
    session,
    spoken,
    turn,
    words,
)

WHOLE = json.dumps(DOCUMENT, ensure_ascii=False)
BAD = '{"summary": "a "quote" here"}'
# answers -> (what is handed on, what is said last, the fault, requests)
ANSWERS: dict[str, tuple[list[bytes], tuple[list[Any], str, str | None, int]]] = {
    "end_turn": ([spoken(words("Done."))], ([], "Done.", None, 1)),
    "stop_sequence": ([spoken(words("Done."), stop="stop_sequence")], ([], "Done.", None, 1)),
    "nothing at all": ([spoken(stop="end_turn")], ([], "", None, 1)),
    "an unknown reason": ([spoken(words("Done."), stop="news")], ([], "Done.", None, 1)),
    "pause_turn": ([spoken(words("One, "), stop="pause_turn"), spoken(words("two."))], ([], "One, two.", None, 2)),
    "text at the limit": ([spoken(words("One, two."), cut_at=5), spoken(words("two."))], ([], "One, two.", None, 2)),
    "thinking at the limit": ([spoken(Part("thinking", "Well.", signature="s"), cut_at=3), spoken(words("two."))], ([], "two.", None, 2)),
    "text at the limit for ever": ([spoken(words("abc"), cut_at=1)] * (PATIENCE + 1), ([], "aaaa", None, PATIENCE + 1)),
    "refusal": ([spoken(words("I"), stop="refusal")], ([], "", "the model refuses to answer", 1)),
    "refusal of a call": ([spoken(called(WHOLE), stop="refusal")], ([], "", "the model refuses to answer", 1)),
    "no room": (
        [spoken(words("I"), stop="model_context_window_exceeded")],
        ([], "", "the conversation is longer than the model's context", 1),
    ),
    "a call cut at the limit": (
        [spoken(called(WHOLE), cut_at=30), spoken(called(WHOLE), number=1), spoken(words("Done."))],
        ([DOCUMENT], "Done.", None, 3),
    ),
    "a call that looks whole at the limit": (
        [spoken(called('{"summary": "a"}'), stop="max_tokens"), spoken(called(WHOLE), number=1), spoken(words("Done."))],
        ([DOCUMENT], "Done.", None, 3),
    ),
    "a call that is no JSON": (
        [spoken(called(BAD)), spoken(called(WHOLE), number=1), spoken(words("Done."))],
        ([DOCUMENT], "Done.", None, 3),
    ),
    "a call that is no object": (
        [spoken(called("[1]")), spoken(called(WHOLE), number=1), spoken(words("Done."))],
        ([DOCUMENT], "Done.", None, 3),
    ),
    "a call without input": ([spoken(called("")), spoken(words("Done."))], ([{}], "Done.", None, 2)),
    "calls that are no JSON for ever": (
        [spoken(called(BAD), number=number) for number in range(PATIENCE + 1)],
        ([], "", "4 calls in a row did not arrive whole", PATIENCE + 1),
    ),
    "many calls": (
        [*(spoken(called(WHOLE), number=number) for number in range(PATIENCE + 2)), spoken(words("Done."))],
        ([DOCUMENT] * (PATIENCE + 2), "Done.", None, PATIENCE + 3),
    ),
    "two calls": (
        [spoken(called('{"summary": "a"}'), called(WHOLE)), spoken(words("Done."))],
        ([{"summary": "a"}, DOCUMENT], "Done.", None, 2),
    ),
    "words and a call": ([spoken(words("See: "), called(WHOLE)), spoken(words("Done."))], ([DOCUMENT], "Done.", None, 2)),
    "no end": ([spoken(words("Done.")).rpartition(b"event: message_stop")[0]], ([], "", "the answer has no end", 1)),
    "an event that cannot be read": ([b"event: message_start\ndata: {\n\n"], ([], "", "the answer holds an event that cannot be read", 1)),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_each_way_in_which_an_answer_ends(case: str, tmp_path: Path) -> None:
    answers, (handed, text, fault, requests) = ANSWERS[case]
    async with answering(answers) as (url, asked), session(url, tmp_path) as (made, queue):
        found = await turn(made, queue, "go")
    assert (given(found), end(found).text, end(found).fault, len(asked)) == (handed, text, fault, requests)


@pytest.mark.parametrize(
    ("answer", "raw", "advice"),
    [
        (spoken(called(WHOLE), cut_at=30), WHOLE[:30], "fewer of them in one call"),
        (spoken(called(BAD)), BAD, "no JSON object"),
    ],
)
async def test_a_call_that_did_not_arrive_is_explained_with_all_that_came(answer: bytes, raw: str, advice: str, tmp_path: Path) -> None:
    async with answering([answer, spoken(words("Sorry."))]) as (url, asked), session(url, tmp_path) as (made, queue):
        found = await turn(made, queue, "go")
    (call,) = asked[1]["messages"][1]["content"]
    (told,) = asked[1]["messages"][2]["content"]
    assert (call["input"], told["tool_use_id"], told["is_error"]) == ({}, call["id"], True)
    assert json.loads(told["content"][0]["text"]) == {WRAPPER: raw}
    assert advice in told["content"][1]["text"]
    assert inputs(found) == [raw]  # whole parts in it have gone on


async def test_a_tool_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    answers = [spoken(called("{}")).replace(TOOL.encode(), b"Read"), spoken(words("Well."))]
    async with answering(answers) as (url, asked), session(url, tmp_path) as (made, queue):
        found = await turn(made, queue, "go")
    assert [each.doing for each in found if isinstance(each, Working)] == ["Read", "writing"]
    (told,) = asked[1]["messages"][2]["content"]
    assert (told["is_error"], "no tool Read" in told["content"]) == (True, True)


async def test_an_agent_ends_after_as_many_turns_as_it_has(tmp_path: Path) -> None:
    answers = [spoken(called(WHOLE), number=number) for number in range(3)]
    async with answering(answers) as (url, asked), session(url, tmp_path, max_turns=2) as (made, queue):
        found = await turn(made, queue, "go")
    assert (len(asked), end(found).fault) == (2, "the agent has taken all of its 2 turns")
