"""The documents that the agents of the demo hand on. PURE. Its one law: each is JSON text, and always the same."""

from __future__ import annotations

import json

_SERVICES = (
    ("auth", "signs people and machines in, and hands out short-lived tokens", "PostgreSQL", ("login", "refresh", "logout", "mfa")),
    ("accounts", "holds merchants, their users and what each of them may do", "PostgreSQL", ("merchants", "users", "roles", "audit")),
    ("checkout", "turns a basket into a payment intent with a price that stays", "PostgreSQL", ("intents", "quotes", "coupons", "taxes")),
    ("vault", "keeps card data behind tokens, so that nobody else ever sees it", "HSM, PostgreSQL", ("cards", "tokens", "rotate", "erase")),
    ("risk", "scores each payment before it leaves the house", "Redis, ClickHouse", ("scores", "rules", "lists", "cases")),
    ("router", "picks the acquirer by price, health and currency", "Redis", ("routes", "health", "fees", "limits")),
    (
        "acquiring",
        "speaks the dialects of the acquirers: ISO 8583 here, JSON there",
        "PostgreSQL",
        ("authorise", "capture", "void", "refund"),
    ),
    (
        "ledger",
        "books every movement of money twice, and never changes an entry",
        "PostgreSQL",
        ("entries", "balances", "periods", "proofs"),
    ),
    ("settlement", "matches what the banks say with what the ledger says", "PostgreSQL, S3", ("batches", "files", "breaks", "payouts")),
    (
        "disputes",
        "follows a chargeback from the first letter to the last",
        "PostgreSQL, S3",
        ("claims", "evidence", "deadlines", "outcomes"),
    ),
    ("webhooks", "tells merchants what happened, in order and at least once", "Kafka", ("endpoints", "deliveries", "secrets", "replays")),
    ("reporting", "answers questions about last month without touching today", "ClickHouse", ("exports", "figures", "schedules", "saved")),
    ("notifications", "writes to people in their language: e-mail, SMS, push", "Redis", ("templates", "messages", "consents", "bounces")),
    ("gateway-edge", "ends TLS, counts requests, and turns abuse away", "Redis", ("keys", "quotas", "blocks", "traces")),
)
_QUALITIES = (
    "answers in less than {} ms for 99 of 100 requests",
    "loses at most {} s of work when its zone burns down",
    "grows to {} times the load of today without a change of its code",
    "is deployed alone, {} times a day if need be, behind a flag",
)
_RISKS = (
    'If {} is down, {} goes on from its last known state, and says "stale" in each answer.',
    "A slow {} must not hold the threads of {}: a deadline of 250 ms, then the breaker opens.",
    "{} may see an event of {} twice; the key of the event decides, not the time it came.",
)


def architecture() -> str:
    """The architecture of a payment gateway: as the tool input that hands it on, it needs about 5,300 tokens."""
    components = [_component(number) for number in range(len(_SERVICES))]
    system = {
        "name": "payment-gateway",
        "style": "event-driven microservices",
        "regions": ["eu-central-1", "eu-west-1"],
        "currency": "€ £ zł Kč",
    }
    return json.dumps({"system": system, "components": components}, indent=2, ensure_ascii=False)


def _component(number: int) -> dict[str, object]:
    name, purpose, store, resources = _SERVICES[number]
    before, after = _SERVICES[number - 1][0], _SERVICES[(number + 1) % len(_SERVICES)][0]
    return {
        "service": name,
        "purpose": purpose,
        "store": store,
        "endpoints": [f"/v1/{name}/{resource}" for resource in resources],
        "events": {
            "emits": [f"{name}.{resource}.changed" for resource in resources[:2]],
            "hears": [f"{before}.{_SERVICES[number - 1][3][0]}.changed"],
        },
        "qualities": [quality.format(7 + 13 * number + 5 * index) for index, quality in enumerate(_QUALITIES)],
        "risks": [risk.format(*((before, name) if index % 2 else (after, name))) for index, risk in enumerate(_RISKS)],
        "first_step": f"An empty {name} with a pipeline, a dashboard and an owner, by sprint {1 + number // 3}.",
        "decision": f"ADR-{number + 1:03}: {name} owns its data; {before} and {after} ask it, or listen, and never read its tables.",
    }


_GIVEN = ("a signed-in customer", "a guest", "an expired card", "a locked account", "a basket in złoty")
_WHEN = (
    "pays by card",
    "pays twice within a second",
    "goes back from the 3-D page",
    "asks for a refund",
    "loses the network",
    "changes the currency",
    "retries",
)
SCENARIOS = 35


def plan_of_tests() -> str:
    """A test plan of 35 scenarios, one a line with an empty line after every ten, and the edge cases."""
    lines = [_scenario(number) for number in range(1, SCENARIOS + 1)]
    groups = [",\n".join(lines[start : start + 10]) for start in range(0, SCENARIOS, 10)]
    edges = [json.dumps({"id": f"EC-{number}", "case": case}, ensure_ascii=False) for number, case in enumerate(_EDGES, 1)]
    return '{"plan": "payment-gateway", "scenarios": [\n' + ",\n\n".join(groups) + '\n], "edge_cases": [\n' + ",\n".join(edges) + "\n]}"


def _scenario(number: int) -> str:
    given, when = _GIVEN[number % len(_GIVEN)], _WHEN[number % len(_WHEN)]
    return json.dumps({"id": f"TS-{number}", "t": f"{given} {when}"}, ensure_ascii=False)


_EDGES = (
    "an amount of 0.00 €, and one of 99,999,999.99 €",
    'a name in 漢字, one with an apostrophe (O\'Brien), one that is "quoted"',
    "29 February, and the hour that summer time skips",
    "the acquirer answers after our deadline, and says yes",
    "two webhooks for one payment, the second one first",
)

_FEATURES = (
    ("authentication", "high", "User login with OAuth2, and a second factor for whoever may move money"),
    ("payment links", "high", "A link that takes one payment, shows the price in the payer's currency and ends at midnight"),
    ("refunds", "medium", "Whole or in part, by whoever has the role, with the reason in the ledger"),
    ("exports", "medium", "A month as CSV, with decimal commas where people expect them"),
    ("dark mode", "low", "Colours follow the system; contrast stays at 4.5 : 1"),
)


def requirements() -> str:
    """The requirements of a product, as the product manager hands them to quality assurance."""
    features = [
        {"name": name, "priority": priority, "description": text, "accepted_when": [f"{name}: {step}" for step in _STEPS]}
        for name, priority, text in _FEATURES
    ]
    return json.dumps({"product": "payment-gateway", "features": features}, indent=1, ensure_ascii=False)


_STEPS = ("it works with the keyboard alone", "a refusal says what to do next")
