"""The scenarios. PURE. Its one law: the receiver saves the document only if it got exactly that document.

The receiving agent is a route of the script that matches the whole text of the document, so a handoff that arrives damaged saves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from finestream.demo.documents import architecture, plan_of_tests, requirements
from finestream.simulator.scenes import CALM
from finestream.simulator.script import Fault, Route, Script, Text, ToolUse, Turn

ROLES = {
    "architect": "Designs systems, and hands the design to the developer.",
    "developer": "Implements what the architecture and the test plan say.",
    "pm": "Writes down what a product must do, and hands it to quality assurance.",
    "qa": "Plans and runs the tests.",
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One handoff that breaks.

    ``request``: what the user asks of the sender. ``meant``: the input of the handoff as it was meant; ``text``: as the model writes it.
    ``file``: where the receiver saves the document. ``item``: a pattern of the document's parts, to name what is in a chunk.
    ``max_tokens``: what the client is told to ask for; None leaves it alone. ``breaks``: the fault in a few words.
    """

    number: int
    title: str
    sender: str
    receiver: str
    request: str
    meant: Mapping[str, str]
    text: str
    file: str
    item: str
    breaks: str
    fault: Fault | None = None
    max_tokens: int | None = None

    @property
    def document(self) -> str:
        """What is handed on."""
        return self.meant["prompt"]

    def script(self, folder: str, tokens_per_second: float) -> Script:
        """What the simulated model says when the client works in ``folder``."""
        save = ToolUse("Write", {"file_path": f"{folder}/{self.file}", "content": self.document})
        faults = (self.fault,) if self.fault else ()
        receiver = Route((Turn((save,)), Turn((Text("Saved."),))), match=self.document)
        sender = Route((Turn((ToolUse("Agent", raw=self.text),), faults), Turn((Text("Handed on."),))), match=self.request)
        return Script((receiver, sender), input_tokens=CALM, tokens_per_second=tokens_per_second)


def _input(description: str, receiver: str, document: str) -> dict[str, str]:
    return {"description": description, "subagent_type": receiver, "prompt": document}


def _incomplete() -> Scenario:
    meant = _input("Build the gateway", "developer", architecture())
    return Scenario(
        number=7,
        title="incomplete JSON",
        sender="architect",
        receiver="developer",
        request="Design the payment gateway.",
        meant=meant,
        text=json.dumps(meant, ensure_ascii=False),
        file="architecture.json",
        item=r'\\"service\\": \\"([\w-]+)\\"',
        breaks="output limit",
        max_tokens=4096,
    )


def _interrupted() -> Scenario:
    meant = _input("Automate the tests", "developer", plan_of_tests())
    text = json.dumps(meant, ensure_ascii=False)
    return Scenario(
        number=8,
        title="network interruption",
        sender="qa",
        receiver="developer",
        request="Plan the tests of the payment gateway.",
        meant=meant,
        text=text,
        file="test-plan.json",
        item=r'\\"id\\": \\"([A-Z]+-\d+)\\"',
        breaks="connection reset",
        fault=Fault("reset", at=text.index("TS-24") + 20),
    )


def _malformed() -> Scenario:
    meant = {"prompt": requirements(), "description": "Test the login with OAuth2", "subagent_type": "qa"}
    text = json.dumps(meant, ensure_ascii=False, indent=2)
    return Scenario(
        number=9,
        title="malformed JSON",
        sender="pm",
        receiver="qa",
        request="Write down the requirements of the payment gateway.",
        meant=meant,
        text=text.replace('"Test the login', "Test the login"),  # an opening quote is missing
        file="requirements.json",
        item=r'\\"name\\": \\"([\w ]+)\\"',
        breaks="missing quote",
    )


def scenarios() -> dict[int, Scenario]:
    """Build the scenarios, by the mission's numbers."""
    return {scenario.number: scenario for scenario in (_incomplete(), _interrupted(), _malformed())}
