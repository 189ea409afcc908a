"""What the scanner costs for each delta of a streamed tool input: ``python benchmarks/scanner.py [--json]``.

Two shapes of input in deltas of 20 bytes: records nested in an array, and one long string of code. Everything is measured in one run, in
turns, as CPU time (other work on the machine does not count), and the medians are told: an empty method (what any watcher written in Python
must pay), the scanner, and, at 100 KB, the anthropic SDK's own accumulation, which parses all it has anew at every delta.
"""

from __future__ import annotations

import argparse
import functools
import inspect
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from finestream.scanner import Scanner

DELTA = 20
SIZES = {"20K": 20_000, "100K": 100_000, "1M": 1_000_000, "10M": 10_000_000}
ROUNDS = {"20K": 15, "100K": 9, "1M": 5, "10M": 3}
SDK_ROUNDS = 3
FEED = 65_536


def records(size: int) -> bytes:
    """An input of about ``size`` bytes: objects, arrays, short strings, escapes, numbers, literals, non-ASCII."""
    text, count, length = [], 0, 0
    while length < size:
        count += 1
        text.append(
            json.dumps(
                {
                    "id": count,
                    "title": f"Schritt {count}: Prüfung der Eingabe",
                    "tags": ["alpha", "bêta", None, count % 2 == 0],
                    "note": 'he said "yes"\n\tand left\\',
                    "at": {"line": count % 977, "share": count % 100 / 8},
                },
                ensure_ascii=False,
            )
        )
        length += len(text[-1].encode()) + 2
    return ('{"name": "benchmark", "items": [' + ", ".join(text) + "]}").encode()


