"""What the hooks of Claude Code do. Standard library only, Python 3.9 and newer; the scripts and the gateway decide with the same code.

Its one law: a hook never costs a session anything. It runs before and after every tool call, so its fast path imports no module that is not
built into the interpreter: ``json`` alone would double the time of a start.
"""
