"""``finestream monitor --permanent``: one instance, an address that answers as long as any of it lives, an end when nobody needs it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from finestream.permanent.arrangement import FOLDER, LOCK
from finestream.permanent.instance import is_locked
from finestream.simulator.background import running
from finestream.simulator.scenes import code as source_code
from finestream.simulator.scenes import one
from finestream.simulator.script import Fault
from tests.cli.monitoring import QUESTION, ask
from tests.cli.starting import environment, finish
from tests.permanent.arranging import COMMAND, TOKEN, address, arrange, health, kept, kill_all, kill_both, log, post, signed, start

ANYBODY = "http://127.0.0.1:9"


def request(project: Path) -> urllib.request.Request:
    return urllib.request.Request(f"{address(project)}/v1/messages", json.dumps(QUESTION).encode(), {"content-type": "application/json"})


def test_it_answers_and_ends_when_it_is_told(tmp_path: Path, home: Path) -> None:
    with running(one("Write", {"content": "x" * 100})) as upstream:
        arrange(tmp_path, upstream.url)
        with kept(tmp_path) as supervisor:
            assert ask(address(tmp_path))[0] == 200
            found = health(tmp_path)
            assert (found["upstream"], found["streams"], found["sessions"]) == (upstream.url, 0, 0)
            assert found["pid"] != supervisor.pid
            assert signed(tmp_path) == [supervisor.pid]
            supervisor.send_signal(signal.SIGTERM)
            assert supervisor.wait(60) == 0
    assert not is_locked(tmp_path / FOLDER / LOCK)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(address(tmp_path).split(":")[2].split("/")[0])))
    assert not is_alive(found["pid"])
    assert "the permanent monitor has ended" in log(tmp_path)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_however_many_start_at_once_there_is_one(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    with kept(tmp_path) as first:
        others = [start(tmp_path) for _ in range(20)]
        assert [other.wait(60) for other in others] == [0] * 20
        assert first.poll() is None
    (tmp_path / FOLDER / "monitor.log").unlink()
    all_of_them = [start(tmp_path) for _ in range(20)]
    (winner,) = [process for process in all_of_them if not has_ended(process, tmp_path)]
    assert health(tmp_path)["pid"] > 0
    assert log(tmp_path).count("the permanent monitor listens") == 1
    kill_all(tmp_path, winner)


def has_ended(process: subprocess.Popen[bytes], project: Path) -> bool:
    """Wait until this one has given way, or is the one that has signed the lock."""
    while process.poll() is None:
        if signed(project) == [process.pid]:
            return False
    return True


def test_the_second_one_says_why_it_ends(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    with kept(tmp_path):
        code, out, err = finish(*COMMAND, folder=tmp_path)
    assert (code, out, err) == (0, "", "finestream: the permanent monitor of this project runs already\n")


def test_a_worker_that_dies_is_replaced_and_who_connects_meanwhile_only_waits(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        pids = [health(tmp_path)["pid"]]
        for _ in range(3):
            os.kill(pids[-1], signal.SIGKILL)
            pids.append(health(tmp_path)["pid"])
        assert len(set(pids)) == 4
        assert supervisor.poll() is None


def test_a_stream_of_a_worker_that_dies_is_cut_and_the_next_one_works(tmp_path: Path, home: Path) -> None:
    """The client sees a lost connection, which it answers with the same request again."""
    with running(one("Write", {"content": source_code(3000)}, fault=Fault("stall", at=1000))) as upstream:
        arrange(tmp_path, upstream.url)
        with kept(tmp_path), urllib.request.urlopen(request(tmp_path)) as answer:
            found = health(tmp_path)
            assert found["streams"] == 1
            os.kill(found["pid"], signal.SIGKILL)
            with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
                answer.read()
            assert ask(address(tmp_path))[0] == 200


def test_a_worker_that_loses_its_supervisor_gets_another_one(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        while health(tmp_path)["uptime"] < 1.0:
            pass
        first = health(tmp_path)
        supervisor.kill()
        supervisor.wait()
        while health(tmp_path)["pid"] == first["pid"]:
            pass
        (another,) = signed(tmp_path)
        assert another != supervisor.pid
        assert is_locked(tmp_path / FOLDER / LOCK)
        os.kill(health(tmp_path)["pid"], signal.SIGKILL)
        assert health(tmp_path)["pid"] != first["pid"], "the new supervisor does its work"


def test_both_killed_leave_the_address_to_the_next_start(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        kill_both(supervisor.pid)
        supervisor.wait()
        deadline = time.monotonic() + 20
        while is_locked(tmp_path / FOLDER / LOCK):  # until the system has cleared away the worker, which is nobody's child by now
            assert time.monotonic() < deadline
    with kept(tmp_path):
        assert health(tmp_path)["streams"] == 0


def test_what_kills_a_whole_group_does_not_take_both(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        while health(tmp_path)["uptime"] < 1.0:
            pass
        os.killpg(supervisor.pid, signal.SIGKILL)
        supervisor.wait()
        while signed(tmp_path) == [supervisor.pid]:
            assert health(tmp_path)["streams"] == 0


def test_a_polite_end_gives_an_open_stream_its_time_and_frees_the_address_at_once(tmp_path: Path, home: Path) -> None:
    script = replace(one("Write", {"content": source_code(3000)}), tokens_per_second=250.0)
    with running(script) as upstream:
        arrange(tmp_path, upstream.url)
        with kept(tmp_path) as supervisor, urllib.request.urlopen(request(tmp_path)) as answer:
            supervisor.send_signal(signal.SIGTERM)
            while is_locked(tmp_path / FOLDER / LOCK):
                pass
            with kept(tmp_path):  # the next one may run already
                assert supervisor.poll() is None
                assert b"event: message_stop" in answer.read()
                assert supervisor.wait(60) == 0


def test_it_ends_by_itself_when_nobody_needs_it(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    (tmp_path / ".claude" / "finestream.yaml").write_text("monitor: {idle: 0.3s}\n")
    with kept(tmp_path) as supervisor:
        assert supervisor.wait(60) == 0
    assert "the worker ends: idle" in log(tmp_path)


def test_a_living_session_keeps_it_even_when_the_worker_was_replaced(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    (tmp_path / ".claude" / "finestream.yaml").write_text("monitor: {idle: 0.3s}\n")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as session, kept(tmp_path) as supervisor:
        body = json.dumps({"hook_event_name": "SessionStart", "session_id": "one"}).encode()
        assert post(f"{address(tmp_path)}/hooks/SessionStart", body, x_finestream_client_pid=str(session.pid)) == (200, b"")
        os.kill(health(tmp_path)["pid"], signal.SIGKILL)
        while (found := health(tmp_path))["uptime"] < 1.0:
            assert found["sessions"] == 1
        session.communicate()
        assert supervisor.wait(60) == 0
    assert "the worker ends: idle" in log(tmp_path)


def test_uninstalled_it_serves_the_session_that_is_open_and_leaves_nothing_behind(tmp_path: Path, home: Path) -> None:
    """A session keeps the address that it began with."""
    arrange(tmp_path)
    (tmp_path / ".claude" / "finestream.yaml").write_text("monitor: {idle: 0.3s}\n")
    with kept(tmp_path) as supervisor:
        url = address(tmp_path)
        post(f"{url}/hooks/SessionStart", b'{"session_id": "one"}', x_finestream_client_pid=str(os.getpid()))
        shutil.rmtree(tmp_path / FOLDER)
        post(f"{url}/hooks/SubagentStart", b'{"session_id": "one", "agent_id": "a", "agent_type": "qa"}')
        assert post(f"{url}/hooks/PostToolUse", b'{"session_id": "one", "tool_name": "Write"}')[0] == 200
        assert not (tmp_path / FOLDER).exists()
        post(f"{url}/hooks/SessionEnd", b'{"session_id": "one"}')
        assert supervisor.wait(60) == 0
    assert not (tmp_path / FOLDER).exists()


def test_when_its_project_is_gone_it_ends_soon(tmp_path: Path, home: Path) -> None:
    """Not after the ten minutes that it would wait for the next session."""
    arrange(tmp_path)
    with kept(tmp_path) as supervisor:
        shutil.rmtree(tmp_path / ".claude")
        assert supervisor.wait(60) == 0


@pytest.mark.parametrize("text", [None, "{"])
def test_without_an_arrangement_it_refuses(text: str | None, tmp_path: Path, home: Path) -> None:
    if text is not None:
        arrange(tmp_path).write_text(text)
    code, out, err = finish(*COMMAND, folder=tmp_path)
    assert (code, out) == (1, "")
    assert err.startswith(f"finestream: {tmp_path / FOLDER / 'monitor.json'}: ")
    assert "install --monitor" in err


def test_a_port_that_somebody_else_has_is_named(tmp_path: Path, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arrange(tmp_path, port=taken.getsockname()[1])
        code, out, err = finish(*COMMAND, folder=tmp_path)
    assert (code, out) == (1, "")
    assert "the port cannot be used" in err
    assert not is_locked(tmp_path / FOLDER / LOCK)


def test_settings_that_cannot_be_obeyed_end_it_with_the_reason_in_its_log(tmp_path: Path, home: Path) -> None:
    """The address must not stay open without anybody who answers."""
    arrange(tmp_path)
    (tmp_path / ".claude" / "finestream.yaml").write_text("attempts: many\n")
    supervisor = start(tmp_path)
    assert supervisor.wait(60) == 1
    assert "finestream.yaml:1: 'attempts' must be" in log(tmp_path)
    assert not is_locked(tmp_path / FOLDER / LOCK)


def test_its_own_address_in_the_environment_is_no_upstream(tmp_path: Path, home: Path) -> None:
    """The hook that starts it has the environment of the client, which is told to ask it."""
    arrange(tmp_path, None)
    with kept(tmp_path, ANTHROPIC_BASE_URL=address(tmp_path)):
        assert health(tmp_path)["upstream"] == "https://api.anthropic.com"
    with kept(tmp_path, ANTHROPIC_BASE_URL=ANYBODY):
        assert health(tmp_path)["upstream"] == ANYBODY


def test_neither_its_log_nor_its_arguments_hold_a_secret(tmp_path: Path, home: Path) -> None:
    """Others may read the arguments of any process; and the log is something that is shown to others."""
    arrange(tmp_path, "http://me:mine@127.0.0.1:9")
    with kept(tmp_path) as supervisor:
        assert health(tmp_path)["upstream"] == "http://127.0.0.1:9"
        shown = subprocess.run(["ps", "-A", "-ww", "-o", "ppid=,pid=,args="], capture_output=True, text=True, check=True).stdout
        ours = [line for line in shown.splitlines() if str(supervisor.pid) in line.split()[:2]]
        assert len(ours) == 3
        assert not any(TOKEN in line or "mine" in line for line in ours)
    assert "in front of http://[redacted]@127.0.0.1:9" in log(tmp_path)
    assert not any(secret in log(tmp_path) for secret in (TOKEN, "mine"))


def test_no_module_of_the_project_is_imported(tmp_path: Path, home: Path) -> None:
    arrange(tmp_path)
    for name in ("json.py", "click.py", "finestream.py", "aiohttp.py"):
        (tmp_path / name).write_text("raise SystemExit('a file of the project was run')")
    supervisor = subprocess.Popen(
        [sys.executable, "-P", "-m", "finestream", *COMMAND], cwd=tmp_path, env=environment(), start_new_session=True
    )
    try:
        assert health_when_ready(tmp_path)["streams"] == 0
    finally:
        kill_all(tmp_path, supervisor)


def health_when_ready(project: Path) -> dict[str, object]:
    while True:
        try:
            return health(project)
        except OSError:
            continue


def test_nothing_heavy_is_loaded_in_the_supervisor(tmp_path: Path, home: Path) -> None:
    code = "import sys, finestream.cli.permanent; print(sorted(set(sys.modules) & {'aiohttp', 'asyncio', 'uvloop', 'yaml', 'ssl'}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
