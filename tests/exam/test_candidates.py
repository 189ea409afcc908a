"""What a user may call a gateway, and what is put into its command."""

from __future__ import annotations

import pytest

from finestream import __version__
from finestream.exam.candidates import PRESETS, Candidate, Package, fill, parse_candidate


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_called_by_its_name(name: str) -> None:
    assert parse_candidate(name) is PRESETS[name]
    assert PRESETS[name].name == name


def test_presets_are_pinned() -> None:
    assert PRESETS["finestream"].version == __version__
    for candidate in PRESETS.values():
        if candidate.package:
            assert candidate.version == candidate.package.version
            assert candidate.command.startswith("{bin}/")
            assert {"{port}", "{upstream}"} <= {word for word in ("{port}", "{upstream}") if word in str(candidate)}


def test_a_requirement_names_the_extras() -> None:
    assert Package("a", "1").requirement == "a==1"
    assert Package("a", "1", "[b]").requirement == "a[b]==1"


def test_an_address_needs_to_know_its_upstream() -> None:
    found = parse_candidate("http://127.0.0.1:4000/secret/", upstream_port=9000)
    assert found == Candidate("127.0.0.1:4000", base="http://127.0.0.1:4000/secret", upstream_port=9000)
    with pytest.raises(ValueError, match="must be an http or https address"):
        parse_candidate("http://127.0.0.1:port", upstream_port=9000)
    with pytest.raises(ValueError, match="--upstream-port"):
        parse_candidate("http://127.0.0.1:4000")


def test_a_command_says_where_it_listens_and_what_is_behind_it() -> None:
    text = "/opt/bin/relay --port {port} --to {upstream}"
    assert parse_candidate(text) == Candidate("relay", command=text)
    assert parse_candidate(text, base="http://localhost:{port}/v", upstream_port=1).base == "http://localhost:{port}/v"
    for wrong in ("relay", "relay {port}", "relay {upstream}", ""):
        with pytest.raises(ValueError, match=r"none, finestream, .*\{port\} and \{upstream\}"):
            parse_candidate(wrong)


def test_words_are_filled_in() -> None:
    assert fill("{a}{b}{c}", {"a": "1", "b": "{c}", "c": "3"}) == "133"
