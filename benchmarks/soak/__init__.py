"""Soak and chaos: a real gateway between many raw clients and an upstream that breaks in every way, for as long as asked.

``streams`` what each stream is about and how it is to end · ``upstream`` the API that breaks · ``client`` who receives, and judges ·
``gateway`` the process under test, and what it takes · ``phases`` what is done with them · ``report`` what came of it.
"""
