"""The one door of the hook scripts: an event in, an answer out, records into the journal. SHELL.

Its one law: whatever goes wrong in here, the call goes on: exit code 0, and nothing on stdout that is no answer.
"""

import posix
import sys

from finestream_hooks.decisions import decide
from finestream_hooks.jsontext import spell
from finestream_hooks.lines import ERRORS, EVENTS, append
from finestream_hooks.memory import Memory, agent_folders, config_folder
from finestream_hooks.stdin import read_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Answer, Json

FOLDER = ".claude/finestream"
_LOCAL = ".claude/settings.local.json"
_SCRIPTS = "/.claude/hooks/finestream/finestream_hooks/"
_REHEARSAL = "doctor"  # the session in which the doctor tries hooks out; no monitor is to know of it
_KEEPING = ("SessionStart", "StopFailure", "UserPromptSubmit")
_PATIENCE = 0.25  # seconds for the hook behind a call, which was started before this one; a tenth of that is much
_NAMES = ("auth", "key", "token", "cookie", "password", "secret")


def run(hook: str) -> None:
    """Answer the event on stdin for the script ``hook``, and end the process."""
    event: Json = {}
    try:
        event = read_event()
        _serve(event)
    except BaseException as fault:  # the outer door: a fault of ours must cost the user neither a call nor a session
        _confess(hook, event, fault)
    # There is nothing left to do at an orderly exit, and that takes a fifth of the time of a hook.
    posix._exit(0)


def project_of(event: "Json") -> str:
    """Return the project's folder: the client names it; an older one says at least where it works."""
    named = posix.environ.get(b"CLAUDE_PROJECT_DIR", b"").decode("utf-8", "surrogateescape")
    return (named or str(event.get("cwd") or posix.getcwd())).rstrip("/")


def _serve(event: "Json") -> None:
    project = project_of(event)
    if _is_answered_elsewhere(event, project):
        return
    folder = f"{project}/{FOLDER}"
    answer: Answer | None = None
    home = _home() if event.get("hook_event_name") in _KEEPING and event.get("session_id") != _REHEARSAL else None
    if home is not None and (_exists(f"{home}/{_LOCAL}") or _exists(f"{home}/{FOLDER}/monitor.json")):
        from finestream_hooks.keeping import keep

        answer = keep(event, home, f"{home}/{FOLDER}")
        folder = f"{home}/{FOLDER}" if answer else folder
    if answer is None:
        answer = decide(event, Memory(folder, agent_folders(project, posix.environ), patience=_PATIENCE))
    if answer.output is not None:
        _say(spell(answer.output))
    for name, records in ((EVENTS, answer.events), (ERRORS, answer.errors)):
        for record in records:
            _write(folder, name, record)


def _is_answered_elsewhere(event: "Json", project: str) -> bool:
    """Say whether this is the plugin, or the user's own installation, beside another that answers; a project's own always does."""
    scripts, own = __file__.rpartition("/finestream_hooks/")[0], f"{project}/.claude/hooks/finestream"
    if scripts == own or event.get("session_id") == _REHEARSAL:
        return False
    others = (own, f"{config_folder(posix.environ)}/hooks/finestream")
    is_led = posix.environ.get(b"ANTHROPIC_BASE_URL", b"").startswith(b"http://127.0.0.1:")
    if not is_led and not any(other != scripts and _exists(other) for other in others):
        return False
    from finestream_hooks.precedence import is_answered

    return is_answered(event.get("hook_event_name"), project, scripts)


def _home() -> "str | None":
    """Return the project whose own scripts these are.

    A session below it, or in another worktree of its repository, has its settings and so its monitor, but calls another folder its project.
    """
    before, found, _ = __file__.rpartition(_SCRIPTS)
    return before if found else None


def _write(folder: str, name: str, record: "Json") -> None:
    if "INVALID_JSON" in record or _may_hold_secret(record):
        from finestream_hooks.scrubbing import scrub

        record = scrub(record, folder)
    try:
        append(folder, name, record)
    except OSError as fault:  # a full disk, a folder that has vanished: the session goes on without a journal
        if record.get("event") == "session_started":
            sys.stderr.write(f"finestream: the journal cannot be written: {fault.strerror or fault}\n")


def _may_hold_secret(record: "Json") -> bool:
    """Look for what a credential cannot be without; the search itself needs ``re``."""
    for value in record.values():
        if isinstance(value, str):
            text = value.lower()
            if "sk-" in text or "bearer " in text or "://" in text:
                return True
            if (":" in text or "=" in text) and any(name in text for name in _NAMES):
                return True
    return False


def _say(text: str) -> None:
    data = text.encode("ascii")
    while data:
        data = data[posix.write(1, data) :]


def _confess(hook: str, event: "Json", fault: BaseException) -> None:
    try:
        record = {"event": "hook_fault", "source": "hook", "hook": hook, "reason": f"{type(fault).__name__}: {fault}"[:500]}
        _write(
            f"{project_of(event)}/{FOLDER}", EVENTS, {**record, "session_id": event.get("session_id"), "agent_id": event.get("agent_id")}
        )
    except BaseException:  # the journal of faults must not be one
        return


def _exists(path: str) -> bool:
    try:
        posix.stat(path)
    except OSError:
        return False
    return True
