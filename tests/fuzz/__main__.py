"""Fuzz: ``scripts/fuzz [TARGET...] [--seconds N] [--seed N]``.

Tries each target in turn, beginning with the inputs that are kept of it in ``tests/fuzz/corpus``. What breaks one is boiled down and
written to a file, and the exit code is 1. ``--replay FILE`` tries one input alone; ``--grow`` adds to the corpus what was new and short.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random, SystemRandom

from tests.fuzz import corpus
from tests.fuzz.engine import Finding, Fuzzer, Progress, Target, attempt, boiled
from tests.fuzz.lines import Lines, lines
from tests.fuzz.targets import TARGETS

FOUND = Path("fuzz-findings")


def arguments(given: Sequence[str] | None, targets: Mapping[str, Target]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description="Looks for inputs that break finestream.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(targets)}; all of them by default")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the processor, for all targets together (60)")
    parser.add_argument("--seed", type=int, help="of all chance; by default another one each time, in CI always the same")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="try this input on the one target that is named")
    parser.add_argument("--grow", action="store_true", help="keep for good what was new and is short")
    parser.add_argument("--findings", type=Path, default=FOUND, metavar="FOLDER", help=f"where a finding is written to ({FOUND})")
    args = parser.parse_args(given)
    if unknown := sorted(set(args.targets) - set(targets)):
        parser.error(f"there is no target {unknown[0]}; there are {', '.join(targets)}")
    if args.replay and len(args.targets) != 1:
        parser.error("name one target for --replay")
    return args


def main(given: Sequence[str] | None = None, targets: Mapping[str, Target] = TARGETS) -> int:
    """Fuzz, and return the exit code."""
    args = arguments(given, targets)
    if args.replay:
        result = attempt(targets[args.targets[0]], args.replay.read_bytes())
        return _tell(result, args.replay) if isinstance(result, Finding) else 0
    seed = args.seed if args.seed is not None else 0 if os.environ.get("CI") else SystemRandom().randrange(2**32)
    chosen = [targets[name] for name in args.targets or targets]
    print(f"fuzz: {len(chosen)} targets, {args.seconds:g} s, seed {seed}", flush=True)
    seen, findings = lines(), 0
    for target in chosen:
        findings += _try(target, args.seconds / len(chosen), Random(f"{seed} {target.name}"), seen, args)
    return 1 if findings else 0


def _try(target: Target, seconds: float, random: Random, seen: Lines, args: argparse.Namespace) -> int:
    start = time.process_time()
    fuzzer = Fuzzer(target, corpus.load(target.name), seen, random)
    found = fuzzer.run(seconds)
    print(_line(fuzzer.progress(time.process_time() - start)), flush=True)
    if found:
        found = boiled(target, found)
        return _tell(found, corpus.save(args.findings / target.name, found.data))
    if args.grow:
        _grow(target, fuzzer.kept)
    return 0


def _line(progress: Progress) -> str:
    each = 1e3 * progress.seconds / max(1, progress.runs)
    counts = f"{progress.lines:5} lines {progress.features:5} features {progress.kept:5} kept"
    return f"  {progress.target:10} {progress.runs:8} runs {each:7.2f} ms {counts}"


def _tell(found: Finding, path: Path) -> int:
    print(f"{found.told}\nfuzz: {found.target} broke on {found.data[:200]!r}", file=sys.stderr)
    print(f"fuzz: the input is in {path}; try it again with: scripts/fuzz {found.target} --replay {path}", file=sys.stderr)
    return 1


def _grow(target: Target, kept: Sequence[bytes]) -> None:
    """Keep the shortest inputs that, each after the ones before it, still show something new."""
    fuzzer = Fuzzer(target, (), lines(), Random(0))
    have = set(corpus.load(target.name))
    for data in [*sorted(have, key=len), *corpus.short(kept)]:
        fuzzer.take(data, is_seen=True)
    for data in set(fuzzer.kept) - have:
        corpus.save(corpus.FOLDER / target.name, data)


if __name__ == "__main__":
    sys.exit(main())
