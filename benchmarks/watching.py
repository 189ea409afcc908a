"""What it costs to know, at each delta of 20 characters, how far a tool input has come: finestream's scanner beside the parsers of others.

    python -m benchmarks.watching [--quick] [--json]

Only the scanner costs the same at each delta. The anthropic SDK, jiter, json-repair and partial-json-parser parse all that they have anew,
and ijson keeps an open string and copies it, so what a delta costs grows with the input: above 60 deltas they are sampled, at
eight places spread evenly over the input, and the mean is told with a ~; for 100 KB also what it is at the last place. CPU time, all
programs in one process, one after the other at each size. Not measured is what would cost more than half a second for a delta in the
middle.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

from benchmarks.others import PACKAGES, machine, module, named
from benchmarks.scanner import code, records
from finestream.scanner import Scanner

DELTA = 20
SIZES = {"1 KB": 1_000, "10 KB": 10_000, "100 KB": 100_000, "1 MB": 1_000_000, "10 MB": 10_000_000}
SHAPES: dict[str, Callable[[int], bytes]] = {"records": records, "one long string": code}
WHOLE = 60  # deltas that are all measured
PLACES, AT_EACH, MOST = 8, 3, 100
QUICK = 50e-6  # seconds
DEAR = 0.5  # seconds for one delta
ROUNDS = 3
TARGET = "100 KB"  # where the goal is a hundred times

Feed = Callable[[Any], object]


class Program(NamedTuple):
    """A watcher. ``begin``: makes one that has seen a text, and gives what feeds it; ``spell``: makes a delta as it takes it."""

    name: str
    begin: Callable[[str], Feed]
    spell: Callable[[str], Any] = str.encode
    goes_on: bool = False


def scanner(prefix: str) -> Feed:
    """Ours."""
    watcher = Scanner()
    watcher.feed(prefix.encode())
    return watcher.feed


def ijson(prefix: str) -> Feed:
    """A pull parser in C, fed as a coroutine; its events go nowhere."""

    def nowhere() -> Generator[None, Any, None]:
        while True:
            yield

    target = nowhere()
    next(target)
    parser: Any = module("ijson").parse_coro(target)
    parser.send(prefix.encode())
    feed: Feed = parser.send
    return feed


def sdk_event(text: str) -> object:
    """A delta as the SDK's stream gives it."""
    from anthropic.types import RawContentBlockDeltaEvent

    return RawContentBlockDeltaEvent.model_validate(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": text}}
    )


def sdk(prefix: str) -> Feed:
    """The SDK's own accumulation of a message."""
    from anthropic.lib.streaming._messages import accumulate_event
    from anthropic.types import RawContentBlockStartEvent, RawMessageStartEvent

    buffers: dict[int, bytes] = {}
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "content": list[Any](), "model": "m", "usage": usage}
    start = RawMessageStartEvent.model_validate({"type": "message_start", "message": message})
    snapshot: Any = accumulate_event(event=start, current_snapshot=None, json_bufs=buffers)

    def feed(event: Any) -> None:
        accumulate_event(event=event, current_snapshot=snapshot, json_bufs=buffers)

    block = {"type": "tool_use", "id": "t", "name": "Write", "input": {}}
    feed(RawContentBlockStartEvent.model_validate({"type": "content_block_start", "index": 0, "content_block": block}))
    feed(sdk_event(prefix))
    return feed


def parsed_anew(parse: Callable[[Any], object], begun: Any) -> Feed:
    """Whoever has no memory is given everything at each delta."""
    have = begun

    def feed(delta: Any) -> None:
        nonlocal have
        have += delta
        parse(have)

    return feed


def jiter(prefix: str) -> Feed:
    """The parser of the SDK, alone."""
    parse = module("jiter").from_json
    return parsed_anew(lambda data: parse(data, partial_mode="trailing-strings"), prefix.encode())


def json_repair(prefix: str) -> Feed:
    """With its option for texts that are not whole yet."""
    parse = module("json_repair").repair_json
    return parsed_anew(lambda text: parse(text, return_objects=True, stream_stable=True), prefix)


def partial_json_parser(prefix: str) -> Feed:
    """With everything allowed to be cut, which is its default."""
    return parsed_anew(module("partial_json_parser").loads, prefix)


