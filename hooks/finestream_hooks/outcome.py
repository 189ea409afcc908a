"""The last thing that was mended or lost, for the status line. PURE. Its one law: it says nothing that no record says."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Record = Mapping[str, object]

NOTHING = "nothing to mend"
_SAID = {
    "continued": "continued",
    "corrected": "corrected",
    "surfaced": "could not mend",
    "cut": "lost",
    "blind": "did not watch",
    "refused": "refused by the client:",
    "recovering": "mending",
}
_MENDED = ("continued", "corrected")
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


class Call:
    """What records say of one tool call. ``moment``: the last of them, as the journal writes it."""

    def __init__(self) -> None:
        self.tool = ""
        self.target = ""
        self.attempts = 0
        self.moment = ""
        self._input = ""
        self._has_run = False
        self._is_refused = False
        self._is_recovering = False

    def add(self, record: "Record") -> None:
        """Take one record in."""
        for name in ("tool", "target"):
            if not getattr(self, name):
                setattr(self, name, _text(record.get(name)))
        self.moment = max(self.moment, _text(record.get("timestamp")))
        fold = _FOLDS.get(_text(record.get("event")))
        if fold:
            fold(self, record)
        elif record.get("error"):
            self._is_refused = True

    @property
    def said(self) -> "str | None":
        """Say what became of it; None: nothing that is worth telling."""
        if self._input in _MENDED:
            return _SAID[self._input]
        if self._has_run:
            return None
        if self._is_refused:
            return _SAID["refused"]
        return _SAID.get(self._input or ("recovering" if self._is_recovering else ""))

    @property
    def tries(self) -> str:
        """Say how many attempts it took."""
        is_ours = self.attempts > 0 and (self._input in _MENDED or not self._is_refused)
        return " (%d attempt%s)" % (self.attempts, "s" * (self.attempts > 1)) if is_ours else ""

    def end_input(self, record: "Record") -> None:
        """Its input has ended."""
        self._input = _text(record.get("outcome"))
        self._is_recovering = False
        self.count(record, "attempts")

    def count(self, record: "Record", name: str) -> None:
        """Note how many attempts there were; in what a hook writes that is the number of the model's own."""
        number = record.get(name)
        if type(number) is int and record.get("source") != "hook":
            self.attempts = max(self.attempts, number)

    def cut(self, record: "Record") -> None:
        """Its input broke off."""
        self._is_recovering = True
        self.count(record, "attempt")

    def settle(self, record: "Record") -> None:
        """What was tried for it has come out, or it was corrected."""
        self._is_recovering = False
        self.count(record, "attempt")

    def run(self, record: "Record") -> None:
        """It has run, or its tool has turned it down, which is between the two."""
        self._has_run = True

    def refuse(self, record: "Record") -> None:
        """The client could not make a call of its input."""
        self._is_refused = True


_FOLDS: "dict[str, Callable[[Call, Record], None]]" = {
    "tool_input": Call.end_input,
    "cut": Call.cut,
    "recovery": Call.settle,
    "retry": Call.settle,
    "correction": Call.settle,
    "tool_ended": Call.run,
    "input_rejected": Call.refuse,
}


def latest(records: "Iterable[Record]", session: "str | None") -> "Call | None":
    """Return the last call of a session that has something to tell, or of all sessions where none is named."""
    calls: dict[tuple[object, str], Call] = {}
    for record in records:
        call, owner = record.get("tool_use_id"), record.get("session_id")
        if isinstance(call, str) and call and (session is None or owner in (None, session)):
            # A simulated API gives an id again, to another session.
            calls.setdefault((owner if session is None and isinstance(owner, str) else session, call), Call()).add(record)
    return max((call for call in calls.values() if call.said), key=_moment, default=None)


def _moment(call: Call) -> str:
    return call.moment


def ago(moment: str, now: float) -> str:
    """Say how long ago a moment was; nothing where it is none. ``now``: seconds since 1970."""
    began = seconds_of(moment)
    if began is None:
        return ""
    seconds = max(0, int(now - began))
    for unit, name in _UNITS:
        if seconds >= unit:
            return " %d %s ago" % (seconds // unit, name)
    return " %d s ago" % seconds


def seconds_of(moment: str) -> "float | None":
    """Return the seconds since 1970 of a timestamp of the journal, None where it is none."""
    try:
        year, month, day = (int(moment[start:end]) for start, end in ((0, 4), (5, 7), (8, 10)))
        hour, minute, second = (float(moment[start:end]) for start, end in ((11, 13), (14, 16), (17, 23)))
    except ValueError:
        return None
    if not 0 <= second < 61:  # for Python "nan" and "inf" are numbers
        return None
    # Days of the civil calendar, with a year that begins in March, so that the day which may be there is the last.
    shifted = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + of_year - 719468
    return days * 86400 + hour * 3600 + minute * 60 + second


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
