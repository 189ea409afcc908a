"""Living in a user's project: hooks, agents, workflows and commands, put in and taken out. SHELL.

Its one law: uninstalling gives back the exact bytes where nobody else has changed them, and takes out only what is ours where somebody has.
"""

from finestream.install.assets import Assets, load_assets
from finestream.install.disk import Disk
from finestream.install.installation import (
    foreign_environment,
    install,
    known_environment,
    known_monitor,
    new_token,
    port_of,
    uninstall,
)
from finestream.install.installing import Monitor, Order
from finestream.install.places import Place, project_place, user_place
from finestream.install.plans import Plan, Report

__all__ = [
    "Assets",
    "Disk",
    "Monitor",
    "Order",
    "Place",
    "Plan",
    "Report",
    "foreign_environment",
    "install",
    "known_environment",
    "known_monitor",
    "load_assets",
    "new_token",
    "port_of",
    "project_place",
    "uninstall",
    "user_place",
]
