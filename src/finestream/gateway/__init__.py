"""The loopback gateway: a server for Claude Code, a client of the Messages API, and a monitor for each stream between them. SHELL."""

from finestream.gateway.desk import PID_HEADER, Answer, Desk, Register
from finestream.gateway.server import Gateway, serve

__all__ = ["PID_HEADER", "Answer", "Desk", "Gateway", "Register", "serve"]
