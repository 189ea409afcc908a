"""A plan as a unified diff. PURE. Its one law: applied to what is there, it gives what would be there; what is private is only named."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

_NO_NEWLINE = "\n\\ No newline at end of file\n"


def difference(name: str, before: bytes | None, after: bytes | None, *, is_private: bool = False) -> str:
    """Return what happens to one file."""
    old, new = ("/dev/null" if data is None else f"{side}/{name}" for side, data in (("a", before), ("b", after)))
    if is_private:
        return f"Files {old} and {new} differ (private, not shown)\n"
    lines = difflib.unified_diff(_lines(before), _lines(after), old, new)
    return _header(name, before, after) + "".join(line if line.endswith("\n") else line + _NO_NEWLINE for line in lines)


def _header(name: str, before: bytes | None, after: bytes | None) -> str:
    """Return what a diff needs besides to make or remove a file, even an empty one."""
    kind = "new file mode 100644\n" if before is None else "deleted file mode 100644\n" if after is None else ""
    return f"diff --git a/{name} b/{name}\n{kind}"


def _lines(data: bytes | None) -> list[str]:
    """Split at line feeds alone: a carriage return belongs to its line."""
    text = (data or b"").decode("utf-8", "replace")
    return list(_kept(text.split("\n")))


def _kept(parts: Iterable[str]) -> Iterator[str]:
    *lines, last = parts
    yield from (line + "\n" for line in lines)
    if last:
        yield last
