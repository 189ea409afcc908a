"""What the product manager and the orchestrator hand on in scenarios 3 and 6. PURE. Its one law: as large as the mission says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finestream.demo import sentences
from finestream.demo.dealing import KB, dealt, filled, longer, weight

Members = dict[str, Any]

_FEATURES = {
    "one-page checkout": "every further page costs one buyer of twelve",
    "payment by card and wallet": "without it nothing is sold",
    "guest orders": "four of ten first orders come from people without an account",
    "order tracking": "half of the letters to support ask where the parcel is",
}
_STORIES = {
    "paying by card": "I pay with a card that I have used before",
    "paying by wallet": "I pay with the wallet on my telephone",
    "ordering as a guest": "I order without making an account",
    "changing the basket": "I change how many I want without starting again",
    "using a voucher": "I enter a voucher and see at once what it is worth",
    "choosing a delivery": "I choose when and where the parcel comes",
    "tracking a parcel": "I see where my parcel is without signing in",
    "cancelling an order": "I take an order back before it is packed",
    "returning a thing": "I send back one thing of several and am paid for it",
    "getting an invoice": "I get an invoice that my company accepts",
}
_FLOWS = (
    "buying as a guest",
    "buying again",
    "cancelling",
    "returning",
    "tracking",
    "claiming a voucher",
    "moving a delivery",
    "paying later",
)
_EDGES = (
    "the last piece is bought by two people in the same second: one of them is told before paying",
    "a voucher ends at midnight while somebody stands in the checkout",
    "the bank says yes after we have given up: the money goes back within the hour",
    "an address without a street number, one in a country without post codes",
    "a name with an apostrophe, one of a single letter, one of ninety",
    "a basket of 200 lines, and one that is worth nothing after a voucher",
)
_NUMBERS = (
    "speed: 95 of 100 pages of the checkout are shown within 800 ms on a telephone of five years ago",
    "load: 160 orders a second for an hour, on one day of the year",
    "security: no card number touches our machines; the form comes from the acquirer",
    "security: after six wrong vouchers in a minute the seventh is not looked at",
    "availability: 99.95 per cent of a month, measured by orders that could be placed",
    "accessibility: WCAG 2.2 AA, tried by people who need it",
)


def requirements() -> Members:
    """Scenario 3: a PRD. 12 KB requirements, 5 KB acceptance criteria, 4 KB user flows."""
    features = [{"name": name, "why": f"{name}: {why}", "risk": f"{name} fails in silence"} for name, why in _FEATURES.items()]
    criteria = dealt(list(_STORIES), sentences.CRITERION, 5 * KB, frame=4)
    stories = [
        {"id": f"US-{number}", "about": about, "story": f"As a buyer {wish}.", "priority": "must" if number < 6 else "should"}
        for number, (about, wish) in enumerate(_STORIES.items(), 1)
    ]
    summary = "The checkout is one page. Built for who buys rarely and on a telephone; not for resellers, gifts or subscriptions."
    around = {"summary": summary, "critical_features": features, "edge_cases": list(_EDGES), "non_functional": list(_NUMBERS)}
    room = 12 * KB - weight(around) - weight([_without_about(story) for story in stories])
    told = filled(stories, ("about", "story"), sentences.STORY, room)
    return {
        "summary": summary,
        "critical_features": features,
        "user_stories": [{**_without_about(story), "acceptance_criteria": hand} for story, hand in zip(told, criteria, strict=True)],
        "user_flows": _flows(4 * KB),
        "edge_cases": list(_EDGES),
        "non_functional": list(_NUMBERS),
    }


def _without_about(story: Mapping[str, Any]) -> Members:
    return {name: value for name, value in story.items() if name != "about"}


def _flows(room: int) -> list[Members]:
    items: list[Members] = [{"name": name, "steps": [f"begin {name} from the page where one is"]} for name in _FLOWS]
    hands = dealt(list(_FLOWS), sentences.FLOW, room - weight(items), frame=4)
    return [{**item, "steps": [*item["steps"], *hand]} for item, hand in zip(items, hands, strict=True)]


_TASKS = {
    "analyst": "find out which law, which clinics and which patients decide what this has to be",
    "pm": "decide what the first release does, with stories that a clinic can check",
    "ux-designer": "draw the visit from the reminder to the prescription, for people who are ill",
    "architect": "cut the system so that health data stay in one place",
    "security-architect": "go through the threats to health data, and through the HIPAA Security Rule",
    "devops": "make it run in one region under an agreement that covers health data",
    "developer": "build the visit, the waiting room and the record of both",
    "qa": "plan the tests from stories and threats, and try them on slow lines",
    "tech-writer": "write for clinics, for operators at night, and for auditors",
}
_NEEDS = {
    "analyst": ["orchestrator"],
    "pm": ["orchestrator", "analyst"],
    "ux-designer": ["orchestrator", "pm"],
    "architect": ["orchestrator", "pm"],
    "security-architect": ["orchestrator", "architect"],
    "devops": ["orchestrator", "architect", "security-architect"],
    "developer": ["architect", "ux-designer", "security-architect"],
    "qa": ["pm", "security-architect", "developer"],
    "tech-writer": ["architect", "devops", "developer"],
}
_STAGES = {
    "understanding": "what the law asks, and what two clinics do today",
    "deciding": "ten stories, three of them for the physician",
    "designing": "screens and services, side by side",
    "threats": "every place where a record can be read or changed",
    "building": "the visit first, payment last",
    "the pilot": "one clinic, forty patients, four weeks",
    "the audit": "evidence collected since the first day",
    "going live": "Oregon first, the neighbours after a quarter",
}


def _context(agent: str, task: str, hand: list[str]) -> Members:
    return {"task": f"{agent}: {task}. {hand[0]}", "facts": hand[1:], "done_when": [f"the reader of the {agent} asks nothing back"]}


def _contexts(room: int) -> Mapping[str, Members]:
    """A context for each agent; facts are dealt out until they fill ``room``."""
    bare = {agent: _context(agent, task, [""]) for agent, task in _TASKS.items()}
    hands = dealt(list(_TASKS), sentences.CONTEXT, room - weight(bare), frame=4)
    return {agent: _context(agent, task, hand) for (agent, task), hand in zip(_TASKS.items(), hands, strict=True)}


def telemedicine() -> Members:
    """Scenario 6: a HIPAA-compliant telemedicine platform. 6 KB workflow plan, 2 KB assignments, 8 KB contexts.

    What unblocks somebody comes first, as the orchestrator is told: the assignments, then the contexts in the order of the work. The plan
    in detail, which nobody has to wait for, is a part of its own at the end; the agent's schema leaves room for it.
    """
    goal = "Patients see a physician by video, and whatever is said and written stays between them, as HIPAA asks. One clinic first."
    steps = [{"agent": agent, "needs": _NEEDS[agent], "task": f"To {task}."} for agent, task in _TASKS.items()]
    steps = filled(steps, ("agent", "task"), sentences.PART, 2 * KB - weight({"goal": goal, "steps": steps}))
    contexts = _contexts(8 * KB)
    stages = {name: f"{name}: {text}." for name, text in _STAGES.items()}
    stages = longer(stages, sentences.WORK, 6 * KB - weight(list(stages.values())))
    return {
        "goal": goal,
        "steps": steps,
        "analyst": contexts["analyst"],
        "design": [{"agent": agent, **contexts[agent]} for agent in ("pm", "ux-designer", "architect")],
        "delivery": [{"agent": agent, **contexts[agent]} for agent in ("security-architect", "devops", "developer", "qa", "tech-writer")],
        "stages": list(stages.values()),
    }
