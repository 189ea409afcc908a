"""Captured streams, judged after the fact as the monitor would have judged them. PURE: bytes -> a report.

Its one law is the monitor's: the stream says whether an input was cut, its text only whether it is malformed.
"""

from finestream.capture.forms import Form
from finestream.capture.report import Report, check
from finestream.capture.verdict import Mending, State, Verdict

__all__ = ["Form", "Mending", "Report", "State", "Verdict", "check"]
