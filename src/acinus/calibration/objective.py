"""The objective: parameter values in, residuals of every datum out.

A residual is ``ln(predicted / measured) / sigma``, times the root of the datum's weight. What cannot be
predicted (a run that did not finish, a number that is not finite or not positive) has the residual
`Search.penalty`, so that the search moves away from there and the number of residuals never changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.bench import Bench
from acinus.calibration.curve import CurveCheck, read_curve
from acinus.calibration.scalar import CompareCheck, ScalarCheck, read_compare, read_scalar
from acinus.errors import AcinusError, Code, Diagnostic, ModelTextError, RequestError
from acinus.units import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from acinus.calibration.bench import Experiment
    from acinus.calibration.expectation import Limits
    from acinus.calibration.problem import DataTerm, Moving, Problem
    from acinus.documents import Node
    from acinus.model import Model

__all__ = ["Axis", "Objective", "Term"]

_CURVE_SIGMA = 0.3


@dataclass(frozen=True)
class Axis:
    """One parameter in numbers: its unit, start and bounds, and its prior, in the model's unit.

    `to_search` and `from_search` change between the parameter and the number that the search moves.
    """

    id: str
    unit: str
    start: float
    low: float
    high: float
    log: bool
    centre: float
    spread: float | None

    def to_search(self, value: float) -> float:
        """Return the logarithm, or the value itself on a linear scale."""
        return math.log(value) if self.log else value

    def from_search(self, position: float) -> float:
        """Return the parameter's value."""
        return math.exp(position) if self.log else position


@dataclass(frozen=True)
class Term:
    """One datum: its name, where its residuals stand, and how they are weighed."""

    name: str
    rows: slice
    sigma: float
    weight: float
    words: str

    @property
    def size(self) -> int:
        """Number of residuals."""
        return self.rows.stop - self.rows.start


