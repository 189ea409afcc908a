"""What is wrong with the text of an input that did not parse, and where. PURE.

Its one law: what broke off is told from what is wrong. A text that ends inside something open was cut, whatever else is wrong with it;
nothing of it is ever closed. What can only be written wrong inside a string, and what is simply too much, are put right on the way;
anything else ends the reading.
"""

import re

MOST = 1000  # edits that are told of, and one more; whoever wrote more of them wrote no JSON
LITERALS = ("true", "false", "null")
_DEPTH = 200
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_SPACE = re.compile(r"[ \t\r\n]*")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_UNFINISHED = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_SCALAR = re.compile(r'[^\s,:"{}\[\]]+')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBER_SO_FAR = re.compile(r"-?(?:0|[1-9][0-9]*)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?")
_CONTROLS = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


class Edit:
    """One thing to put right: what stands between ``start`` and ``end`` becomes ``text``."""

    __slots__ = ("end", "path", "rule", "start", "text")

    def __init__(self, rule: str, start: int, end: int, *, text: str, path: str) -> None:
        self.rule, self.start, self.end, self.text, self.path = rule, start, end, text, path


class Damage:
    """What was found.

    ``edits``: the first of them; where they are more than ``MOST``, not all.
    ``kind``: ``cut``, ``malformed`` (it goes no further from ``offset``), ``whole`` (nothing but the ``edits`` is wrong) or ``empty``.
    ``opened``: where the string begins that the text ends in, or None. ``strings``: spans of all strings, between their quotes,
    ``names``: those of them that name a member.
    ``members``: spans of the values of the object's own members. ``containers``: how many objects and lists began.
    """

    def __init__(self) -> None:
        self.kind = "empty"
        self.reason = ""
        self.offset = 0
        self.path = "$"
        self.opened: int | None = None
        self.edits: list[Edit] = []
        self.strings: list[tuple[int, int]] = []
        self.members: dict[str, tuple[int, int]] = {}
        self.names: list[tuple[int, int]] = []
        self.containers = 0


class _Stop(Exception):
    """The reading is over: a turn of it, no error."""

    def __init__(self, kind: str, offset: int, reason: str = "") -> None:
        super().__init__(reason)
        self.kind, self.offset, self.reason = kind, offset, reason


def examine(text: str) -> Damage:
    """Read ``text`` as far as it goes."""
    reading = _Reading(text)
    found = reading.found
    try:
        reading.read()
    except _Stop as stop:
        found.kind, found.offset, found.reason = stop.kind, stop.offset, stop.reason
    found.path = reading.path()
    return found


