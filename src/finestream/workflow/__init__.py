"""Runs of workflows: agents as sessions, documents as parts that go on at once, all of it durable. SHELL.

Its one law: the ledgers say everything. A run that is killed goes on from them, and every figure comes from them.

``plan`` what is to be done · ``ledger`` what is known of a step · ``board`` where all see it · ``inbox`` what an agent has not been told ·
``desk``, ``conversation`` and ``agent`` one agent at work · ``session`` who it is: ``claude_code``, or ``messages_api`` with ``answer``,
``history``, ``transcript`` and ``models`` · ``listening`` and ``tool`` what both have in common · ``durable`` and ``run`` the whole
"""
