"""finestream: nothing that Claude Code streams is lost, garbled or invisible."""

__version__ = "0.1.0"
