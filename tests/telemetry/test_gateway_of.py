"""A monitor as a process, with a collector that is there, away, hanging or refusing: its streams never feel it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from finestream.simulator.background import running
from finestream.simulator.script import Fault, Route, Script, ToolUse, Turn
from tests.cli.monitoring import ask, monitor
from tests.cli.starting import PYTHONPATH, finish
from tests.telemetry.collector import collecting

CALL = ToolUse("Write", {"file_path": "/p/a.md", "content": "words and words\n" * 300})
SCRIPT = Script((Route((Turn((CALL,), (Fault("reset", at=2000),)),)),))
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "50", "OTEL_METRIC_EXPORT_INTERVAL": "200"}
TOLD = "telemetry cannot be delivered"


def said_in_the_end(process: subprocess.Popen[str]) -> str:
    """End a monitor as Ctrl-C does, and return what it has said."""
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    return errors


def stream_through(folder: Path, upstream: str, **environ: str) -> str:
    """Stream one answer through a monitor, whole, and return what the monitor has said."""
    with monitor(folder, "--upstream", upstream, **SOON, **environ) as (process, line):
        status, body = ask(line["url"])
        assert (status, body.count("message_stop")) == (200, 2)
        return said_in_the_end(process)


def test_a_stream_that_was_cut_arrives_at_the_collector_and_on_the_page_for_prometheus(tmp_path: Path) -> None:
    with collecting() as there, running(SCRIPT) as upstream:
        with monitor(tmp_path, "--upstream", upstream.url, OTEL_EXPORTER_OTLP_ENDPOINT=there.url, **SOON) as (process, line):
            ask(line["url"])
            there.wait_for("chat m")
            with urllib.request.urlopen(f"{line['url']}/metrics") as answer:
                assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
                page = list(text_string_to_metric_families(answer.read().decode()))
            assert said_in_the_end(process) == ""
        written = there.named("tool_input Write")[0]
        assert written.attributes["finestream.outcome"] == "continued"
        assert there.metrics["finestream.recoveries"][0][0]["finestream.outcome"] == "recovered"
    samples = {(sample.name, sample.labels.get("agent")): sample.value for family in page for sample in family.samples}
    _, out, _ = finish("metrics", "--json", folder=tmp_path)
    figures = json.loads(out)["figures"]
    assert {name: samples.get((f"finestream_{name}", None)) for name in figures} == figures
    assert samples["finestream_inputs_total", "main"] == json.loads(out)["counts"]["inputs"] == 1


def test_the_users_own_settings_may_name_the_collector_and_those_of_a_project_may_not(tmp_path: Path) -> None:
    project, config = tmp_path / "project", tmp_path / "config"
    with collecting() as there, collecting() as foreign, running(SCRIPT) as upstream:
        for folder, collector in ((project / ".claude", foreign), (config, there)):
            folder.mkdir(parents=True)
            (folder / "settings.json").write_text(json.dumps({"env": {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}}))
        assert stream_through(project, upstream.url, CLAUDE_CONFIG_DIR=str(config)) == ""
    assert len(there.named("chat m")) == 1 and foreign.raw == []


def test_a_collector_that_is_away_is_said_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://user:hunter2@127.0.0.1:{listener.getsockname()[1]}"
    with running(SCRIPT) as upstream:
        said = stream_through(tmp_path, upstream.url, OTEL_EXPORTER_OTLP_ENDPOINT=address)
    assert (said.count(TOLD), said.count("\n"), "hunter2" in said) == (1, 1, False), said


def test_a_collector_that_refuses_is_said_once(tmp_path: Path) -> None:
    with collecting(status=403) as there, running(SCRIPT) as upstream:
        said = stream_through(tmp_path, upstream.url, OTEL_EXPORTER_OTLP_ENDPOINT=there.url)
    assert (said.count(TOLD), said.count("\n"), "403" in said) == (1, 1, True), said


def test_a_collector_that_hangs_is_let_go_in_the_end(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, running(SCRIPT) as upstream:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        said = stream_through(tmp_path, upstream.url, OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_EXPORTER_OTLP_TIMEOUT="600")
    assert "Traceback" not in said


def test_where_it_is_not_installed_one_line_says_how(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("raise ImportError('not installed')\n")
    with running(SCRIPT) as upstream:
        before = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "PYTHONPATH": f"{tmp_path}:{PYTHONPATH}"}
        said = stream_through(tmp_path, upstream.url, **before)
    assert said.count("pip install 'finestream[otel]'") == 1 and said.count("\n") == 1
