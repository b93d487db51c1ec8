"""One estimate of the survey analysis, with everything needed to compare it with another analysis."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from acinus.evidence.survey.means import Reading, critical

if TYPE_CHECKING:
    from acinus.evidence.survey.regression import Fit

__all__ = ["RATIOS", "Estimate", "of_coefficient", "of_reading"]

RATIOS = {"odds ratio", "hazard ratio"}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with its interval.

    Attributes
    ----------
    name : str
        ``<table>.<outcome>.<model or statistic>``, unique.
    table, outcome, model : str
    measure : str
        "mean", "share", "quantile", "difference", "odds ratio" or "hazard ratio".
    unit : str
        Of `value`; for ratios and differences also per what.
    value, low, high : float
        With the 95 % interval.
    coefficient, standard_error : float
        On the scale of the regression: logarithms for ratios, else as `value`.
    n : int
        Rows with a positive weight and everything known.
    events : int or None
    df : int or None
        Of the design; None where there is no design and the interval is normal.
    p : float or None
    variance : str
        "Taylor", "Woodruff", "JKn" or "information".
    weights : str
    population : str
        The subpopulation in words.
    e_value, e_value_of_limit : float or None
        Of the estimate and of the limit nearest no effect.
    """

    name: str
    table: str
    outcome: str
    model: str
    measure: str
    unit: str
    value: float
    low: float
    high: float
    coefficient: float
    standard_error: float
    n: int
    events: int | None
    df: int | None
    p: float | None
    variance: str
    weights: str
    population: str
    e_value: float | None = None
    e_value_of_limit: float | None = None

    def as_data(self) -> dict[str, object]:
        """Return plain values for JSON; what is not finite becomes None."""
        return {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in asdict(self).items()
        }


def of_reading(
    name: tuple[str, str, str],
    reading: Reading,
    *,
    measure: str,
    unit: str,
    df: int,
    variance: str,
    weights: str,
    population: str,
) -> Estimate:
    """Return a mean, share or quantile as an estimate; `name` is table, outcome and statistic."""
    return Estimate(
        ".".join(name), *name, measure, unit, reading.value, reading.low, reading.high, reading.value,
        reading.standard_error, reading.n, None, df, None, variance, weights, population,
    )  # fmt: skip


def of_coefficient(
    name: tuple[str, str, str],
    coefficient: float,
    error: float,
    fit: Fit,
    *,
    measure: str,
    unit: str,
    weights: str,
    population: str,
    variance: str = "Taylor",
) -> Estimate:
    """Return a regression coefficient as an estimate: as a ratio where `measure` is one, else as a difference."""
    from scipy.special import stdtr

    half = critical(fit.df) * error
    numbers = (coefficient, coefficient - half, coefficient + half)
    value, low, high = map(math.exp, numbers) if measure in RATIOS else numbers
    p = 2.0 * float(stdtr(fit.df, -abs(coefficient / error)))
    return Estimate(
        ".".join(name), *name, measure, unit, value, low, high, coefficient, error, fit.n, fit.events,
        fit.df, p, variance, weights, population,
    )  # fmt: skip
