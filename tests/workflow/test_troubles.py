"""What stands in an agent's way: what waiting cannot mend is not waited for."""

from __future__ import annotations

import pytest

from finestream.errors import FinestreamError
from finestream.workflow.troubles import PAUSES, Passing, Stopping, judge_fault, pause_before


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (401, "invalid x-api-key", Stopping),
        (402, "billing", Stopping),
        (403, "forbidden", Stopping),
        (429, "This would exceed your monthly spend limit", Stopping),
        (429, "Your Quota is used up", Stopping),
        (400, "Your credit balance is too low to access the Anthropic API", Stopping),
        (400, "tools.0.input_schema: the property quota is no schema", FinestreamError),
        (429, "Number of requests per minute exceeded", Passing),
        (400, "messages: roles must alternate", FinestreamError),
        (404, "model: no-such-model", FinestreamError),
        (413, "prompt is too long", FinestreamError),
        (422, "", FinestreamError),
        (500, "internal", Passing),
        (529, "overloaded", Passing),
        (None, "connection reset", Passing),
        (None, "", Passing),
    ],
)
def test_what_a_fault_means(status: int | None, text: str, kind: type[FinestreamError]) -> None:
    error = judge_fault(text, status)
    assert type(error) is kind
    assert error.message == (f"the API answers {status}: {text}" if status else text)
    assert error.fix


def test_pauses_grow_and_then_stay() -> None:
    waited = [pause_before(attempt) for attempt in range(1, len(PAUSES) + 4)]
    assert waited == [*PAUSES, *[PAUSES[-1]] * 3]
    assert waited == sorted(waited)
