"""The ledger of health statements: what popular articles say, how sure anyone can be, and what the checks found.

In: ``biology/evidence/*.yaml``, the claims they name, and where there is one a folder with the US health survey. Out: a
`Ledger`, one `Entry` for each statement with the results of its checks and a verdict.

Knows how a verdict follows from results. Never knows terminals or pages, never changes a verdict that a result does
not move, and never drops a warning: it travels with the statement in every form.
"""

from __future__ import annotations

from acinus.evidence.ledger.checking import Ledger, LedgerEntry, run_ledger
from acinus.evidence.ledger.liver_deaths import LiverDeaths, make_liver_deaths
from acinus.evidence.ledger.results import PartResult, Result, combined
from acinus.evidence.ledger.statement import KINDS, LEVELS, VERDICTS, HealthStatement, read_statements

__all__ = [
    "KINDS",
    "LEVELS",
    "VERDICTS",
    "HealthStatement",
    "Ledger",
    "LedgerEntry",
    "LiverDeaths",
    "PartResult",
    "Result",
    "combined",
    "make_liver_deaths",
    "read_statements",
    "run_ledger",
]
