"""PostToolUse and PostToolUseFailure: closes the record of a call that has run.

SHELL. Run as `python3 -I -S post_tool.py` with the event on stdin. It is compiled at every start, so the work lies in the package beside
it.
"""

import sys


def main() -> None:
    """Answer one event. Exit code 0 whatever happens: 2 would block the call."""
    try:
        sys.path.insert(0, __file__.rpartition("/")[0] or ".")
        from finestream_hooks.door import run

        run("post_tool")
    except Exception as fault:  # a package that cannot even be imported must not cost the user a call
        sys.stderr.write("finestream: %s: %s\n" % (type(fault).__name__, fault))


if __name__ == "__main__":
    main()
