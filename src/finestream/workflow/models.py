"""The models that agents name, and how long an answer of each may be. PURE. Its one law: what is no alias is a model's own name."""

from __future__ import annotations

from finestream.recovery.request import ceiling

INHERIT = "inherit"
ALIASES = {
    "fable": "claude-fable-5-1",
    "opus": "claude-opus-5-5",
    "sonnet": "claude-sonnet-5-5",
    "haiku": "claude-haiku-5-5",
}
"""What Claude Code takes for a model's name, and the API does not (facts 8.8)."""

# Tokens that an answer may have where nobody says otherwise, by the start of the model's name; the longest start wins (facts 8.8).
_DEFAULTS = {
    "": 32_000,
    "claude-opus-4-6": 64_000,
    "claude-opus-4-7": 64_000,
    "claude-opus-4-8": 64_000,
    **{f"claude-{family}-5": 64_000 for family in ("fable", "opus", "sonnet")},
    **dict.fromkeys(ALIASES.values(), 128_000),
}


def resolve(model: str, default: str) -> str:
    """Return the name under which the API knows ``model``; ``default`` stands for `INHERIT`."""
    name = default if model == INHERIT else model
    return ALIASES.get(name, name)


def output_limit(model: str) -> int:
    """Return the tokens that one answer of ``model`` may have."""
    return min(_DEFAULTS[max((start for start in _DEFAULTS if model.startswith(start)), key=len)], ceiling(model, None))
