"""An author in a session that stays open, with the real client: each snippet that arrives lets it write the next portion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient, ResultMessage, create_sdk_mcp_server, tool

from finestream.simulator.scenes import CALM
from finestream.simulator.script import Author, Portion, Route, Script
from finestream.simulator.server import serve
from tests.e2e.real_client import environment, settle

PORTIONS = (
    Portion({"title": "The plan"}, ("goal: ship it",)),
    Portion({"steps": ["build", "test"]}, ("parts: two",)),
    Portion({"risks": {"time": "é 🎉"}}, ("limits: none",)),
)
AUTHOR = Author("mcp__finestream__handoff", PORTIONS)
SCHEMA = {"type": "object", "properties": {name: {} for portion in PORTIONS for name in portion.members}}


async def test_an_author_writes_as_it_is_told(claude: Path, tmp_path: Path) -> None:
    """The second snippet comes in a tool result, the third in a message of its own; for that the author waits."""
    handed: list[dict[str, Any]] = []
    home, folder = tmp_path / "home", tmp_path / "project"
    folder.mkdir()
    settle(home, folder)

    @tool("handoff", "Hand on a part of the document.", SCHEMA)
    async def handoff(members: dict[str, Any]) -> dict[str, Any]:
        handed.append(members)
        return {"content": [{"type": "text", "text": "parts: two" if len(handed) == 1 else "Noted."}]}

    async with serve(Script((Route(match="write the plan", author=AUTHOR),), input_tokens=CALM)) as api:
        options = ClaudeAgentOptions(
            cli_path=claude,
            cwd=folder,
            env={**environment(home), "ANTHROPIC_BASE_URL": api.url, "ENABLE_TOOL_SEARCH": "false"},
            mcp_servers={"finestream": create_sdk_mcp_server("finestream", tools=[handoff])},
            allowed_tools=[AUTHOR.tool],
            setting_sources=[],
        )
        said = []
        async with ClaudeSDKClient(options) as client:
            for words in ("write the plan; goal: ship it", "limits: none"):
                await client.query(words)
                said += [message.result async for message in client.receive_response() if isinstance(message, ResultMessage)]
    assert handed == [portion.members for portion in PORTIONS]
    assert said == [AUTHOR.waiting, AUTHOR.done]
    assert {request.kind for request in api.requests if request.turn is not None} == {"first"}
