"""Regression calibration: what an association with one recalled day would be with the usual diet.

A day's random error pulls an association towards none. The slope of the second day on the first, at equal covariates,
tells by how much, if the errors of the two days are independent and unbiased. Errors that a person makes every time
(under-reporting) are not mended by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.evidence.survey.regression import linear_coefficients
from acinus.evidence.survey.replicates import jackknife

if TYPE_CHECKING:
    from collections.abc import Callable

    from acinus.evidence.survey.design import Design
    from acinus.evidence.survey.models import Sample

__all__ = ["Calibrated", "calibrate_association"]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A coefficient per unit of usual intake.

    Attributes
    ----------
    coefficient, standard_error : float
        By jackknife over both steps.
    slope, slope_error : float
        Of the second day on the first, at equal covariates: the factor by which one day dilutes.
    pairs : int
        People with both days.
    """

    coefficient: float
    standard_error: float
    slope: float
    slope_error: float
    pairs: int


def calibrate_association(
    design: Design,
    sample: Sample,
    second: np.ndarray,
    coefficient_of: Callable[[np.ndarray], float],
) -> Calibrated:
    """Return the coefficient of the sample's first column divided by the slope of the second day on the first.

    Parameters
    ----------
    design : Design
    sample : Sample
        The rows and columns of the model; the first column is the first day.
    second : (N,) array
        The second day in the unit of the first column; nan where there was none.
    coefficient_of : function
        From weights (n,) of the sample's rows, some of them 0, to the model's first coefficient.
    """
    later = second[sample.rows]
    both = np.isfinite(later)
    predictors = np.column_stack([sample.columns, np.ones(len(sample.rows))])[both]
    later_known = later[both]

    def estimate(weights: np.ndarray) -> np.ndarray:
        chosen = weights[sample.rows]
        slope = linear_coefficients(later_known, predictors, chosen[both])[0]
        return np.array([coefficient_of(chosen) / slope, slope])

    whole, covariance = jackknife(design, estimate)
    errors = np.sqrt(np.diagonal(covariance))
    return Calibrated(whole[0], float(errors[0]), whole[1], float(errors[1]), int(both.sum()))
