"""Pools: many claims together, their points taken as one set."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.curve import FoldLimits, read_fold_limits
from acinus.calibration.entry import Entry
from acinus.calibration.statement import KINDS
from acinus.calibration.statistics import geometric_mean_fold_error, share_within_fold
from acinus.errors import Code, nearest
from acinus.evidence.judging import Judgement
from acinus.evidence.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from acinus.calibration.statement import Statement
    from acinus.errors import Diagnostic

__all__ = ["Pool", "read_pool"]


@dataclass(frozen=True)
class Pool:
    """A pool, read: its members by id, and what is asked of them.

    Attributes
    ----------
    members : tuple of str
    limits : FoldLimits
        For the points of all members together.
    passes : int or None
        How many members must pass.
    passes_share : float or None
        Which share of them must pass.
    """

    members: tuple[str, ...]
    limits: FoldLimits
    passes: int | None
    passes_share: float | None

    def judge(self, verdicts: Mapping[str, Verdict]) -> Judgement:
        """Return what the members found together.

        A member that could not be evaluated is named, and the pool does not hold: what is missing might have
        been what breaks the limit.
        """
        members = [verdicts[name] for name in self.members]
        broken = [v.id for v in members if v.outcome is Outcome.ERROR]
        passed = sum(v.outcome is Outcome.PASSED for v in members)
        why = (
            [f"{len(broken)} of {len(members)} claims could not be evaluated: {', '.join(broken)}"]
            if broken
            else []
        )
        found: list[str] = []
        expected: list[str] = []
        numbers: dict[str, float] = {"claims": len(members), "passed": passed, "errors": len(broken)}
        if self.limits != FoldLimits():
            folds = np.concatenate([np.empty(0), *(v.curve.folds for v in members if v.curve is not None)])
            why += self.limits.broken_by(folds)
            found.append(
                f"{self.limits.found(folds)} ({folds.size} points of {len(members) - len(broken)} claims)"
            )
            expected.append(str(self.limits))
            numbers |= {"gmfe": geometric_mean_fold_error(folds), "points": int(folds.size)}
            numbers["within_2_fold"] = share_within_fold(folds, 2.0)
            if self.limits.fold is not None:
                numbers |= {"fold": self.limits.fold, "share": share_within_fold(folds, self.limits.fold)}
        if self.passes is not None or self.passes_share is not None:
            wanted = (
                self.passes
                if self.passes is not None
                else int(np.ceil((self.passes_share or 0) * len(members) - 1e-9))
            )
            found.append(f"{passed} of {len(members)} claims pass")
            expected.append(f"at least {wanted} of {len(members)} claims pass")
            numbers["passes_wanted"] = wanted
            why += [f"only {passed} claims pass"] if passed < wanted else []
        return Judgement(
            not why,
            "; ".join(expected),
            "; ".join(found),
            numbers,
            sum(v.n_in for v in members),
            sum(v.n_ok for v in members),
            tuple(why),
        )


def read_pool(statement: Statement, others: Sequence[Statement], findings: list[Diagnostic]) -> Pool | None:
    """Return a pool over the claims of its own root; None, and findings (AC901, AC902, AC907), if wrong."""
    entry = Entry(statement.node, f"the pool `{statement.id}`", findings)
    entry.only("claims", "kind", "gmfe", "within", "passes")
    before = len(findings)
    patterns = entry.texts("claims", needed=True)
    kind = entry.choice("kind", (*KINDS, "any"), "any")
    limits = read_fold_limits(entry)
    passes, share = _passes(entry)
    if limits == FoldLimits() and passes is None and share is None:
        entry.refuse(
            f"{entry.what} asks for nothing", statement.node.place, "", "Write `gmfe`, `within` or `passes`."
        )
    within = [o for o in others if o.root == statement.root and o.check != "pool"]
    chosen: dict[str, Statement] = {}
    for pattern in patterns:
        hits = [o for o in within if fnmatch.fnmatchcase(o.id, pattern)]
        if not hits:
            entry.refuse(
                f"no claim is called `{pattern}`",
                statement.node["claims"].place,
                "A pool takes claims of the folder that it stands in.",
                nearest(pattern, [o.id for o in within]),
                Code.CLAIM_POOL,
            )
        chosen |= {o.id: o for o in hits if kind in ("any", o.kind)}
    odd = [o.id for o in chosen.values() if o.check not in ("curve", "")]
    if limits != FoldLimits() and odd:
        entry.refuse(
            f"{', '.join(odd)} {'has' if len(odd) == 1 else 'have'} no curve",
            statement.node["claims"].place,
            "Only claims with a `curve` have points to pool.",
            "Name the curves, or ask for `passes`.",
            Code.CLAIM_POOL,
        )
    if not chosen and len(findings) == before:
        entry.refuse(
            f"{entry.what} has no members of kind {kind}", statement.node.place, code=Code.CLAIM_POOL
        )
    return None if len(findings) > before else Pool(tuple(chosen), limits, passes, share)


def _passes(entry: Entry) -> tuple[int | None, float | None]:
    node = entry.get("passes")
    if node is None:
        return None, None
    part = Entry(node, f"`passes` of {entry.what}", entry.findings)
    part.only("at_least", "share")
    return (part.whole("at_least", 0) if "at_least" in node else None, part.number("share", low=0, high=1))
