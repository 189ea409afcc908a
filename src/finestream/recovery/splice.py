"""Joins the answer to a continuation onto what was kept. PURE.

The answer is a tool input of its own. Because it mirrors the trail of what was kept (the same open containers, possibly with complete parts
repeated), everything in its text behind the seam closes exactly what is open in kept: the join is ``kept + glue + answer[offset:]``, in
the model's own spelling. What stands before the seam has to agree with what was kept, value for value; otherwise there is no join.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from finestream.recovery.items import Anchor, item_anchor, item_seam
from finestream.recovery.mark import marked_seam, tail_of
from finestream.recovery.opening import Level, Plan, Trail, closers, trail
from finestream.recovery.parts import DECODER, Part, parts, raw_length, skip_space
from finestream.recovery.request import is_wrapped
from finestream.recovery.seam import Doubt, Pending, Refusal, anchor, borders, seam

_NOTHING = object()  # equals no value


class Join(NamedTuple):
    """Where the new text starts in the answer, in characters, and what has to stand before it (a comma or nothing)."""

    offset: int
    glue: str


class _Answer(NamedTuple):
    before: str  # what it answers, up to the open string
    end: str | Anchor | None  # what it has to begin with, in an open string or behind items: the anchor of what it answers, or a mark
    is_marked: bool
    text: str  # closed, so that it parses
    size: int  # how much of it has really arrived
    complete: bool
    known: list[dict[str | None, Any]]  # the complete members of each open container, so that no answer makes the search for one slow
    is_told_again: bool = False  # it has repeated a member that was complete, so it is no bare one

    def arrived(self, end: int) -> bool:
        return self.complete or end <= self.size


def splice(plan: Plan, answer: str, *, complete: bool) -> Join:
    """Find the seam. ``answer`` is a JSON text, or, when not ``complete``, a prefix of one that ends at a checkpoint.

    Raises: Refusal: the answer does not continue what was kept, or not without doubt. Pending: more of the answer is needed.
    """
    if is_wrapped(answer):
        raise Refusal("the answer wraps the input as it was shown to the model")
    if not plan.kept:
        return Join(0, "")
    if not answer:
        raise Refusal("the answer is empty") if complete else Pending
    text = answer if complete else answer + closers(answer)
    try:
        path = trail(plan.kept)
        before, end = _anchor(plan, path)
        known = [{part.key: part.value for part in level.done} for level in path.levels]
        join = _enter(path, 0, _Answer(before, end, bool(plan.mark), text, len(answer), complete, known), skip_space(text, 0))
    except RecursionError as error:
        raise Refusal("the answer is nested too deeply") from error
    except (ValueError, IndexError) as error:
        raise Refusal("the answer is no JSON") from error
    if plan.mark and plan.mark in answer[join.offset :]:
        raise Refusal("the answer holds the mark behind the seam, too")
    return join


def _anchor(plan: Plan, path: Trail) -> tuple[str, str | Anchor | None]:
    """What the answer has to begin with, found once for all the places of the answer that may go on, and what stands before the string."""
    level, kept = path.levels[-1], plan.kept
    if path.leaf is not None and level.child:
        before = kept[: level.child.value_at]
        return before, plan.mark + tail_of(path.leaf) if plan.mark else anchor(path.leaf, before)
    if plan.mark:
        return kept, Anchor(1, f'"{plan.mark}"')
    return kept, None if level.is_object else item_anchor(kept, level.done)


def _enter(path: Trail, depth: int, answer: _Answer, at: int) -> Join:
    if depth == len(path.levels):
        return _in_string(path.leaf or "", answer, at)
    level = path.levels[depth]
    if answer.text[at] != ("{" if level.is_object else "["):
        raise Refusal("the answer has another shape than what had arrived")
    if level.is_object:
        return _in_object(path, depth, answer, at) if level.child else _behind_member(answer.known[depth], answer, at)
    return _in_list(path, depth, answer, at) if level.child else _behind_item(level, answer, at)


def _in_string(kept: str, answer: _Answer, at: int) -> Join:
    if answer.text[at] != '"':
        raise Refusal("the answer has another kind of value where the string was cut")
    value, end = DECODER.raw_decode(answer.text, at)
    wanted, is_there = answer.end if isinstance(answer.end, str) else None, answer.arrived(end)
    if answer.is_marked and wanted:
        length = marked_seam(wanted, value, complete=is_there)
    else:
        length = seam(kept, wanted, value, before=answer.before, complete=is_there, is_told_again=answer.is_told_again)
    return Join(at + 1 + raw_length(answer.text[at + 1 : end - 1], length), "")


def _in_object(path: Trail, depth: int, answer: _Answer, at: int) -> Join:
    level = path.levels[depth]
    for part in parts(answer.text, at):
        if level.child and part.key == level.child.key:
            return _enter(path, depth + 1, answer, part.value_at)
        _check_repeated(answer.known[depth], part, answer)
        answer = answer._replace(is_told_again=True)
    raise _missing(answer, at, "the answer lacks the member that was cut")


def _check_repeated(known: dict[str | None, Any], part: Part, answer: _Answer) -> None:
    if part.key not in known:
        raise Refusal(f"the answer brings {part.key!r} before the member that was cut")
    if not answer.arrived(part.end):
        raise Pending
    if part.value != known[part.key]:
        raise Refusal(f"the answer changes {part.key!r}, which had arrived")


def _missing(answer: _Answer, at: int, reason: str) -> Exception:
    end = DECODER.raw_decode(answer.text, at)[1]
    return Refusal(reason) if answer.arrived(end) else Pending()


def _behind_member(known: dict[str | None, Any], answer: _Answer, at: int) -> Join:
    """All that arrived of this object is complete: repeated members first, then the new ones. Keys are unique, so no anchor is needed."""
    behind: int | None = None
    for part in parts(answer.text, at):
        if part.key not in known:
            return Join(behind, "") if behind is not None else Join(part.start, ", ")
        _check_repeated(known, part, answer)
        behind = part.end
    end = DECODER.raw_decode(answer.text, at)[1]
    if not answer.arrived(end):
        raise Pending
    return Join(end - 1 if behind is None else behind, "")


def _behind_item(level: Level, answer: _Answer, at: int) -> Join:
    items = [part for part in parts(answer.text, at) if answer.arrived(part.end)]
    closed = answer.arrived(DECODER.raw_decode(answer.text, at)[1])
    count = item_seam(
        [part.value for part in level.done],
        answer.end if isinstance(answer.end, Anchor) else None,
        [part.value for part in items],
        complete=closed,
        is_told_again=answer.is_told_again and not answer.is_marked,
    )
    return Join(items[count - 1].end, "")


def _in_list(path: Trail, depth: int, answer: _Answer, at: int) -> Join:
    """An item of this list was cut: some item of the answer goes on with it, and those before it repeat the last complete ones."""
    done = [part.value for part in path.levels[depth].done]
    items = list(parts(answer.text, at))
    values = [part.value for part in items]
    found = [_try(path, depth + 1, answer, items[count].value_at) for count in _starts(values[:-1], done) if items]
    is_open = not answer.arrived(DECODER.raw_decode(answer.text, at)[1])
    return _the_one(found, is_open=is_open and _may_go_on_later(values, done))


def _starts(items: list[Any], done: list[Any]) -> list[int]:
    """How many of ``items`` may repeat the last of ``done``, and none of them always may: the shortest first."""
    most = min(len(items), len(done))
    found = borders([*items[:most], _NOTHING, *done[len(done) - most :]])
    starts = []
    size = found[-1]
    while size:
        starts.append(size)
        size = found[size - 1]
    return [0, *reversed(starts)]


def _the_one(found: list[Join | Refusal | Pending], *, is_open: bool) -> Join:
    """The only join among these candidates; ``is_open``: a better one may still come."""
    joins = [result for result in found if isinstance(result, Join)]
    if len(joins) > 1:
        raise Doubt("more than one item of the answer could go on with the one that was cut")
    if is_open or any(isinstance(result, Pending) for result in found):
        raise Pending
    if not joins:
        raise next((result for result in reversed(found) if isinstance(result, Refusal)), Refusal("the answer lacks the item that was cut"))
    return joins[0]


def _try(path: Trail, depth: int, answer: _Answer, at: int) -> Join | Refusal | Pending:
    try:
        return _enter(path, depth, answer, at)
    except Doubt:  # no other candidate makes this one less likely
        raise
    except (Refusal, Pending) as error:
        return error


def _may_go_on_later(items: list[Any], done: list[Any]) -> bool:
    """Whether all items of the answer so far may only repeat what had arrived, so that one still to come goes on."""
    if not items:
        return True
    *whole, last = items
    size = len(whole)
    found = borders([*whole, _NOTHING, *done])
    return any(found[size + at] == size and _may_become(last, done[at]) for at in range(size, len(done)))


def _may_become(part: Any, whole: Any) -> bool:
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(_may_become, part, whole))
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _may_become(value, whole[key]) for key, value in part.items())
    return bool(part == whole)
