"""Scenarios 1 to 6: one agent hands a large document on to others. PURE.

Its one law: a receiver writes a part of its own only when what that rests on stands in its conversation; who begins early was told early.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from finestream.catalog import Agent, Step, Workflow
from finestream.demo import briefs, designs
from finestream.demo.claims import CLAIMS, Claim
from finestream.demo.dealing import weight
from finestream.demo.replies import REPLIES
from finestream.handoff.messages import TOOL
from finestream.simulator.faults import CHARACTERS_A_TOKEN
from finestream.simulator.scenes import CALM
from finestream.simulator.script import Author, Portion, Route, Script
from finestream.workflow.plan import Plan, make_plan
from finestream.workflow.samples import portions, sample, texts_in

Json = Mapping[str, Any]
FIRST_TOKEN = 0.3  # seconds until a model says its first word
_SHORT = 600  # bytes of the document of an agent that only takes part


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the mission calls a chunk or a stream: all up to the end of ``member``, or of its item number ``item``.

    ``use``: what the mission lets its reader say. ``readers``: the steps that get it.
    """

    content: str
    use: str
    readers: tuple[str, ...]
    member: str
    item: int | None = None

    def place(self, document: Json) -> int:
        """Return which piece of its member is the last one of the chunk."""
        value = document[self.member]
        return (len(value) - 1 if self.item is None else self.item) if isinstance(value, list) else 0

    def last_text(self, document: Json) -> str:
        """Return the text with which it ends, as it is written in JSON."""
        value = document[self.member]
        return json.dumps(list(texts_in(value[self.place(document)] if isinstance(value, list) else value))[-1])[1:-1]


@dataclass(frozen=True, slots=True)
class Transfer:
    """One scenario. ``begins_with``: the number of the chunk with which the receiver begins. ``track``: the shipped workflow that is run;
    without one it is the sender and the receiver alone.
    """

    number: int
    title: str
    request: str
    sender: str
    receiver: str
    document: Json
    chunks: tuple[Chunk, ...]
    begins_with: int = 1
    track: str | None = None

    @property
    def claim(self) -> Claim:
        """What the mission says of it."""
        return CLAIMS[self.number]

    @property
    def replies(self) -> tuple[Json, ...]:
        """What the receiver writes with each chunk."""
        return REPLIES[self.number]

    @property
    def reply(self) -> Json:
        """The receiver's document."""
        return {name: value for members in self.replies for name, value in members.items()}

    def tokens_per_second(self, pace: float) -> float:
        """With which the document takes as long to be generated as the mission waits for it; ``pace``: so many times faster."""
        return weight(self.document) / CHARACTERS_A_TOKEN / (self.claim.buffered - FIRST_TOKEN) * pace

    def plan(self, agents: Mapping[str, Agent], tracks: Mapping[str, Workflow], *, is_streaming: bool) -> Plan:
        """Return the run, with the agents and workflows that come with finestream."""
        steps = (Step(self.sender, self.sender, (), 1), Step(self.receiver, self.receiver, (self.sender,), 2))
        workflow = tracks[self.track] if self.track else Workflow(f"scenario-{self.number}", "", steps)
        return make_plan(workflow, agents, self.request, shipped=frozenset(agents), is_streaming=is_streaming)

    def documents(self, plan: Plan) -> dict[str, Json]:
        """Return what each step is to hand on."""
        own = {self.sender: self.document, self.receiver: self.reply}
        return {step: own[step] if step in own else sample(assignment, _SHORT) for step, assignment in plan.assignments.items()}

    def script(self, plan: Plan, pace: float) -> Script:
        """Return what the simulated model says."""
        documents = self.documents(plan)
        written = {
            self.sender: (Portion(self.document),),
            self.receiver: tuple(self._answers()),
        }
        authors = {
            step: written.get(step) or tuple(portions(documents, step, assignment.needs)) for step, assignment in plan.assignments.items()
        }
        return Script(
            tuple(Route(match=f'step="{step}"', author=Author(TOOL, author)) for step, author in authors.items()),
            first_token=FIRST_TOKEN / pace,
            tokens_per_second=self.tokens_per_second(pace),
            input_tokens=CALM,
        )

    def _answers(self) -> Iterator[Portion]:
        for chunk, members in zip(self.chunks, self.replies, strict=True):
            if members:
                yield Portion(members, (chunk.last_text(self.document),))


