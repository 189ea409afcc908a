"""The lives of sessions and agents. PURE: the memory is handed in. Its one law: what happened is written down, and nothing is judged."""

from finestream_hooks.decisions import Answer, speaker, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Json
    from finestream_hooks.memory import Memory

_RECORDS = {
    "SessionStart": ("session_started", "source", "reason"),
    "SessionEnd": ("session_ended", "reason", "reason"),
    "SubagentStart": ("subagent_started", "agent_type", "agent_type"),
    "SubagentStop": ("subagent_stopped", "agent_type", "agent_type"),
    "StopFailure": ("turn_interrupted", "error", "error"),
}
"""Of an event: the name of its record, a field of it, and how the record calls that."""


def live(event: "Json", memory: "Memory") -> Answer:
    """Write down that a session or an agent began or ended, or that a turn was interrupted."""
    name = event.get("hook_event_name")
    if not isinstance(name, str) or name not in _RECORDS:
        return Answer()
    if name == "SubagentStart":
        memory.name_agent(event.get("agent_id"), event.get("agent_type"))
    elif name == "SessionEnd":
        memory.forget(event.get("session_id"))
    called, field, told_as = _RECORDS[name]
    # Who started an agent is not said; a session has nobody before it.
    return Answer(events=[{"event": called, **speaker(event), "agent_to": None, told_as: word(event.get(field))}])
