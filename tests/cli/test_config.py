"""Loading: which file counts, which beats which, and what cannot be read says so."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from finestream.cli.config import PROJECT_FILE, load_settings, user_file
from finestream.errors import GatewayError, SettingsError
from finestream.settings import Settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "project"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home")}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_any_file_the_defaults_count(project: Path, environ: dict[str, str]) -> None:
    assert load_settings(project, environ=environ) == (Settings(), ())


def test_the_project_beats_the_user_and_the_command_line_beats_both(project: Path, environ: dict[str, str]) -> None:
    write(user_file(environ), "attempts: 3\nstall: 30s\nping: 1s\n")
    write(project / PROJECT_FILE, "stall: 40s\nping: 2s\n")
    settings, warnings = load_settings(project, {"ping": "3s", "recovery": None}, environ=environ)
    assert settings == Settings(attempts=3, stall=40.0, ping=3.0)
    assert warnings == ()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HOME": "/home/me"}, "/home/me/.config/finestream/config.yaml"),
        ({"HOME": "/home/me", "XDG_CONFIG_HOME": ""}, "/home/me/.config/finestream/config.yaml"),
        ({"HOME": "/home/me", "XDG_CONFIG_HOME": "relative"}, "/home/me/.config/finestream/config.yaml"),
        ({"HOME": "/home/me", "XDG_CONFIG_HOME": "/etc/mine"}, "/etc/mine/finestream/config.yaml"),
    ],
)
def test_where_the_users_file_is(variables: dict[str, str], expected: str) -> None:
    assert user_file(variables) == Path(expected)


def test_without_a_home_variable_the_users_file_is_in_the_account_s_home() -> None:
    assert user_file({}) == Path.home() / ".config" / "finestream" / "config.yaml"


def test_the_processs_own_environment_counts_when_none_is_given(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    write(tmp_path / "finestream" / "config.yaml", "attempts: 4\n")
    settings, _ = load_settings(project)
    assert settings.attempts == 4


@pytest.mark.parametrize(
    ("user", "option", "variable", "expected"),
    [
        (None, None, None, None),
        (None, None, "", None),
        (None, None, "https://variable.example/", "https://variable.example"),
        ("https://user.example", None, "https://variable.example", "https://user.example"),
        ("https://user.example", "https://option.example", "https://variable.example", "https://option.example"),
        (None, "https://option.example", "not an address", "https://option.example"),
    ],
)
def test_which_upstream_counts(
    project: Path, environ: dict[str, str], user: str | None, option: str | None, variable: str | None, expected: str | None
) -> None:
    if user is not None:
        write(user_file(environ), f"upstream: {user}\n")
    if variable is not None:
        environ["ANTHROPIC_BASE_URL"] = variable
    settings, _ = load_settings(project, {"upstream": option}, environ=environ)
    assert settings.upstream == expected


def test_an_upstream_of_the_project_is_ignored_with_a_warning(project: Path, environ: dict[str, str]) -> None:
    path = write(project / PROJECT_FILE, "upstream: https://elsewhere.example\n")
    settings, (warning,) = load_settings(project, environ=environ)
    assert settings.upstream is None
    assert warning.startswith(f"{path}:1: 'upstream' is ignored")


def test_a_wrong_base_url_says_what_would_be_right(project: Path, environ: dict[str, str]) -> None:
    environ["ANTHROPIC_BASE_URL"] = "gateway.example"
    with pytest.raises(GatewayError, match="ANTHROPIC_BASE_URL must be an http or https address"):
        load_settings(project, environ=environ)


def test_a_wrong_value_on_the_command_line_is_a_usage_error(project: Path, environ: dict[str, str]) -> None:
    with pytest.raises(click.UsageError, match="'stall' must be a time"):
        load_settings(project, {"stall": "soon"}, environ=environ)


def test_a_wrong_value_in_a_file_names_the_file(project: Path, environ: dict[str, str]) -> None:
    path = write(project / PROJECT_FILE, "\nstall: soon\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(project, environ=environ)
    assert caught.value.place == f"{path}:2"


def test_a_file_that_is_not_text_names_the_line(project: Path, environ: dict[str, str]) -> None:
    path = write(project / PROJECT_FILE, "")
    path.write_bytes(b"attempts: 2\nstall: \xff\n")
    with pytest.raises(SettingsError, match="not UTF-8") as caught:
        load_settings(project, environ=environ)
    assert caught.value.line == 2


def test_a_folder_in_the_place_of_the_file_is_refused(project: Path, environ: dict[str, str]) -> None:
    (project / PROJECT_FILE).mkdir(parents=True)
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(project, environ=environ)


def test_a_file_in_the_place_of_the_folder_is_no_settings_file(project: Path, environ: dict[str, str]) -> None:
    write(project / ".claude", "")
    assert load_settings(project, environ=environ) == (Settings(), ())


def test_a_file_that_would_take_minutes_to_read_is_refused(project: Path, environ: dict[str, str]) -> None:
    write(project / PROJECT_FILE, "a: [" + "1," * 300_000 + "]")
    with pytest.raises(SettingsError, match="it is larger than 16 KB"):
        load_settings(project, environ=environ)
