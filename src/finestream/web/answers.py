"""What every answer to a browser carries, and how one is refused. SHELL. Its one law: a refusal is JSON, as whatever the page reads."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


def problem(status: int, message: str) -> web.Response:
    """Refuse a request."""
    return web.Response(status=status, body=json.dumps({"error": message}).encode(), content_type="application/json", headers=HEADERS)
