"""The exam's result told: a line, a table, a page's part, data. PURE. Its one law: it counts and tells, and judges nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from finestream.exam.grading import Grade, Verdict
from finestream.exam.scenarios import scenarios
from finestream.quantities import counted

AGAIN, DIED = "↻", "†"
BEGIN, END = "<!-- exam -->", "<!-- the end of the exam -->"
SAFE = frozenset({Verdict.EXACT, Verdict.SAFE})


class Sheet(NamedTuple):
    """The result of one gateway: its grades by the names of the scenarios."""

    name: str
    version: str
    grades: Mapping[str, Grade]

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.name} {self.version}".rstrip()

    @property
    def has_missed(self) -> bool:
        """Whether something was wrong, hung, or proved nothing, or the gateway died."""
        return any(grade.died or grade.verdict not in SAFE for grade in self.grades.values())

    def count(self, verdict: Verdict) -> int:
        """How many scenarios ended so."""
        return sum(grade.verdict is verdict for grade in self.grades.values())

    @property
    def saved(self) -> tuple[int, int]:
        """Of how many recoverable scenarios came out exact without the whole call again, and how many there are."""
        recoverable = [grade for grade in self.grades.values() if grade.is_recoverable]
        return sum(grade.verdict is Verdict.EXACT and not grade.again for grade in recoverable), len(recoverable)


def cell(grade: Grade) -> str:
    """A grade in a table: the verdict, the requests, the output in relation to what was meant."""
    marks = f"{f'{AGAIN} ' * grade.again}{f'{DIED} ' * grade.died}"
    return f"{grade.verdict.value} {marks}{grade.requests} {grade.cost:.2f}"


def line(title: str, name: str, grade: Grade) -> str:
    """A grade in a sentence, for whoever waits."""
    again = ", the whole call again" if grade.again else ""
    why = f"{', after the gateway had to be started anew' * grade.died}{f': {grade.why}' if grade.why else ''}"
    cost = f"{grade.requests} requests, {grade.cost:.2f} of the output{again}, {grade.seconds:.1f} s"
    return f"{title}: {name}: {grade.verdict.value}, {cost}{why}"


def table(sheets: Sequence[Sheet]) -> Iterator[str]:
    """A row for each scenario, a column for each gateway."""
    yield from _rows(("scenario", *(sheet.title for sheet in sheets)))
    for name, first in sheets[0].grades.items():
        mark = "" if first.is_recoverable else " ·"
        yield _row((f"`{name}`{mark}", *(cell(sheet.grades[name]) for sheet in sheets)))


def totals(sheets: Sequence[Sheet]) -> Iterator[str]:
    """What it comes to, a column for each gateway."""
    yield from _rows((f"of {counted(len(sheets[0].grades), 'scenario')}", *(sheet.title for sheet in sheets)))
    for verdict in Verdict:
        yield _row((verdict.value, *(str(sheet.count(verdict)) for sheet in sheets)))
    yield _row(("recoverable, and exact without the whole call again", *map(_share, sheets)))
    for name, figure in _SUMS.items():
        yield _row((name, *(f"{sum(map(figure, sheet.grades.values())):.0f}" for sheet in sheets)))


_SUMS: Mapping[str, Callable[[Grade], float]] = {
    "meanwhile the gateway ceased to answer anybody": lambda grade: grade.died,
    "whole call generated again": lambda grade: grade.again,
    "requests": lambda grade: grade.requests,
    "output tokens of tool inputs": lambda grade: grade.tokens,
    "seconds, all sessions together": lambda grade: grade.seconds,
}


def _share(sheet: Sheet) -> str:
    saved, recoverable = sheet.saved
    return f"{saved} of {recoverable} ({saved / recoverable:.0%})" if recoverable else "-"


def _rows(head: Sequence[str]) -> Iterator[str]:
    yield _row(head)
    yield "|---" * len(head) + "|"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def troubles(sheets: Sequence[Sheet]) -> Iterator[str]:
    """What went wrong, in words."""
    for sheet in sheets:
        for name, grade in sheet.grades.items():
            if grade.verdict not in SAFE:
                yield f"{sheet.title}: {name}: {grade.verdict.value}: {grade.why}"


def surroundings(page: str) -> tuple[str, str]:
    """Return what stands in a page before the tables and behind them, the marks included.

    Raises:
        ValueError: the page has no such marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"there are no lines '{BEGIN}' and '{END}' in it, between which the tables go")
    return before + begin, end + after


def place(page: str, sheets: Sequence[Sheet], remark: str) -> str:
    """Put the tables between the marks of a page.

    Raises:
        ValueError: as `surroundings`.
    """
    before, after = surroundings(page)
    said = [f"- {trouble}" for trouble in troubles(sheets)]
    parts = ("\n".join(part) for part in (totals(sheets), said, table(sheets), [remark]))
    return "\n\n".join([before, *filter(None, parts), after])


def read(lines: Iterable[str]) -> list[Sheet]:
    """Read sheets from lines of `data`, those of one gateway in one sheet.

    Raises:
        ValueError: a line is none of them, or the gateways did not sit the same scenarios.
    """
    found: dict[str, dict[str, Grade]] = {}
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
            _check(value)
            found.setdefault(value["gateway"], {})[value["scenario"]] = _grade(value)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"line {number} is no result of an exam: {error}") from error
    sheets = [Sheet(name, "", grades) for name, grades in found.items()]
    if not sheets or any(sheet.grades.keys() != sheets[0].grades.keys() for sheet in sheets):
        raise ValueError("these are not the same scenarios for each gateway")
    return [sheet._replace(grades=_in_order(sheet.grades)) for sheet in sheets]


def _in_order(grades: Mapping[str, Grade]) -> dict[str, Grade]:
    """Put grades, which come as their sessions end, into the order of the scenarios; those of none of them come last."""
    known = [scenario.name for scenario in scenarios()]
    return {name: grades[name] for name in [*(name for name in known if name in grades), *(name for name in grades if name not in known)]}


_NUMBERS = ("requests", "output_tokens", "of_meant", "seconds")
_TYPES = {**dict.fromkeys(("gateway", "scenario", "verdict", "why"), str), **dict.fromkeys(("again", "recoverable", "died"), bool)}


def _check(value: Mapping[str, Any]) -> None:
    for name, kind in _TYPES.items():
        if not isinstance(value[name], kind):
            raise ValueError(f"'{name}' is not what it is to be")
    for name in _NUMBERS:
        if type(value[name]) not in (int, float) or not 0 <= value[name] < 2**53:
            raise ValueError(f"'{name}' is no number that can be counted")


def _grade(value: Mapping[str, Any]) -> Grade:
    return Grade(
        Verdict(value["verdict"] if value["verdict"] in ("exact", "safe") else value["verdict"].upper()),
        value["again"],
        value["why"],
        requests=value["requests"],
        tokens=value["output_tokens"],
        cost=value["of_meant"],
        seconds=value["seconds"],
        is_recoverable=value["recoverable"],
        died=value["died"],
    )


def data(title: str, name: str, grade: Grade) -> dict[str, Any]:
    """A grade as data."""
    return {
        "gateway": title,
        "scenario": name,
        "verdict": grade.verdict.value.lower(),
        "recoverable": grade.is_recoverable,
        "again": grade.again,
        "requests": grade.requests,
        "output_tokens": grade.tokens,
        "of_meant": round(grade.cost, 3),
        "seconds": round(grade.seconds, 2),
        "died": grade.died,
        "why": grade.why,
    }
