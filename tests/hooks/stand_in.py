"""A stand-in for the permanent monitor: answers as that one does, and writes down what it was asked. Run as a program of its own.

python stand_in.py PORT TOKEN RECORD [dies|leaves|foreign]
"""

from __future__ import annotations

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        token, how = sys.argv[2], sys.argv[4:]
        is_known = self.path == f"/{token}/finestream/health" and not how
        self._answer(200 if is_known else 404, json.dumps({"pid": os.getpid()}) if is_known else "{}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = {"path": self.path, "pid": self.headers.get("x-finestream-client-pid"), "event": body, "known": dict(os.environ)}
        with Path(sys.argv[3]).open("a") as record:
            record.write(json.dumps(asked) + "\n")
        self._answer(200, json.dumps({"systemMessage": "from the monitor"}) if body.get("source") == "resume" else "")

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(HTTPServer):
    """Lets as many wait as the real one does: where the queue is full, a connection is tried again a second later."""

    request_queue_size = 128


def main() -> None:
    """Serve, unless another one does already."""
    if "dies" in sys.argv:
        sys.exit(1)
    if "leaves" in sys.argv:
        return
    try:
        server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    except OSError:
        return
    signal.alarm(300)  # one that a hook started as its test ended is known to nobody
    with Path(f"{sys.argv[3]}.pids").open("a") as record:
        record.write(f"{os.getpid()}\n")
    server.serve_forever()


if __name__ == "__main__":
    main()
