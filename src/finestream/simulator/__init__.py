"""An offline Anthropic Messages API that plays a script, with pacing and with faults on demand. SHELL (``server``,
``wire``); the rest is PURE.

Its one law: the same script and the same requests give the same bytes (message ids apart, which count the answers).

``script`` what is played · ``scriptfile`` its file form · ``scenes`` builders · ``conversation`` what a request asks
for · ``model`` what is answered · ``faults`` where it breaks · ``play`` the frames of it · ``server`` the HTTP side.
"""
