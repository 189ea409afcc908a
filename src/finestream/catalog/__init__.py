"""The catalog: texts of agents and workflows to definitions and findings. PURE. Its one law: any text has an answer."""

from __future__ import annotations

from finestream.catalog.agents import Agent, check_agents, parse_agent
from finestream.catalog.conditions import Condition
from finestream.catalog.findings import RULES, Finding, has_errors
from finestream.catalog.graph import draw, order
from finestream.catalog.values import Priority, SizeRange
from finestream.catalog.workflows import Estimate, Step, Workflow, check_workflow, parse_workflow

__all__ = [
    "RULES",
    "Agent",
    "Condition",
    "Estimate",
    "Finding",
    "Priority",
    "SizeRange",
    "Step",
    "Workflow",
    "check_agents",
    "check_workflow",
    "draw",
    "has_errors",
    "order",
    "parse_agent",
    "parse_workflow",
]
