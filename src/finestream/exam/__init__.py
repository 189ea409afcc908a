"""The exam: the real client, the simulator's faults, and any gateway between them. SHELL (``sitting``, ``starting``, ``packages``,
``keeper``); the rest is PURE.

Its one law: a gateway is judged by what is on disk, what the client believes and what the model was made to generate, never by what it says
of itself.

``malformed`` and ``scenes`` what the model writes · ``scenarios`` what goes wrong · ``beliefs`` what the client was told · ``grading`` the
verdict · ``report`` tells it · ``candidates`` the gateways · ``packages`` installs those of others ·
``starting`` runs one · ``sitting`` plays the scenarios · ``keeper`` an MCP server.
"""
