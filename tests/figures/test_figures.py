"""Every figure is what docs/metrics.md says it is, and None where there is nothing to divide by."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given

from finestream.cli.measuring import limits
from finestream.figures import Counts, Span, by_agent, count
from finestream.figures.figures import FIGURES, Alert, alerts_of, total, values_of
from finestream.figures.sums import NOTHING, Sums
from finestream.settings import Settings
from tests.figures.strategies import sums

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """A table of the page: the name in its first column, and the others."""
    table = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): cells[1:] for cells in found}


def fence(info: str) -> str:
    [found] = re.findall(rf"^```{info}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def by_page(formula: str, known: Sums) -> float | None:
    """Divide as the page says; its first divisor is what must be there."""
    over, *under = formula.strip("`").split(" / ")
    numbers = [int(word) if word.isdigit() else getattr(known, word) for word in under]
    if not numbers[0]:
        return None
    divisor = 1
    for number in numbers:
        divisor *= number
    value: float = getattr(known, over) / divisor
    return value


def test_the_page_names_the_figures_and_the_sums_that_there_are() -> None:
    assert list(rows("Figures")) == list(FIGURES)
    assert list(rows("Sums")) == list(Sums._fields)


@given(sums())
def test_each_figure_is_what_the_page_says(known: Sums) -> None:
    assert values_of(known) == {name: by_page(cells[0], known) for name, cells in rows("Figures").items()}


def test_nothing_is_measured_where_there_is_nothing() -> None:
    assert set(values_of(NOTHING).values()) == {None}


def test_the_example_of_the_page_comes_out_as_it_says() -> None:
    counted = [found for line in fence("json records").splitlines() if (found := count(json.loads(line)))]
    agents = by_agent(Counts(counted), Span(0, 10**9))
    assert values_of(total(agents)) == json.loads(fence("json figures"))


def test_an_alert_is_a_figure_above_its_limit() -> None:
    known = Sums(inputs=100, incomplete=5, fallbacks=11, handoffs=0)
    assert alerts_of(values_of(known), limits(Settings())) == [Alert("fallback_rate", 0.11, 0.1)]
    late = Sums(handoffs=1, first=5_000_001, whole=9_000_000, saved=3_999_999)
    assert [alert.figure for alert in alerts_of(values_of(late), limits(Settings()))] == ["first_chunk_seconds"]


@pytest.mark.parametrize("name", ["alerts.latency", "alerts.incomplete", "alerts.fallback"])
def test_the_page_names_the_settings_of_the_alerts(name: str) -> None:
    assert f"`{name}`" in PAGE
