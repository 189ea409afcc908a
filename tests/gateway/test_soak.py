"""The soak in small: a real gateway, faults on both sides, for seconds. `scripts/soak` is the same for as long as asked."""

from __future__ import annotations

from pathlib import Path

from benchmarks.soak.__main__ import soak
from benchmarks.soak.gateway import Sample, growth
from benchmarks.soak.streams import KINDS


async def test_many_streams_with_faults_on_both_sides_leave_nothing_behind(tmp_path: Path) -> None:
    result = await soak(tmp_path, streams=40, seconds=5, requests=100, seed=1, is_short=True)
    assert not result.complaints, "\n".join(result.complaints)
    seen = {name.partition(":")[0] for name in result.figures["ends"]}
    assert len(seen) > len(KINDS) // 2 and result.figures["views"] > 0 and result.figures["lines in the journal"] > 0


def test_what_grows_is_seen() -> None:
    def samples(memory: float, files: int) -> list[Sample]:
        return [Sample(float(at), 100 + memory * at, 20 + files * at // 10) for at in range(100)]

    assert growth(samples(0, 0)) == ""
    assert growth(samples(0.1, 1)) == ""
    assert "memory grows" in growth(samples(2, 0))
    assert "open files" in growth(samples(0, 40))
