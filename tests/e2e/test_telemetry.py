"""A session of the real client and a simulated run, as a collector hears of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from finestream.simulator.background import running
from finestream.simulator.scenes import code
from finestream.simulator.script import Fault, Route, Script, Text, ToolUse, Turn
from tests.cli.starting import FINESTREAM
from tests.e2e.real_client import environment, settle
from tests.e2e.runs import STEPS, Project
from tests.telemetry.collector import collecting

SECRETS = (b"secret", b"a.txt", b"b.txt")


def test_a_session_with_a_cut_and_a_correction(tmp_path: Path, claude: Path) -> None:
    project = tmp_path / "project"
    (project / ".claude").mkdir(parents=True)
    settle(tmp_path / "home", project)
    (project / ".claude" / "finestream.yaml").write_text("backoff: [0s]\n")
    cut = ToolUse("Write", {"file_path": str(project / "a.txt"), "content": "secret\n" + code(4000)})
    wrong = ToolUse("Write", raw=json.dumps({"file_path": str(project / "b.txt"), "content": "secret words"})[:-1] + ",}")
    turns = (Turn((cut,), (Fault("reset", at=2000),)), Turn((wrong,)), Turn((Text("Done."),)))
    with collecting() as there, running(Script((Route(turns),))) as upstream:
        known = {**environment(tmp_path / "home"), "ANTHROPIC_BASE_URL": upstream.url, "OTEL_EXPORTER_OTLP_ENDPOINT": there.url}
        command = [*FINESTREAM, "claude", "--", "-p", "go", "--permission-mode", "acceptEdits"]
        done = subprocess.run(command, cwd=project, env=known, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Done.\n", "")
    assert (project / "b.txt").read_text() == "secret words"
    chats = [span for span in there.spans if span.name.startswith("chat ")]
    continued, corrected = sorted(there.named("tool_input Write"), key=lambda span: span.start)
    assert [span.attributes["finestream.outcome"] for span in (continued, corrected)] == ["continued", "corrected"]
    assert [name for name, _ in continued.events] == ["finestream.cut", "finestream.recovery"]
    assert [name for name, _ in corrected.events] == ["finestream.correction"]
    assert {continued.parent, corrected.parent} <= {chat.id for chat in chats}
    assert len({chat.attributes["gen_ai.conversation.id"] for chat in chats}) == 1
    assert all(chat.attributes["gen_ai.request.model"] and chat.attributes["gen_ai.usage.output_tokens"] for chat in chats)
    assert there.metrics["finestream.corrections"][0][0]["finestream.outcome"] == "corrected"
    assert not any(secret in raw for raw in there.raw for secret in SECRETS)


def test_a_simulated_run(tmp_path: Path) -> None:
    project = Project(tmp_path, "--pacing", "0.1,2000", "--backend", "api")
    with collecting() as there, project.tidied():
        code, _, errors = project.begin(known={"OTEL_EXPORTER_OTLP_ENDPOINT": there.url}).finish()
    assert code == 0, errors
    [run] = there.named("invoke_workflow diamond")
    steps = {step: there.named(f"invoke_agent {step}")[0] for step in STEPS}
    assert {span.parent for span in steps.values()} == {run.id} and run.attributes["finestream.outcome"] == "done"
    chats = [span for span in there.spans if span.name.startswith("chat ")]
    assert chats and {chat.parent for chat in chats} == {span.id for span in steps.values()}
    handoffs = {span.name for span in there.spans if span.name.startswith("handoff ")}
    assert handoffs == {f"handoff {sender} {receiver}" for receiver, needs in STEPS.items() for sender in needs}
    assert all(run.start <= span.start <= span.end <= run.end + 1 for span in steps.values())
    assert {labels["finestream.outcome"] for labels, _ in there.metrics["finestream.run.duration"]} == {"done"}
