"""Calls that never ran, although their input was good: their tool, a permission or a hook turned them down. PURE.

Its one law: no hook tells of such a call but the one behind all calls of the response, so it is closed there, as failed.
"""

from finestream_hooks.after import class_of, ended
from finestream_hooks.batch import text_of
from finestream_hooks.before import target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from finestream_hooks.decisions import Json

REFUSED = "call_refused"


def refuse(event: "Json", calls: "list[Json]") -> "list[Json]":
    """Return the records that close the calls; what they are called by is what the model was told of them."""
    return [
        {
            **ended(event, call),
            "target": target_of(call.get("tool_input")),
            "outcome": "failed",
            "error": REFUSED,
            "error_class": class_of(text_of(call)),
            "action": "surfaced",
        }
        for call in calls
    ]
