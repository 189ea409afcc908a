"""Stands in for Claude Code where only its place is of interest: what it is given, and what becomes of its signals and exit code."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

TOOLS = [{"name": "Write", "input_schema": {"type": "object"}, "eager_input_streaming": True}]
QUESTION = {"model": "m", "max_tokens": 900, "messages": [{"role": "user", "content": "hi"}], "tools": TOOLS}


def tell() -> int:
    """Print what it was given."""
    place = sys.argv.index("--settings") + 1 if "--settings" in sys.argv else 0
    settings = json.loads(Path(sys.argv[place]).read_text()) if place and sys.argv[place].startswith("/") else None
    mode = Path(sys.argv[place]).stat().st_mode & 0o777 if settings else None
    print(json.dumps({"argv": sys.argv[1:], "environ": dict(os.environ), "folder": str(Path.cwd()), "settings": settings, "mode": mode}))
    return 0


def echo() -> int:
    """Copy what comes in."""
    sys.stdout.write(sys.stdin.read())
    return 0


def ask() -> int:
    """Ask the API and print its answer."""
    print(_asked(QUESTION))
    return 0


def stream() -> int:
    """Ask for two streams."""
    print(*(_asked({**QUESTION, "stream": True}) for _ in range(2)))
    return 0


def _asked(question: dict[str, object]) -> str:
    base = os.environ["ANTHROPIC_BASE_URL"]
    request = urllib.request.Request(f"{base}/v1/messages", json.dumps(question).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode()}"


def wait() -> int:
    """Wait for a signal; the exit code tells how many came."""
    ears, mouth = os.pipe()
    os.set_blocking(mouth, False)
    signal.set_wakeup_fd(mouth)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, frame: None)
    print("waiting, SIGHUP is ignored" if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else "waiting", flush=True)
    heard = os.read(ears, 1)
    while select.select([ears], [], [], 0.3)[0]:  # a second one that is under way comes now
        heard += os.read(ears, 1)
    print("heard", *heard, flush=True)
    return 40 + len(heard)


def apart() -> int:
    """Wait for signals where the keys of the terminal do not reach."""
    os.setpgid(0, 0)
    return wait()


def die() -> int:
    """End by a signal."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


WAYS: dict[str, Callable[[], int]] = {
    "tell": tell,
    "echo": echo,
    "ask": ask,
    "stream": stream,
    "wait": wait,
    "apart": apart,
    "die": die,
    "fail": lambda: 7,
}

if __name__ == "__main__":
    sys.exit(WAYS[os.environ.get("FAKE_WAY", "tell")]())
