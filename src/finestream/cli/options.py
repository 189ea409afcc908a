"""Options that several commands have. SHELL. Its one law: it imports nothing that a command could do without."""

from __future__ import annotations

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True)
"""The type of a ``--project`` option."""

# of the commands that show definitions
PROJECT = click.option("--project", type=FOLDER, default=".", help="Folder of the project; the current one if not given.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
