"""What the architect hands on in scenarios 1, 2, 4 and 5. PURE. Its one law: each group of parts is as large as the mission says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from finestream.demo import sentences
from finestream.demo.dealing import KB, dealt, filled, longer, weight

Members = dict[str, Any]


class Service(NamedTuple):
    """A service, the resources that it has endpoints for, and the fields of its table."""

    name: str
    purpose: str
    database: str
    resources: tuple[str, ...]


SHOP = (
    Service("product-catalog", "holds what is sold, in which variants, with texts and pictures", "PostgreSQL", ("products", "categories")),
    Service("order-management", "takes an order from the basket to the doorstep, and back", "MongoDB", ("orders", "returns")),
    Service("inventory", "knows how many of each thing lie where, and promises none twice", "PostgreSQL", ("stocks", "reservations")),
    Service("pricing", "says what something costs, for whom, until when, and why", "Redis", ("prices", "promotions")),
    Service("payments", "authorises, captures and refunds, and never sees a card number", "PostgreSQL", ("payments", "refunds")),
    Service("customers", "keeps accounts, addresses and what people have agreed to", "PostgreSQL", ("accounts", "consents")),
    Service("search", "finds things by words, pictures and mistakes in words", "OpenSearch", ("queries", "suggestions")),
    Service("notifications", "writes to people when something has happened to their order", "DynamoDB", ("messages", "templates")),
)
WISHES = (
    Service("wishlist", "keeps what people want to remember, and shares it if they like", "PostgreSQL", ("wishes", "lists")),
    Service("price-watch", "compares each night what a thing costs with what it cost when it was wished for", "PostgreSQL", ("watches",)),
    Service("alert-mailer", "writes at most one mail a day, with everything that became cheaper", "Redis", ("alerts", "bounces")),
    Service("consent-book", "knows who wants mail, since when, and how they said so", "PostgreSQL", ("consents",)),
    Service("shop-web", "shows the heart beside the price, and the list to whoever has its address", "none", ("pages",)),
)
SIGN_IN = (
    Service("identity", "knows people by their name, their passkeys and their devices", "PostgreSQL", ("people", "passkeys")),
    Service("sessions", "hands out tokens of ten minutes, and takes them back at once", "Redis", ("tokens", "devices")),
    Service("risk-engine", "says how unusual a sign-in is, before it is decided", "ClickHouse", ("scores",)),
)
_CONSTRAINTS = (
    "{} never reads the database of another service",
    "a change in {} is visible everywhere within two seconds",
    "{} can be deployed alone, at any hour",
    "no request to {} without a deadline",
)


def _head(system: str, overview: str, services: Sequence[Service]) -> Members:
    rules = [_CONSTRAINTS[place % len(_CONSTRAINTS)].format(service.name) for place, service in enumerate(services)]
    return {"system_type": "microservices", "overview": f"{system}: {overview}", "key_constraints": rules}


def _services(services: Sequence[Service], room: int = 0) -> list[Members]:
    items = [
        {
            "name": each.name,
            "purpose": f"{each.name} {each.purpose}.",
            "database": each.database,
            "endpoints": [f"GET /v1/{resource}" for resource in each.resources],
            "events": [f"{each.name}.{resource}.changed" for resource in each.resources],
        }
        for each in services
    ]
    return filled(items, ("name", "purpose"), sentences.DESIGN, room - weight(items) if room else 0)


_METHODS = (("GET", "", "read"), ("POST", "", "create"), ("PATCH", "/ID", "change"))


def _endpoints(services: Sequence[Service], room: int = 0) -> list[Members]:
    items = [
        {
            "method": method,
            "path": f"/v1/{resource}{rest}",
            "service": each.name,
            "errors": ["401", "403", "404" if rest else "422"],
            "output": f"{method} /v1/{resource}{rest}: what {each.name} lets you {verb} of {resource}.",
        }
        for each in services
        for resource in each.resources
        for method, rest, verb in _METHODS
    ]
    texts = longer({str(item["output"]).partition(":")[0]: str(item["output"]) for item in items}, sentences.ENDPOINT, room - weight(items))
    return [{**item, "output": text} for item, text in zip(items, texts.values(), strict=True)]


def _tables(services: Sequence[Service], room: int = 0) -> list[Members]:
    names = [resource for each in services for resource in each.resources]
    items = [
        {
            "name": name,
            "owner": each.name,
            "fields": [f"{name}_id uuid primary key", f"{name}_state text not null", f"{name}_at timestamptz"],
        }
        for each in services
        for name in each.resources
    ]
    hands = dealt(names, sentences.TABLE, room - weight(items), frame=4)
    return [{**item, "fields": [*item["fields"], *hand]} for item, hand in zip(items, hands, strict=True)]


def _named(table: Mapping[str, str], phrases: Sequence[str], room: int) -> list[Members]:
    items = [{"name": name, "text": f"{name}: {text}."} for name, text in table.items()]
    return filled(items, ("name", "text"), phrases, room - weight(items))


def _lines(table: Mapping[str, str], phrases: Sequence[str], room: int) -> list[str]:
    texts = {name: f"{name}: {text}." for name, text in table.items()}
    return list(longer(texts, phrases, room - weight(list(texts.values()))).values())


def _rest(room: int, members: Iterable[object]) -> int:
    return room - sum(weight(each) for each in members)


def platform() -> Members:
    """Scenario 1: an e-commerce platform. The mission names no size; at the pace of its other scenarios it would be 20 KB."""
    overview = "event-driven architecture with 8 core services. Each owns its data, tells what happened, and can be down without the others"
    head = _head("e-commerce platform", overview, SHOP)
    endpoints, tables = _endpoints(SHOP[:4], 4 * KB), _tables(SHOP, 4 * KB)
    return {
        **head,
        "services": _services(SHOP, _rest(20 * KB, [head, endpoints, tables])),
        "api_endpoints": endpoints,
        "database_schema": tables,
    }


def feature() -> Members:
    """Scenario 2: a feature from the page to the table. 8 KB architecture, 4 KB API, 3 KB schema, 6 KB code."""
    overview = "people remember what they want and hear when it is cheaper. One page, three small services, one mail a day at most"
    head = _head("wish lists with price alerts", overview, WISHES)
    services = _services(WISHES, _rest(8 * KB, [head]))
    api, tables, code = _endpoints(WISHES, 4 * KB), _tables(WISHES, 3 * KB), _examples(6 * KB)
    return {**head, "services": services, "api_endpoints": api, "database_schema": tables, "code_examples": code}


_PATTERNS = {
    "repository": "Reads and writes rows, and knows no HTTP",
    "handler": "Turns a request into a call, and a result into an answer",
    "outbox": "Tells others what happened, once it has happened",
    "client": "Asks another service with a deadline and a breaker",
    "job": "Works through the night in pieces that can be repeated",
    "migration": "Adds before it removes",
    "fixture": "Makes a wish list for a test in one line",
    "projection": "Keeps what a page needs in the shape in which it needs it",
    "sweeper": "Deletes what nobody may keep any longer",
    "component": "Draws the heart, and says for a screen reader what it does",
}


def _examples(room: int) -> list[Members]:
    items = [
        {"title": f"{name}: {text}", "language": "python", "code": f"async def {name}_of(wish: Wish, now: datetime) -> Result:"}
        for name, text in _PATTERNS.items()
    ]
    hands = dealt([f"{name}_of" for name in _PATTERNS], sentences.CODE, room - weight(items) - 30 * len(items), frame=2)
    ends = (f"    return await {name}(wish.id, at=now)" for name in _PATTERNS)
    return [{**item, "code": "\n".join([item["code"], *hand, end])} for item, hand, end in zip(items, hands, ends, strict=True)]


_SURFACE = {
    "sign-in page": "anybody on the network, with a name they have guessed",
    "token endpoint": "clients that hold a code, and whoever has stolen one",
    "recovery by mail": "whoever reads the mail of somebody else",
    "administration": "employees, and their laptops on a train",
    "device registry": "a telephone that was sold without being emptied",
    "audit export": "auditors, and the folder into which they save it",
}
_STEPS = {
    "name": "the person says who they are, and learns nothing about whether we know them",
    "passkey": "the device signs our challenge with a key that never leaves it",
    "risk score": "place, hour and device are compared with the last ninety days",
    "second factor": "a score above 60 asks for a code from another device",
    "session": "a token of ten minutes is given, bound to the key of the device",
    "refresh": "a used refresh token ends the whole family of tokens",
    "step-up": "what moves money asks for the passkey again",
    "sign-out": "the session is refused everywhere within two seconds",
}
_DATA = {
    "names and addresses": "personal, confidential",
    "passkey public keys": "internal, integrity matters most",
    "recovery codes": "secret, kept as hashes",
    "session tokens": "secret, kept for ten minutes",
    "device fingerprints": "personal, sensitive in sum",
    "sign-in history": "personal, kept for ninety days",
    "risk scores": "confidential, not shown to the person by default",
    "audit records": "confidential, may not be changed by anybody",
    "support notes": "personal, written by people in a hurry",
}
_COMPLIANCE = {
    "SOC2 CC6.1": "access is granted by role, and reviewed each quarter",
    "SOC2 CC6.2": "accounts end on the day on which people leave",
    "SOC2 CC6.6": "entrances from outside are listed and guarded",
    "SOC2 CC7.2": "unusual sign-ins are seen within five minutes",
    "SOC2 CC8.1": "changes are reviewed, tested and can be taken back",
    "GDPR Art. 5": "no more is kept than the purpose needs",
    "GDPR Art. 17": "a person is forgotten in all stores, backups last",
    "GDPR Art. 25": "the careful setting is the one that nobody has to choose",
    "GDPR Art. 30": "what is processed stands in a register",
    "GDPR Art. 32": "encryption, separation and tests of both",
    "GDPR Art. 33": "who is told what, and when, if it goes wrong",
}


def sign_in() -> Members:
    """Scenario 4: a new authentication system. 9 KB architecture, 3 KB flow, 4 KB data, 6 KB compliance."""
    overview = "passkeys first, a second factor where a sign-in is unusual, and sessions that can be taken back at once"
    head = _head("authentication of the shop and its administration", overview, SIGN_IN)
    surface = _lines(_SURFACE, sentences.NETWORK, KB)
    api, tables = _endpoints(SIGN_IN, 5 * KB // 2), _tables(SIGN_IN, 3 * KB // 2)
    return {
        **head,
        "attack_surface": surface,
        "services": _services(SIGN_IN, _rest(9 * KB, [head, surface, api, tables])),
        "api_endpoints": api,
        "authentication_flow": _lines(_STEPS, sentences.AUTHENTICATION, 3 * KB),
        "database_schema": tables,
        "data_classification": _named(_DATA, sentences.SENSITIVITY, 4 * KB),
        "compliance": _named(_COMPLIANCE, sentences.CONTROLS, 6 * KB),
    }


_NODES = {
    "edge-ingress": "ends TLS and turns abuse away, two copies in each zone",
    "web-pool": "the pages, six copies, grows to forty",
    "service-pool": "eight services, three copies of each",
    "job-pool": "what may wait for the night, on spot machines",
    "postgres-primary": "one writer, two readers, 200 GiB",
    "redis-cluster": "prices and sessions, three shards",
    "kafka-brokers": "events for seven days, three brokers",
    "search-cluster": "three data nodes with 64 GiB",
    "object-store": "pictures and backups, versions kept for thirty days",
}
_LOADS = {
    "web-pool": "6 to 40 copies for 900 to 6,000 pages a second",
    "order-management": "3 to 24 copies for 20 to 160 orders a second",
    "pricing": "3 to 30 copies, memory is what it runs out of",
    "search": "3 to 18 copies, by the length of its queue",
    "job-pool": "0 to 50 machines, by the age of the oldest job",
    "kafka-brokers": "by hand, in steps of three",
    "edge-ingress": "4 to 12 copies, by open connections",
}
_RULES = {
    "edge to web": "443 from the edge to the pages, nothing else comes in",
    "web to services": "8443 with a certificate of the mesh",
    "services to postgres": "5432 to the own database of each service only",
    "services to kafka": "9093, with a topic list for each service",
    "payments to the acquirer": "443 to two addresses, through one exit",
    "jobs to object store": "443 through the private endpoint",
    "operators to the cluster": "through the bastion, with a passkey and for an hour",
    "pods among themselves": "refused unless a rule above says otherwise",
    "images": "only signed ones from our registry start",
    "secrets": "from the vault into memory, never into an environment variable",
}
_MEASURES = {
    "orders a minute": "below half of the same minute last week wakes somebody",
    "checkout errors": "more than one of a hundred over five minutes wakes somebody",
    "page time at the edge": "95 of 100 within 800 ms, else a ticket",
    "postgres replication lag": "more than ten seconds wakes somebody",
    "kafka consumer lag": "older than a minute makes a ticket, than ten wakes somebody",
    "certificate age": "less than six hours left wakes somebody",
    "spot machines lost": "more than half in an hour makes a ticket",
    "cost of the day": "a fifth above the plan writes to the lead",
}


def cluster() -> Members:
    """Scenario 5: the platform on Kubernetes. 7 KB topology, 3 KB scaling, 5 KB security, 4 KB monitoring."""
    head = _head(
        "e-commerce platform on Kubernetes", "one cluster in three zones, one pool for each kind of work, state outside of it", SHOP
    )
    services, api, tables = _services(SHOP[:3]), _endpoints(SHOP[:1]), _tables(SHOP[:3])
    return {
        **head,
        "topology": _named(_NODES, sentences.TOPOLOGY, _rest(7 * KB, [head, services, api, tables])),
        "services": services,
        "api_endpoints": api,
        "scaling": _lines(_LOADS, sentences.SCALING, 3 * KB),
        "database_schema": tables,
        "network_rules": _lines(_RULES, sentences.NETWORK, 5 * KB),
        "monitoring": _lines(_MEASURES, sentences.MONITORING, 4 * KB),
    }
