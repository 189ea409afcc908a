"""The mission's scenarios, for real and offline: the real client through a real gateway against the simulator. SHELL.

Its one law: what a scenario says is what happened; at its end stands the file on disk, compared with what was meant.

Of the recoveries, 7 to 9: ``documents`` what is handed on · ``scenarios`` who hands it to whom, and what breaks · ``stage`` plays one ·
``performance`` what came of it · ``narration`` tells it.

Of the handoffs, 1 to 6: ``designs`` and ``briefs`` what is handed on, made with ``sentences`` and ``dealing`` · ``replies`` what receivers
write · ``transfers`` who hands what to whom · ``claims`` what the mission says · ``pipeline`` plays one · ``measuring`` its figures ·
``comparison`` tells it.
"""
