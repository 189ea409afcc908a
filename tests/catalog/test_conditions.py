"""Conditions: what can be asked, what it answers, and what is no condition."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.catalog.conditions import parse_condition

REQUEST = "Build a HIPAA-compliant platform"
DOCUMENTS: dict[str, Any] = {
    "architect": {"system_type": "microservices", "services": ["auth", "ledger"], "scaling": {"max": 8, "auto": True}, "notes": ""},
    "ux-designer": {"screens": []},
}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('request contains "hipaa"', True),
        ("request contains gdpr", False),
        ('request contains "a hipaa-compliant"', True),
        ("architect", True),
        ("devops", False),
        ("not devops", True),
        ("architect.services", True),
        ("architect.notes", False),
        ("ux-designer.screens", False),
        ("not ux-designer.screens", True),
        ("architect.services contains ledger", True),
        ("architect.services contains vault", False),
        ("architect.scaling contains max", True),
        ("architect.scaling.max == 8", True),
        ("architect.scaling.max != 8", False),
        ("architect.scaling.auto == true", True),
        ("architect.scaling.max contains 8", False),
        ("architect.system_type == microservices", True),
        ('architect.system_type == "micro services"', False),
        ("not architect.system_type == monolith", True),
        ("devops.modules == null", True),
        ("devops.modules contains x", False),
        ("architect.services.auth", False),
        ("architect and devops", False),
        ("architect or devops", True),
        ('request contains "pci" or request contains "hipaa"', True),
        ("architect and not devops and request", True),
    ],
)
def test_the_answers(text: str, answer: bool) -> None:
    assert parse_condition(text).holds(REQUEST, DOCUMENTS) is answer


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "and",
            "not",
            "architect ==",
            "== 3",
            "architect = 3",
            "architect ~ 3",
            "a b",
            "a == b c",
            ".a",
            "a.",
            'a == "open',
            "a!",
            "not not a",
        ),
        *("a and b or c", "a and", "or a"),
    ],
)
def test_what_is_no_condition_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be such as|mixes|cannot be read from"):
        parse_condition(text)


def test_it_names_the_steps_that_it_asks() -> None:
    assert parse_condition("request contains x or pm.a or architect.b or pm.c").steps == ("pm", "architect")


def test_a_quoted_word_is_no_joint() -> None:
    assert parse_condition('request contains "and"').holds("this and that", {})


@given(st.text(max_size=40) | st.text(alphabet='a.b-"\\=! notrd', max_size=30))
def test_any_text_is_a_condition_that_answers_or_a_complaint(text: str) -> None:
    try:
        condition = parse_condition(text)
    except ValueError as error:
        assert str(error)
    else:
        assert condition.holds("", {}) in (True, False)
