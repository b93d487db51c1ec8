"""Claims about a model and whether they hold: fold errors, ranges, shares of people, discrimination, pools.

In: claims files (the shipped ones, or any file or folder with claims, data and protocols). Out: a
`Qualification`, one `Verdict` for each claim with what was expected and what was found, and the measured and
predicted values for plots.

Knows how a claim is written and when it holds. Never knows terminals or pages, nor how a model is solved; and
never leaves out a claim that failed or could not be evaluated.
"""

from __future__ import annotations

from acinus.evidence.binomial import Share, clopper_pearson
from acinus.evidence.claim_files import find_claims
from acinus.evidence.qualification import qualify
from acinus.evidence.rank import area_under_roc
from acinus.evidence.verdict import Outcome, Qualification, Verdict

__all__ = [
    "Outcome",
    "Qualification",
    "Share",
    "Verdict",
    "area_under_roc",
    "clopper_pearson",
    "find_claims",
    "qualify",
]
