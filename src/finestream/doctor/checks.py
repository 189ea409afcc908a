"""The table of all checks. SHELL. Its one law: a check that fails itself is a finding, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from finestream.doctor.conflicts import check_address, check_limit, check_provider, check_readable, check_streaming, check_switches
from finestream.doctor.contract import check_contract
from finestream.doctor.copies import check_copies
from finestream.doctor.disk import check_journal
from finestream.doctor.findings import Finding, warning
from finestream.doctor.gateway import check_changes, check_monitor, check_served
from finestream.doctor.hooks import check_cost, check_files, check_registered, check_running
from finestream.doctor.interpreter import check_client, check_python
from finestream.doctor.patient import Patient
from finestream.doctor.wishes import check_wishes


class Check(NamedTuple):
    """One row: its name, what it looks at, and the look itself."""

    id: str
    what: str
    look: Callable[[Patient], Iterator[Finding]]


CHECKS = (
    Check("python", "the python3 that hooks run", check_python),
    Check("client", "Claude Code", check_client),
    Check("settings", "the settings files of Claude Code", check_readable),
    Check("wishes", "finestream's own settings", check_wishes),
    Check("switches", "what switches hooks off", check_switches),
    Check("hooks", "one hook for each event", check_registered),
    Check("files", "the files that hooks run", check_files),
    Check("copies", "what was copied here", check_copies),
    Check("run", "each hook, run with a sample", check_running),
    Check("cost", "what a hook costs", check_cost),
    Check("address", "where requests go", check_address),
    Check("provider", "whom the client asks", check_provider),
    Check("streaming", "fine-grained streaming", check_streaming),
    Check("limit", "the output limit", check_limit),
    Check("monitor", "the permanent monitor", check_monitor),
    Check("changes", "what the monitor changes", check_changes),
    Check("served", "what a hook of the monitor costs", check_served),
    Check("journal", "the journal", check_journal),
    Check("upstream", "the API behind it", check_contract),
)


def examine(patient: Patient, checks: Iterable[Check] = CHECKS) -> Iterator[tuple[Check, Finding]]:
    """Make all checks, one after the other."""
    for check in checks:
        try:
            yield from ((check, finding) for finding in check.look(patient))
        except Exception as fault:  # a look at somebody's machine meets what nobody has thought of; the rest is worth knowing all the same
            yield check, warning(f"this could not be looked at ({type(fault).__name__}: {fault})", "Please report it.")


def mend(findings: Iterable[Finding]) -> list[str]:
    """Repair what is ours; return what was done. The same repair is made once."""
    done: list[str] = []
    for finding in findings:
        said = finding.mend() if finding.mend else None
        if said and said not in done:
            done.append(said)
    return done
