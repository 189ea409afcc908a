"""Repair. PURE: broken text (+ schema) -> corrected text and what was changed, or a refusal. Its one law: exactly one reading.

What parses is touched only where the schema forbids it and one correction validates. What does not parse is read with the rules that
cannot change content; then with one guess at a time about what kind of damage there is; and accepted only where every reading that works,
keeps every character of content and satisfies the schema comes to one value. Everything else is refused, with a reason.
"""

from __future__ import annotations

from finestream.repair.outcome import Change, Intact, Refused, Repaired
from finestream.repair.readings import repair

__all__ = ["Change", "Intact", "Refused", "Repaired", "repair"]
