"""Who waits for whom. PURE: needs -> an order, a cycle, a drawing. Its one law: the work grows with the edges, not with the paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Needs = Mapping[str, Sequence[str]]
"""Each step with those that it needs; all of them are keys."""


def order(needs: Needs) -> list[str]:
    """Return the steps so that each stands behind what it needs, else as in ``needs``; those on a cycle, or behind one, are left out."""
    waiting = {name: len(set(needed)) for name, needed in needs.items()}
    behind: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for each in set(needed):
            behind[each].append(name)
    ready = [name for name, count in waiting.items() if count == 0]
    for name in ready:  # it grows while it is read
        for after in behind[name]:
            waiting[after] -= 1
            if waiting[after] == 0:
                ready.append(after)
    return ready


def find_cycle(needs: Needs) -> list[str]:
    """Return steps each of which needs the next one, and the last one the first; nothing when there are none."""
    done = set(order(needs))
    name = next((each for each in needs if each not in done), None)
    path: list[str] = []
    while name is not None and name not in path:
        path.append(name)
        name = next(each for each in needs[name] if each not in done)
    return path[path.index(name) :] if name is not None else []


def ancestors(needs: Needs, name: str) -> set[str]:
    """Return everything that ``name`` needs, directly or through others."""
    found: set[str] = set()
    left = list(needs[name])
    while left:
        each = left.pop()
        if each not in found:
            found.add(each)
            left.extend(needs[each])
    return found


def draw(needs: Needs, labels: Mapping[str, str]) -> list[str]:
    """Draw an acyclic graph from top to bottom: each step is a ●, and a line leads to it from each step that it needs.

    A line that another one passes by unconnected is not interrupted: in ``├─│─●`` the middle one has nothing to do with the rest.
    """
    rows = order(needs)
    last_use = {name: after for after in rows for name in (after, *needs[after])}
    lanes: list[str | None] = []
    drawn: list[tuple[str, str]] = []
    for name in rows:
        drawn.append((_between(lanes), ""))
        joined = {lane for lane, owner in enumerate(lanes) if owner in needs[name]}
        ending = {lane for lane in joined if last_use[lanes[lane] or ""] == name}
        own = _own_lane(lanes, ending)
        drawn.append((_row(lanes, joined, ending, own), labels[name]))
        lanes = [None if lane in ending else owner for lane, owner in enumerate(lanes)]
        lanes[own] = name if last_use[name] != name else None
    width = max((len(line.rstrip()) for line, _ in drawn), default=0)
    return [f"{line.rstrip():{width}}  {label}".rstrip() for line, label in drawn[1:]]


def _between(lanes: list[str | None]) -> str:
    return "".join("│ " if owner else "  " for owner in lanes)


def _own_lane(lanes: list[str | None], ending: set[int]) -> int:
    """Choose where a step stands: below one of those that it needs, else in a lane of its own to the right."""
    if ending:
        return min(ending)
    while lanes and lanes[-1] is None:
        lanes.pop()
    lanes.append(None)
    return len(lanes) - 1


def _row(lanes: list[str | None], joined: set[int], ending: set[int], own: int) -> str:
    touched = joined | {own}
    left, right = min(touched), max(touched)
    cells = []
    for lane, owner in enumerate(lanes):
        if lane == own:
            mark = "●"
        elif lane in joined:
            mark = _corner(is_left=lane == left, is_right=lane == right, is_ending=lane in ending)
        else:
            mark = "│" if owner else "─" if left < lane < right else " "
        cells.append(mark + ("─" if left <= lane < right else " "))
    return "".join(cells)


def _corner(*, is_left: bool, is_right: bool, is_ending: bool) -> str:
    if is_left:  # a line that ends here and is the leftmost one is where the step stands
        return "├"
    going, ending = ("┤", "┘") if is_right else ("┼", "┴")
    return ending if is_ending else going
