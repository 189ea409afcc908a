"""Agent files of users: the catalog knows each one that the real client loads, under the same name and description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from finestream.cli.shelf import AGENTS, load_shelf
from finestream.simulator.script import Text, Turn
from tests.e2e.test_plugin import Client

# What people write above the second ---, good YAML and not.
WRITTEN = {
    "plain": "name: plain\ndescription: Use when needed.",
    "quoted": "name: \"quoted\"\ndescription: 'Use when: needed.'",
    "folded": "name: folded\ndescription: >-\n  Use when it is long,\n  and goes on.",
    "colon": "name: colon\ndescription: Use when: the user says so. Example: user: hello",
    "colon-and-more": "name: colon-and-more\ndescription: Use when: needed\ntools: Read, Grep\nmodel: sonnet",
    "bracket": "name: bracket\ndescription: [Use] when needed",
    "open-quote": 'name: open-quote\ndescription: Use when "x": needed',
    "comment": "name: comment\ndescription: Use when needed # not now",
    "example": "name: example\ndescription: Use when asked.\\n\\nExample:\\nuser: 'hi'\\n<commentary>a: b</commentary>",
    "broken-list": "name: broken-list\ndescription: Use when needed.\ntools: [Read",
    "broken-other": "name: broken-other\ndescription: Use when needed.\nfoo: {a",
    "number": "name: 5\ndescription: Use when needed.",
    "truth": "name: truth\ndescription: true",
    "count": "name: count\ndescription: 12",
    "nothing": "name: nothing\ndescription: null",
    "date": "name: date\ndescription: 2024-01-31",
    "word": "name: word\ndescription: yes",
    "indented": "  name: indented\n  description: Use when needed.",
    "spaces": "name:   spaces   \ndescription:   Use when needed.   ",
    "our-keys": "name: our-keys\ndescription: Use when needed.\nhandoff_schema: {properties: {a: &a {type: string}, b: *a}}",
    "nameless": "description: Use when needed.",
    "blank": "name: blank\ndescription:",
    "dash": "name: -dash\ndescription: Use when needed.",
    "list": "- name: list",
    "star": "name: star\ndescription: *Use when needed",
    "percent": "name: percent\ndescription: %Use when needed",
    "at": "name: at\ndescription: @Use when needed",
    "tab": "name: tab\ndescription:\tUse when needed",
    "yaml-on": "name: yaml-on\ndescription: on",
}


# What is in front of the tools of each agent, in the list that the client gives to the model.
TOLD = re.compile(r"^- ([^:\n]+): (.*?) \(Tools: ", re.MULTILINE | re.DOTALL)


def texts(value: object) -> Iterator[str]:
    """Every text in a request's body."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


async def test_the_catalog_reads_what_the_client_reads(claude: Path, tmp_path: Path) -> None:
    client = Client(claude, tmp_path)
    await client.play([Turn((Text("Hello."),))])
    before = told(client)
    folder = client.project / ".claude" / "agents"
    folder.mkdir(parents=True)
    for name, text in WRITTEN.items():
        (folder / f"{name}.md").write_text(f"---\n{text}\n---\n\nDo it.\n")
    await client.play([Turn((Text("Hello."),))])
    theirs = {name: description for name, description in told(client).items() if name not in before}
    own = [volume.definition for volume in load_shelf(AGENTS, client.project) if volume.origin == "project"]
    assert {agent.name: agent.description for agent in own if agent} == theirs
    assert len(theirs) > 15


def told(client: Client) -> dict[str, str]:
    """The agents that the client has told the model of."""
    found = [text for request in client.requests for text in texts(request.body) if "Available agent types" in text]
    return dict(TOLD.findall(found[0].partition("Available agent types")[2]))
