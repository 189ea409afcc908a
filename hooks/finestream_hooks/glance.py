"""What streams now, or what became of it, in one line for the status line of Claude Code. PURE.

Its one law: it is one line that fits, and nothing in it commands a terminal. It is cut in the middle of the target, never in a figure.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from finestream_hooks.outcome import Call

    View = Mapping[str, object]

NAME = "finestream: "
_TROUBLE = ("continuing", "correcting", "stalled")  # the worst first
_ACTIONS = {"retry": "asking again", "fallback": "last attempt", "surface": "giving up", "finished": "finishing"}
_NARROW, _SHORTEST = 20, 12  # columns; characters of a target
_MORE = "…"
_WIDE = "\u1100"  # from here on most characters take two columns, and the others lose nothing but room


def streaming(views: "Sequence[View]", session: "str | None", width: int, project: str = "") -> "str | None":
    """Tell what a session streams, or all where none is named; None: nothing that is worth a line.

    Args:
        views: As the gateway tells them, the oldest first.
        width: In columns.
        project: Its folder; what lies in it is called by the rest of its path.
    """
    own = [view for view in views if session is None or view.get("session_id") == session]
    shown = sorted((view for view in own if _text(view, "tool") or view.get("state") == "continuing"), key=_rank)
    if not shown:
        return None
    view, more = shown[0], len(shown) - 1
    figures = [figure for figure in (*_figures(view), _standing(view)) if figure]
    before = _text(view, "agent") + ": " if _text(view, "agent") not in ("", "main") else ""
    behind = "".join("  " + figure for figure in figures) + ("  +%d" % more if more else "")
    return _fitted(before + (_text(view, "tool") or "the answer"), nearer(_text(view, "target"), project), behind, width)


def ended(call: "Call", ago: str, width: int, project: str = "") -> str:
    """Tell what became of the last call that something became of."""
    return _fitted("%s %s" % (call.said, call.tool), nearer(call.target, project), call.tries + ago, width)


def nearer(target: str, project: str) -> str:
    """Call a file of the project by the rest of its path."""
    return target[len(project) + 1 :] if project and target.startswith(project + "/") else target


def _rank(view: "View") -> int:
    state = view.get("state")
    return _TROUBLE.index(str(state)) if state in _TROUBLE else len(_TROUBLE)


def _figures(view: "View") -> "tuple[str, ...]":
    size, lines, rate = (_number(view, name) for name in ("bytes", "lines", "rate"))
    return (
        "" if size is None else sized(size),
        f"{lines:,} line{'s' * (lines != 1)}" if lines else "",
        sized(rate) + "/s" if rate and view.get("state") == "streaming" else "",
    )


def _standing(view: "View") -> str:
    state = _text(view, "state")
    if state == "continuing":
        doing = _ACTIONS.get(_text(view, "action"), state)
        attempt, attempts = (_number(view, name) for name in ("attempt", "attempts"))
        return "%s %d of %d" % (doing, attempt, attempts) if attempt and attempts else doing
    if state == "stalled":
        return "stalled for %d s" % (_number(view, "quiet") or 0)
    return "" if state == "streaming" else state


def sized(size: float) -> str:
    """Spell a number of bytes, as finestream does everywhere: a KB is 1,024 of them."""
    if size < 2**10:
        return "%d B" % size
    return "%.1f KB" % (size / 2**10) if size < 2**20 else "%.1f MB" % (size / 2**20)


def _fitted(before: str, target: str, behind: str, width: int) -> str:
    before, target, behind = (plain(text) for text in (NAME + before, target, behind))
    room = max(width, _NARROW) - columns(before) - columns(behind) - 1
    if target and columns(target) > room:
        target = _end(target, room) if room >= _SHORTEST else ""
    return _start(before + " " * bool(target) + target + behind, max(width, _NARROW))


def plain(text: str) -> str:
    """Return a text without anything that a terminal obeys, or that makes it look like another."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def columns(text: str) -> int:
    """Return how many columns a text takes at most."""
    return len(text) if text.isascii() else sum(1 + (char >= _WIDE and char != _MORE) for char in text)


def _end(text: str, room: int) -> str:
    """Of a path the end tells more than its beginning."""
    text = text[-room:]  # a character takes a column at least; whatever is long must not be measured again and again
    while text and columns(text) > room - 1:
        text = text[max(1, (columns(text) - room) // 2) :]
    return _MORE + text


def _start(text: str, room: int) -> str:
    if columns(text) <= room:
        return text
    text = text[:room]
    while text and columns(text) > room - 1:
        text = text[:-1]
    return text + _MORE


def _text(view: "View", name: str) -> str:
    value = view.get(name)
    return value if isinstance(value, str) else ""


def _number(view: "View", name: str) -> "float | None":
    value = view.get(name)
    return value if type(value) in (int, float) and 0 <= value < 10**15 else None  # type: ignore[operator, return-value] # it is a number
