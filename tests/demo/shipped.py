"""The agents and workflows that come with finestream, as the demo is given them."""

from __future__ import annotations

from finestream.catalog import Agent, Workflow
from finestream.cli.shelf import AGENTS, WORKFLOWS, definitions, load_shipped

SHIPPED_AGENTS: dict[str, Agent] = definitions(load_shipped(AGENTS))
SHIPPED_TRACKS: dict[str, Workflow] = definitions(load_shipped(WORKFLOWS))
