"""The hooks of ours: registered once each, their files there, and each of them run as the client runs it. SHELL.

Its one law: a hook is run for a session and a project that do not exist, so that nothing of it gets into the user's journal.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from finestream.doctor.findings import Finding, broken, fine, warning
from finestream.doctor.interpreter import bare
from finestream.doctor.mending import reinstall
from finestream.doctor.patient import Handler, Patient
from finestream.doctor.running import Outcome, median, run
from finestream.doctor.trust import PLACE, command_of

EVENTS = (
    *("PreToolUse", "PostToolUse", "PostToolUseFailure", "PostToolBatch", "SubagentStart", "SubagentStop"),
    *("SessionStart", "SessionEnd", "StopFailure"),
)
_AGAIN = "Run 'finestream doctor --fix' in the project; it installs again what was installed."
_RUNS = 5
_DEAR = 40.0  # milliseconds over the bare interpreter: far beyond what a hook of ours needs, whatever the machine
_CALL = {"tool_name": "Read", "tool_input": {"file_path": "/nowhere"}, "tool_use_id": "toolu_doctor"}
_SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "PreToolUse": _CALL,
    "PostToolUse": {**_CALL, "tool_response": {}, "duration_ms": 1},
    "PostToolUseFailure": {**_CALL, "error": "Exit code 1", "is_interrupt": False, "duration_ms": 1},
    "PostToolBatch": {"tool_calls": [{**_CALL, "tool_response": "ok"}]},
    "SubagentStart": {"agent_id": "doctor", "agent_type": "doctor"},
    "SubagentStop": {"agent_id": "doctor", "agent_type": "doctor", "stop_hook_active": False},
    "SessionStart": {"source": "startup"},
    "SessionEnd": {"reason": "other"},
    "StopFailure": {"error": "server_error"},
}


def check_registered(patient: Patient) -> Iterator[Finding]:
    """Look whether each event has one hook of ours, and not two."""
    ours = [handler for handler in patient.handlers if handler.is_ours]
    nearest = [handler for handler in ours if handler.sheet.layer != "user"] or ours
    has_plugin = _has_plugin(patient)
    if ours and (has_plugin or len(nearest) < len(ours)):
        yield fine("finestream is installed more than once: of its hooks for an event, that nearest to the project answers")
    if ours:
        yield from _judged(patient, ours, nearest)
    elif has_plugin:
        yield fine("the hooks come with the plugin")
    else:
        yield warning("no hook of finestream is registered for this project", "Run 'finestream install' in the project.")


def _has_plugin(patient: Patient) -> bool:
    """Say whether the plugin is switched on; the highest layer that names it counts."""
    switches = {name: on for _, names in patient.says("enabledPlugins") if isinstance(names, dict) for name, on in names.items()}
    return any(on is True for name, on in switches.items() if name.partition("@")[0] == "finestream")


def _judged(patient: Patient, ours: Sequence[Handler], nearest: Sequence[Handler]) -> Iterator[Finding]:
    counts = Counter(handler.event for handler in nearest)
    missing = [event for event in EVENTS if event not in {handler.event for handler in ours}]
    double = [event for event in EVENTS if counts[event] > 1]
    if missing:
        yield broken(f"no hook is registered for {', '.join(missing)}", _AGAIN, reinstall(patient))
    if double:
        where = sorted({str(handler.sheet.path) for handler in nearest if handler.event in double})
        message = f"more than one hook of ours for {', '.join(double)}, in {', '.join(where)}"
        yield warning(message, "Uninstall finestream from one of them.")
    if not missing and not double:
        yield fine(f"one hook for each of {len(counts)} events")


def check_files(patient: Patient) -> Iterator[Finding]:
    """Look whether every file that a command names is there."""
    missing = []
    for handler in _commands(patient):
        files = [Path(word) for word in _words(patient, handler) if word.endswith(".py") and not Path(word).exists()]
        missing += [f"{handler.event}: {file}" for file in files]
    if missing:
        yield broken(f"files of hooks are missing: {'; '.join(missing)}", _AGAIN, reinstall(patient))
    elif any(True for _ in _commands(patient)):
        yield fine("every file that a hook runs is there")


def check_running(patient: Patient) -> Iterator[Finding]:
    """Run each command with a sample event."""
    for handler in _commands(patient):
        command = command_of(patient, handler)
        if isinstance(command, str):
            yield warning(f"{handler.event}: not run: {command}", _AGAIN, reinstall(patient))
            continue
        outcome = play(patient, handler, command)
        complaint = _complaint(outcome)
        facts = {"event": handler.event, "code": outcome.code, "stdout": outcome.out[:2000], "stderr": outcome.err[:2000]}
        if complaint:
            shown = " ".join(_words(patient, handler))
            yield broken(f"{handler.event}: {shown}: {complaint}", _AGAIN, reinstall(patient), facts)
        else:
            yield fine(f"{handler.event}: answers {_shown(outcome)} in {outcome.milliseconds:.0f} ms", **facts)


def check_cost(patient: Patient) -> Iterator[Finding]:
    """Measure what each script costs, against the bare interpreter."""
    seen = {handler.script: handler for handler in _commands(patient)}
    for script, handler in seen.items():
        command = command_of(patient, handler)
        if isinstance(command, str):
            continue
        bare_cost = bare(patient, command[0])
        cost = median([play(patient, handler, command) for _ in range(_RUNS)])
        facts = {"hook": script, "milliseconds": cost, "bare": bare_cost}
        message = f"{script}: {cost:.0f} ms a call, of which the bare interpreter takes {bare_cost:.0f} ms"
        if cost - bare_cost > _DEAR:
            yield warning(message, "Look what slows the start of Python down: a slow disk, a scanner of files, other work.", facts=facts)
        else:
            yield fine(message, **facts)


def play(patient: Patient, handler: Handler, command: Sequence[str]) -> Outcome:
    """Run a hook as the client does, in a project of its own whose path has a space; what the settings say of ``env`` stays out of it."""
    with tempfile.TemporaryDirectory(prefix="finestream doctor ") as folder:
        event = {"session_id": "doctor", "transcript_path": "", "cwd": folder, "hook_event_name": handler.event}
        stdin = json.dumps({**event, **_SAMPLES.get(handler.event, {})}).encode()
        environ = {**patient.environ, "CLAUDE_PROJECT_DIR": folder, "CLAUDECODE": "1"}
        timeout = handler.content.get("timeout")
        return run(command, environ, Path(folder), stdin, patience=min(30.0, timeout if isinstance(timeout, (int, float)) else 10.0))


def _commands(patient: Patient) -> Iterator[Handler]:
    return (handler for handler in patient.handlers if handler.script is not None)


def _words(patient: Patient, handler: Handler) -> list[str]:
    args = handler.content.get("args")
    words = [handler.content.get("command"), *(args if isinstance(args, list) else [])]
    return [str(word).replace(PLACE, str(patient.project)) for word in words]


def _complaint(outcome: Outcome) -> str | None:
    """Say what the client would not take."""
    if outcome.code != 0:
        return f"exit code {outcome.code}, {outcome.err.strip()[:300]}" if outcome.code is not None else outcome.err
    text = outcome.out.strip()
    if not text:
        return None
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    return None if isinstance(answer, dict) else f"its answer is no JSON object: {text[:200]}"


def _shown(outcome: Outcome) -> str:
    return outcome.out.strip()[:100] or "nothing"
