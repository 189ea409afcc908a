"""The streaming monitor: watches one response, decides what to send on, what to mend and what to ask for again. PURE."""

from finestream.monitor.decisions import Abort, Decision, End, Forward, Note, Resend
from finestream.monitor.live import Live, changes
from finestream.monitor.machine import Monitor
from finestream.monitor.request import Request
from finestream.monitor.response import response_row
from finestream.monitor.state import Phase

__all__ = ["Abort", "Decision", "End", "Forward", "Live", "Monitor", "Note", "Phase", "Request", "Resend", "changes", "response_row"]
