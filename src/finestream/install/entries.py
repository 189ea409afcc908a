"""Our entries in a settings file: put in, taken out, recognised. PURE: text -> text.

Its one law: ``without(added(text))`` is ``text``, and what is foreign stands as it stood, character for character.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from finestream.install.edits import Splice, insertion, new_object, removal, replacement, spliced, without_object
from finestream.install.ownership import COMPANIONS, is_our_address, is_our_command, is_our_handler
from finestream.install.spans import Node, NotJson, parse_spans, texts, value_of

Path = tuple[str, ...]
"""Names from the root down to a value."""

_SPACE = " \t\r\n"
HOOKS, ENV, STATUS_LINE, ADDRESS = "hooks", "env", "statusLine", "ANTHROPIC_BASE_URL"
_KNOWN_BY_TEXT = {(STATUS_LINE,), (ENV, ADDRESS)}


@dataclass(frozen=True)
class Wanted:
    """What shall stand in a settings file. ``hooks``: the groups of each event; ``values``: single values by their path."""

    hooks: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    values: Mapping[Path, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """What it took to put that in. ``made``: containers that were not there, ``()`` being the file's own; ``values``: what was written;
    ``replaced``: the text that stood in the place of a value."""

    made: frozenset[Path] = frozenset()
    values: Mapping[Path, object] = field(default_factory=dict)
    replaced: Mapping[Path, str] = field(default_factory=dict)


def check_shape(text: str, wanted: Wanted) -> None:
    """See to it that what is wanted has a place in ``text``.

    Raises:
        NotJson: It is no strict JSON, or a container that we need is something else.
    """
    if not text.strip(_SPACE):
        return
    root = parse_spans(text)
    _check(text, root, "the settings", "object")
    for name in ({HOOKS} if wanted.hooks else set()) | {path[0] for path in wanted.values if len(path) > 1}:
        for part in root.of(name):
            _check(text, part.value, f"'{name}'", "object")
    for hooks in root.of(HOOKS) if wanted.hooks else ():
        for part in hooks.value.parts:
            _check(text, part.value, f"'{HOOKS}.{part.key}'", "array")


def _check(text: str, node: Node, name: str, kind: str) -> None:
    if node.kind != kind:
        shown = node.kind if node.kind != "scalar" else text[node.start : node.end][:20]
        raise NotJson(f"{name} must be an {kind}, not {shown}", node.start)


def added(text: str, wanted: Wanted) -> tuple[str, Trace]:
    """Put in what is wanted. Nothing of ours may be there yet, and `check_shape` has passed."""
    if not wanted.hooks and not wanted.values:
        return text, Trace()
    is_blank = not text.strip(_SPACE)
    adding = _Adding(new_object(text) if is_blank else text)
    if is_blank:
        adding.made.add(())
    adding.put_members((HOOKS,), wanted.hooks, is_event=True)
    for name in dict.fromkeys(path[0] for path in wanted.values):
        below = {path[1]: value for path, value in wanted.values.items() if path[0] == name and len(path) > 1}
        if below:
            adding.put_members((name,), below)
        else:
            adding.put_value(adding.root, (name,), wanted.values[(name,)])
    return adding.finished(), Trace(frozenset(adding.made), dict(wanted.values), adding.replaced)


class _Adding:
    """Collects what has to be spliced into one text. What is new in one container goes in together, as one piece."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = parse_spans(text)
        self.made: set[Path] = set()
        self.replaced: dict[Path, str] = {}
        self._new: dict[int, tuple[Node, list[tuple[str | None, object]]]] = {}
        self._splices: list[Splice] = []

    def put_members(self, path: Path, members: Mapping[str, Any], *, is_event: bool = False) -> None:
        """Put members into the container that stands at the root; with ``is_event`` into the arrays that they are."""
        if not members:
            return
        container = self.root.get(path[0])
        if container is None:
            self.made |= {path, *((*path, key) for key in members if is_event)}
            self._put(self.root, path[0], members)
            return
        for key, value in members.items():
            array = container.get(key) if is_event else None
            if array is not None:
                for item in value:
                    self._put(array, None, item)
            elif is_event:
                self.made.add((*path, key))
                self._put(container, key, value)
            else:
                self.put_value(container, (*path, key), value)

    def put_value(self, container: Node, path: Path, value: object) -> None:
        """Put a single value, in the place of another if there is one."""
        there = container.get(path[-1])
        if there is None:
            self._put(container, path[-1], value)
        else:
            self.replaced[path] = self.text[there.start : there.end]
            self._splices.append(replacement(self.text, self.root, there, value))

    def _put(self, container: Node, key: str | None, value: object) -> None:
        self._new.setdefault(id(container), (container, []))[1].append((key, value))

    def finished(self) -> str:
        """Return the text with everything in it."""
        return spliced(self.text, [*self._splices, *(insertion(self.text, self.root, *new) for new in self._new.values())])


def without(text: str, trace: Trace | None) -> str:
    """Take out what is ours.

    Args:
        trace: What `added` left behind, or None where it is lost: then an emptied container is taken for one that we made, except for the
            file's own, and single values are known by their text.
    """
    if not text.strip(_SPACE):
        return text
    removing = _Removing(text, trace)
    text = removing.finished()
    if trace and () in trace.made:
        root = parse_spans(text)
        return text if root.parts else without_object(text, root)
    return text


