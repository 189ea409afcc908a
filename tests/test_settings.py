"""Settings: every key has an edge table; what is refused names the file and the line; what is unknown is warned about and ignored."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finestream.errors import SettingsError
from finestream.settings import _RULES, Layer, Settings, override, parse_settings

EVERY_KEY = """\
recovery: retry
attempts: 3
backoff: [1s, 2.5s, 500ms]
stall: 2m
hold: {size: 8KB, time: 250ms}
ping: 3
max_tokens_ceiling: 64000
repair: off
limits: {body: 1MB, input: 2MiB}
journal:
  content: no
  content_limit: 0
  rotate: 4KB
  keep: 0
monitor: {idle: 90s}
upstream: https://gateway.example/anthropic/
alerts: {latency: 500ms, incomplete: 1%, fallback: 25%}
"""


def parse(text: str, *, trusted: bool = True) -> Settings:
    settings, warnings = parse_settings([Layer("config.yaml", text, trusted)])
    assert warnings == ()
    return settings


def warnings_of(text: str, *, trusted: bool = True) -> tuple[str, ...]:
    settings, warnings = parse_settings([Layer("config.yaml", text, trusted)])
    assert settings == Settings()
    return warnings


def refusal_of(text: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        parse_settings([Layer("config.yaml", text, True)])
    assert caught.value.path == "config.yaml"
    assert caught.value.fix
    return caught.value


def test_every_key_arrives_in_its_field() -> None:
    assert parse(EVERY_KEY) == Settings(
        recovery="retry",
        attempts=3,
        backoff=(1.0, 2.5, 0.5),
        stall=120.0,
        hold_size=8192,
        hold_time=0.25,
        ping=3.0,
        max_tokens_ceiling=64000,
        repair=False,
        body_limit=2**20,
        input_limit=2**21,
        upstream="https://gateway.example/anthropic",
        journal_content=False,
        journal_content_limit=0,
        journal_rotate=4096,
        journal_keep=0,
        monitor_idle=90.0,
        alert_latency=0.5,
        alert_incomplete=0.01,
        alert_fallback=0.25,
    )


def test_every_field_has_a_key() -> None:
    assert sorted(rule.field for rule in _RULES.values()) == sorted(field.name for field in fields(Settings))


@pytest.mark.parametrize("key", _RULES)
def test_each_example_is_obeyed(key: str) -> None:
    assert isinstance(parse(_RULES[key].example), Settings)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "{}", "\ufeff{}"])
def test_an_empty_file_changes_nothing(text: str) -> None:
    assert parse(text) == Settings()


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("recovery: off", "recovery", "off"),
        ('recovery: "off"', "recovery", "off"),
        ("repair: YES", "repair", True),
        ("backoff: 3s", "backoff", (3.0,)),
        ("backoff:\n- 1s\n- 2s", "backoff", (1.0, 2.0)),
        ("max_tokens_ceiling: null", "max_tokens_ceiling", None),
        ("max_tokens_ceiling:", "max_tokens_ceiling", None),
        ("upstream: ~", "upstream", None),
        ("upstream: http://[::1]:8080/v1", "upstream", "http://[::1]:8080/v1"),
        ("hold: {size: 1.5 kb}", "hold_size", 1536),
        ("stall: 1h", "stall", 3600.0),
    ],
)
def test_spellings_that_are_obeyed(text: str, field: str, value: object) -> None:
    assert getattr(parse(text), field) == value


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("recovery: fast", 1, "continue, retry, off"),
        ("\nattempts: two", 2, "a whole number such as 2"),
        ("attempts: 2.0", 1, "a whole number such as 2"),
        ("attempts: 21", 1, "from 0 to 20"),
        ("attempts: -1", 1, "a whole number"),
        ("attempts: [2]", 1, "a single value"),
        ("attempts:", 1, "a whole number"),
        ("attempts: " + "9" * 5000, 1, "a whole number"),
        ("backoff: []", 1, "empty"),
        ("backoff:\n- 1s\n- soon", 3, "a time such as 5s"),
        ("backoff: {first: 1s}", 1, "a single value"),
        ("stall: 0", 1, "from 0.1s to 1h"),
        ("stall: 5 parsecs", 1, "a time such as 5s"),
        ("stall: .inf", 1, "a time such as 5s"),
        ("repair: maybe", 1, "on or off"),
        ("hold: 16KB", 1, "parts of its own"),
        ("hold:\n  size: big", 2, "a size such as 16KB"),
        ("limits: {body: 5}", 1, "from 1KB to 1GB"),
        ("upstream: gateway.example", 1, "an http or https address"),
        ("upstream: ftp://gateway.example", 1, "an http or https address"),
        ("upstream: https://gateway.example:port", 1, "an http or https address"),
        ("upstream: https://gateway.example:0", 1, "an http or https address"),
        ("upstream: https://gateway.example/?key=1", 1, "an http or https address"),
        ("upstream: 'https://[::1'", 1, "an http or https address"),
        ("repair: on\nstall: 5s\nrepair: off", 3, "given twice"),
        ("- recovery", 1, "keys with values"),
        ("recovery", 1, "keys with values"),
        ("{[a]: b}", 1, "a key must be a word"),
        ("repair: on\n  stall: 5s", 2, "not readable as YAML"),
        ("repair: on\n---\nrepair: off", 2, "not readable as YAML"),
        ("repair: on\nstall: \x07", 2, "control character"),
        ("[" * 5000, 1, "nested too deeply"),
        ("a: &a [*a]\nstall: *b", 2, "not readable as YAML"),
    ],
)
def test_what_cannot_be_obeyed_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    error = refusal_of(text)
    assert error.line == line
    assert says in error.message


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("recovry: off", "config.yaml:1: unknown key 'recovry' is ignored; did you mean 'recovery'?"),
        ("\nhold: {siz: 1}", "config.yaml:2: unknown key 'hold.siz' is ignored; did you mean 'hold.size'?"),
        ("journal_keep: {deep: [1, 2]}", "config.yaml:1: unknown key 'journal_keep' is ignored; did you mean 'journal.keep'?"),
    ],
)
def test_an_unknown_key_is_warned_about_with_the_nearest_known_one(text: str, warning: str) -> None:
    assert warnings_of(text) == (warning,)


def test_an_unknown_key_that_is_near_to_none_gets_the_list() -> None:
    (warning,) = warnings_of("zzz: 1")
    assert all(key in warning for key in _RULES)


def test_a_project_may_not_name_an_upstream() -> None:
    (warning,) = warnings_of("\nupstream: https://elsewhere.example", trusted=False)
    assert warning.startswith("config.yaml:2: 'upstream' is ignored in a project's file")
    assert "credentials" in warning
    assert "~/.config/finestream/config.yaml" in warning


def test_a_higher_layer_replaces_only_what_it_names() -> None:
    user = Layer("user", "attempts: 5\nhold: {size: 1KB, time: 1s}\nbackoff: [1s, 2s]\nupstream: https://mine.example", True)
    project = Layer("project", "hold: {size: 2KB}\nbackoff: [9s]\nupstream: https://theirs.example", False)
    settings, warnings = parse_settings([user, project])
    assert settings == Settings(attempts=5, hold_size=2048, hold_time=1.0, backoff=(9.0,), upstream="https://mine.example")
    assert len(warnings) == 1


@pytest.mark.parametrize(
    ("key", "text", "field", "value"),
    [
        ("recovery", "retry", "recovery", "retry"),
        ("backoff", "1s,2s", "backoff", (1.0, 2.0)),
        ("hold.size", "4KB", "hold_size", 4096),
        ("upstream", "https://mine.example/", "upstream", "https://mine.example"),
    ],
)
def test_the_command_line_replaces_one_value(key: str, text: str, field: str, value: object) -> None:
    changed = override(Settings(attempts=7), key, text)
    assert getattr(changed, field) == value
    assert replace(changed, **{field: getattr(Settings(), field)}) == Settings(attempts=7)


def test_a_wrong_value_on_the_command_line_says_what_would_be_right() -> None:
    with pytest.raises(ValueError, match="a time such as 5s"):
        override(Settings(), "stall", "soon")


@given(st.text(max_size=60) | st.text(alphabet="{}[]:,-&*!|>'\"#? \n\tabc", max_size=60))
def test_any_text_is_obeyed_warned_about_or_refused(text: str) -> None:
    try:
        settings, warnings = parse_settings([Layer("config.yaml", text, True)])
    except SettingsError as error:
        assert error.line >= 1
    else:
        assert isinstance(settings, Settings)
        assert all(warning.startswith("config.yaml:") for warning in warnings)


@pytest.mark.parametrize("key", _RULES)
@given(text=st.text(max_size=12))
def test_any_value_of_any_key_is_obeyed_or_refused(key: str, text: str) -> None:
    try:
        changed = override(Settings(), key, text)
    except ValueError as error:
        assert str(error).startswith("must be ")
    else:
        assert isinstance(changed, Settings)
