"""Points in time as the journal writes them. PURE: text -> seconds since 1970. Its one law: what is no time is None, never a guess.

Nor is one that no journal can have, and that the calendar of some clock has no more or not yet, once a zone is added.
"""

from __future__ import annotations

import re

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|([+-])(\d\d):?(\d\d))", re.ASCII)
_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)  # days of a common year


def parse_moment(text: object) -> float | None:
    """Read a timestamp of ISO 8601 that says its zone."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) < 9999:
        return None
    hours, minutes, seconds = int(match[4]), int(match[5]), int(match[6])
    offset = (3600 * int(match[9]) + 60 * int(match[10])) * (-1 if match[8] == "-" else 1) if match[8] else 0
    days = _days(int(match[1]), int(match[2]), int(match[3]))
    return days * 86400 + hours * 3600 + minutes * 60 + seconds + float(match[7] or 0) - offset


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01."""
    is_late = month > 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    before = year - 1
    return 365 * (year - 1970) + before // 4 - before // 100 + before // 400 - 477 + _BEFORE_MONTH[month - 1] + day - 1 + is_late
