"""The values of definitions, by table; what cannot be obeyed says what would be right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.catalog.values import PRIORITIES, ImpossibleSize, SizeRange, latency, percentage, priority, size_range, streaming

KB = 1024


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("5-10KB", 5 * KB, 10 * KB),
        ("3KB", 3 * KB, 3 * KB),
        ("512B-2KB", 512, 2 * KB),
        ("1.5-2KB", 1536, 2 * KB),
        ("5 - 10 KB", 5 * KB, 10 * KB),
        ("5 to 10kb", 5 * KB, 10 * KB),
        ("1KB-1MB", KB, KB * KB),
        ("100-200", 100, 200),
        ("700", 700, 700),
        ("4-4KB", 4 * KB, 4 * KB),
    ],
)
def test_sizes_and_ranges(text: str, low: int, high: int) -> None:
    assert size_range(text) == SizeRange(low, high)


@pytest.mark.parametrize("text", ["10-5KB", "1MB-1KB", "0", "0KB", "0-5KB", "0B-0B"])
def test_a_size_that_no_document_can_have(text: str) -> None:
    with pytest.raises(ImpossibleSize, match=r"begins above its end|is nothing"):
        size_range(text)


@pytest.mark.parametrize("text", ["", "KB", "5-KB", "-5KB", "5-10-15KB", "5 parsecs", "1..2KB", "large", "5-10KBit", "9999GB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be a size such as 3KB or a range such as 5-10KB, not '") as caught:
        size_range(text)
    assert not isinstance(caught.value, ImpossibleSize)


@given(st.integers(1, 2**30), st.integers(0, 2**20))
def test_a_size_is_read_as_it_is_printed(low: int, more: int) -> None:
    size = SizeRange(low, min(low + more, 2**30))
    assert size_range(str(size)) == size


@pytest.mark.parametrize(
    ("one", "other", "do"),
    [("1-2KB", "2-3KB", True), ("1-2KB", "3-4KB", False), ("3-4KB", "1-2KB", False), ("1-9KB", "3KB", True), ("3KB", "1-9KB", True)],
)
def test_ranges_that_have_a_size_in_common(one: str, other: str, do: bool) -> None:
    assert size_range(one).overlaps(size_range(other)) is do


def test_priorities() -> None:
    assert [priority(text) for text in PRIORITIES] == ["high", "medium", "low"]
    with pytest.raises(ValueError, match="must be one of high, medium, low, not 'High'"):
        priority("High")


def test_percentages() -> None:
    assert [percentage(text) for text in ("71%", "71", "64.5 %", "0%", "100%")] == [71.0, 71.0, 64.5, 0.0, 100.0]
    for text in ("", "%", "-1%", "101%", "many"):
        with pytest.raises(ValueError, match="must be a percentage such as 71%"):
            percentage(text)


def test_streaming_and_seconds() -> None:
    assert [streaming("enabled"), streaming("disabled"), latency("12s"), latency("3.5s"), latency("78.6s")] == [
        True,
        False,
        12.0,
        3.5,
        78.6,
    ]
    with pytest.raises(ValueError, match="must be one of enabled, disabled, not 'on'"):
        streaming("on")
