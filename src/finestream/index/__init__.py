"""What was counted in a project, kept beside its journal. SHELL. Its one law: it is the journal's shadow, and deleting it loses nothing."""

from finestream.index.index import FILE, Measured, measure
from finestream.index.recount import recount

__all__ = ["FILE", "Measured", "measure", "recount"]