PROGRAMS = (
    Program("finestream", scanner, goes_on=True),
    Program("anthropic", sdk, sdk_event),
    Program("jiter", jiter),
    Program("ijson", ijson),
    Program("json_repair", json_repair, str),
    Program("partial_json_parser", partial_json_parser, str),
)


class Cost(NamedTuple):
    """Microseconds that a delta costs: ``us`` in the mean over an input, ``end_us`` where the input is nearly whole."""

    us: float
    end_us: float
    is_sampled: bool


def cost(program: Program, text: str) -> Cost | None:
    """Measure a program on an input; None where it would take too long."""
    deltas = [text[at : at + DELTA] for at in range(0, len(text), DELTA)]
    if program.goes_on or len(deltas) <= WHOLE:
        spelled = [program.spell(delta) for delta in deltas[1:]]
        us = 1e6 * statistics.median(timed(program.begin(deltas[0]), spelled) for _ in range(ROUNDS))
        return Cost(us, us, is_sampled=False)
    # The first of the places tells whether the one in the middle can be paid for.
    places = [len(deltas) * (2 * number + 1) // (2 * PLACES) for number in range(PLACES)]
    found: list[float] = []
    for place in places:
        if found and found[-1] * places[PLACES // 2] / places[0] > DEAR:
            return None
        feed = program.begin("".join(deltas[:place]))
        found.append(sampled(feed, [program.spell(delta) for delta in deltas[place : place + MOST]]))
    return Cost(1e6 * statistics.fmean(found), 1e6 * found[-1], is_sampled=True)


def sampled(feed: Feed, deltas: Sequence[Any]) -> float:
    """The least of a few, for one collection of garbage would outweigh them; the mean of many, where a clock would outweigh one."""
    least = min(timed(feed, [delta]) for delta in deltas[:AT_EACH])
    return least if least > QUICK else timed(feed, deltas[AT_EACH:])


def timed(feed: Feed, deltas: Sequence[Any]) -> float:
    """CPU seconds of each of these deltas, in the mean."""
    start = time.process_time()
    for delta in deltas:
        feed(delta)
    return (time.process_time() - start) / len(deltas)


def measure(sizes: Sequence[str], programs: Sequence[Program]) -> dict[str, dict[str, dict[str, Cost | None]]]:
    """Shape, size, program: what a delta costs."""
    found: dict[str, dict[str, dict[str, Cost | None]]] = {}
    too_dear: set[tuple[str, str]] = set()
    for shape, make in SHAPES.items():
        for size in sizes:
            text = make(SIZES[size]).decode()
            row = found.setdefault(shape, {}).setdefault(size, {})
            for program in programs:
                row[program.name] = None if (shape, program.name) in too_dear else cost(program, text)
                if row[program.name] is None:
                    too_dear.add((shape, program.name))
    return found


def show(found: dict[str, dict[str, dict[str, Cost | None]]]) -> None:
    """Print a table for each shape."""
    for shape, sizes in found.items():
        others = list(next(iter(sizes.values())))[1:]
        print(f"| us a delta, {shape} | finestream | {' | '.join(map(named, others))} |")
        print("|---|---|" + "---|" * len(others))
        for size, row in sizes.items():
            ours = row["finestream"]
            assert ours
            print(f"| {size} | {ours.us:.2f} | {' | '.join(cell(row[name], ours) for name in others)} |")
            if size == TARGET:
                ends = {name: found and found._replace(us=found.end_us) for name, found in row.items()}
                print(f"| {size}, at its end | {ours.end_us:.2f} | {' | '.join(cell(ends[name], ours) for name in others)} |")
        print()


def cell(theirs: Cost | None, ours: Cost) -> str:
    """Their cost, and how many times ours that is."""
    if theirs is None:
        return "not measured"
    return f"{'~' * theirs.is_sampled}{theirs.us:.2f} (x {theirs.us / ours.us:.3g})"


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1 KB, beside what need not be installed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    programs = [program for program in PROGRAMS if not (options.quick and program.name in PACKAGES)]
    found = measure(list(SIZES)[: 1 if options.quick else None], programs)
    if options.json:
        print(json.dumps({"machine": machine(), "versions": [named(one.name) for one in programs[1:]], "us_per_delta": found}))
    else:
        show(found)


if __name__ == "__main__":
    main()
