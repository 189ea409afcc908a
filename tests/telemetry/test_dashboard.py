"""The dashboard for Grafana asks for what the page for Prometheus has, and is what Grafana imports."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from finestream.figures import FIGURES, Sums
from finestream.telemetry.exposition import families
from tests.telemetry.test_exposition import STATE

DASHBOARD: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "grafana-dashboard.json").read_text(encoding="utf-8"))
EVERYTHING = Sums._make([1] * len(Sums._fields))
TARGETS = [(panel["title"], target) for panel in DASHBOARD["panels"] for target in panel["targets"]]
_OF_PROMQL = {"sum", "by", "rate", "increase", "or", "vector", "agent", "state", "instance", "label_values", "version"}


def served() -> dict[str, set[str]]:
    """Names of metrics, each with the labels that its samples have."""
    told = families({"main": EVERYTHING}, {"main": EVERYTHING}, [{"state": "streaming"}], STATE)
    return {family.name: {label for labels, _ in family.samples for label in labels} for family in told}


def test_it_asks_for_every_metric_that_there_is_and_for_no_other() -> None:
    asked = {name for _, target in TARGETS for name in re.findall(r"\bfinestream_\w+", target["expr"])}
    assert asked == set(served())
    assert {f"finestream_{name}" for name in FIGURES} <= asked


@pytest.mark.parametrize(("title", "target"), TARGETS, ids=lambda part: part if isinstance(part, str) else part["refId"])
def test_it_asks_for_labels_that_there_are(title: str, target: dict[str, Any]) -> None:
    known = served()
    expression = target["expr"]
    for name, selector in re.findall(r"\b(finestream_\w+)\{([^}]*)\}", expression):
        labels = set(re.findall(r"(\w+)=", selector))
        assert labels - {"instance"} <= known[name], title
    words = set(re.findall(r"\b[a-z_]+\b", re.sub(r'"[^"]*"|finestream_\w+|\$\w+', "", expression)))
    assert words <= _OF_PROMQL
    shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    assert shown <= {"agent", "state", "instance", "version"}


def test_it_has_the_form_that_grafana_imports() -> None:
    assert (DASHBOARD["uid"], DASHBOARD["title"]) == ("finestream", "finestream")
    assert DASHBOARD["schemaVersion"] >= 36, "data sources are named by uid since then"
    assert "id" not in DASHBOARD and "__inputs" not in DASHBOARD
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD))) - {"__rate_interval", "__range", "__all"}
    assert used == set(variables)
    source = {"type": "prometheus", "uid": "${datasource}"}
    assert all(panel["datasource"] == source for panel in DASHBOARD["panels"])
    assert all(target["datasource"] == source and target["expr"] for _, target in TARGETS)


def test_no_panel_lies_on_another() -> None:
    cells: set[tuple[int, int]] = set()
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(numbers) == len(set(numbers))
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        own = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not own & cells and place["x"] + place["w"] <= 24, panel["title"]
        cells |= own
