"""finestream beside other programs, all of it in one run: gateways, watching, repair, hooks.

    python -m benchmarks.beside [--quick] [--json]

What is not there yet is installed from the package registry, at pinned versions, into environments of its own in the user's cache folder
(LiteLLM brings a hundred packages). ``--quick`` installs nothing, compares with what is there, and measures little: it shows that the
commands work.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.others import machine

ROOT = Path(__file__).parents[1]
# What each is called with, and what it is called with in a hurry.
PARTS = {
    "relays": ((), ("--quick",)),
    "watching": ((), ("--quick",)),
    "repairs": ((), ("--quick",)),
    "hooks": (("--sessions", "0"), ("--sessions", "0", "--rounds", "1")),
}


def main() -> None:
    """Run all parts, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, object] = {"machine": machine()}
    for name, arguments in PARTS.items():
        command = [sys.executable, "-m", f"benchmarks.{name}", *arguments[options.quick], *["--json"] * options.json]
        printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout
        if options.json:
            found[name] = json.loads(printed)
        else:
            print(f"== {name}\n\n{printed}", flush=True)
    print(json.dumps(found) if options.json else f"({machine()})")


if __name__ == "__main__":
    main()
