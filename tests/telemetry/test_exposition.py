"""The page for Prometheus, read by Prometheus' own parser: each number is that of the figures, and a counter never goes back."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from finestream.figures import FIGURES, Sums, values_of
from finestream.telemetry.exposition import MOST_AGENTS, OTHERS, Rising, exposition, families

STATE = {"streams": 2, "sessions": 1, "uptime": 12.5, "version": "1.2.3"}
MAIN = Sums(inputs=10, size=900, chunks=9, incomplete=1, retried=1, rescued=1, handoffs=2, first=2_500_000, saved=-500_000, whole=2_000_000)
AWKWARD = 'a "quoted" \\ name\nwith lines \ud800'


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def of(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_sums_are_counters_and_figures_are_gauges() -> None:
    agents = {"main": MAIN, "qa": Sums(inputs=5)}
    found = samples(exposition(families(agents, agents, [{"state": "streaming"}, {"state": "stalled"}, {"state": "streaming"}], STATE)))
    assert found[of("finestream_inputs_total", agent="main")] == 10
    assert found[of("finestream_inputs_total", agent="qa")] == 5
    assert found[of("finestream_size_bytes_total", agent="main")] == 900
    assert found[of("finestream_first_seconds_total", agent="main")] == 2.5
    assert found[of("finestream_open_streams", state="streaming")] == 2
    assert found[of("finestream_open_requests")] == 2
    assert found[of("finestream_build_info", version="1.2.3")] == 1
    told = {"": MAIN.plus(Sums(inputs=5)), "main": MAIN, "qa": Sums(inputs=5)}
    for name in FIGURES:
        for agent, sums in told.items():
            labels = {"agent": agent} if agent else {}
            assert found.get(of(f"finestream_{name}", **labels)) == values_of(sums)[name], "what was not measured is not there"


def test_every_sum_but_the_one_that_may_shrink_is_told() -> None:
    names = {family.name.removeprefix("finestream_") for family in families({"main": MAIN}, {}, [], STATE) if family.kind == "counter"}
    told = {name.removesuffix("_total").removesuffix("_seconds").removesuffix("_bytes") for name in names}
    assert told == set(Sums._fields) - {"saved"}


def test_sessions_that_nobody_counts_are_not_told() -> None:
    assert of("finestream_sessions") in samples(exposition(families({}, {}, [], STATE)))
    assert of("finestream_sessions") not in samples(exposition(families({}, {}, [], {**STATE, "sessions": None})))


def test_a_name_of_an_agent_may_be_anything() -> None:
    text = exposition(families({AWKWARD: Sums(inputs=3)}, {}, [], STATE))
    assert samples(text)[of("finestream_inputs_total", agent=AWKWARD.replace("\ud800", "?"))] == 3


def test_what_is_rotated_away_stays_counted() -> None:
    rising = Rising()
    assert rising.of({"main": Sums(inputs=10, chunks=4)}) == {"main": Sums(inputs=10, chunks=4)}
    assert rising.of({"main": Sums(inputs=12, chunks=4), "qa": Sums(inputs=1)})["main"] == Sums(inputs=12, chunks=4)
    assert rising.of({"main": Sums(inputs=7, chunks=1)}) == {"main": Sums(inputs=12, chunks=4), "qa": Sums(inputs=1)}
    assert rising.of({"main": Sums(inputs=9, chunks=1)})["main"] == Sums(inputs=14, chunks=4)


def test_agents_without_end_are_no_series_without_end() -> None:
    """An agent whose type nobody has told is called by its id, and there is a new one each time."""
    rising, many = Rising(), {f"a{number}": Sums(inputs=1) for number in range(MOST_AGENTS + 9)}
    told = rising.of({"main": Sums(inputs=2), **many})
    assert (len(told), told["main"], told[OTHERS]) == (MOST_AGENTS + 1, Sums(inputs=2), Sums(inputs=10))
    told = rising.of({"main": Sums(inputs=3), **many, "late": Sums(inputs=100)})
    assert (len(told), told["main"], told[OTHERS]) == (MOST_AGENTS + 1, Sums(inputs=3), Sums(inputs=110))
    assert rising.within({"late": Sums(inputs=4), "main": MAIN}) == {OTHERS: Sums(inputs=4), "main": MAIN}
