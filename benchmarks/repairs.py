"""Whether what comes back is what was meant, to the character: finestream's repair beside that of others.

    python -m benchmarks.repairs [--quick] [--json] [--cases FILE...]

The cases are those of ``tests/fixtures/malformed.jsonl`` and, where it is there, of ``shared/data/malformed-tool-inputs.jsonl`` beside the
repository; each was written down with what it has to come to, or that nobody can tell. Left out are those that only a tool's schema can
decide, because the others are not given one. Whoever answers with an error, or with nothing, has refused.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.others import PACKAGES, machine, module, named
from finestream.repair import Refused, repair

ROOT = Path(__file__).parents[1]
CASES = (ROOT / "tests" / "fixtures" / "malformed.jsonl", ROOT.parent / "shared" / "data" / "malformed-tool-inputs.jsonl")
VERDICTS = ("right", "rightly refused", "refused, though it can be told", "WRONG")
NOTHING = object()


class Case(NamedTuple):
    """A text, and the value that was meant, or NOTHING where that cannot be told."""

    raw: str
    meant: object


def parse_cases(text: str) -> Iterator[Case]:
    """Read cases in either of the two forms, without those that a schema decides."""
    for row in map(json.loads, text.splitlines()):
        plain = plainly(row["raw"])
        meant = NOTHING
        if "outcome" in row:
            meant = row["expected"] if row["outcome"] != "refused" else NOTHING
        elif row["expected_or_null"] is not None:
            meant = row["expected_or_null"]
        elif plain is not NOTHING:
            meant = plain  # what parses and cannot be mended is to be left as it is
        if "schema" not in row and (plain is NOTHING or is_same(plain, meant)):
            yield Case(row["raw"], meant)


def plainly(raw: str) -> object:
    """What the text says as it stands, or NOTHING."""
    with suppress(ValueError):
        return json.loads(raw)
    return NOTHING


def is_same(one: object, other: object) -> bool:
    """Strictly: 1, 1.0 and True are three values, and the order of members counts."""
    return NOTHING not in (one, other) and json.dumps(one) == json.dumps(other)


# -- who is asked --------------------------------------------------------------------------------------------------------------------------


def finestream(raw: str) -> object:
    """Ours, without a schema."""
    result = repair(raw, None)
    return NOTHING if isinstance(result, Refused) else result.value


def json_repair(raw: str) -> object:
    """It gives an empty string where it found nothing."""
    value: object = module("json_repair").loads(raw)
    return NOTHING if value == "" else value


def fast_json_repair(raw: str) -> object:
    """The same in Rust, with the same sign."""
    value: object = module("fast_json_repair").loads(raw)
    return NOTHING if value == "" else value


def partial_json_parser(raw: str) -> object:
    """It is made for texts that were cut."""
    value: object = module("partial_json_parser").loads(raw)
    return value


PROGRAMS: dict[str, Callable[[str], object]] = {
    "finestream": finestream,
    "json_repair": json_repair,
    "fast_json_repair": fast_json_repair,
    "partial_json_parser": partial_json_parser,
}


def judge(program: Callable[[str], object], case: Case) -> str:
    """One of the `VERDICTS`."""
    try:
        found = program(case.raw)
    except Exception:  # each has errors of its own, and all of them are refusals
        found = NOTHING
    if found is NOTHING:
        return VERDICTS[1 if case.meant is NOTHING else 2]
    return VERDICTS[0 if is_same(found, case.meant) else 3]


def measure(cases: Sequence[Case], programs: Iterable[str]) -> dict[str, dict[str, float]]:
    """For each program how many cases came to what, and what a case costs."""
    found: dict[str, dict[str, float]] = {}
    for name in programs:
        program = PROGRAMS[name]
        judge(program, cases[0])  # imports
        start = time.process_time()
        verdicts = Counter(judge(program, case) for case in cases)
        seconds = time.process_time() - start
        found[name] = {**{verdict: verdicts[verdict] for verdict in VERDICTS}, "us_per_case": 1e6 * seconds / len(cases)}
    return found


def show(found: dict[str, dict[str, float]], cases: int) -> None:
    """Print the table."""
    print(f"| {cases} malformed inputs | {' | '.join(VERDICTS)} | us a case |")
    print("|---|" + "---|" * (len(VERDICTS) + 1))
    for name, row in found.items():
        label = name if name == "finestream" else named(name)
        print(f"| {label} | {' | '.join(str(row[verdict]) for verdict in VERDICTS)} | {row['us_per_case']:.0f} |")
    print(f"\nTarget: nothing wrong. {'Held.' if not found['finestream']['WRONG'] else 'NOT HELD.'}")


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="beside what need not be installed")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cases", nargs="+", type=Path, default=[path for path in CASES if path.exists()], metavar="FILE")
    options = parser.parse_args()
    cases = [case for path in options.cases for case in parse_cases(path.read_text(encoding="utf-8"))]
    found = measure(cases, [name for name in PROGRAMS if not (options.quick and name in PACKAGES)])
    if options.json:
        versions = [named(name) for name in found if name != "finestream"]
        print(json.dumps({"machine": machine(), "versions": versions, "cases": len(cases), "programs": found}))
    else:
        show(found, len(cases))


if __name__ == "__main__":
    main()
