"""What a hook may write down: the rules of the gateway's journal, for a record of ours. SHELL: it looks into the settings.

Its one law: no credential reaches the disk. A record of ours is flat, and its keys are ours; so only its texts are looked at. In a tool
input only what is certainly a credential is taken out, for the text must stay usable.
"""

import re

from finestream_hooks.preferences import load_preferences

CONTENT_KEYS = ("INVALID_JSON", "before", "after", "text")
REDACTED = "[redacted]"
_OTHER_LIMIT = 64 * 2**10

_TOKEN = r"[A-Za-z0-9._~+/=-]"
_KEY = re.compile(r"sk-(?:ant-[A-Za-z0-9_-]*|(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{20,})")
_BEARER = re.compile(rf"(?<=bearer )(?:(?={_TOKEN}{{0,64}}[0-9]){_TOKEN}{{8,}}|{_TOKEN}{{20,}})", re.IGNORECASE)
_NAMED = re.compile(
    r"((?:authorization|api[-_]?key|auth[-_]token|access[-_]token|cookie|password|secret)\\?[\"']?\s{0,8}[:=]\s{0,8}\\?[\"']?)"
    r"(?!(?:bearer )?\[redacted\])(?:(?:basic|bearer|digest|negotiate)\s+)?[^\s\"',;\\]+",
    re.IGNORECASE,
)
_USER_OF_ADDRESS = re.compile(r"(?<=://)[^/\s@]+@")


def scrub(record: "dict[str, object]", folder: str) -> "dict[str, object]":
    """Return ``record`` without credentials and cut to size. ``folder``: of the journal, whose project may want no content written."""
    clean: dict[str, object] = {}
    for key, value in record.items():
        if key in CONTENT_KEYS and value is not None:
            clean[key] = _content(str(value), folder)
        else:
            clean[key] = _shortened(redact(value), _OTHER_LIMIT) if isinstance(value, str) else value
    return clean


def redact(text: str) -> str:
    """Return ``text`` without anything that is, or is called, a credential."""
    return _USER_OF_ADDRESS.sub(f"{REDACTED}@", _NAMED.sub(rf"\g<1>{REDACTED}", _without_tokens(text)))


def _without_tokens(text: str) -> str:
    return _BEARER.sub(REDACTED, _KEY.sub(REDACTED, text))


def _content(text: str, folder: str) -> object:
    preferences = load_preferences(folder)
    if preferences.has_content:
        return _shortened(_without_tokens(text), preferences.limit)
    import hashlib

    data = text.encode("utf-8", "surrogatepass")
    return {"omitted": True, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _shortened(text: str, limit: int) -> str:
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= limit:
        return text
    while 0 < limit < len(data) and data[limit] & 0xC0 == 0x80:  # back to the border of a character
        limit -= 1
    return f"{data[:limit].decode('utf-8', 'surrogatepass')}...[{len(data) - limit} bytes omitted]"
