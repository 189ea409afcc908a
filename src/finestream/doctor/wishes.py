"""finestream's own settings. SHELL. Its one law: what is wrong is told as whoever starts a monitor would be told."""

from __future__ import annotations

from collections.abc import Iterator

from finestream.doctor.findings import Finding, broken, fine, warning
from finestream.doctor.patient import Patient


def check_wishes(patient: Patient) -> Iterator[Finding]:
    """Look whether the user's file and the project's can be followed."""
    if patient.refusal:
        place = f"{patient.refusal.place}: " if patient.refusal.place else ""
        yield broken(f"{place}{patient.refusal.message}, so no monitor starts", patient.refusal.fix)
    for remark in patient.remarks:
        yield warning(remark, "Mend the line, or take it out.")
    if not patient.refusal and not patient.remarks:
        yield fine("finestream's own settings can be followed")
