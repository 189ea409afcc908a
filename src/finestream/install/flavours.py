"""From the plugin's ``hooks.json`` to the hooks of a settings file. PURE.

Its one law: what is registered, with which matcher and deadline, is said in ``hooks.json`` alone. A command there runs a script of the
plugin; in settings it runs the copy, or is a URL of the monitor instead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Hooks = dict[str, list[dict[str, Any]]]

_IN_PLUGIN = "${CLAUDE_PLUGIN_ROOT}/hooks"
# These start the monitor when it is dead, so the monitor cannot serve them. (The client calls no URL at SessionStart anyway: facts 1.5.)
STARTERS = frozenset({"SessionStart", "StopFailure"})
# Beside a monitor it is looked after at each prompt, too, so that a session never begins a turn with a dead one.
_AT_EACH_PROMPT = "UserPromptSubmit"


def parse_hooks(text: str) -> Hooks:
    """Read ``hooks.json``.

    Raises:
        ValueError: It is not what a plugin's hooks are.
    """
    content = json.loads(text)
    hooks = content.get("hooks") if isinstance(content, dict) else None
    if not isinstance(hooks, dict) or not hooks:
        raise ValueError("it holds no 'hooks'")
    for event, groups in hooks.items():
        for group in groups if isinstance(groups, list) else [None]:
            handlers = group.get("hooks") if isinstance(group, dict) else None
            if not handlers or not all(isinstance(handler, dict) and _IN_PLUGIN in json.dumps(handler) for handler in handlers):
                raise ValueError(f"its '{event}' is not made of commands on {_IN_PLUGIN}")
    found: Hooks = hooks
    return found


def commands(hooks: Hooks, folder: str) -> Hooks:
    """Return hooks that run the copies of the scripts in ``folder``."""
    return {
        event: [{**group, "hooks": [_moved(handler, folder) for handler in group["hooks"]]} for group in hooks[event]] for event in hooks
    }


def _moved(value: Any, folder: str) -> Any:
    if isinstance(value, str):
        return value.replace(_IN_PLUGIN, folder)
    if isinstance(value, list):
        return [_moved(item, folder) for item in value]
    if isinstance(value, dict):
        return {key: _moved(item, folder) for key, item in value.items()}
    return value


def urls(hooks: Hooks, address: str) -> Hooks:
    """Return hooks that ask the monitor at ``address``, for the events that it can serve."""
    found: Hooks = {}
    for event, groups in hooks.items():
        if event not in STARTERS:
            found[event] = [
                {**group, "hooks": [_url(handler, f"{address}/hooks/{event}") for handler in group["hooks"]]} for group in groups
            ]
    return found


def _url(handler: Mapping[str, Any], url: str) -> dict[str, Any]:
    return {"type": "http", "url": url} | {key: handler[key] for key in ("if", "timeout", "statusMessage") if key in handler}


def starters(hooks: Hooks) -> Hooks:
    """Return those that stay commands beside a monitor."""
    found = {event: groups for event, groups in hooks.items() if event in STARTERS}
    return found | ({_AT_EACH_PROMPT: found["StopFailure"]} if "StopFailure" in found else {})


def served(hooks: Hooks) -> Hooks:
    """Return those that a monitor answers in their place."""
    return {event: groups for event, groups in hooks.items() if event not in STARTERS}
