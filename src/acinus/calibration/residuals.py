"""Residuals: a prediction set against a datum, in standard deviations of the datum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from acinus.calibration.curve import CurveCheck, read_curve
from acinus.calibration.scalar import CompareCheck, ScalarCheck, read_compare, read_scalar
from acinus.calibration.share import ShareCheck, read_share
from acinus.errors import AcinusError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from acinus.calibration.bench import Bench, Experiment
    from acinus.calibration.expectation import Limits
    from acinus.calibration.problem import DataTerm
    from acinus.errors import Diagnostic

__all__ = [
    "Check",
    "binomial_residual",
    "read_check",
    "rows_of",
    "scalar_residual",
    "sigma_of",
    "told_of",
]

Check = CurveCheck | ScalarCheck | CompareCheck | ShareCheck

_CURVE_SIGMA = 0.3


def read_check(datum: DataTerm, findings: list[Diagnostic]) -> Check | None:
    """Return the check of a claim that is data; None, and findings, if it cannot be used."""
    readers = {"curve": read_curve, "scalar": read_scalar, "compare": read_compare, "share": read_share}
    try:
        return readers[datum.statement.check](datum.statement, findings)
    except AcinusError as error:
        findings.extend(error.diagnostics)
        return None


def sigma_of(datum: DataTerm, check: Check) -> tuple[float, str]:
    """Return the spread of a datum's residuals, NaN where it follows from the datum, and in words whence it comes."""
    if datum.sigma is not None:
        return datum.sigma, f"sigma {datum.sigma:g}"
    if isinstance(check, CurveCheck):
        return _CURVE_SIGMA, f"sigma {_CURVE_SIGMA:g}"
    if isinstance(check, ShareCheck) and check.observed is not None:
        return math.nan, "binomial likelihood"
    # Limits of a scalar are read as two standard deviations around its middle, once their unit is known.
    return math.nan, "sigma from its limits"


def rows_of(
    check: Check, bench: Bench, experiments: tuple[Experiment, ...], sigma: float, smoothing: float
) -> NDArray[np.float64]:
    """Return residuals and metrics of one datum, (2, its size)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(check, CurveCheck):
            pairs = check.pairs(bench, experiments[0])
            residuals = np.log(pairs.predicted / pairs.observed) / sigma
            return np.stack([residuals, residuals])
        if isinstance(check, ShareCheck):
            tally = check.find(bench, experiments, smoothing)
            # Of so many people none is still half a one: a finite sample does not say that something is impossible.
            share = min(max(tally.share, 0.5 / tally.of), 1 - 0.5 / tally.of)
            if check.observed is not None:
                events, of = check.observed.events, check.observed.of
                metric = 2 * math.sqrt(of) * math.asin(math.sqrt(share))
                return np.array([[binomial_residual(events, of, share)], [metric]])
            return np.full((2, 1), scalar_residual(share, check.limits, sigma))
        found = check.find(bench, experiments)
        return np.full((2, 1), scalar_residual(found.value, found.limits, sigma))


def told_of(check: Check, bench: Bench, experiments: tuple[Experiment, ...]) -> tuple[str, str]:
    """Return in words what was measured and what is predicted; events are counted as they are."""
    if isinstance(check, CurveCheck):
        folds = check.pairs(bench, experiments[0]).folds
        return f"{folds.size} points", check.limits.found(folds)
    if isinstance(check, ShareCheck):
        tally = check.find(bench, experiments)
        counted = check.observed
        observed = (
            str(check.limits)
            if counted is None
            else f"{counted.events / counted.of:.1%} ({counted.events} of {counted.of})"
        )
        return observed, f"{tally.share:.1%} ({tally.events:.0f} of {tally.of})"
    found = check.find(bench, experiments)
    unit = "" if found.limits.unit == "dimensionless" else f" {found.limits.unit}"
    return str(found.limits), f"{found.value:.4g}{unit}"


def binomial_residual(events: int, of: int, share: float) -> float:
    """Return the signed root of twice the loss of log-likelihood that a share has against the one counted.

    Parameters
    ----------
    events, of : int
        What was counted.
    share : float
        What is predicted, above 0 and below 1.

    Examples
    --------
    Half its square is ``k ln(k/n/p) + (n-k) ln((1-k/n)/(1-p))``:

    >>> round(0.5 * binomial_residual(1, 4, 0.5) ** 2, 6)
    0.523248
    >>> binomial_residual(1, 4, 0.25)
    0.0
    """
    from scipy.special import rel_entr

    counted = events / of
    loss = of * float(rel_entr(counted, share) + rel_entr(1 - counted, 1 - share))
    return math.copysign(math.sqrt(2 * max(loss, 0.0)), share - counted)


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
