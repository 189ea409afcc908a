"""Scrubbing: no credential gets through, whatever surrounds it; and what holds none is kept to the character."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finestream.journal.scrubbing import CONTENT_KEYS, REDACTED, Scrubber, redact

TOKENS = [
    "sk-ant-api03-Zx9_k-QQ7",
    "sk-ant-oat01-abc",
    "sk-proj-0123456789abcdefghij",
    "Bearer eyJhbGciOi.J9-_",
    "bearer abcdefghijklmnopqrstuvwxyz",
]
SCRUBBER = Scrubber(content=True, limit=2**20)

plain = st.text(alphabet="abc {}[]\"'\\\n,é日😀:", max_size=40)


def secret_of(token: str) -> str:
    return token.split()[-1]


def line_of(record: dict[str, Any], scrubber: Scrubber = SCRUBBER) -> str:
    return json.dumps(scrubber.scrub(record), ensure_ascii=False)


def wrapped(token: str) -> st.SearchStrategy[Any]:
    """Any JSON value that holds ``token`` somewhere: as a text, inside one, in a list, as a member of any name."""
    text = st.builds(lambda before, after: f"{before} {token} {after}", plain, plain)
    keys = st.sampled_from(["INVALID_JSON", "text", "before", "after", "message", "error"])
    return st.recursive(text, lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(keys, inner, min_size=1, max_size=2))


@pytest.mark.parametrize("token", TOKENS)
@settings(max_examples=40)
@given(data=st.data())
def test_no_token_gets_through_wherever_it_stands(token: str, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(["INVALID_JSON", "text", "detail"]))
    assert secret_of(token) not in line_of({key: data.draw(wrapped(token))})


@pytest.mark.parametrize("token", TOKENS)
def test_no_token_gets_through_as_raw_json_behind_an_escape(token: str) -> None:
    assert secret_of(token) not in line_of({"INVALID_JSON": json.dumps({"content": f"export KEY=\n{token}\n"})})


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_at_the_limit_is_not_cut_into_one_that_passes(token: str) -> None:
    for limit in range(len(token) + 4):
        scrubbed = str(Scrubber(content=True, limit=limit).scrub({"text": f"a {token}"})["text"])
        assert secret_of(token)[:12] not in scrubbed


@pytest.mark.parametrize(
    "key",
    [
        *("authorization", "Authorization", "Proxy-Authorization", "x-api-key", "X_API_KEY", "apiKey", "anthropicApiKey", "cookie"),
        *("Set-Cookie", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_MESSAGING_TOKEN", "access-token", "token"),
        *("password", "client_secret"),
    ],
)
def test_the_value_of_a_key_that_names_a_credential_is_taken_out(key: str) -> None:
    assert SCRUBBER.scrub({"headers": {key: "v4lue"}}) == {"headers": {key: REDACTED}}
    assert SCRUBBER.scrub({"headers": [(key, "v4lue")]}) == {"headers": [[key, REDACTED]]}
    assert SCRUBBER.scrub({key: {"nested": ["v4lue"]}}) == {key: REDACTED}


@pytest.mark.parametrize(
    ("record"),
    [
        {"tokens_used": 4096, "tokens_needed": 5200, "max_tokens": 8192, "output_tokens": "12"},
        {"token": 5, "has_secret": False, "cookie": None},
        {"pair": ["tool", "Write"], "author": "me", "path": "$.cookies[3]"},
        {"timestamp": "2025-01-13T10:23:45Z", "agent_from": "architect", "error": "incomplete_json"},
        {"value": [1, 2.5, None, True, "x", {"deep": ["y"]}]},
    ],
)
def test_what_names_no_credential_is_kept(record: dict[str, Any]) -> None:
    assert SCRUBBER.scrub(record) == record


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x-api-key: abc", "x-api-key: [redacted]"),
        ('{"Authorization": "Basic dXNlcjpwYXNz"}', '{"Authorization": "[redacted]"}'),
        ("authorization=Bearer short", "authorization=[redacted]"),
        ("Authorization: Bearer abcd1234efgh", "Authorization: Bearer [redacted]"),
        ("api_key='k'; next", "api_key='[redacted]'; next"),
        ('{\\"cookie\\": \\"a=b\\"}', '{\\"cookie\\": \\"[redacted]\\"}'),
        ("connect to https://me:pass@gateway.example/v1", "connect to https://[redacted]@gateway.example/v1"),
        ("the bearer of bad news, Bearer authentication", "the bearer of bad news, Bearer authentication"),
        ("class sk-folding-cube-wrapper-element", "class sk-folding-cube-wrapper-element"),
        ("mail me@example.org", "mail me@example.org"),
    ],
)
def test_messages_are_redacted(text: str, expected: str) -> None:
    assert redact(text) == expected


@given(st.text() | plain)
def test_redaction_is_done_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.text(alphabet="abc {}[]\"'\\\n,é日😀:=/@", max_size=80), st.sampled_from(sorted(CONTENT_KEYS)))
def test_a_tool_input_without_a_credential_is_kept_to_the_character(text: str, key: str) -> None:
    assert SCRUBBER.scrub({key: text}) == {key: text}


def test_code_that_only_speaks_of_credentials_is_kept_where_it_is_a_tool_input() -> None:
    code = 'headers["Authorization"] = f"Bearer {token()}"; api_key = load()'
    assert SCRUBBER.scrub({"INVALID_JSON": code}) == {"INVALID_JSON": code}


@given(st.text(alphabet="aé日😀\ud83d", max_size=30), st.integers(min_value=0, max_value=80))
def test_a_long_input_is_cut_at_the_border_of_a_character_and_says_how_much_is_missing(text: str, limit: int) -> None:
    kept = str(Scrubber(content=True, limit=limit).scrub({"text": text})["text"])
    size = len(text.encode("utf-8", "surrogatepass"))
    if size <= limit:
        assert kept == text
    else:
        start, _, rest = kept.partition("...[")
        left = len(start.encode("utf-8", "surrogatepass"))
        assert text.startswith(start)
        assert limit - 4 < left <= limit
        assert rest == f"{size - left} bytes omitted]"


@pytest.mark.parametrize("size", [1023, 1024, 1025, 5119, 5120, 5121, 100_000])
def test_of_a_very_long_input_the_missing_part_is_counted_whole(size: int) -> None:
    kept = Scrubber(content=True, limit=1024).scrub({"text": "日" * size})["text"]
    assert kept == "日" * 341 + f"...[{(size - 341) * 3} bytes omitted]"


def test_other_texts_have_a_limit_of_their_own() -> None:
    kept = str(Scrubber(content=True, limit=10).scrub({"detail": "x" * 70_000})["detail"])
    assert kept.startswith("x" * 65536 + "...[4464 bytes")
    assert len(kept) < 65600


@pytest.mark.parametrize("key", sorted(CONTENT_KEYS))
@pytest.mark.parametrize("text", ["", "plain", "日\ud83d"])
def test_without_content_only_size_and_hash_are_kept(key: str, text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    expected = {"omitted": True, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    scrubber = Scrubber(content=False, limit=2**20)
    assert scrubber.scrub({key: text}) == {key: expected}
    assert scrubber.scrub({"changes": [{key: text, "rule": "r"}]}) == {"changes": [{key: expected, "rule": "r"}]}


def test_a_content_that_is_no_text_is_treated_as_its_json() -> None:
    assert SCRUBBER.scrub({"before": {"a": 1}, "after": None}) == {"before": '{"a": 1}', "after": None}
    omitted = Scrubber(content=False, limit=0).scrub({"before": {"a": 1}})["before"]
    assert isinstance(omitted, dict)
    assert omitted["bytes"] == 8


def test_foreign_values_become_text_and_deep_ones_end() -> None:
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]
    record = SCRUBBER.scrub({1: ValueError("x-api-key: abc"), "inf": float("inf"), "deep": deep})  # type: ignore[dict-item]  # that is the case
    assert record["1"] == "x-api-key: [redacted]"
    assert record["inf"] == "inf"
    assert "nested too deeply" in json.dumps(record)