class _Reading:
    """A walk over the text. A frame of the stack is the name or the index of where in its container it stands."""

    def __init__(self, text: str) -> None:
        self.found = Damage()
        self._text = text
        self._at = 0
        self._stack: list[str | int] = []

    def path(self) -> str:
        """Return where the walk stands."""
        return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self._stack if step != "")

    def read(self) -> None:
        """Read the object, and what stands behind it."""
        head = self._head()
        if head == "":
            raise _Stop("empty", 0, "there is no text")
        if head != "{":
            raise _Stop("malformed", self._at, "an input is an object, and this does not begin as one")
        self._containers()
        self._behind()

    def _containers(self) -> None:
        """Read values until the outermost object is closed."""
        while True:
            self._value()
            while self._close():
                if not self._stack:
                    return
            self._next()

    def _value(self) -> None:
        """Read a value, or the beginnings of containers up to the first value in them."""
        while True:
            head = self._head()
            self._begin_member()
            if head not in ("{", "["):
                break
            self._at += 1
            self.found.containers += 1
            self._stack.append("" if head == "{" else 0)
            if len(self._stack) > _DEPTH:
                raise _Stop("malformed", self._at, "it is nested too deeply")
            if self._head() in ("}", "]"):
                return
            self._name()
        self._string() if head == '"' else self._scalar()
        self._end_member()

    def _begin_member(self) -> None:
        if len(self._stack) == 1:
            self.found.members[str(self._stack[0])] = (self._at, self._at)

    def _end_member(self) -> None:
        if len(self._stack) == 1:
            name = str(self._stack[0])
            self.found.members[name] = (self.found.members[name][0], self._at)

    def _close(self) -> bool:
        """Close a container, where its bracket stands here, a comma too many before it or not."""
        if self._head() == ",":
            comma = self._at
            self._at += 1
            if self._head() not in ("}", "]"):
                self._at = comma
                return False
            self._edit("dropped_trailing_comma", comma, comma + 1, "")
        head = self._head()
        if head not in ("}", "]"):
            return False
        wanted = "}" if isinstance(self._stack[-1], str) else "]"
        if head != wanted:
            raise _Stop("malformed", self._at, f"a {wanted} should stand here, not a {head}")
        self._at += 1
        self._stack.pop()
        self._end_member()
        return True

    def _next(self) -> None:
        """Go on to the next member or item."""
        if self._head() != ",":
            raise self._missing("a comma or a closing bracket should stand here")
        self._at += 1
        step = self._stack[-1]
        if isinstance(step, int):
            self._stack[-1] = step + 1
        else:
            self._stack[-1] = ""
            self._name()

    def _name(self) -> None:
        """Read the name of a member and the colon behind it, where this is an object."""
        if isinstance(self._stack[-1], int):
            return
        if self._head() != '"':
            raise self._missing("a name in double quotes should stand here")
        start = self._at + 1
        self._string()
        self.found.names.append((start, self._at - 1))
        self._stack[-1] = self._text[start : self._at - 1]
        if self._head() != ":":
            raise self._missing("a colon should stand here")
        self._at += 1
        self._head()

    def _string(self) -> None:
        start = self.found.opened = self._at
        self._at += 1
        while True:
            match = _PLAIN.match(self._text, self._at)
            self._at = match.end() if match else self._at
            head = self._text[self._at : self._at + 1]
            if head == '"':
                break
            if head == "" or (head == "\\" and _UNFINISHED.match(self._text, self._at)):
                raise _Stop("cut", self._at)
            self._special(head)
        self.found.strings.append((start + 1, self._at))
        self.found.opened = None
        self._at += 1

    def _special(self, head: str) -> None:
        """Pass over an escape; put right what is none, and what should be one."""
        match = _ESCAPE.match(self._text, self._at)
        if match:
            self._at = match.end()
        elif head == "\\":
            self._edit("doubled_backslash", self._at, self._at, "\\")
            self._at += 1
        else:
            escape = _CONTROLS.get(head) or f"\\u{ord(head):04x}"
            self._edit("escaped_control_character", self._at, self._at + 1, escape)
            self._at += 1

    def _edit(self, rule: str, start: int, end: int, text: str) -> None:
        if len(self.found.edits) <= MOST:  # each has a path, which may be long
            self.found.edits.append(Edit(rule, start, end, text=text, path=self.path()))

    def _scalar(self) -> None:
        match = _SCALAR.match(self._text, self._at)
        if not match:
            raise self._missing("a value should stand here")
        word = match.group()
        if match.end() == len(self._text) and (_NUMBER_SO_FAR.fullmatch(word) or any(literal.startswith(word) for literal in LITERALS)):
            raise _Stop("cut", match.end())
        if word not in LITERALS and not _NUMBER.fullmatch(word):
            raise _Stop("malformed", self._at, f"{word[:40]} is no JSON value")
        self._at = match.end()

    def _behind(self) -> None:
        """Nothing may stand behind the object; a bracket that does is too many, unless it is one of several and another one is."""
        self._head()
        rest = self._text[self._at :]
        if rest.strip(" \t\r\n}"):
            raise _Stop("malformed", self._at, "more text stands behind the complete object")
        if rest and self.found.containers > 1:
            raise _Stop("malformed", self._at, "there is one closing bracket too many, and it may be another one than the last")
        if rest:
            self._edit("dropped_trailing_text", self._at, len(self._text), "")
        raise _Stop("whole", len(self._text))

    def _head(self) -> str:
        """Pass over white space; return the character that follows, or nothing at the end."""
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._text[self._at : self._at + 1]

    def _missing(self, reason: str) -> _Stop:
        """Say what should stand here; where nothing stands at all, the text was cut."""
        return _Stop("malformed", self._at, reason) if self._head() else _Stop("cut", self._at)
