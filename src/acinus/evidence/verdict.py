"""Verdicts: what became of each claim, and the records a report or a script needs of them."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from acinus.provenance import CONTEXT_OF_USE, version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acinus.calibration.curve import Pairs
    from acinus.errors import Diagnostic

__all__ = ["Outcome", "Qualification", "Verdict"]


@enum.unique
class Outcome(enum.Enum):
    """How a claim ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True, eq=False)
class Verdict:
    """One claim and what became of it.

    Attributes
    ----------
    id, kind, check, statement, source, note : str
        As written; `kind` is empty for a file that could not be read.
    place : str
        File and line.
    outcome : Outcome
    expected, found : str
        In words, for people.
    numbers : mapping of str to float
        The same for scripts: ``gmfe``, ``share``, ``low``, ``high`` ...
    n_in, n_ok, n_failed : int
        Individuals simulated, finished, failed; ``n_in == n_ok + n_failed``.
    why : tuple of str
        Which limits were broken, and what else a reader should know.
    diagnostics : tuple of Diagnostic
        What is wrong with the claim, for an error.
    members : tuple of str
        Ids of the claims that a pool is made of.
    curve : Pairs or None
        Measured and predicted values, for plots.
    """

    id: str
    kind: str
    check: str
    statement: str
    source: str
    note: str
    place: str
    outcome: Outcome
    expected: str = ""
    found: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    n_in: int = 0
    n_ok: int = 0
    n_failed: int = 0
    why: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    members: tuple[str, ...] = ()
    curve: Pairs | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; numbers that are not finite become None."""
        entry: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "check": self.check,
            "statement": self.statement,
            "source": self.source,
            "note": self.note,
            "place": self.place,
            "outcome": self.outcome.value,
            "expected": self.expected,
            "found": self.found,
            "numbers": {name: _number(value) for name, value in self.numbers.items()},
            "n_in": self.n_in,
            "n_ok": self.n_ok,
            "n_failed": self.n_failed,
            "why": list(self.why),
            "diagnostics": [_diagnostic(d) for d in self.diagnostics],
        }
        if self.members:
            entry["members"] = list(self.members)
        if self.curve is not None:
            entry["curve"] = {
                "study": self.curve.study,
                "analyte": self.curve.analyte,
                "unit": self.curve.unit,
                "left_out": self.curve.left_out,
                **{
                    name: [_number(float(v)) for v in getattr(self.curve, name)]
                    for name in ("time", "observed", "predicted", "low", "high", "course_time", "course")
                },
            }
        return entry

    def __str__(self) -> str:
        line = f"{self.outcome.value:7}{self.id}: {self.found or self.statement}"
        if self.outcome is Outcome.FAILED:
            line += f" (expected {self.expected})"
        return "\n".join([line, *(str(d) for d in self.diagnostics)])


@dataclass(frozen=True, eq=False)
class Qualification:
    """All verdicts of one qualification.

    Attributes
    ----------
    verdicts : tuple of Verdict
        In the order of the files.
    models : mapping of str to str
        Name -> hash of every model that was simulated.
    simulated : int
        Runs made; claims with the same setting share one.
    """

    verdicts: tuple[Verdict, ...]
    models: Mapping[str, str]
    simulated: int

    def __getitem__(self, claim_id: str) -> Verdict:
        from acinus.errors import nearest

        for verdict in self.verdicts:
            if verdict.id == claim_id:
                return verdict
        raise KeyError(f"no claim `{claim_id}`. {nearest(claim_id, [v.id for v in self.verdicts])}")

    @property
    def summary(self) -> Mapping[str, Mapping[str, int]]:
        """Counts by kind and outcome; files that could not be read count under ``unreadable``."""
        counts: dict[str, dict[str, int]] = {}
        for verdict in self.verdicts:
            row = counts.setdefault(verdict.kind or "unreadable", {o.value: 0 for o in Outcome})
            row[verdict.outcome.value] += 1
        return counts

    @property
    def ok(self) -> bool:
        """Whether every claim passed."""
        return all(verdict.outcome is Outcome.PASSED for verdict in self.verdicts)

    @property
    def curves(self) -> Mapping[str, Pairs]:
        """Measured and predicted values by claim, for plots."""
        return {v.id: v.curve for v in self.verdicts if v.curve is not None}

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "acinus": version(),
            "context_of_use": CONTEXT_OF_USE,
            "models": dict(self.models),
            "simulated": self.simulated,
            "summary": {kind: dict(row) for kind, row in self.summary.items()},
            "claims": [verdict.as_dict() for verdict in self.verdicts],
        }

    def __str__(self) -> str:
        lines = [str(verdict) for verdict in self.verdicts]
        for kind, row in self.summary.items():
            lines.append(f"{kind}: " + ", ".join(f"{count} {outcome}" for outcome, count in row.items()))
        return "\n".join(lines)


def _number(value: float) -> float | int | None:
    if isinstance(value, int):
        return value
    return float(value) if math.isfinite(value) else None


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    place = diagnostic.place
    return {
        "code": diagnostic.code.value,
        "what": diagnostic.what,
        "place": str(place) if place is not None else None,
        "why": diagnostic.why,
        "remedy": diagnostic.remedy,
    }
