"""The mission's scenarios, for real and offline: the real client through a real gateway against the simulator. SHELL.

Its one law: what a scenario says is what happened; at its end stands the file on disk, compared with what was meant.

``documents`` what is handed on · ``scenarios`` who hands it to whom, and what breaks · ``stage`` plays one · ``narration`` tells it.
"""
