from __future__ import annotations

from typing import Any

import pytest

from finestream.simulator.admission import check_request
from tests.simulator.asking import TOOLS, ask, call, go_on, results, said, text

ONE = [said(call("Read")), results()]


@pytest.mark.parametrize(
    "body",
    [
        ask(),
        ask(*ONE),
        ask(*ONE, *go_on("{", before=[call("Read", "t9")])),
        ask(said(call("Read")), {"role": "system", "content": "note"}, results()),
        ask(said(text("hi")), {"role": "user", "content": "more"}),
        ask({"role": "system", "content": "last"}, tools=[]),
        {"model": "m", "max_tokens": 1, "messages": [{"role": "system", "content": "only"}]},
    ],
)
def test_what_the_api_accepts_is_accepted(body: dict[str, Any]) -> None:
    assert check_request(body) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "JSON"),
        ([], "JSON"),
        (ask(model=None), "model"),
        (ask(max_tokens=0), "max_tokens"),
        (ask(max_tokens=True), "max_tokens"),
        (ask(max_tokens="5"), "max_tokens"),
        (ask(messages=[]), "messages"),
        (ask(messages=["x"]), "messages"),
        (ask(messages=None), "messages"),
        (ask(tools={}), "tools"),
        (ask(tools=["x"]), "tools"),
        (ask(said(text("prefill"))), "prefill"),
        (ask(said(call("Read")), {"role": "user", "content": "no result"}), "`tool_use` ids were found without"),
        (ask(said(call("Read", "a"), call("Read", "b")), results("a")), "immediately after: b"),
        (ask(*ONE, results()), "unexpected `tool_use_id`"),
    ],
)
def test_what_the_api_refuses_is_refused(body: object, words: str) -> None:
    refusal = check_request(body)
    assert refusal is not None
    assert (refusal.status, refusal.kind) == (400, "invalid_request_error")
    assert words in refusal.message


def test_eager_input_streaming_is_refused_on_demand() -> None:
    assert check_request(ask(tools=TOOLS)) is None
    refusal = check_request(ask(tools=[{"name": "Bash"}, *TOOLS]), refuses_eager=True)
    assert refusal is not None
    assert "tools.1.custom.eager_input_streaming" in refusal.message
    assert check_request(ask(tools=[{"name": "Bash"}]), refuses_eager=True) is None
