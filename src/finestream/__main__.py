"""``python -m finestream``. SHELL."""

import sys

from finestream.cli.main import main

sys.exit(main())
