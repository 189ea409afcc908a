"""What handing on early brings: `finestream bench handoffs`, for the page.

    python -m benchmarks.handoffs [ARGS of finestream bench handoffs]

The mission's workflows, buffered and streamed, through the real client and the real pipeline; only the model is simulated. Some minutes.
"""

from __future__ import annotations

import sys

from finestream.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["bench", "handoffs", *sys.argv[1:]]))
