"""Where the client is, what its environment needs, and what its arguments say."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from finestream.cli.client import additions, agent_of, find_client, find_option, option, other_provider
from finestream.errors import ClientError
from tests.cli.starting import environment, install_fake_client

URL = "http://127.0.0.1:4000/token"
API = "https://api.anthropic.com"


def test_claude_on_the_path_comes_first(tmp_path: Path) -> None:
    program = install_fake_client(tmp_path / "bin")
    assert find_client({"PATH": f"/nowhere:{tmp_path / 'bin'}"}) == program


def test_a_relative_place_on_the_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client is started in another folder."""
    install_fake_client(tmp_path / "bin")
    monkeypatch.chdir(tmp_path)
    assert find_client({"PATH": "bin"}) == tmp_path / "bin" / "claude"


def bundle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = folder / "claude_agent_sdk"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('imported')")
    spec = ModuleSpec("claude_agent_sdk", None, origin=str(package / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    return package / "_bundled"


def test_else_the_one_inside_the_wheel_which_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = install_fake_client(bundle(tmp_path, monkeypatch))
    monkeypatch.delitem(sys.modules, "claude_agent_sdk", raising=False)
    assert find_client({"PATH": "/nowhere"}) == program
    assert "claude_agent_sdk" not in sys.modules


@pytest.mark.parametrize("missing", ["wheel", "program", "permission"])
def test_no_client_is_an_error_that_says_what_to_do(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = bundle(tmp_path, monkeypatch)
    if missing == "wheel":
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    if missing == "permission":
        install_fake_client(folder).chmod(0o644)
    with pytest.raises(ClientError, match="Claude Code is not there") as caught:
        find_client({"PATH": "/nowhere"})
    assert "pip install claude-agent-sdk" in caught.value.fix


@pytest.mark.parametrize(
    ("known", "upstream", "agent", "expected"),
    [
        ({}, "http://gateway.example", None, {}),
        ({}, API, None, {"ENABLE_TOOL_SEARCH": "true"}),
        ({"ENABLE_TOOL_SEARCH": "auto:5"}, API, None, {}),
        ({}, "http://gateway.example", "qa", {"ANTHROPIC_CUSTOM_HEADERS": "x-finestream-agent: qa"}),
        (
            {"ANTHROPIC_CUSTOM_HEADERS": "X-Mine: 1\nX-Other: 2\n"},
            "http://gateway.example",
            "qa",
            {"ANTHROPIC_CUSTOM_HEADERS": "X-Mine: 1\nX-Other: 2\nx-finestream-agent: qa"},
        ),
        ({"ANTHROPIC_CUSTOM_HEADERS": "X-Mine: 1"}, "http://gateway.example", None, {}),
        ({"NO_PROXY": "localhost"}, "http://gateway.example", None, {}),
        ({"HTTPS_PROXY": "http://proxy"}, "http://gateway.example", None, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}),
        (
            {"http_proxy": "http://proxy", "NO_PROXY": "a.example, 127.0.0.1", "no_proxy": "a.example,.b"},
            "http://gateway.example",
            None,
            {"NO_PROXY": "a.example,127.0.0.1,.b", "no_proxy": "a.example,127.0.0.1,.b"},
        ),
        ({"ALL_PROXY": "socks5://proxy", "NO_PROXY": "*"}, "http://gateway.example", None, {"NO_PROXY": "*", "no_proxy": "*"}),
        ({"HTTPS_PROXY": ""}, "http://gateway.example", None, {}),
    ],
)
def test_what_a_client_behind_a_gateway_needs(known: dict[str, str], upstream: str, agent: str | None, expected: dict[str, str]) -> None:
    always = {
        "ANTHROPIC_BASE_URL": URL,
        "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING": "1",
        "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1",
        "CLAUDE_ENABLE_BYTE_WATCHDOG": "1",
    }
    assert additions(known, URL, upstream=upstream, agent=agent) == {**always, **expected}


@pytest.mark.parametrize("name", ["CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING", "CLAUDE_CODE_GATEWAY_HINT_HEADERS"])
def test_a_preference_of_the_user_wins(name: str) -> None:
    assert name not in additions({name: "0"}, URL, upstream=API, agent=None)


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ([], None),
        (["-p", "hi"], None),
        (["--agent", "qa"], "qa"),
        (["--agent=qa", "-p"], "qa"),
        (["--agent", "qa", "--agent=pm"], "pm"),
        (["--agents", "{}"], None),
        (["--agent"], None),
        (["-p", "--agent", "--", "qa"], None),
        (["-p", "--", "--agent", "qa"], None),
        (["--agent="], ""),
    ],
)
def test_an_option_is_read_as_the_client_reads_it(arguments: list[str], value: str | None) -> None:
    assert option(arguments, "--agent") == value
    assert (find_option(arguments, "--agent") is None) is (value is None)


@pytest.mark.parametrize(
    ("name", "agent"), [("qa", "qa"), ("Winston the 2nd", "Winston the 2nd"), ("Jörg", None), ("a\nX-Evil: 1", None), ("", None)]
)
def test_only_a_name_that_a_header_can_carry_is_one(name: str, agent: str | None) -> None:
    assert agent_of(["--agent", name]) == agent


@pytest.mark.parametrize(
    ("known", "provider"),
    [({}, None), ({"CLAUDE_CODE_USE_BEDROCK": "1"}, "Amazon Bedrock"), ({"CLAUDE_CODE_USE_VERTEX": "0"}, None)],
)
def test_another_provider_is_noticed(known: dict[str, str], provider: str | None) -> None:
    assert other_provider(known) == provider


def test_the_real_wheel_is_found_without_being_imported() -> None:
    find = "import sys; from finestream.cli.client import find_client; print(find_client({'PATH': '/nowhere'}))"
    code = f"{find}; print('claude_agent_sdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60, check=True)
    program, is_imported = done.stdout.split()
    assert Path(program).name == "claude"
    assert is_imported == "False"
