"""What the hooks cost: as processes beside a bare interpreter, and in sessions of the client beside a C program as hook. One run, medians.

    python -m benchmarks.hooks [--json] [--rounds N] [--sessions N]

A hook costs the client its own price each time (it starts a process, or sends a request, and waits), so the yardstick in a session is a
static C program that reads its input and appends a line: what that adds is the floor of every command hook. An interpreter that does
nothing at all is the floor of every hook in Python. These two are registered for the events that the gateway can serve, and the client
waits for each of them; ours are registered as in hooks.json, where nobody waits for the record of a call that went well. All take turns in
each round. Read the ratios; the milliseconds belong to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from finestream.install.flavours import commands, parse_hooks

ROOT = Path(__file__).parents[1]
HOOKS = ROOT / "hooks"
SYSTEM = Path("/usr/bin/python3")
CALLS = 30
BUDGET_MS, HTTP_BUDGET, COMMAND_BUDGET = 5.0, 1.5, 3.0

# What any hook does, and nothing else: read the event, append a line to a file.
C_PROGRAM = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    static char data[1 << 20];
    ssize_t size = 0, more;
    while ((more = read(0, data + size, sizeof data - size)) > 0) size += more;
    int file = open(getenv("FINESTREAM_BENCH"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    return file < 0 || write(file, "{}\n", 3) != 3;
}
"""
BARE = ("-I", "-S", "-c", "pass")
STATUS_LINE = "the status line"
EVENTS = tuple(json.loads((HOOKS / "hooks.json").read_text(encoding="utf-8"))["hooks"])
SERVED = ("PreToolUse", "PostToolUse", "PostToolUseFailure", "PostToolBatch", "SubagentStart", "SubagentStop", "SessionEnd")


# -- as processes --------------------------------------------------------------------------------------------------------------------------


def event(name: str) -> bytes:
    """An event of 2 KB, as most are."""
    call = {"tool_name": "Write", "tool_input": {"file_path": "/p/a.md", "content": "words " * 270}, "tool_use_id": "toolu_1"}
    common = {"session_id": "5e55", "cwd": "/p", "prompt_id": "a2", "permission_mode": "default", "hook_event_name": name, "duration_ms": 9}
    calls = [{**call, "tool_response": "File created successfully at: /p/a.md"}]
    more: dict[str, Any] = (
        {"tool_calls": calls} if name == "PostToolBatch" else {"agent_id": "a17", "agent_type": "qa"} if "agent" in name else call
    )
    return json.dumps({**common, **more}).encode()


def shipped(name: str, folder: Path) -> dict[str, Any]:
    """What is registered for an event; the scripts lie in ``folder``."""
    [group] = commands(parse_hooks((HOOKS / "hooks.json").read_text(encoding="utf-8")), str(folder))[name]
    [handler] = group["hooks"]
    return {**handler, "command": python()}


def python() -> str:
    """The interpreter that runs hooks: the system's, where there is one."""
    return str(SYSTEM if SYSTEM.exists() else Path(sys.executable))


def processes(rounds: int, project: Path, *, can_write: bool) -> dict[str, float]:
    """Milliseconds of each event over a bare interpreter, in turns. ``can_write``: whether Python may keep its compiled modules."""
    keeping = () if can_write else ("-X", "pycache_prefix=/dev/null")
    lines = {
        "bare": [python(), *BARE],
        **{name: [python(), *keeping, *shipped(name, project / "hooks")["args"]] for name in EVENTS},
    }
    lines[STATUS_LINE] = [python(), *keeping, "-I", "-S", str(project / "hooks/status_line.py")]
    with served(project) as address:
        known = {"PATH": os.environ["PATH"], "HOME": str(project), "CLAUDE_PROJECT_DIR": str(project), "ANTHROPIC_BASE_URL": address}
        found = _in_turns(lines, rounds, known)
    over = {
        name: statistics.median(one - base for one, base in zip(found[name], found["bare"], strict=True)) for name in (*EVENTS, STATUS_LINE)
    }
    return {"bare_ms": statistics.median(found["bare"]), **over}


