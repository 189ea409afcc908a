"""What receivers write in scenarios 1 to 6, with each chunk that has arrived. PURE. Its one law: short, and whole by the agent's schema."""

from __future__ import annotations

from typing import Any

Members = dict[str, Any]


def _files(*paths: tuple[str, str]) -> list[Members]:
    return [{"path": path, "change": change} for path, change in paths]


REPLIES: dict[int, tuple[Members, ...]] = {
    1: (
        {"overview": "Eight packages behind one edge, each a skeleton with its own pipeline. Payment comes second."},
        {"files": _files(("catalog/app.py", "stubs of product-catalog"), ("catalog/models.py", "products and categories"))},
        {"interfaces": [{"name": "order.changed", "example": "the event that order-management tells after each step"}]},
        {
            "how_to_check": [{"command": "make check", "expected": "eight packages, no failures"}],
            "known_gaps": ["search answers with the names of products only"],
        },
    ),
    2: (
        {
            "overview": "The wish list with its heart, its page and its mail. Sharing is left out.",
            "files": _files(("wishlist/app.py", "the service"), ("web/heart.tsx", "the heart beside the price")),
        },
        {"interfaces": [{"name": "POST /v1/wishes", "example": "a stub that answers 201 with the wish"}]},
        {"how_to_check": [{"command": "make migrate", "expected": "wishes, lists and watches are made"}]},
        {"tests": [{"name": "a wish in two tabs is one wish", "is_passing": True}], "known_gaps": ["mails are written, and not sent"]},
    ),
    3: (
        {
            "summary": "The checkout on one page. The risk is highest where money moves and somebody has no account.",
            "risk_areas": ["a payment that is taken twice", "an order of a guest that nobody can find again"],
        },
        {
            "scenarios": [
                {
                    "id": "TS-1",
                    "story": "US-1",
                    "given": "a known card",
                    "when": "pay is pressed twice",
                    "then": "one charge",
                    "result": "not run",
                },
                {
                    "id": "TS-2",
                    "story": "US-3",
                    "given": "a guest",
                    "when": "the mail is lost",
                    "then": "found by number",
                    "result": "not run",
                },
            ]
        },
        {"edge_cases": ["US-8: cancelled in the second in which it is packed", "US-9: the last of three things is sent back"]},
        {"verdict": "Not yet: nothing has run. Added: the seventh wrong voucher is not looked at, and 160 orders a second for an hour."},
    ),
    4: (
        {
            "summary": "Exposed where a person recovers an account; passkeys close most of the rest.",
            "threats": [
                {
                    "id": "T-1",
                    "category": "spoofing",
                    "where": "recovery by mail",
                    "threat": "whoever reads the mail takes the account over",
                    "control": "recovery waits a day and tells every device",
                }
            ],
        },
        {"authentication": ["the refresh step ends the family of tokens, but does not tell the person"]},
        {"data_protection": [{"data": "device fingerprints", "measures": ["hashed with a key of the month", "kept for ninety days"]}]},
        {
            "compliance": [{"control": "GDPR Art. 17", "is_met": False, "gap": "support notes are not in the list of what is deleted"}],
            "must_fix": [{"problem": "recovery by mail alone", "remedy": "a second device or a day of waiting"}],
        },
    ),
    5: (
        {
            "overview": "One cluster in three zones, state outside of it, two environments.",
            "modules": [{"name": "cluster", "path": "infra/cluster.tf", "purpose": "zones and pools of machines"}],
        },
        {"scaling": ["web-pool at 65 per cent of its processors, 6 to 40 copies"]},
        {"network": ["services to postgres on 5432, each to its own database"]},
        {
            "monitoring": [{"measurement": "checkout errors", "limit": "1 of 100 over five minutes", "told": "whoever is on call"}],
            "pipeline": ["format, validate, plan, a person, apply"],
            "rollback": ["git revert and apply; volumes are kept"],
        },
    ),
    6: (
        {},
        {
            "summary": "People in the country wait weeks for a physician; a visit by video helps where hands are not needed.",
            "users": [{"who": "patients far from a clinic", "pain": "a day of travel for ten minutes"}],
            "market": ["three suppliers of video sign a business associate agreement"],
            "constraints": ["HIPAA Privacy and Security Rule", "licence of the physician in the state of the patient"],
        },
        {},
        {},
        {},
    ),
}
