"""Whether a document is as its schema says. PURE. Its one law: a problem says where it is and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.exceptions import Unresolvable

from finestream.repair.budget import Budget, Exhausted

MOST = 5  # problems told at once


def problems_of(document: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return what is missing or wrong, the worst first."""
    missing = [f"{name} is missing" for name in schema.get("required", ()) if name not in document]
    rest = {key: value for key, value in schema.items() if key != "required"}
    # A registry of its own, and an empty one: the usual one fetches from the net what a schema refers to.
    budget = Budget()
    budget.allow(document)
    try:
        validator = budget.bounded(Draft202012Validator, rest, Registry())
        wrong = sorted(validator.iter_errors(document), key=lambda error: [str(step) for step in error.absolute_path])
    except Exhausted:
        return ["the schema of the document cannot be applied: it stands for too many checks, or names another schema's rules"]
    except (Unresolvable, re.error, RecursionError) as error:
        return [f"the schema of the document cannot be applied: {error}"]
    return [*missing, *(f"{error.json_path.removeprefix('$.')}: {error.message[:200]}" for error in wrong)][:MOST]
