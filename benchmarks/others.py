"""Parsers of others, at the versions that are compared: installed on demand, each into an environment of its own, and imported from there.

What finestream itself is installed with (the anthropic SDK, jiter, json-repair) is taken as it is here, so that all run in one interpreter.
"""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from importlib import import_module
from importlib.metadata import version
from types import ModuleType

from finestream.exam.candidates import Package
from finestream.exam.packages import cache, install

PACKAGES = {
    "ijson": Package("ijson", "3.6.0"),
    "fast_json_repair": Package("fast-json-repair", "0.2.3"),
    "partial_json_parser": Package("partial-json-parser", "0.2.1.1.post7"),
}
HERE = {"anthropic": "anthropic", "jiter": "jiter", "json_repair": "json-repair"}


def module(name: str) -> ModuleType:
    """Import what others have written; install it first, where it is not one of our own dependencies."""
    package = PACKAGES.get(name)
    if package is not None:
        root = str(install(package, cache(os.environ)).parent)
        site = sysconfig.get_path("purelib", "venv", {"base": root, "platbase": root})
        if site not in sys.path:
            sys.path.append(site)  # behind ours: what both have is ours
    return import_module(name)


def named(name: str) -> str:
    """The name of a package with the version that runs here."""
    known = PACKAGES[name].name if name in PACKAGES else HERE[name]
    return f"{known} {version(known)}"


def machine() -> str:
    """Where all of it ran, for the page."""
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