def code(size: int) -> bytes:
    """An input of about ``size`` bytes: a path and the text of one file, as Write has it."""
    lines = [
        "def total(self, key: str) -> int:",
        '    """Sum of what is kept under "key", größer als null."""',
        "    return sum(item.size for item in self._items[key] if item.size > 0)",
        "",
        "    # \\d+ matches digits",
    ]
    content = "\n".join(lines) + "\n"
    spelled = len(json.dumps(content, ensure_ascii=False).encode()) - 2
    return json.dumps({"file_path": "/src/total.py", "content": content * (size // spelled)}, ensure_ascii=False).encode()


class Empty:
    """A watcher that does nothing."""

    def feed(self, data: bytes) -> Sequence[object]:
        return ()


def feed_all(watcher: Empty | Scanner, deltas: Sequence[bytes]) -> float:
    """CPU seconds that ``watcher`` takes for all ``deltas``."""
    feed = watcher.feed
    start = time.process_time()
    for delta in deltas:
        feed(delta)
    return time.process_time() - start


def cut(data: bytes) -> list[bytes]:
    return [data[at : at + DELTA] for at in range(0, len(data), DELTA)]


def measure_sizes(make: Callable[[int], bytes]) -> list[dict[str, Any]]:
    """Cost of each delta, at every size."""
    rows: list[dict[str, Any]] = []
    for name, size in SIZES.items():
        data = make(size)
        deltas = cut(data)
        empty, scanner = [], []
        for _ in range(ROUNDS[name]):
            empty.append(feed_all(Empty(), deltas))
            watcher = Scanner()
            scanner.append(feed_all(watcher, deltas))
            assert watcher.complete and watcher.fault is None
        seconds, floor = statistics.median(scanner), statistics.median(empty)
        rows.append(
            {
                "size": name,
                "bytes": len(data),
                "deltas": len(deltas),
                "seconds": seconds,
                "us_per_delta": seconds / len(deltas) * 1e6,
                "empty_us_per_delta": floor / len(deltas) * 1e6,
                "times_empty": seconds / floor,
                "growth": seconds / rows[-1]["seconds"] / len(data) * rows[-1]["bytes"] if rows else None,
            }
        )
    return rows


def measure_feed(make: Callable[[int], bytes]) -> dict[str, float]:
    """Cost of one feed of 64 KB."""
    data = make(2 * FEED)[:FEED]
    seconds = statistics.median(feed_all(Scanner(), [data]) for _ in range(15))
    return {"ms": seconds * 1e3, "mb_per_second": len(data) / seconds / 1e6}


def sdk_accumulate(data: bytes) -> float:
    """CPU seconds that the SDK takes to accumulate ``data`` from typed events of about 20 bytes each."""
    from anthropic.lib.streaming._messages import accumulate_event
    from anthropic.types import RawContentBlockDeltaEvent, RawContentBlockStartEvent, RawMessageStartEvent

    text = data.decode()
    deltas = [{"type": "input_json_delta", "partial_json": text[at : at + DELTA]} for at in range(0, len(text), DELTA)]
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "content": list[Any](), "model": "m", "usage": usage}
    block = {"type": "tool_use", "id": "t", "name": "Write", "input": {}}
    buffers: dict[str, Any] = {"json_bufs": {}} if "json_bufs" in inspect.signature(accumulate_event).parameters else {}
    step = functools.partial(accumulate_event, **buffers)
    snapshot: Any = step(event=RawMessageStartEvent.model_validate({"type": "message_start", "message": message}), current_snapshot=None)
    begin = {"type": "content_block_start", "index": 0, "content_block": block}
    step(event=RawContentBlockStartEvent.model_validate(begin), current_snapshot=snapshot)
    events = [RawContentBlockDeltaEvent.model_validate({"type": "content_block_delta", "index": 0, "delta": delta}) for delta in deltas]
    start = time.process_time()
    for event in events:
        step(event=event, current_snapshot=snapshot)
    seconds = time.process_time() - start
    assert snapshot.content[0].input == json.loads(text)
    return seconds


def measure_sdk(make: Callable[[int], bytes]) -> dict[str, float]:
    """The scanner against the SDK's own accumulation of the same 100 KB, in turns."""
    data = make(SIZES["100K"])
    deltas = cut(data)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(SDK_ROUNDS):
        ours.extend(feed_all(Scanner(), deltas) for _ in range(3))
        theirs.append(sdk_accumulate(data))
    scanner, sdk = statistics.median(ours), statistics.median(theirs)
    return {"scanner_seconds": scanner, "sdk_seconds": sdk, "times_faster": sdk / scanner}


def show(shape: str, result: dict[str, Any]) -> None:
    """Print one shape's table."""
    print(f"\n{shape}\n{'size':>6} {'deltas':>8} {'us/delta':>9} {'empty':>7} {'x empty':>8} {'cost of a byte, to the size before':>35}")
    for row in result["sizes"]:
        growth = f"x {row['growth']:.2f}" if row["growth"] else ""
        figures = f"{row['us_per_delta']:9.2f} {row['empty_us_per_delta']:7.3f} {row['times_empty']:8.1f}"
        print(f"{row['size']:>6} {row['deltas']:>8} {figures} {growth:>35}")
    feed, sdk = result["feed_64k"], result["sdk_100k"]
    print(f"one feed of 64 KB: {feed['ms']:.2f} ms ({feed['mb_per_second']:.0f} MB/s)")
    print(
        f"100 KB through the anthropic SDK: {sdk['sdk_seconds'] * 1e3:.0f} ms, "
        f"through the scanner: {sdk['scanner_seconds'] * 1e3:.1f} ms, {sdk['times_faster']:.0f} times faster"
    )


def main() -> None:
    """Measure both shapes and print them."""
    parser = argparse.ArgumentParser(description="What the scanner costs for each delta of a streamed tool input.")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    as_json = parser.parse_args().json
    results: dict[str, Any] = {"python": platform.python_version(), "delta_bytes": DELTA}
    for shape, make in {"structured": records, "one_string": code}.items():
        results[shape] = {"sizes": measure_sizes(make), "feed_64k": measure_feed(make), "sdk_100k": measure_sdk(make)}
        if not as_json:
            show(shape, results[shape])
    if as_json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