class _Removing:
    """Collects what has to be cut out of one text."""

    def __init__(self, text: str, trace: Trace | None) -> None:
        self._text = text
        self._root = parse_spans(text)
        self._trace = trace
        self._splices: list[Splice] = []
        self._doomed: set[int] = set()  # parts of the root

    def finished(self) -> str:
        """Return the text with nothing of ours in it."""
        for number, part in enumerate(self._root.parts):
            if part.key == HOOKS and part.value.kind == "object" and self._cut_events(part.value):
                self._doomed.add(number)
        values = _our_values(self._text, self._root)
        if self._trace:  # companions of the address are known from there
            values = {**self._trace.values, **{path: value for path, value in values.items() if path in _KNOWN_BY_TEXT}}
        for name in dict.fromkeys(path[0] for path in values):
            self._cut_values(name, [path for path in values if path[0] == name], values)
        return spliced(self._text, [*self._splices, *self._cut(self._root, self._doomed)])

    def _cut(self, container: Node, numbers: set[int]) -> list[Splice]:
        return removal(self._text, self._root, container, numbers=numbers)

    def _is_to_go(self, path: Path) -> bool:
        return self._trace is None or path in self._trace.made

    def _cut_events(self, hooks: Node) -> bool:
        """Cut our handlers out of all events; say whether the whole member has to go instead."""
        doomed = set()
        for number, part in enumerate(hooks.parts):
            mark = len(self._splices)
            if part.value.kind == "array" and self._cut_groups(part.value) and self._is_to_go((HOOKS, part.key or "")):
                doomed.add(number)
                del self._splices[mark:]
        if doomed and len(doomed) == len(hooks.parts) and self._is_to_go((HOOKS,)):
            return True
        self._splices += self._cut(hooks, doomed)
        return False

    def _cut_groups(self, event: Node) -> bool:
        """Cut our groups, and our handlers out of others' groups; say whether nothing is left of the event."""
        doomed = set()
        for number, part in enumerate(event.parts):
            handlers = _handlers(part.value)
            ours = {place for place, handler in enumerate(handlers.parts) if is_our_handler(self._text, handler.value)}
            if ours and len(ours) == len(handlers.parts):
                doomed.add(number)
            else:
                self._splices += self._cut(handlers, ours)
        self._splices += self._cut(event, doomed)
        return bool(doomed) and len(doomed) == len(event.parts)

    def _cut_values(self, name: str, paths: Sequence[Path], values: Mapping[Path, object]) -> None:
        place = next((number for number in reversed(range(len(self._root.parts))) if self._root.parts[number].key == name), None)
        if place is None:
            return
        node = self._root.parts[place].value
        if paths == [(name,)]:
            if self._take_back(node, (name,), values[(name,)]):
                self._doomed.add(place)
            return
        last = {part.key: number for number, part in enumerate(node.parts)}
        doomed = {
            last[path[1]] for path in paths if path[1] in last and self._take_back(node.parts[last[path[1]]].value, path, values[path])
        }
        if doomed and len(doomed) == len(node.parts) and self._is_to_go((name,)):
            self._doomed.add(place)
        else:
            self._splices += self._cut(node, doomed)

    def _take_back(self, node: Node, path: Path, value: object) -> bool:
        """Put back what we replaced, unless somebody has changed it since; say whether the value has to go instead."""
        if value_of(self._text, node) != value:
            return False
        before = self._trace.replaced.get(path) if self._trace else None
        if before is None:
            return True
        self._splices.append(Splice(node.start, node.end, before))
        return False


def _our_values(text: str, root: Node) -> dict[Path, object]:
    """Return the single values that look like ours."""
    found: dict[Path, object] = {}
    line, env = root.get(STATUS_LINE), root.get(ENV)
    if line and any(map(is_our_command, texts(text, line.get("command")))):
        found[(STATUS_LINE,)] = value_of(text, line)
    addresses = [url for url in texts(text, env.get(ADDRESS)) if is_our_address(url)] if env else []
    if addresses:
        found |= {(ENV, name): value for name, value in {ADDRESS: addresses[0], **COMPANIONS}.items()}
    return found


def stands(text: str, wanted: Wanted) -> bool:
    """Say whether exactly what is wanted stands in ``text``, each once and wherever it may be, and nothing else of ours."""
    root = parse_spans(text) if text.strip(_SPACE) else Node("object", 0, 0)
    expected = sorted(
        _entry(event, group, handler) for event, groups in wanted.hooks.items() for group in groups for handler in group[HOOKS]
    )
    if sorted(_our_entries(text, root)) != expected:
        return False
    for path, value in wanted.values.items():
        node = root.get(path[0])
        node = node.get(path[1]) if node and len(path) > 1 else node
        if node is None or value_of(text, node) != value:
            return False
    return _KNOWN_BY_TEXT & _our_values(text, root).keys() <= wanted.values.keys()


def has_ours(text: str) -> bool:
    """Say whether anything of ours stands in ``text``."""
    return not stands(text, Wanted())


def _our_entries(text: str, root: Node) -> Iterator[str]:
    events = (event for hooks in root.of(HOOKS) if hooks.value.kind == "object" for event in hooks.value.parts)
    for event in events:
        for part in event.value.parts if event.value.kind == "array" else ():
            for handler in _handlers(part.value).parts:
                if is_our_handler(text, handler.value):
                    group = {other.key: value_of(text, other.value) for other in part.value.parts if other.key != HOOKS}
                    yield _entry(str(event.key), group, value_of(text, handler.value))


def _handlers(group: Node) -> Node:
    found = group.get(HOOKS)
    return found if found and found.kind == "array" else Node("array", 0, 0)


def _entry(event: str, group: Mapping[Any, Any], handler: object) -> str:
    rest = {key: value for key, value in group.items() if key != HOOKS}
    return json.dumps([event, rest, handler], sort_keys=True)
