"""The status line: what streams now, else the last thing that was mended or lost.

SHELL. Run as `python3 -I -S status_line.py` with the status JSON on stdin, as the client does (facts 9.2). It is compiled at every start,
so the work lies in the package beside it.
"""

import sys


def main() -> None:
    """Print one line, whatever happens."""
    try:
        sys.path.insert(0, __file__.rpartition("/")[0] or ".")
        from finestream_hooks.status import run

        run()
    except Exception:  # a package that cannot even be imported must not tear the client's picture
        print("finestream")


if __name__ == "__main__":
    main()
