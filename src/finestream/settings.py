"""Settings. PURE: texts in layers -> one frozen Settings, with warnings.

Its one law: every complaint names the file, the line and what would be right.

Precedence, lowest first: the defaults below, ``~/.config/finestream/config.yaml``, ``<project>/.claude/finestream.yaml``, the command line.
A key that a higher layer does not name keeps the value of the lower one; sections are merged key by key, a list is replaced as a whole.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from finestream.errors import SettingsError
from finestream.quantities import address, choice, count, optional, seconds, share, size, switch

# One of yaml's nodes. They are told apart by their `id`, so that yaml is imported only where there is a file to read.
_Node = Any


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user may choose. Times are seconds, sizes are bytes."""

    recovery: Literal["continue", "retry", "off"] = "continue"
    attempts: int = 2
    """Continuations without progress before the fallback."""
    backoff: tuple[float, ...] = (2.0, 4.0)
    """Before attempt 1, 2, ...; the last one repeats."""
    stall: float = 90.0
    """Without a byte inside a tool input."""
    hold_size: int = 16 * 2**10
    hold_time: float = 5.0
    ping: float = 10.0
    """Between pings to the client while recovery waits."""
    max_tokens_ceiling: int | None = None
    """None: the model's own."""
    repair: bool = True
    body_limit: int = 64 * 2**20
    """Of a request."""
    input_limit: int = 32 * 2**20
    """Of one tool input that is kept in memory; past it the monitor forwards blindly."""
    upstream: str | None = None
    """Only from the user: a project must not redirect credentials."""
    journal_content: bool = True
    journal_content_limit: int = 2**20
    journal_rotate: int = 10 * 2**20
    journal_keep: int = 5
    monitor_idle: float = 600.0
    """Without a stream and without a living session, before the permanent monitor of a project ends by itself."""
    alert_latency: float = 5.0
    """What a figure may be before the dashboard raises an alert; the other two are shares."""
    alert_incomplete: float = 0.05
    alert_fallback: float = 0.1


class Layer(NamedTuple):
    """The text of one settings file. ``trusted``: the user's own, which may name an upstream."""

    name: str
    text: str
    trusted: bool


class _Rule(NamedTuple):
    field: str
    parse: Callable[[str], object]  # raises ValueError, whose text says what would be right
    example: str
    is_list: bool = False


def parse_settings(layers: Sequence[Layer]) -> tuple[Settings, tuple[str, ...]]:
    """Merge ``layers``, lowest precedence first.

    Returns:
        The settings, and warnings of the form ``path:line: ...`` about keys that were ignored.
    Raises:
        SettingsError: A text that is no YAML, a key given twice, or a value of the wrong type or out of range.
    """
    values: dict[str, Any] = {}
    warnings: list[str] = []
    for layer in layers:
        for key, node in _entries(layer):
            line = node.start_mark.line + 1
            if key not in _RULES:
                warnings.append(f"{layer.name}:{line}: unknown key '{key}' is ignored{_hint(key)}")
            elif key == "upstream" and not layer.trusted:
                warnings.append(f"{layer.name}:{line}: {_UPSTREAM_IN_PROJECT}")
            else:
                values[_RULES[key].field] = _value(layer, key, node)
    return replace(Settings(), **values), tuple(warnings)


def override(settings: Settings, key: str, text: str) -> Settings:
    """Return ``settings`` with one value replaced, as the command line does; ``key`` is written as in the file, with a dot for a section.

    Raises:
        ValueError: Its text says what would be right.
    """
    rule = _RULES[key]
    value = tuple(map(rule.parse, text.split(","))) if rule.is_list else rule.parse(text)
    changed: dict[str, Any] = {rule.field: value}
    return replace(settings, **changed)


def _entries(layer: Layer) -> Iterator[tuple[str, _Node]]:
    root = _compose(layer)
    if root is None:
        return
    for key, node in _pairs(layer, root, ""):
        if key not in _SECTIONS:
            yield key, node
        elif node.id == "mapping":
            yield from _pairs(layer, node, f"{key}.")
        else:
            raise _refusal(layer, node, f"'{key}' has parts of its own", f"Write it as {key}: {{{_SECTIONS[key]}}}.")


