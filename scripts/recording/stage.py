"""Where the takes are played: a project and a home that are thrown away, a terminal, and the real client behind a simulated API."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory
from typing import NamedTuple

from finestream.simulator.background import running
from finestream.simulator.scenes import code
from finestream.simulator.script import Fault, Route, Script, Text, ToolUse, Turn
from scripts.recording.screen import Frame, Screen, frames, shortened
from tests.cli.starting import FINESTREAM
from tests.e2e.real_client import environment, settle
from tests.terminal import Terminal, terminal

COLUMNS = 100
PAUSE, LONGEST = 0.2, 1.5  # seconds: between frames at least, and for which one stands at most
TOKENS = 260.0  # a second, in the session that is watched
INTERRUPTED = 130
_SESSION = ("claude", "--", "-p", "write", "--permission-mode", "acceptEdits", "--allowedTools", "Agent")


class Stage(NamedTuple):
    """A project, and the environment of whoever works in it."""

    project: Path
    environment: dict[str, str]

    def film(self, arguments: Sequence[str], lines: int) -> list[Frame]:
        """Run ``finestream`` with these arguments on a terminal of ``lines`` until it ends, and return what was to be seen.

        Raises:
            RuntimeError: it has ended with another code than 0.
        """
        with self._terminal(arguments, lines) as screen:
            found = _frames(screen.outputs(), lines)
            _check(arguments, screen.wait())
        return found

    def film_beside_session(self, arguments: Sequence[str], lines: int) -> list[Frame]:
        """The same, while a session of Claude Code writes a file whose stream is cut, and a subagent another one; its end is Ctrl-C."""
        with running(_session()) as upstream, self._terminal(arguments, lines) as screen:
            known = {**self.environment, "ANTHROPIC_BASE_URL": upstream.url}
            with subprocess.Popen([*FINESTREAM, *_SESSION], cwd=self.project, env=known, stdin=DEVNULL, stdout=DEVNULL) as session:
                found = _frames(screen.outputs(lambda: session.poll() is not None), lines)
                _check(_SESSION, session.wait())
            screen.press("\x03")
            _check(arguments, screen.wait() - INTERRUPTED)
        # Before there is a session, the folder is named in which it will be, and that is of no interest to anybody.
        return [frame for frame in found if str(self.project) not in _text(frame)]

    @contextmanager
    def _terminal(self, arguments: Sequence[str], lines: int) -> Iterator[Terminal]:
        with terminal([*FINESTREAM, *arguments], self.project, self.environment) as screen:
            screen.resize(COLUMNS, lines)
            yield screen


@contextmanager
def stage() -> Iterator[Stage]:
    """Make a project with finestream in it, for as long as the context lasts."""
    with TemporaryDirectory(prefix="finestream-recording-") as name:
        folder = Path(name)
        project = folder / "shop"
        project.mkdir()
        settle(folder / "home", project)
        known = {**environment(folder / "home"), "COLUMNS": str(COLUMNS), "LANG": "C.UTF-8", "COLORTERM": ""}
        subprocess.run([*FINESTREAM, "install"], cwd=project, env=known, check=True, capture_output=True)
        yield Stage(project, known)


def _frames(outputs: Iterator[bytes], lines: int) -> list[Frame]:
    begin = time.monotonic()
    timed = ((time.monotonic() - begin, data) for data in outputs)
    return shortened(frames(timed, Screen(COLUMNS, lines), PAUSE), LONGEST)


def _text(frame: Frame) -> str:
    return "\n".join("".join(run.text for run in line) for line in frame.lines)


def _check(arguments: Sequence[str], code: int) -> None:
    if code:
        raise RuntimeError(f"finestream {' '.join(arguments)}: exit code {code}")


def _session() -> Script:
    """A session whose file is cut once, and whose subagent writes a second one."""
    told = {"description": "write tests", "subagent_type": "qa", "run_in_background": False, "prompt": "TASK: write the tests"}
    search = ToolUse("Write", {"file_path": "src/search.py", "content": code(6_000)})
    tests = ToolUse("Write", {"file_path": "tests/test_search.py", "content": code(3_000)})
    main = Route((Turn((search,), (Fault("reset", at=3_000),)), Turn((ToolUse("Agent", told),)), Turn((Text("Done."),))))
    helper = Route((Turn((tests,)), Turn((Text("The tests are there."),))), "TASK:")
    return Script((helper, main), tokens_per_second=TOKENS)
