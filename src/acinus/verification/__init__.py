"""Whether the equations are solved right: our engine beside published expected results and beside other simulators.

In: folders of the SBML Test Suite, or any SBML files. Out: one verdict for each case or file, with what differs, where
and by how much; a construct that is refused is named.

Knows SBML files, other simulators and how results are compared. Never knows biology or evidence, and never why an
engine gives the numbers it gives.
"""

from __future__ import annotations

from acinus.verification.cross_check import Agreement, FileReport, FileVerdict, check_file, find_models
from acinus.verification.suite_case import SuiteCase, find_cases
from acinus.verification.suite_run import SuiteReport, verify_suite
from acinus.verification.verdict import CaseResult, Verdict

__all__ = [
    "Agreement",
    "CaseResult",
    "FileReport",
    "FileVerdict",
    "SuiteCase",
    "SuiteReport",
    "Verdict",
    "check_file",
    "find_cases",
    "find_models",
    "verify_suite",
]