def _in_turns(lines: Mapping[str, list[str]], rounds: int, known: Mapping[str, str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in lines}
    for number in range(rounds + 2):
        for name, line in lines.items():
            seconds = _timed(line, event(name), known)
            if number > 1:  # the first rounds fill the caches
                found[name].append(1000 * seconds)
    return found


@contextmanager
def served(project: Path) -> Iterator[str]:
    """Run a gateway for ``project`` in a process of its own, and tell its address; nothing streams through it."""
    line = [sys.executable, "-m", "finestream", "monitor", "--project", str(project), "--upstream", "http://127.0.0.1:9", "--json"]
    known = {"PATH": os.environ["PATH"], "HOME": str(project), "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(line, stdout=subprocess.PIPE, env=known) as monitor:
        assert monitor.stdout
        yield json.loads(monitor.stdout.readline())["url"]
        monitor.terminate()


def _timed(line: list[str], data: bytes, known: Mapping[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(line, input=data, stdout=subprocess.DEVNULL, env=known, check=True)
    return time.perf_counter() - started


# -- through the client --------------------------------------------------------------------------------------------------------------------


def registered(handler: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Settings with one handler for each event that both flavours can serve."""
    return {"hooks": {name: [{"hooks": [handler(name)]}] for name in SERVED}}


def command(program: str, *arguments: str) -> dict[str, Any]:
    """A command hook."""
    return {"type": "command", "command": program, "args": list(arguments), "timeout": 10}


async def session(settings: Mapping[str, Any], folder: Path) -> float:
    """Seconds from the end of a tool call to the end of the next, in the middle of all those of a session."""
    from finestream.simulator.script import Route, Script, Text, ToolUse, Turn
    from finestream.simulator.server import serve

    project, home = folder / "project", folder / "home"
    project.mkdir(parents=True)
    home.mkdir()
    target = project / "a.txt"
    target.write_text("x\n")
    turns = [Turn((ToolUse("Read", {"file_path": str(target)}),)) for _ in range(CALLS)]
    (folder / "settings.json").write_text(json.dumps(settings))
    async with serve(Script((Route((*turns, Turn((Text("Done."),)))),))) as simulator:
        known = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "CLAUDE_CONFIG_DIR": str(home / ".claude"),
            "ANTHROPIC_API_KEY": "sk-ant-test",
            "ANTHROPIC_BASE_URL": simulator.url,
            "NO_PROXY": "127.0.0.1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "FINESTREAM_BENCH": str(folder / "c.jsonl"),
        }
        arguments = ("-p", "go", "--output-format", "stream-json", "--verbose", "--settings", str(folder / "settings.json"))
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        child = await asyncio.create_subprocess_exec(
            client(), *arguments, cwd=project, env=known, stdin=nothing, stdout=pipe, stderr=nothing
        )
        assert child.stdout
        ends, last = [], b""
        async for line in child.stdout:
            last = line
            if b'"tool_result"' in line:
                ends.append(time.perf_counter())
        assert await child.wait() == 0 and len(ends) == CALLS, last
        return statistics.median(after - before for before, after in pairwise(ends))


def client() -> str:
    """The client of the SDK's wheel, else the one on PATH."""
    import claude_agent_sdk

    bundled = Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"
    return str(bundled) if bundled.is_file() else str(shutil.which("claude"))


async def sessions(rounds: int, folder: Path) -> dict[str, float]:
    """Milliseconds that each kind of hook adds to a call, and how often that is what the C program adds."""
    compiled = _compiled(folder)
    with served(folder) as address:
        kinds: dict[str, dict[str, Any]] = {
            "none": {},
            "command": registered(lambda name: shipped(name, folder / "hooks")),
            "bare": registered(lambda name: command(python(), *BARE)),
            "http": registered(lambda name: {"type": "http", "url": f"{address}/hooks/{name}", "timeout": 10}),
        }
        if compiled:
            kinds["c"] = registered(lambda name: command(str(compiled)))
        found: dict[str, list[float]] = {kind: [] for kind in kinds}
        for number in range(rounds + 1):
            for kind, settings in kinds.items():
                seconds = await session(settings, folder / f"{number}-{kind}")
                if number:
                    found[kind].append(1000 * seconds)
    added = {
        kind: statistics.median(one - base for one, base in zip(values, found["none"], strict=True))
        for kind, values in found.items()
        if kind != "none"
    }
    ratios = {f"{kind}_ratio": added[kind] / added["c"] for kind in ("command", "http", "bare") if "c" in added}
    return {"call_ms": statistics.median(found["none"]), **{f"{kind}_added_ms": value for kind, value in added.items()}, **ratios}


def _compiled(folder: Path) -> Path | None:
    """Compile the C program, where there is a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    source, program = folder / "hook.c", folder / "hook"
    source.write_text(C_PROGRAM)
    subprocess.run([compiler, "-O2", "-static", "-o", str(program), str(source)], check=True)
    return program


# -- the table -----------------------------------------------------------------------------------------------------------------------------


def measure(rounds: int, turns: int) -> dict[str, dict[str, float]]:
    """All figures. The scripts are copied, as an installation does, so that their compiled modules are nobody else's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(HOOKS, folder / "hooks", ignore=shutil.ignore_patterns("__pycache__"))
        found = {"cached": processes(rounds, folder, can_write=True), "uncached": processes(max(1, rounds // 3), folder, can_write=False)}
        if turns:
            found["session"] = asyncio.run(sessions(turns, folder))
    return found


def show(found: Mapping[str, Mapping[str, float]]) -> None:
    """Print the tables as they stand in docs/performance.md."""
    cached, uncached = found["cached"], found["uncached"]
    print(
        f"| as a process, ms over a bare interpreter ({cached['bare_ms']:.1f} ms) | | target | where Python may not keep compiled modules |"
    )
    print("|---|---|---|---|")
    for name in (*EVENTS, STATUS_LINE):
        print(f"| {name} | {cached[name]:+.2f} | at most +{BUDGET_MS:.0f} | {uncached[name]:+.2f} |")
    figures = found.get("session")
    if figures is None or "c_added_ms" not in figures:
        return
    print()
    print(f"| hooks of {CALLS} tool calls in a session | added to a call, ms | beside the C program | target |")
    print("|---|---|---|---|")
    print(f"| a static C program | {figures['c_added_ms']:.1f} | 1.00 | |")
    print(f"| `python3 -I -S -c pass` | {figures['bare_added_ms']:.1f} | {figures['bare_ratio']:.2f} | |")
    print(f"| ours, served by the gateway | {figures['http_added_ms']:.1f} | {figures['http_ratio']:.2f} | at most {HTTP_BUDGET} |")
    print(f"| ours, as commands | {figures['command_added_ms']:.1f} | {figures['command_ratio']:.2f} | at most {COMMAND_BUDGET} |")


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--sessions", type=int, default=11, help="rounds of sessions of the real client; 0: none")
    options = parser.parse_args()
    found = measure(options.rounds, options.sessions)
    print(json.dumps(found)) if options.json else show(found)


if __name__ == "__main__":
    main()
