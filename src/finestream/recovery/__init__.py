"""A cut tool input: what to ask the model for, and how its answer is joined to what was kept. PURE.

plan(kept)             -> Plan       what is kept and how the continuation has to begin      (opening)
continuation(body, …)  -> request    the original request and two more messages              (request)
splice(plan, answer)   -> Join       the seam, or Refusal, or Pending                        (splice, seam)
"""

from finestream.recovery.opening import Plan, plan
from finestream.recovery.request import WRAPPER, Cut, ceiling, continuation, is_wrapped, raised
from finestream.recovery.seam import Pending, Refusal
from finestream.recovery.splice import Join, splice

__all__ = ["WRAPPER", "Cut", "Join", "Pending", "Plan", "Refusal", "ceiling", "continuation", "is_wrapped", "plan", "raised", "splice"]
