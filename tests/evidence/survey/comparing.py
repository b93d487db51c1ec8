"""Our estimates on the generated sample under the names R gave them, and the comparison of two sets of estimates."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np

from acinus.evidence.survey.design import Design
from acinus.evidence.survey.hazards import hazard_coefficients, hazards
from acinus.evidence.survey.means import mean, quantile, share, weighted_quantile
from acinus.evidence.survey.measurement_error import calibrate_association
from acinus.evidence.survey.models import Sample
from acinus.evidence.survey.regression import Fit, design_based, linear, linear_coefficients, logistic, wald
from acinus.evidence.survey.splines import KNOT_SHARES, restricted_cubic

HERE = Path(__file__).parent
VALUE, ERROR = 1e-6, 1e-4
"""Largest relative differences allowed of point estimates and of standard errors."""


def generated_columns() -> dict[str, np.ndarray]:
    with (HERE / "generated" / "survey.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name] or "nan") for row in rows]) for name in rows[0]}


def generated_estimates() -> dict[str, tuple[float, float]]:
    """Return value and standard error by name; for an interval its two ends, for a test F and p."""
    d = generated_columns()
    design = Design.of(d["weight"], d["stratum"], d["psu"])
    held = design.weights > 0.0
    age = (d["age"] - 50.0) / 10.0
    groups = [(d["group"] == code).astype(float) for code in (2, 3, 4)]
    found: dict[str, tuple[float, float]] = {"df": (design.df, math.nan)}
    known = held & np.isfinite(d["outcome"])
    low = d["exposure"] < 2.2
    names = ("exposure", "age10", "g2", "g3", "g4")

    def put(prefix: str, fit: Fit) -> None:
        found.update({f"{prefix}.{name}": fit.of(name) for name in fit.names})

    for name, mask in (("all", held), ("women", d["female"] == 1.0), ("few", d["few"] == 1.0)):
        rows, complete = np.flatnonzero(held & mask), np.flatnonzero(known & mask)
        reading = mean(design, d["outcome"], complete)
        found[f"mean.{name}"] = (reading.value, reading.standard_error)
        reading = share(design, low, rows)
        found[f"share.{name}"] = (reading.value, reading.standard_error)
        found[f"share_interval.{name}"] = (reading.low, reading.high)
        for percent in (25, 50, 75):
            reading = quantile(design, d["outcome"], complete, percent / 100.0)
            found[f"quantile{percent}.{name}"] = (reading.value, reading.standard_error)
            found[f"quantile{percent}_interval.{name}"] = (reading.low, reading.high)
        x = np.column_stack([np.ones(len(age)), d["exposure"], age, age**2, *groups])[complete]
        solved = linear(d["outcome"][complete], x, design.weights[complete])
        labels = ("Intercept", "exposure", "age10", "Iage10^2", "g2", "g3", "g4")
        put(f"linear.{name}", design_based(design, complete, solved, labels))
        x = np.column_stack([d["exposure"], age, *groups])[rows]
        weights = design.weights[rows]
        solved = logistic(d["high"][rows], np.column_stack([np.ones(len(rows)), x]), weights)
        put(f"logistic.{name}", design_based(design, rows, solved, ("Intercept", *names)))
        solved = hazards(d["months"][rows], d["died"][rows] == 1.0, x, weights)
        put(f"cox.{name}", design_based(design, rows, solved, names))

    rows = np.flatnonzero(known)
    exposure, weights = d["exposure"][rows], design.weights[rows]
    knots = np.array([weighted_quantile(exposure, weights, at) for at in KNOT_SHARES])
    x = np.column_stack([np.ones(len(rows)), exposure, restricted_cubic(exposure, knots), age[rows]])
    fit = design_based(
        design,
        rows,
        linear(d["outcome"][rows], x, weights),
        ("Intercept", "exposure", "bent1", "bent2", "age10"),
    )
    put("spline", fit)
    found["spline_nonlinear"] = wald(fit, ("bent1", "bent2"))

    kept = d["stratum"] != 101.0
    without_lonely = Design.of(d["weight"][kept], d["stratum"][kept], d["psu"][kept])
    d, age = {name: column[kept] for name, column in d.items()}, age[kept]
    rows = np.flatnonzero((d["weight"] > 0.0) & np.isfinite(d["outcome"]))
    sample = Sample(rows, ("exposure", "age10"), np.column_stack([d["exposure"], age])[rows])
    with_intercept = np.column_stack([sample.columns, np.ones(len(rows))])

    def of_outcome(weights: np.ndarray) -> float:
        return linear_coefficients(d["outcome"][rows], with_intercept, weights)[0]

    def of_survival(weights: np.ndarray) -> float:
        some = weights > 0.0
        died = d["died"][rows] == 1.0
        return hazard_coefficients(
            d["months"][rows][some], died[some], sample.columns[some], weights[some], np.zeros(2)
        )[0]

    calibrated = calibrate_association(without_lonely, sample, d["later"], of_outcome)
    found["calibrated"] = (calibrated.coefficient, calibrated.standard_error)
    found["calibrated_slope"] = (calibrated.slope, calibrated.slope_error)
    calibrated = calibrate_association(without_lonely, sample, d["later"], of_survival)
    found["calibrated_cox"] = (calibrated.coefficient, calibrated.standard_error)
    return found


def read_r(path: Path) -> dict[str, tuple[float, float, int]]:
    """Return what R gave: value, standard error (nan where there is none), rows."""
    given = json.loads(path.read_text(encoding="utf-8"))["estimates"]
    return {name: (row[0], math.nan if row[1] is None else row[1], row[2]) for name, row in given.items()}


def relative_difference(ours: float, theirs: float, scale: float) -> float:
    """Return |ours - theirs| relative to the larger of |theirs| and `scale`; 0 where both are missing."""
    if math.isnan(ours) and math.isnan(theirs):
        return 0.0
    return abs(ours - theirs) / max(abs(theirs), scale)
