"""The client's interactive terminal behind the monitor: it comes up, answers, is put aside and brought back, and leaves all as it was."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from finestream.install import Order, install, project_place
from finestream.simulator.background import running
from finestream.simulator.script import Fault, Route, Script, Text, ToolUse, Turn
from tests.cli.starting import FINESTREAM
from tests.e2e.real_client import environment, settle
from tests.e2e.test_install import shipped_assets
from tests.terminal import Terminal, terminal

SCRIPT = Script((Route((Turn((Text("Greetings from the simulator."),)),)),))
READY = r"shift\+tab|for shortcuts"


def words(text: str) -> str:
    """A pattern for a text, however its words are moved apart on the screen."""
    return r"\s*".join(map(re.escape, text.split()))


def type_in(screen: Terminal, text: str, then: str) -> None:
    """Type a line as a person does: what has been typed is seen before it is sent."""
    screen.press(text)
    screen.expect(then)
    screen.press("\r")


def redrawn(screen: Terminal, width: int, pattern: str) -> re.Match[str]:
    """Draw the screen anew in another width, and find something there."""
    screen.press("")
    screen.resize(width, 40)
    found = re.search(pattern, screen.expect(pattern))
    assert found
    return found


@pytest.fixture
def project(tmp_path: Path, claude: Path) -> Path:
    """A project that the client trusts."""
    project = tmp_path / "project"
    project.mkdir()
    settle(tmp_path / "home", project)
    return project


def test_a_session_from_the_first_prompt_to_exit(project: Path) -> None:
    with running(SCRIPT) as upstream:
        known = environment(project.parent / "home") | {"ANTHROPIC_BASE_URL": upstream.url}
        with terminal([*FINESTREAM, "claude"], project, known) as screen:
            before = screen.modes
            screen.expect(READY)
            assert screen.modes != before, "the client draws by itself, so keys come unedited"
            type_in(screen, "hello", "hello")
            screen.expect(words("Greetings from the simulator."))
            type_in(screen, "/exit", words("Exit the CLI"))
            assert screen.wait() == 0
            assert screen.modes == before
            assert "--settings" not in screen.screen, "how to resume it must not depend on what is gone"
        assert [request.kind for request in upstream.requests if request.kind != "other"] == ["first"]
    assert [path.name for path in project.iterdir()] in ([], [".claude"])


def test_ctrl_z_gives_the_shell_back_and_fg_the_session(project: Path) -> None:
    with running(SCRIPT) as upstream:
        known = environment(project.parent / "home") | {"ANTHROPIC_BASE_URL": upstream.url, "PS1": "$ "}
        with terminal(["bash", "--norc", "--noprofile", "-i"], project, known) as screen:
            screen.expect(r"\$ $")
            screen.press(f"clear; {' '.join(FINESTREAM)} claude\r")
            screen.expect(READY)
            screen.press("\x1a")
            screen.expect("Stopped")
            screen.press("echo in the sh''ell\r")
            screen.expect("in the shell")
            screen.press("fg\r")
            screen.expect(READY)
            type_in(screen, "hello", "hello")
            screen.expect(words("Greetings from the simulator."))
            type_in(screen, "/exit", words("Exit the CLI"))
            screen.expect(r"\$ $")
            screen.press("echo co''de $?\r")
            screen.expect("code 0")


def test_closing_the_terminal_ends_the_client_and_with_it_the_monitor(project: Path) -> None:
    known = environment(project.parent / "home") | {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    with terminal([*FINESTREAM, "claude"], project, known) as screen:
        screen.expect(READY)
        screen.hang_up()
        screen.process.wait(60)


def test_the_status_line_moves_while_an_input_is_written_and_tells_what_became_of_it(project: Path) -> None:
    install(project_place(project, {}), Order(shipped_assets(), has_status_line=True), {"PATH": os.environ["PATH"]})
    call = ToolUse("Write", {"file_path": str(project / "a.md"), "content": "".join(f"line {number}\n" for number in range(900))})
    turns = (Turn((call,), (Fault("reset", at=5000),)), Turn((Text("Greetings from the simulator."),)))
    figures = r"finestream:\s*Write\s*a\.md\s*([\d.]+)\s*KB\s*[\d,]+\s*lines"
    with running(Script((Route(turns),), tokens_per_second=600.0)) as upstream:
        known = environment(project.parent / "home") | {"ANTHROPIC_BASE_URL": upstream.url}
        with terminal([*FINESTREAM, "claude", "--", "--permission-mode", "acceptEdits"], project, known) as screen:
            screen.expect(READY)
            screen.expect(words("finestream: nothing to mend"))
            type_in(screen, "hello", "hello")
            # Of a line that has changed only the changes are drawn, but all in a terminal that has got another width.
            screen.expect(r"KB\s")
            first = redrawn(screen, 110, figures)
            screen.expect("conti")
            second = redrawn(screen, 120, rf"{figures}\s*{words('continuing 1 of 2')}")
            assert float(first[1]) < float(second[1])
            screen.expect(r"Greetings\s*from")
            screen.expect("ago")  # it is renewed every second
            redrawn(screen, 110, words("finestream: continued Write a.md (1 attempt)"))
            screen.hang_up()
            screen.process.wait(60)
    assert (project / "a.md").read_text().count("\n") == 900