def transfers() -> dict[int, Transfer]:
    """Build the scenarios, by the mission's numbers."""
    return {each.number: each for each in (_platform(), _feature(), _plan_of_tests(), _threats(), _cluster(), _orchestration())}


def _platform() -> Transfer:
    to = ("developer",)
    return Transfer(
        1,
        "the architecture of an e-commerce platform",
        "Design microservices architecture for e-commerce platform",
        "architect",
        "developer",
        designs.platform(),
        (
            Chunk("system type, overview, constraints", "I can start planning the implementation", to, "key_constraints"),
            Chunk("service product-catalog", "I can lay out the first service", to, "services", 0),
            Chunk("service order-management", "I can follow its events", to, "services", 1),
            Chunk("the other services, endpoints, tables", "I have everything", to, "database_schema"),
        ),
    )


def _feature() -> Transfer:
    to = ("developer",)
    return Transfer(
        2,
        "the implementation of a full-stack feature",
        "Let people keep wish lists, and tell them when something on it is cheaper",
        "architect",
        "developer",
        designs.feature(),
        (
            Chunk("architecture overview, key constraints", "I can start planning file structure now", to, "key_constraints"),
            Chunk("services, API endpoint specifications", "I can create endpoint stubs now", to, "api_endpoints"),
            Chunk("database schema", "I can design data models now", to, "database_schema"),
            Chunk("code examples and patterns", "I can implement following these patterns", to, "code_examples"),
        ),
    )


def _plan_of_tests() -> Transfer:
    to = ("qa",)
    return Transfer(
        3,
        "the test plan for a complex feature",
        "Put the checkout on one page",
        "pm",
        "qa",
        briefs.requirements(),
        (
            Chunk("executive summary, critical features", "I can identify high-risk areas now", to, "critical_features"),
            Chunk("user stories 1-5 with criteria", "I can draft test scenarios for these", to, "user_stories", 4),
            Chunk("user stories 6-10 with criteria", "Continuing test scenario development", to, "user_stories", 9),
            Chunk("flows, edge cases, non-functional", "I can add security and performance tests", to, "non_functional"),
        ),
    )


def _threats() -> Transfer:
    to = ("security-architect",)
    return Transfer(
        4,
        "the threat model of an authentication system",
        "Review the new authentication system",
        "architect",
        "security-architect",
        designs.sign_in(),
        (
            Chunk("architecture overview, attack surface", "I can start STRIDE analysis now", to, "attack_surface"),
            Chunk("services, authentication flow", "I can identify auth vulnerabilities now", to, "authentication_flow"),
            Chunk("data classification and sensitivity", "I can assess data protection gaps now", to, "data_classification"),
            Chunk("compliance mappings (SOC2, GDPR)", "I can validate compliance controls now", to, "compliance"),
        ),
    )


def _cluster() -> Transfer:
    to = ("devops",)
    return Transfer(
        5,
        "the infrastructure of a Kubernetes deployment",
        "Deploy the e-commerce platform on Kubernetes",
        "architect",
        "devops",
        designs.cluster(),
        (
            Chunk("system topology, resource estimates", "I can start Terraform module structure", to, "topology"),
            Chunk("scaling policies, load balancing", "I can configure auto-scaling now", to, "scaling"),
            Chunk("security policies, network rules", "I can set up security groups now", to, "network_rules"),
            Chunk("monitoring and observability", "I can configure Prometheus/Grafana", to, "monitoring"),
        ),
    )


def _orchestration() -> Transfer:
    return Transfer(
        6,
        "a workflow of ten agents",
        "Build HIPAA-compliant telemedicine platform",
        "orchestrator",
        "analyst",
        briefs.telemedicine(),
        (
            Chunk("high-level plan: who does what", "(the analyst can be started)", ("analyst",), "steps"),
            Chunk("context for the analyst", "I can start market research now", ("analyst",), "analyst"),
            Chunk("contexts for PM, UX, architect", "(next agents in the pipeline prepared)", ("pm", "ux-designer", "architect"), "design"),
            Chunk("contexts for security, DevOps, QA", "(enterprise agents prepared)", ("security-architect", "devops"), "delivery"),
            Chunk("the plan in detail", "(everybody has everything)", ("analyst", "pm", "devops"), "stages"),
        ),
        begins_with=2,
        track="enterprise-track",
    )
