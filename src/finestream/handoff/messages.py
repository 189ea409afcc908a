"""What an agent of a run is told: its task, parts as they come, and what is still missing. PURE.

Its one law: every part stands in exactly one message, and a message says by itself what it holds.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from finestream.handoff.document import Document, Part
from finestream.handoff.reading import RESUME

TOOL = "mcp__finestream__handoff"
DELIVERED = "Already handed on: "
"""How the line begins that tells a resumed agent which members its readers have."""


@dataclass(frozen=True, slots=True)
class Task:
    """Who is asked to do what, in which run."""

    workflow: str
    step: str
    request: str
    prompt: str | None
    senders: Mapping[str, Sequence[str]]
    """Each step that it hears from, with the parts of its document in their order."""
    receivers: Sequence[str]
    parts: Sequence[str]
    """Of its own document."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Parts of one sender that are told now.

    ``outcome``: None while more will come; else whether the sender is through or was left out. ``whole``: the members of its document that
    the receiver then has; ``to_come``: those that it has not, as far as the sender's schema names them.
    """

    sender: str
    parts: Sequence[Part]
    outcome: str | None = None
    whole: Sequence[str] = ()
    to_come: Sequence[str] = ()


def opening(task: Task) -> str:
    """Return the beginning of the first message of a session."""
    lines = [f'<run workflow="{_quoted(task.workflow)}" step="{_quoted(task.step)}">', "<request>", task.request, "</request>"]
    if task.prompt:
        lines += ["<task>", " ".join(task.prompt.split()), "</task>"]
    lines += ["</run>", *_senders(task), *_receivers(task)]
    return "\n".join(lines)


def _senders(task: Task) -> Iterator[str]:
    if not task.senders:
        yield "You are the first: begin with the request."
        return
    yield "You are given parts of these documents as they are written, in several messages:"
    for sender, parts in task.senders.items():
        yield f"- {sender}: {', '.join(parts) or 'one document'}"
    yield "Begin with what you have. When there is nothing to do before more has come, end your turn with one short sentence."
    yield "A part that replaces another one makes that one void, and what you have built on it."


def _receivers(task: Task) -> Iterator[str]:
    readers = f"{', '.join(task.receivers)} read it while you write" if task.receivers else "It is the result of this run"
    order = f" Its parts, in this order: {', '.join(task.parts)}." if task.parts else ""
    yield f"Hand your document on with the tool {TOOL}: {readers}.{order}"
    yield "You may call it several times, each time with the parts that are ready; a part that you hand on again replaces the earlier one."


def delivered(deliveries: Sequence[Delivery], marker: str) -> str:
    """Write parts down. ``marker``: what tells this message from every other one."""
    lines: list[str] = []
    for delivery in deliveries:
        lines.append(f'<handoff from="{_quoted(delivery.sender)}" delivery="{marker}">')
        lines += map(_part, delivery.parts)
        lines.append("</handoff>")
        lines.append(_standing(delivery))
    return "\n".join(lines)


def _standing(delivery: Delivery) -> str:
    """Say what the receiver has of the document, and what is still to come."""
    if delivery.outcome:
        return _OUTCOMES[delivery.outcome].format(delivery.sender)
    has = f"Of the document of {delivery.sender} you have {', '.join(delivery.whole) or 'nothing whole yet'}."
    return f"{has} Still to come: {', '.join(delivery.to_come) or 'perhaps more, or changes'}."


_OUTCOMES = {
    "done": "The document of {} is complete.",
    "skipped": "{} takes no part in this run; there is no document.",
}


def _part(part: Part) -> str:
    text, spelling = part.text, ""
    if part.form != "text":
        text = _json(text)
    elif _AWKWARD.search(text):
        text, spelling = _json(json.dumps(text, ensure_ascii=False)), ' as="json"'
    place = {"value": "", "item": f' item="{part.place}"', "text": f' run="{part.place}"', "end": f' ends="{part.place}"'}[part.form]
    void = f' replaces="{part.replaces}"' if part.replaces else ""
    head = f'<part n="{part.number}" name="{_quoted(part.member)}"{place}{spelling}{void}'
    return f"{head}/>" if part.form == "end" else f"{head}>{text}</part>"


# What would end a part before its end, and half a character, which nobody can send.
_AWKWARD = re.compile(r"<(?=/(?:part|handoff)\b)|[\ud800-\udfff]", re.IGNORECASE)


def _json(text: str) -> str:
    """Spell JSON, in other words the strings in it, without what is awkward."""
    return _AWKWARD.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def taken(document: Document, required: Iterable[str], *, new: int) -> str:
    """Answer a call of the tool: what has been handed on by now, and what is missing."""
    value = document.value()
    missing = [name for name in required if name not in value]
    said = f"Handed on. Complete: {', '.join(value) or 'nothing yet'}." if new else "All of this was known already."
    return f"{said} Still missing: {', '.join(missing)}." if missing else f"{said} Nothing is missing."


def misplaced(members: Iterable[str]) -> str:
    """Answer a call in which the member that says where it goes on did not come first."""
    return f'"{RESUME}" was not the first member, so nobody knows what this call goes on from. Hand on again, whole: {", ".join(members)}.'


def again(problems: Sequence[str]) -> str:
    """Ask for a document that is not there, or not as it should be."""
    listed = "\n".join(f"- {problem}" for problem in problems)
    return f"You have everything, and your document is not complete:\n{listed}\nHand on what is missing or wrong with {TOOL} now."


def resumed(document: Document, unknown: Sequence[Part], *, is_fresh: bool) -> str:
    """Tell an agent that was interrupted where it stood.

    Args:
        unknown: Parts that its readers have and that it does not remember: of a call that never came to its end, or of another session.
        is_fresh: It does not remember what it was told, either.
    """
    doubtful = dict.fromkeys(part.member for part in unknown if part.replaces)
    whole = [name for name in document.value() if name not in doubtful]
    begun = {name: count for name, count in document.begun().items() if count and name not in doubtful}
    counts = _json(json.dumps({RESUME: begun}, ensure_ascii=False))
    told = {
        "You were interrupted, and what you were about to say is lost; your readers have what you had handed on.": not is_fresh,
        "\n".join([_UNKNOWN, "<handed-on>", *map(_part, unknown), "</handed-on>"]): unknown,
        f"{DELIVERED}{', '.join(whole)}": whole,
        f"You were replacing these, and nobody knows how far: {', '.join(doubtful)}. Hand each of them on again, whole.": doubtful,
        f"Of these the beginning is handed on: {', '.join(begun)}. Go on right behind it:\n{_GO_ON.format(counts)}": begun,
        "Do not hand on again what your readers have, unless it has to be changed.": whole or begun,
    }
    return "\n".join(sentence for sentence, holds in told.items() if holds)


_UNKNOWN = "Of what follows you may not know that it has been handed on:"
_GO_ON = "call the tool with the first member of {}, and with only what follows of these."


def _quoted(text: str) -> str:
    return html.escape(text, quote=True)


def signed(text: str, marker: str) -> str:
    """Return ``text`` as it is sent, with what it can be recognised by later."""
    return f"{text}\n[message {marker}]".encode("utf-8", "replace").decode()
