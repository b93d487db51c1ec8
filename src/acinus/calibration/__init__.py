"""Fitting a model to measurements: data, priors and objective as text in, values with their uncertainty out.

In: a problem file that names calibration claims as data, and parameters with bounds and priors. Out: a `Fit`,
and a result file beside the problem.

Knows how a prediction is set against a measurement (curves, scalars and shares of people in claims, their units and
bases), residuals and optimisers. Never knows whether a claim holds, nor anything of terminals or pages; and never
fits validation data.
"""

from __future__ import annotations

from acinus.calibration.committed import compare_with_committed, read_committed
from acinus.calibration.fit import Fit, FittedDatum, FittedParameter
from acinus.calibration.fitting import calibrate
from acinus.calibration.problem import Problem, load_problem, problem_names

__all__ = [
    "Fit",
    "FittedDatum",
    "FittedParameter",
    "Problem",
    "calibrate",
    "compare_with_committed",
    "load_problem",
    "problem_names",
    "read_committed",
]
