"""Quantities: tables for the edges, a property for the round trip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.quantities import address, choice, count, counted, optional, seconds, share, size, switch


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5.0),
        ("5s", 5.0),
        ("5 S", 5.0),
        ("1.5m", 90.0),
        ("250ms", 0.25),
        ("1h", 3600.0),
        ("0.01d", 864.0),
        ("0", 0.0),
        ("0.000001", 1e-06),
    ],
)
def test_times(text: str, value: float) -> None:
    assert seconds("0", "1h")(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("512", 512), ("512B", 512), ("16KB", 16384), ("16 KiB", 16384), ("1.5mb", 1572864), ("1GB", 2**30)]
)
def test_sizes(text: str, value: int) -> None:
    assert size("0", "1GB")(text) == value


@pytest.mark.parametrize(
    "text", ["", " ", "s", "-1", "+1", "1e3", "1,5", "٣", "1 s ", "1  s", "1.", ".5", "1" * 13, "1KB", "nan", "inf", "1\n"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="must be a time such as 5s, not"):
        seconds("0", "1h")(text)


@pytest.mark.parametrize(("text", "allowed"), [("1s", False), ("2s", True), ("4s", True), ("4.000001s", False), ("4001ms", False)])
def test_the_limits_of_a_time_belong_to_it(text: str, allowed: bool) -> None:
    parse = seconds("2s", "4s")
    if allowed:
        assert 2.0 <= parse(text) <= 4.0
    else:
        with pytest.raises(ValueError, match="must be from 2s to 4s, not"):
            parse(text)


def test_shares() -> None:
    parse = share("0%", "100%")
    assert [parse(text) for text in ("0%", "5%", "0.5 %", "10%", "100%")] == pytest.approx([0, 0.05, 0.005, 0.1, 1])
    for text, says in [("5", "a share such as 5%, not '5'"), ("101%", "from 0% to 100%"), ("-1%", "a share"), ("5%%", "a share")]:
        with pytest.raises(ValueError, match=says):
            parse(text)


def test_counts() -> None:
    parse = count("1", "20")
    assert [parse("1"), parse("20")] == [1, 20]
    for text, says in [("0", "from 1 to 20"), ("21", "from 1 to 20"), ("2.5", "a whole number"), ("two", "a whole number")]:
        with pytest.raises(ValueError, match=says):
            parse(text)


@given(st.integers(min_value=0, max_value=10**11))
def test_a_count_survives_the_way_through_text(number: int) -> None:
    assert count("0", "100000000000")(str(number)) == number


@pytest.mark.parametrize(("text", "value"), [("on", True), ("True", True), ("YES", True), ("off", False), ("false", False), ("No", False)])
def test_switches(text: str, value: bool) -> None:
    assert switch(text) is value


@pytest.mark.parametrize("text", ["", "1", "0", "y", "onn"])
def test_what_is_no_switch(text: str) -> None:
    with pytest.raises(ValueError, match="must be on or off, not"):
        switch(text)


def test_choices_are_exact() -> None:
    parse = choice("left", "right")
    assert parse("left") == "left"
    with pytest.raises(ValueError, match="must be one of left, right, not 'Left'"):
        parse("Left")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://api.example", "https://api.example"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://[::1]/path//", "https://[::1]/path"),
        ("HTTPS://API.example/Path", "HTTPS://API.example/Path"),
    ],
)
def test_addresses(text: str, value: str) -> None:
    assert address(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "api.example",
            "//api.example",
            "https://",
            "https://:80",
            "ftp://api.example",
            "https://a:x",
            "https://a:0",
            "https://a:99999",
        ),
        *("https://[::1", "https://a b", "https://a\n", "https://a?q=1", "https://a?", "https://a#f", "https://a/#"),
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="must be an http or https address"):
        address(text)


@pytest.mark.parametrize("text", ["", "null", "~"])
def test_nothing_is_an_answer_where_it_is_optional(text: str) -> None:
    assert optional(switch)(text) is None


def test_something_is_judged_where_it_is_optional() -> None:
    assert optional(switch)("on") is True
    with pytest.raises(ValueError, match="on or off"):
        optional(switch)("perhaps")


@pytest.mark.parametrize(("number", "said"), [(0, "0 chunks"), (1, "1 chunk"), (1200, "1,200 chunks")])
def test_a_count_is_said(number: int, said: str) -> None:
    assert counted(number, "chunk") == said
