"""What is wrong with an installation, and what to do about it. SHELL. Its one law: looking changes nothing; only ``--fix`` does, and only
what is ours.
"""

from finestream.doctor.checks import CHECKS, Check, examine, mend
from finestream.doctor.findings import Finding
from finestream.doctor.patient import Patient, Sheet, read_sheets

__all__ = ["CHECKS", "Check", "Finding", "Patient", "Sheet", "examine", "mend", "read_sheets"]
