"""A scenario is told with its figures, beside what the mission says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from finestream.demo.comparison import Comparison, data, reduction, tell
from finestream.demo.measuring import Figures, Moments
from finestream.demo.narration import ASCII
from finestream.demo.transfers import transfers

CHUNKS = (Moments(0.4, 0.9, 1.5), Moments(2.0, 2.5, None), Moments(3.0, 3.5, 4.0), Moments(12.0, 12.1, 12.9))
STREAMED = Figures(CHUNKS, first=0.9, complete=12.1, own=13.0, total=13.5, is_exact=True)
BUFFERED = replace(STREAMED, first=13.0, complete=13.0, own=15.0, total=15.5)
FOUND = Comparison(transfers()[2], 1.0, BUFFERED, STREAMED)
SIX = Comparison(transfers()[6], 1.0, BUFFERED, replace(STREAMED, chunks=(*STREAMED.chunks, Moments(12.5, 12.6, None))))


def test_the_chunks_are_told_with_their_moments_and_what_was_done() -> None:
    told = "\n".join(tell(FOUND))
    assert "Scenario 2: " in told
    assert "architect → developer: 21.2 KB" in told
    assert "chunk 1: architecture overview, key constraints (mission: 0.4 s)\n      0.4 s  written by architect" in told
    assert '0.9 s  told to developer: "I can start planning file structure now"\n      1.5 s  ✓ developer writes overview, files' in told
    assert "interfaces" not in told, "nothing was written with the second chunk"
    assert told.translate(ASCII).isascii()


def test_the_table_holds_what_was_measured_and_what_the_mission_says() -> None:
    lines = {line[:42].strip(): line[42:].split() for line in tell(FOUND)}
    assert lines["until developer has its first usable chunk"] == ["13.0", "s", "0.9", "s", "93%", "12.7", "s", "→", "0.4", "s,", "97%"]
    assert lines["until it has the whole document"] == ["13.0", "s", "12.1", "s", "7%", "12.7", "s", "→", "2.9", "s,", "77%"]
    assert lines["until its own document is whole"] == ["15.0", "s", "13.0", "s", "13%"]
    assert lines["until the run has ended"] == ["15.5", "s", "13.5", "s", "13%"]


def test_as_good_as_the_same_is_no_reduction() -> None:
    found = FOUND._replace(streamed=replace(STREAMED, complete=13.01))
    assert any(line.split()[-7:-5] == ["0%", "12.7"] for line in tell(found))
    assert "-0%" not in "\n".join(tell(found))


def test_it_says_what_cannot_be_had() -> None:
    told = list(tell(FOUND))
    assert any("before it is generated" in line and "12.7 s" in line for line in told)


@pytest.mark.parametrize(("pace", "said"), [(1.0, "as many"), (2.5, "2.5 times as many")])
def test_the_pacing_is_stated(pace: float, said: str) -> None:
    found = FOUND._replace(pace=pace)
    assert f"{found.transfer.tokens_per_second(pace):.0f} tokens a second, {said} as give the mission's 12.7 s" in "\n".join(tell(found))


def test_a_chunk_of_which_the_mission_says_nothing_has_no_figure_of_it() -> None:
    told = "\n".join(tell(SIX))
    assert "chunk 4: contexts for security, DevOps, QA (mission: 2.4 s)" in told
    assert "chunk 5: the plan in detail\n" in told
    assert "told to pm, ux-designer, architect: (next agents in the pipeline prepared)" in told
    assert [chunk["claimed"] for chunk in data(SIX)["chunks"]] == [0.4, 0.9, 1.5, 2.4, None]


def test_what_is_not_exact_or_not_earlier_is_said_loudly() -> None:
    assert FOUND.is_exact
    assert FOUND.is_reduced
    assert not any("✗" in line for line in tell(FOUND))
    wrong = FOUND._replace(streamed=replace(STREAMED, is_exact=False, first=13.0))
    assert not wrong.is_exact
    assert not wrong.is_reduced
    told = list(tell(wrong))
    assert any("✗ DIFFERENT" in line and "streamed" in line for line in told)
    assert any("✗ NOT EARLIER" in line for line in told)
    assert not FOUND._replace(buffered=replace(BUFFERED, is_exact=False)).is_exact


def test_as_data() -> None:
    found = data(FOUND)
    assert (found["scenario"], found["agent_from"], found["agent_to"], found["exact"], found["reduced"]) == (
        2,
        "architect",
        "developer",
        True,
        True,
    )
    claimed = {"buffered": 12.7, "streamed": 0.4}
    assert found["figures"]["first"] == {"buffered": 13.0, "streamed": 0.9, "reduction": 0.931, "claimed": claimed}
    assert found["figures"]["own"]["claimed"] is None
    assert found["chunks"][1] == {
        "content": "services, API endpoint specifications",
        "use": "I can create endpoint stubs now",
        "readers": ["developer"],
        "written": 2.0,
        "told": 2.5,
        "begun": None,
        "claimed": 1.1,
    }


def test_a_reduction_is_a_share_of_what_it_was_before() -> None:
    assert reduction(10, 4) == pytest.approx(0.6)
