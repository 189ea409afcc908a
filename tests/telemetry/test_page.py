"""docs/telemetry.md says what is so: each metric with its kind and unit, each attribute, each variable, each span."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from opentelemetry.semconv._incubating.attributes import error_attributes, gen_ai_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics

from finestream.figures import FIGURES, Handoff, Sums
from finestream.telemetry import runs, streams
from finestream.telemetry.exposition import families
from finestream.telemetry.instruments import INSTRUMENTS
from tests.telemetry.records import a_correction, a_cut, a_recovery, an_input, began, ended
from tests.telemetry.test_exposition import STATE

PAGE = (Path(__file__).parents[2] / "docs" / "telemetry.md").read_text(encoding="utf-8")

HANDOFF = Handoff("a", "b", 1, 2, 3)


def rows(head: str) -> list[list[str]]:
    """The rows of the tables below a head, cell by cell."""
    found = re.findall(rf"^\| {head} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert found, head
    return [[cell.strip() for cell in line.strip("|").split("|")] for table in found for line in table.splitlines()]


def named(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def told() -> set[str]:
    """Every attribute that is made anywhere."""
    spans = [
        streams.request_span(began(), ended(agent_id="a1")),
        streams.input_span(an_input("cut")),
        runs.handoff_span(HANDOFF),
    ]
    events = [streams.event_of(record) for record in (a_cut(), a_recovery(), a_correction())]
    entries = ({"kind": "began", "session": "s"}, {"kind": "part", "number": 1, "text": "x"}, {"kind": "turn", "cost": 1.0})
    events += [runs.step_event(entry) for entry in entries]
    records = (an_input(), a_recovery(), a_correction(), {"event": "unreachable", "error": "x"})
    measures = [measure for record in records for measure in streams.record_measures(record)]
    measures += [*streams.response_measures(began(), ended(outcome="cut")), *runs.handoff_measures(HANDOFF)]
    found = [span.attributes for span in spans] + [measure.attributes for measure in measures]
    found += [event.attributes for event in events if event]
    return {name for attributes in (*found, runs.run_attributes("r", "w"), runs.step_attributes("r", "s", "a")) for name in attributes}


def test_the_table_of_metrics_is_the_table_of_instruments() -> None:
    assert {(named(row[0]).pop(), row[1], row[2]) for row in rows("metric") if len(row) == 4} == {
        (name, each.kind, each.unit) for name, each in INSTRUMENTS.items()
    }


def test_every_attribute_is_told_of_and_there_is_no_other() -> None:
    assert {name for row in rows("attribute") for name in named(row[0])} == told() | {"error.type"}


def test_names_of_the_conventions_are_theirs() -> None:
    known = {value for module in (gen_ai_attributes, error_attributes) for value in vars(module).values() if isinstance(value, str)}
    known |= {value for value in vars(gen_ai_metrics).values() if isinstance(value, str)}
    ours = {name for name in (*told(), *INSTRUMENTS) if not name.startswith("finestream.")}
    assert ours <= known


def test_the_spans_have_these_names() -> None:
    names = {next(iter(re.findall(r"`(\w+) ", row[0]))) for row in rows("span")}
    assert names == {"invoke_workflow", "invoke_agent", "handoff", "chat", "tool_input"}
    assert streams.request_span(began(), ended()).name.startswith("chat ")
    assert streams.input_span(an_input()).name.startswith("tool_input ")
    assert runs.handoff_span(HANDOFF).name == "handoff a b"


def test_the_page_for_prometheus_has_what_is_told_of_it() -> None:
    metrics = {name for row in rows("metric") if len(row) == 3 for name in named(row[0])}
    every = families({"main": Sums(inputs=1)}, {"main": Sums._make([1] * len(Sums._fields))}, [], STATE)
    live = {family.name for family in every if family.kind == "gauge"} - {f"finestream_{name}" for name in FIGURES}
    assert metrics == {"finestream_SUM_total", "finestream_FIGURE"} | live
    [example] = re.findall(r"^```yaml prometheus\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    [job] = yaml.safe_load(example)["scrape_configs"]
    assert (job["metrics_path"], job["static_configs"]) == ("/TOKEN/metrics", [{"targets": ["127.0.0.1:PORT"]}])
