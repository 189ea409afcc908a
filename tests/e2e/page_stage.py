"""What the page is shown with: a session of the real client whose streams break, behind a gateway that serves the page."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from finestream.cli.shelf import AGENTS as OF_AGENTS
from finestream.cli.shelf import WORKFLOWS, definitions, load_shipped
from finestream.roster import Entry
from finestream.simulator.background import running
from finestream.simulator.scenes import spoil
from finestream.simulator.script import Fault, Route, Script, Text, ToolUse, Turn
from finestream.watch.reading import gateways
from finestream.web.site import FOLDER
from finestream.workflow.plan import make_plan
from finestream.workflow.samples import sample, script_of
from tests.cli.starting import FINESTREAM
from tests.e2e.cases import source
from tests.e2e.real_client import environment, settle

PATIENCE = 60.0  # seconds
REQUEST = "Add a login page with OAuth2"
AGENTS = definitions(load_shipped(OF_AGENTS))
TRACKS = definitions(load_shipped(WORKFLOWS))


def session(project: Path, pace: float) -> Script:
    """The main agent writes a file whose stream is cut, has a subagent write another one, and writes one with a comma too many."""
    told = {
        "description": "write a file",
        "subagent_type": "general-purpose",
        "run_in_background": False,
        "prompt": "TASK: write theirs.py",
    }
    ours = ToolUse("Write", {"file_path": str(project / "ours.py"), "content": source(16_000)})
    theirs = ToolUse("Write", {"file_path": str(project / "theirs.py"), "content": source(9_000, 1)})
    wrong = ToolUse("Write", raw=spoil("trailing_comma", {"file_path": str(project / "comma.py"), "content": source(1_500, 2)}))
    turns = (
        Turn((ours,), (Fault("reset", at=8_000),)),
        Turn((ToolUse("Agent", told),)),
        Turn((wrong,)),
        Turn((Text("Done."),)),
    )
    helper = Route((Turn((theirs,)), Turn((Text("It is there."),))), "TASK:")
    return Script((helper, Route(turns)), tokens_per_second=pace)


@contextmanager
def at_work(folder: Path, pace: float) -> Iterator[tuple[Path, Mapping[str, str], subprocess.Popen[str]]]:
    """Let the client play that in a project of its own: the project, the environment there, the process."""
    project = folder / "project"
    project.mkdir()
    settle(folder / "home", project)
    known = environment(folder / "home")
    (project / ".claude").mkdir()
    (project / ".claude" / "finestream.yaml").write_text("backoff: [0.7s]\n")
    arguments = ["--", "-p", "write", "--permission-mode", "acceptEdits", "--allowedTools", "Agent"]
    with running(session(project, pace)) as upstream:
        variables = {**known, "ANTHROPIC_BASE_URL": upstream.url}
        pipe = subprocess.PIPE
        command = [*FINESTREAM, "claude", *arguments]
        with subprocess.Popen(
            command, cwd=project, env=variables, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        ) as process:
            try:
                yield project, known, process
            finally:
                process.terminate()
                process.communicate(timeout=PATIENCE)


def gateway_of(project: Path, known: Mapping[str, str]) -> Entry:
    """Wait for the gateway of a project."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = gateways(project, known)
        if found:
            return found[0]
        time.sleep(0.05)  # until a file is there, which nothing tells
    raise AssertionError("no gateway has begun")


def address(entry: Entry) -> str:
    """Where the page is."""
    return f"{entry.url}{FOLDER}/"


def run_with_faults(project: Path, known: Mapping[str, str], workflow: str, *, pace: float, backend: str = "claude-code") -> None:
    """Make a run in which the first answer of each agent breaks off in the middle of its document."""
    plan = make_plan(TRACKS[workflow], AGENTS, REQUEST, shipped=frozenset(AGENTS))
    documents = {step: sample(assignment, assignment.expected_size) for step, assignment in plan.assignments.items()}
    script = script_of(plan, documents, first_token=0.1, tokens_per_second=pace)
    with running(replace(script, faults=(Fault("reset", at=1200),))) as upstream:
        command = [*FINESTREAM, "run", workflow, REQUEST, "--upstream", upstream.url, "--backend", backend, "--json"]
        subprocess.run(command, cwd=project, env=known, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=2 * PATIENCE)
