"""Counting again, without the index. SHELL. Its one law: it is counted from the same bytes, or they are said to be gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from finestream.figures import Span, Sums, by_agent, renamed
from finestream.figures.sums import NOTHING
from finestream.index.counted import count_lines, count_run
from finestream.index.sources import Source, opened


class Recount(NamedTuple):
    """``gone``: the files that are not there any more as they were."""

    agents: dict[str, Sums]
    damaged: int
    gone: list[str]


def recount(folder: Path, span: Span, told: Sequence[Mapping[str, Any]]) -> Recount:
    """Count ``span`` from the files of a report, as far as it had read them.

    Raises:
        JournalError: A file is there and cannot be read.
    """
    agents: dict[str, Sums] = {}
    names: dict[str, str] = {}
    damaged, gone = 0, []
    with opened(folder) as sources:
        for each in told:
            source = _found(sources, each)
            if source is None:
                gone.append(str(each.get("file")))
                continue
            end = each["bytes"]
            counted = count_run(source.file, end) if source.is_run else count_lines(source.file, 0, end, is_over=source.is_over)
            damaged += counted.damage.lines
            names |= counted.names
            for agent, sums in by_agent(counted.counts, span).items():
                agents[agent] = agents.get(agent, NOTHING).plus(sums)
    return Recount(renamed(agents, names), damaged, gone)


def _found(sources: Sequence[Source], told: Mapping[str, Any]) -> Source | None:
    end = told.get("bytes")
    if type(end) is not int or end < 0:
        return None
    alike = (source for source in sources if source.name == told.get("file") and source.size >= end)
    return next((source for source in alike if source.head(end) == told.get("head")), None)