def _compose(layer: Layer) -> _Node:
    """Read the YAML as nodes, not as values: they know their lines, and ``off`` stays a word instead of becoming a false."""
    import yaml  # costs 30 ms, and most projects have no settings file

    try:
        root: _Node = yaml.compose(layer.text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        what = " ".join(filter(None, (error.context, error.problem)))
        raise _unreadable(layer, what, error.problem_mark.line + 1 if error.problem_mark else 1) from error
    except yaml.YAMLError as error:  # a character that YAML forbids: it has a position only
        line = layer.text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise _unreadable(layer, "it holds a control character", line) from error
    except RecursionError as error:
        raise _unreadable(layer, "it is nested too deeply", 1) from error
    if root is None or root.value == "":  # no document, or one that says nothing
        return None
    if root.id != "mapping":
        raise _refusal(layer, root, "settings are keys with values", "Write one 'key: value' a line, such as 'recovery: continue'.")
    return root


def _pairs(layer: Layer, mapping: _Node, prefix: str) -> Iterator[tuple[str, _Node]]:
    seen: set[str] = set()
    for key_node, node in mapping.value:
        if key_node.id != "scalar":
            raise _refusal(layer, key_node, "a key must be a word", "Write one 'key: value' a line.")
        key = f"{prefix}{key_node.value}"
        if key in seen:
            raise _refusal(layer, key_node, f"'{key}' is given twice", "Keep one of the two.")
        seen.add(key)
        yield key, node


def _value(layer: Layer, key: str, node: _Node) -> object:
    rule = _RULES[key]
    if not rule.is_list:
        return _scalar(layer, key, node)
    items = node.value if node.id == "sequence" else [node]
    if not items:
        raise _refusal(layer, node, f"'{key}' is empty", f"Write it as {rule.example}.")
    return tuple(_scalar(layer, key, item) for item in items)


def _scalar(layer: Layer, key: str, node: _Node) -> object:
    rule = _RULES[key]
    fix = f"Write it as {rule.example}."
    if node.id != "scalar":
        raise _refusal(layer, node, f"'{key}' must be a single value", fix)
    try:
        return rule.parse(node.value)
    except ValueError as error:
        raise _refusal(layer, node, f"'{key}' {error}", fix) from None


def _refusal(layer: Layer, node: _Node, message: str, fix: str) -> SettingsError:
    return SettingsError(message, fix, path=layer.name, line=node.start_mark.line + 1)


def _unreadable(layer: Layer, what: str, line: int) -> SettingsError:
    return SettingsError(f"this is not readable as YAML: {what}", "Mend the line, or delete the file.", path=layer.name, line=line)


def _hint(key: str) -> str:
    near = difflib.get_close_matches(key, _RULES, n=1)
    return f"; did you mean '{near[0]}'?" if near else f" (known keys: {', '.join(_RULES)})"


_UPSTREAM_IN_PROJECT = (
    "'upstream' is ignored in a project's file, because a project that somebody else wrote could send your credentials elsewhere; "
    "put it into ~/.config/finestream/config.yaml, or give --upstream"
)

_RULES: dict[str, _Rule] = {
    "recovery": _Rule("recovery", choice("continue", "retry", "off"), "recovery: continue"),
    "attempts": _Rule("attempts", count("0", "20"), "attempts: 2"),
    "backoff": _Rule("backoff", seconds("0s", "5m"), "backoff: [2s, 4s]", is_list=True),
    "stall": _Rule("stall", seconds("0.1s", "1h"), "stall: 90s"),
    "hold.size": _Rule("hold_size", size("0B", "1GB"), "hold: {size: 16KB}"),
    "hold.time": _Rule("hold_time", seconds("0s", "5m"), "hold: {time: 5s}"),
    "ping": _Rule("ping", seconds("0.1s", "5m"), "ping: 10s"),
    "max_tokens_ceiling": _Rule("max_tokens_ceiling", optional(count("1", "1000000000")), "max_tokens_ceiling: 64000"),
    "repair": _Rule("repair", switch, "repair: on"),
    "limits.body": _Rule("body_limit", size("1KB", "1GB"), "limits: {body: 64MB}"),
    "limits.input": _Rule("input_limit", size("1KB", "1GB"), "limits: {input: 32MB}"),
    "upstream": _Rule("upstream", optional(address), "upstream: https://gateway.example/anthropic"),
    "journal.content": _Rule("journal_content", switch, "journal: {content: on}"),
    "journal.content_limit": _Rule("journal_content_limit", size("0B", "1GB"), "journal: {content_limit: 1MB}"),
    "journal.rotate": _Rule("journal_rotate", size("4KB", "1GB"), "journal: {rotate: 10MB}"),
    "journal.keep": _Rule("journal_keep", count("0", "100"), "journal: {keep: 5}"),
    "monitor.idle": _Rule("monitor_idle", seconds("0.1s", "168h"), "monitor: {idle: 10m}"),
    "alerts.latency": _Rule("alert_latency", seconds("0s", "24h"), "alerts: {latency: 5s}"),
    "alerts.incomplete": _Rule("alert_incomplete", share("0%", "100%"), "alerts: {incomplete: 5%}"),
    "alerts.fallback": _Rule("alert_fallback", share("0%", "100%"), "alerts: {fallback: 10%}"),
}
_SECTIONS = {
    "hold": "size: 16KB, time: 5s",
    "limits": "body: 64MB, input: 32MB",
    "journal": "content: on, content_limit: 1MB, rotate: 10MB, keep: 5",
    "monitor": "idle: 10m",
    "alerts": "latency: 5s, incomplete: 5%, fallback: 10%",
}
