"""Numbers and the literals true, false, null. PURE. Its one law: they end where a byte that cannot belong to them has been seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from finestream.scanner.machine import AFTER, Machine, done, fail

_SIGN, _ZERO, _WHOLE, _POINT, _FRACTION, _E, _E_SIGN, _POWER = range(8)
_DIGITS: Final = b"0123456789"
_DELIMITERS: Final = frozenset(b" \t\n\r,]}")
_NOWHERE: Final = 255


def _row(*targets: tuple[bytes, int]) -> dict[int, int]:
    return {byte: target for allowed, target in targets for byte in allowed}


# What each byte of a number leads to; the rows of the literals follow behind.
_ROWS = [
    _row((b"0", _ZERO), (b"123456789", _WHOLE)),
    _row((b".", _POINT), (b"eE", _E)),
    _row((_DIGITS, _WHOLE), (b".", _POINT), (b"eE", _E)),
    _row((_DIGITS, _FRACTION)),
    _row((_DIGITS, _FRACTION), (b"eE", _E)),
    _row((b"+-", _E_SIGN), (_DIGITS, _POWER)),
    _row((_DIGITS, _POWER)),
    _row((_DIGITS, _POWER)),
]
_FULL = {_ZERO, _WHOLE, _FRACTION, _POWER}
_FIRST = _row((b"-", _SIGN), (b"0", _ZERO), (b"123456789", _WHOLE))
for _word in (b"true", b"false", b"null"):
    _FIRST[_word[0]] = len(_ROWS)
    for _byte in _word[1:]:
        _ROWS.append({_byte: len(_ROWS) + 1})
    _FULL.add(len(_ROWS))
    _ROWS.append({})
_TABLE = tuple(bytes(row.get(byte, _NOWHERE) for byte in range(256)) for row in _ROWS)

FIRST: Final[Mapping[int, int]] = _FIRST
"""First byte of a number or literal -> the row where it stands behind that byte."""


def is_number(row: int) -> bool:
    """Whether ``row`` belongs to the numbers."""
    return row <= _POWER


def in_scalar(machine: Machine, data: bytes, pos: int) -> int:
    """Take bytes of a number or literal; the byte behind its end is looked at and left."""
    row = machine._scalar
    for at in range(pos, len(data)):
        following = _TABLE[row][data[at]]
        if following == _NOWHERE:
            break
        row = following
    else:
        machine._scalar = row
        return len(data)
    if row not in _FULL or data[at] not in _DELIMITERS:
        return fail(machine, data, at, "bad-number" if is_number(row) else "bad-literal")
    if machine._quiet:
        machine._state = AFTER
    else:
        done(machine, machine._base + at)
    return at