class Objective:
    """A problem made ready to be evaluated.

    Parameters
    ----------
    problem : Problem

    Raises
    ------
    RequestError
        AC932 and AC933: data that cannot be used, parameters the model does not have or whose numbers make no
        sense.
    AcinusError
        Whatever is wrong with models and protocols.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.bench = Bench()
        findings: list[Diagnostic] = []
        self.model = self.bench.model(problem.model)
        self.axes = tuple(
            axis for moving in problem.parameters if (axis := _axis(moving, self.model, findings)) is not None
        )
        self._checks: list[CurveCheck | ScalarCheck | CompareCheck] = []
        self._experiments: list[tuple[Experiment, ...]] = []
        terms: list[Term] = []
        first = 0
        for datum in problem.data:
            check = _check(datum, findings)
            if check is None:
                continue
            try:
                prepared = check.prepare(self.bench)
            except AcinusError as error:
                findings.extend(error.diagnostics)
                continue
            experiments = prepared if isinstance(prepared, tuple) else (prepared,)
            findings.extend(
                _other_model(datum, e, self.model) for e in experiments if e.model.hash != self.model.hash
            )
            size = int((check.points.value > 0).sum()) if isinstance(check, CurveCheck) else 1
            self._checks.append(check)
            self._experiments.append(experiments)
            sigma, words = _sigma(datum, check)
            terms.append(Term(datum.statement.id, slice(first, first + size), sigma, datum.weight, words))
            first += size
        if findings:
            raise RequestError(dict.fromkeys(findings))
        self.terms = tuple(terms)
        self.size = first
        self.failures: dict[str, str] = {}

    @property
    def start(self) -> NDArray[np.float64]:
        """Where the search begins, (P,)."""
        return np.array([axis.to_search(axis.start) for axis in self.axes])

    @property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bounds of the search, (P,) each."""
        low = np.array([axis.to_search(axis.low) if axis.low > -math.inf else -np.inf for axis in self.axes])
        high = np.array([axis.to_search(axis.high) if axis.high < math.inf else np.inf for axis in self.axes])
        return low, high

    def values(self, position: NDArray[np.float64]) -> dict[str, float]:
        """Return parameter values by id, in the model's units."""
        return {axis.id: axis.from_search(float(x)) for axis, x in zip(self.axes, position, strict=True)}

    def data_residuals(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the residuals of the data, (M,)."""
        bench = self.bench.shifted(self.values(position))
        residuals = np.full(self.size, self.problem.search.penalty)
        self.failures = {}
        for term, check, experiments in zip(self.terms, self._checks, self._experiments, strict=True):
            try:
                found = _log_ratios(check, bench, experiments, term.sigma)
            except AcinusError as error:
                self.failures[term.name] = error.diagnostics[0].what
                continue
            finite = np.isfinite(found)
            residuals[term.rows] = np.where(finite, found, self.problem.search.penalty)
            if not finite.all():
                self.failures[term.name] = (
                    f"{int((~finite).sum())} of {term.size} predictions are not positive numbers"
                )
        scale = np.concatenate([np.full(term.size, math.sqrt(term.weight)) for term in self.terms])
        # An outlier beyond the penalty would weigh more than a run that failed altogether.
        return scale * np.clip(residuals, -self.problem.search.penalty, self.problem.search.penalty)

    def prior_residuals(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the residuals of the priors, one for each parameter that has one."""
        return np.array(
            [
                (x - axis.to_search(axis.centre)) / axis.spread
                for axis, x in zip(self.axes, position, strict=True)
                if axis.spread is not None
            ]
        )

    def prior_rows(self) -> NDArray[np.float64]:
        """Return the derivative of `prior_residuals`, (priors, P)."""
        rows = [np.eye(len(self.axes))[i] / a.spread for i, a in enumerate(self.axes) if a.spread is not None]
        return np.array(rows).reshape(len(rows), len(self.axes))

    def describe(self, position: NDArray[np.float64]) -> Mapping[str, str]:
        """Return in words what each datum found: a mean fold error, or found against expected."""
        bench = self.bench.shifted(self.values(position))
        words = {}
        for term, check, experiments in zip(self.terms, self._checks, self._experiments, strict=True):
            try:
                if isinstance(check, CurveCheck):
                    words[term.name] = check.limits.found(check.pairs(bench, experiments[0]).folds)
                else:
                    found = check.find(bench, experiments)
                    words[term.name] = f"{found.value:.4g}, expected {found.limits}"
            except AcinusError as error:
                words[term.name] = error.diagnostics[0].what
        return words


def _check(datum: DataTerm, findings: list[Diagnostic]) -> CurveCheck | ScalarCheck | CompareCheck | None:
    readers = {"curve": read_curve, "scalar": read_scalar, "compare": read_compare}
    try:
        return readers[datum.statement.check](datum.statement, findings)
    except AcinusError as error:
        findings.extend(error.diagnostics)
        return None


def _other_model(datum: DataTerm, experiment: Experiment, model: Model) -> Diagnostic:
    return Diagnostic(
        Code.PROBLEM_DATA,
        f"`{datum.statement.id}` is about the model `{experiment.model.name}`, the problem about "
        f"`{model.name}`",
        datum.statement.place,
        "One set of parameter values is fitted to one model.",
        "Name the same model and zones, or leave the claim out.",
    )


def _sigma(datum: DataTerm, check: CurveCheck | ScalarCheck | CompareCheck) -> tuple[float, str]:
    if datum.sigma is not None:
        return datum.sigma, f"sigma {datum.sigma:g}"
    if isinstance(check, CurveCheck):
        return _CURVE_SIGMA, f"sigma {_CURVE_SIGMA:g}"
    # Limits of a scalar are read as two standard deviations around its middle, once their unit is known.
    return math.nan, "sigma from its limits"


def _log_ratios(
    check: CurveCheck | ScalarCheck | CompareCheck,
    bench: Bench,
    experiments: tuple[Experiment, ...],
    sigma: float,
) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(check, CurveCheck):
            pairs = check.pairs(bench, experiments[0])
            return np.log(pairs.predicted / pairs.observed) / sigma
        found = check.find(bench, experiments)
        return np.array([scalar_residual(found.value, found.limits, sigma)])


def scalar_residual(found: float, limits: Limits, sigma: float = math.nan) -> float:
    """Return how far a number lies from what was expected, in standard deviations.

    A range or a value with a tolerance is centred (geometrically, where its ends are positive) and its ends
    lie two standard deviations away, unless `sigma` says otherwise. A one-sided limit pulls only if broken.

    Examples
    --------
    >>> from acinus.calibration.expectation import Limits
    >>> round(scalar_residual(4.0, Limits(1.0, 4.0, None, "h")), 9)
    2.0
    >>> scalar_residual(5.0, Limits(-float("inf"), 6.0, None, "h"))
    0.0
    """
    if math.isinf(limits.low) or math.isinf(limits.high):
        if limits.hold(found):
            return 0.0
        edge = limits.high if math.isinf(limits.low) else limits.low
        spread = 0.1 if math.isnan(sigma) else sigma
        return math.log(found / edge) / spread if found > 0 and edge > 0 else math.nan
    if limits.low > 0:
        if not found > 0:
            return math.nan
        centre = limits.target or math.sqrt(limits.low * limits.high)
        spread = math.log(limits.high / limits.low) / 4 if math.isnan(sigma) else sigma
        return math.log(found / centre) / spread
    spread = (limits.high - limits.low) / 4 if math.isnan(sigma) else sigma
    centre = limits.target if limits.target is not None else (limits.high + limits.low) / 2
    return (found - centre) / spread


def _axis(moving: Moving, model: Model, findings: list[Diagnostic]) -> Axis | None:
    def refuse(what: str, why: str = "", remedy: str = "") -> None:
        findings.append(Diagnostic(Code.PROBLEM_PARAMETER, what, moving.place, why, remedy))

    try:
        value, unit = model.constant(moving.id)
    except ModelTextError as error:
        refuse(f"the model has no parameter `{moving.id}`", remedy=error.diagnostics[0].remedy)
        return None
    card = model.cards.get(moving.id)
    before = len(findings)

    def number(node: Node | None, usual: float, word: str) -> float:
        if node is None:
            return usual
        try:
            return parse_quantity(
                node.value,
                what=f"`{word}` of `{moving.id}`",
                like=(unit or "dimensionless",),
                place=node.place,
                error=RequestError,
                code=Code.PROBLEM_PARAMETER,
            ).to(unit or "dimensionless")
        except RequestError as error:
            findings.extend(error.diagnostics)
            return math.nan

    start = number(moving.start, value, "start")
    low = number(moving.low, card.low if card is not None and card.low is not None else -math.inf, "low")
    high = number(moving.high, card.high if card is not None and card.high is not None else math.inf, "high")
    centre = number(moving.prior, start, "prior")
    if len(findings) > before:
        return None
    log = moving.scale == "log"
    if log and (start <= 0 or centre <= 0):
        refuse(
            f"`{moving.id}` starts at {start:g}", "On a log scale it is above zero.", "Write `scale: linear`."
        )
    if not low < start < high:
        refuse(
            f"`{moving.id}` starts at {start:g}, outside its bounds {low:g} to {high:g}",
            "The search begins inside the bounds.",
            "Change the start or the bounds.",
        )
    if len(findings) > before:
        return None
    low = -math.inf if log and low <= 0 else low
    return Axis(moving.id, unit, start, low, high, log, centre, moving.spread)
