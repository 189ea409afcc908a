"""Names of models, and how long their answers may be."""

from __future__ import annotations

import pytest

from finestream.recovery.request import ceiling
from finestream.workflow.models import ALIASES, output_limit, resolve


@pytest.mark.parametrize(
    ("model", "default", "name"),
    [
        ("sonnet", "haiku", "claude-sonnet-5-5"),
        ("inherit", "haiku", "claude-haiku-5-5"),
        ("inherit", "claude-opus-4-1", "claude-opus-4-1"),
        ("claude-sonnet-4-6", "haiku", "claude-sonnet-4-6"),
    ],
)
def test_aliases_become_names_and_names_stay(model: str, default: str, name: str) -> None:
    assert resolve(model, default) == name


@pytest.mark.parametrize(
    ("model", "limit"),
    [
        *((name, 128_000) for name in ALIASES.values()),
        ("claude-opus-5", 64_000),
        ("claude-sonnet-5", 64_000),
        ("claude-opus-4-8-20260101", 64_000),
        ("claude-sonnet-4-6", 32_000),
        ("claude-haiku-4-5", 32_000),
        ("claude-opus-4-1", 32_000),
        ("claude-3-haiku", 8_192),
        ("somebody-else", 32_000),
    ],
)
def test_an_answer_may_be_as_long_as_the_model_writes_by_default(model: str, limit: int) -> None:
    assert output_limit(model) == limit <= ceiling(model, None)
