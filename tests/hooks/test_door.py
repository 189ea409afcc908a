"""A hook script as a process: whatever comes in, the call goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from finestream.journal import EVENTS, FOLDER
from tests.hooks.running import SCRIPTS, batch, call, command, environment, errors, event, events, run, unparsed

GOOD = call("PreToolUse", "Write", {"file_path": "/p/a", "content": "x"})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   \n",
        b"{",
        b"[]",
        b"null",
        b'"PreToolUse"',
        b"no JSON",
        b"\xff\xfe\x00",
        b"{'single': 1}",
        b"[" * 100_000,
        b'{"hook_event_name": "PreToolUse", "n": ' + b"1" * 5000 + b"}",
    ],
)
@pytest.mark.parametrize("script", ["pre_tool", "post_tool", "streaming_monitor"])
def test_what_is_no_event_gets_no_answer(project: Path, script: str, data: bytes) -> None:
    ran = run(script, data, project)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    [record] = events(project)
    assert (record["event"], record["source"], record["hook"]) == ("hook_fault", "hook", script)


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(GOOD).encode().replace(b"/p/a", b"/p/\xff\xc3("),
        json.dumps(GOOD).encode().replace(b"/p/a", rb"/p/\ud800\udc"),
        json.dumps(GOOD | {"never_heard_of": {"deep": [1e400, -0.0, None]}}).encode(),
        b"\xef\xbb\xbf" + json.dumps(GOOD, indent=4).encode() + b"\n\n",
        json.dumps(GOOD | {"session_id": None, "tool_use_id": 5, "agent_type": []}).encode(),
        b'{"hook_event_name": "PreToolUse"}',
        json.dumps(GOOD, ensure_ascii=False).replace('"x"', '"raw\u2028line\x01"').encode(),
    ],
)
def test_an_odd_event_is_recorded_all_the_same(project: Path, data: bytes) -> None:
    data = data.replace(rb"\ud800\udc", rb"\ud800\udc00\udc01")
    ran = run("pre_tool", data, project)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    assert [record["event"] for record in events(project)] == ["tool_started"]


def test_an_answer_is_one_json_object_and_ascii(project: Path) -> None:
    ran = run("streaming_monitor", json.dumps(batch(unparsed('{"file_path": "ü🎯.md", "content": "grü'))).encode(), project)
    assert ran.stdout.startswith(b"{") and ran.stdout.endswith(b"}") and ran.stdout.isascii()


def test_nobody_reads_the_answer(project: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(command("streaming_monitor"), stdin=subprocess.PIPE, stdout=writer, env=environment(project)) as hook:
        os.close(writer)
        hook.communicate(json.dumps(batch(unparsed("{"))).encode(), timeout=30)
    assert hook.returncode == 0
    assert [record["event"] for record in events(project)] == ["hook_fault"]


@pytest.mark.parametrize("data", [json.dumps(GOOD).encode(), b'{"hook_event_name": "PreTool', b""])
def test_stdin_may_never_close(project: Path, data: bytes) -> None:
    started = time.monotonic()
    with subprocess.Popen(command("pre_tool"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(project)) as hook:
        assert hook.stdin and hook.stdout
        hook.stdin.write(data)
        hook.stdin.flush()
        assert hook.stdout.read() == b""  # it ends although we hold its stdin open
        assert hook.wait(30) == 0
    is_whole = data.endswith(b"}")
    assert [record["event"] for record in events(project)] == ["tool_started" if is_whole else "hook_fault"]
    assert (time.monotonic() - started < 30) or not is_whole


def test_ten_megabytes_are_an_event_like_any_other(project: Path) -> None:
    content = "grüße 🎯 {}\n" * (10 * 2**20 // 16)
    large = call("PreToolUse", "Write", {"file_path": "/p/a", "content": content})
    assert run("pre_tool", json.dumps(large, ensure_ascii=False).encode(), project).returncode == 0
    [record] = events(project)
    assert record["size"] > 10 * 2**20
    assert (project / FOLDER / EVENTS).stat().st_size < 1000


def test_the_project_is_where_the_client_works_when_nothing_names_it(project: Path) -> None:
    known = environment(project)
    del known["CLAUDE_PROJECT_DIR"]
    data = json.dumps(GOOD | {"cwd": str(project)}).encode()
    subprocess.run(command("pre_tool"), input=data, env=known, check=True, timeout=30)
    assert len(events(project)) == 1


@pytest.mark.parametrize("script", ["pre_tool", "post_tool", "streaming_monitor"])
def test_a_script_that_is_not_there_blocks_nothing(project: Path, tmp_path: Path, script: str) -> None:
    """Python itself would end with 2 then, and to the client that is a block: uninstalled in mid-session, a folder that a clone lacks."""
    ran = run(script, json.dumps(GOOD).encode(), project, scripts=tmp_path / "nowhere")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    (tmp_path / "nowhere" / f"{script}.py").mkdir(parents=True)
    ran = run(script, json.dumps(GOOD).encode(), project, scripts=tmp_path / "nowhere")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_a_package_that_is_damaged_costs_no_call(project: Path, tmp_path: Path) -> None:
    scripts = tmp_path / "copy"
    shutil.copytree(SCRIPTS, scripts)
    for damaged in ("before.py", "door.py"):
        (scripts / "finestream_hooks" / damaged).write_text("this is no Python")
        ran = run("pre_tool", json.dumps(GOOD).encode(), project, scripts=scripts)
        assert (ran.returncode, ran.stdout) == (0, b"")
    shutil.rmtree(scripts / "finestream_hooks")
    ran = run("pre_tool", json.dumps(GOOD).encode(), project, scripts=scripts)
    assert (ran.returncode, ran.stdout) == (0, b"")
    assert b"finestream_hooks" in ran.stderr


# What takes more than the work itself; each of them was measured.
SLOW = {"os", "json", "re", "enum", "typing", "pathlib", "dataclasses", "datetime", "subprocess", "functools", "socket", "contextlib"}


def test_nothing_of_the_standard_library_is_imported_that_costs_a_start(project: Path) -> None:
    for name, script in (("PreToolUse", "pre_tool"), ("PostToolUse", "post_tool"), ("PostToolBatch", "streaming_monitor")):
        said = call(name, "Write", {"file_path": "a"})
        data = json.dumps(said | {"tool_calls": [said | {"tool_response": "ok"}]}).encode()
        python, *rest = command(script)
        line = [python, "-X", "importtime", *rest]
        ran = subprocess.run(line, input=data, env=environment(project), capture_output=True, check=True)
        imported = {line.rpartition("|")[2].strip() for line in ran.stderr.decode().splitlines()}
        assert "finestream_hooks.door" in imported
        assert not imported & SLOW
        assert not imported & {"finestream_hooks.recollection", "finestream_hooks.rejection", "finestream_hooks.refusal"}


def test_a_hook_leaves_no_secret_behind(project: Path) -> None:
    """Neither in a path nor in an input, whatever else is in there."""
    key = "sk-ant-api03-" + "x" * 40
    run("pre_tool", json.dumps(call("PreToolUse", "Read", {"file_path": f"/p/{key}"})).encode(), project)
    run("pre_tool", json.dumps(call("PreToolUse", "Agent", {"subagent_type": "https://me:pass@host/x"})).encode(), project)
    run("streaming_monitor", json.dumps(batch(unparsed('{"content": "Bearer abcdef0123456789abcdef ' + key))).encode(), project)
    run("streaming_monitor", json.dumps(event("StopFailure", error=f"x-api-key: {key}")).encode(), project)
    written = json.dumps(events(project) + errors(project))
    assert "sk-ant" not in written and "pass" not in written and "abcdef0123456789" not in written
    assert written.count("[redacted]") >= 5


def pythons() -> Iterator[Path]:
    """Yield every Python of this machine: our own, the system's, and what a version manager keeps."""
    yield Path(sys.executable)
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from (path for path in (Path("/usr/bin/python3"), *sorted(kept.glob("versions/3.*/bin/python3"))) if path.exists())


@pytest.mark.parametrize("python", list(pythons()), ids=str)
def test_each_python_of_this_machine_runs_them(project: Path, python: Path) -> None:
    asked = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
    version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    is_new = tuple(map(int, version.split())) >= (3, 9)
    end, wreck = GOOD | {"hook_event_name": "PostToolUse"}, batch(unparsed("{"))
    for script, said in (("pre_tool", GOOD), ("post_tool", end), ("streaming_monitor", wreck)):
        data = json.dumps(said).encode()
        line = [str(python), *command(script)[1:]]
        ran = subprocess.run(line, input=data, env=environment(project), capture_output=True, timeout=60, check=False)
        assert ran.returncode == 0
        assert bool(ran.stdout) == (script == "streaming_monitor") or not is_new
    if is_new:
        assert [record["event"] for record in events(project)] == ["tool_started", "tool_ended", "input_rejected"]
