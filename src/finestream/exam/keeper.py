"""An MCP server over stdio with one tool, `keep`: each input it is called with becomes a line of JSON in the file it was given. SHELL.

It is run as a script by Claude Code; standard library only. What it was sent can then be compared with what was meant.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TOOL = {
    "name": "keep",
    "description": "Keep a document.",
    "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}, "document": {}}, "required": ["id", "document"]},
}


def reply(message: dict[str, Any], store: Path) -> dict[str, Any] | None:
    """Answer one JSON-RPC message; a notification has no answer."""
    match message.get("method"):
        case "initialize":
            version = message["params"]["protocolVersion"]
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "keeper", "version": "1"}}
        case "tools/list":
            return {"tools": [TOOL]}
        case "tools/call":
            with store.open("a", encoding="ascii") as lines:
                lines.write(json.dumps(message["params"]["arguments"]) + "\n")
            return {"content": [{"type": "text", "text": "kept"}]}
        case "ping":
            return {}
    return None


def main() -> None:
    """Serve until standard input ends."""
    store = Path(sys.argv[1])
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        result = reply(message, store)
        answer = {"result": result} if result is not None else {"error": {"code": -32601, "message": "no such method"}}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}), flush=True)


if __name__ == "__main__":
    main()
