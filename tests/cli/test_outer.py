"""What a run takes out of the environment of the session that it was begun in, and the way around that session's monitor."""

from __future__ import annotations

from pathlib import Path

import pytest

from finestream.cli.client import additions
from finestream.cli.outer import MARKS, leave, pass_by
from finestream.errors import GatewayError
from tests.cli.monitoring import monitor

API = "https://api.example"


def test_the_marks_of_a_session_go_and_all_else_stays() -> None:
    environ = {**dict.fromkeys(MARKS, "1"), "PATH": "/bin", "CLAUDE_CONFIG_DIR": "/c", "ANTHROPIC_BASE_URL": API}
    leave(environ)
    assert environ == {"PATH": "/bin", "CLAUDE_CONFIG_DIR": "/c", "ANTHROPIC_BASE_URL": API}


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ("x-finestream-agent: lead", None),
        ("x-mine: 1\nX-Finestream-Agent : lead\ny-mine: x-finestream-agent", "x-mine: 1\ny-mine: x-finestream-agent"),
        ("x-mine: 1", "x-mine: 1"),
        ("", None),
    ],
)
def test_the_name_of_the_agent_there_is_nobody_s_here(headers: str, left: str | None) -> None:
    environ = {"ANTHROPIC_CUSTOM_HEADERS": headers}
    leave(environ)
    assert environ.get("ANTHROPIC_CUSTOM_HEADERS") == left
    added = additions(environ, API, upstream=API, agent="qa")["ANTHROPIC_CUSTOM_HEADERS"]
    assert added.splitlines()[-1] == "x-finestream-agent: qa"
    assert added.lower().count("finestream-agent:") == 1


@pytest.mark.parametrize("environ", [{}, {"ANTHROPIC_BASE_URL": API}, {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}])
def test_an_address_that_is_no_monitor_s_stays(environ: dict[str, str]) -> None:
    before = dict(environ)
    pass_by(environ)
    assert environ == before


def test_what_stands_behind_a_monitor_takes_its_place_as_long_as_it_answers(tmp_path: Path) -> None:
    with monitor(tmp_path, "--upstream", API) as (_, told):
        environ = {"ANTHROPIC_BASE_URL": told["url"]}
        pass_by(environ)
        assert environ == {"ANTHROPIC_BASE_URL": API}
    dead = {"ANTHROPIC_BASE_URL": told["url"]}
    with pytest.raises(GatewayError, match="does not answer") as caught:
        pass_by(dead)
    assert "--upstream" in caught.value.fix
    assert dead == {"ANTHROPIC_BASE_URL": told["url"]}
