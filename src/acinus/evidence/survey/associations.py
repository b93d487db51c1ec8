"""Regressions of liver measures and of death on magnesium eaten, model by model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.evidence.survey.e_value import (
    e_value,
    limit_nearest_one,
    ratio_of_common,
    ratio_of_difference,
)
from acinus.evidence.survey.estimate import RATIOS, Estimate, of_coefficient
from acinus.evidence.survey.hazards import hazard_coefficients, hazards
from acinus.evidence.survey.intake import diet_weights_in_words
from acinus.evidence.survey.means import critical, weighted_quantile
from acinus.evidence.survey.measurement_error import Calibrated, calibrate_association
from acinus.evidence.survey.models import EXPOSURES, MODELS, Model, Sample, assemble_sample
from acinus.evidence.survey.regression import (
    Fit,
    Solved,
    design_based,
    linear,
    linear_coefficients,
    logistic,
    wald,
)
from acinus.evidence.survey.splines import KNOT_SHARES, restricted_cubic

if TYPE_CHECKING:
    from acinus.evidence.survey.tables import SurveyTable

__all__ = [
    "OUTCOMES",
    "Curve",
    "Outcome",
    "associations",
    "calibrated_association",
    "fit_model",
    "spline_curve",
]

_COMMON = 0.15  # share of people with an outcome above which its odds ratio is no longer near the risk ratio


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is regressed on magnesium.

    Attributes
    ----------
    name : str
    table : str
    kind : str
        "linear", "logistic" or "cox".
    value : str
        Key of `SurveyTable.values`; for "cox" the event.
    unit : str
    words : str
    only : str
        Key of an indicator that must be 1: the subpopulation beyond adults.
    liver : bool
        Whether pregnant women and, where known, people told to have viral hepatitis are left out.
    """

    name: str
    table: str
    kind: str
    value: str
    unit: str
    words: str
    only: str = ""
    liver: bool = False

    @property
    def measure(self) -> str:
        """Return what a coefficient is."""
        return {"linear": "difference", "logistic": "odds ratio", "cox": "hazard ratio"}[self.kind]

    def known(self) -> tuple[str, ...]:
        """Return the values that must be there."""
        return (self.value, "months") if self.kind == "cox" else (self.value,)

    def domain(self, table: SurveyTable) -> np.ndarray:
        """Return the subpopulation (N,) of bool."""
        values = table.values
        mask = values["adult"] == 1.0
        if self.liver:
            mask = mask & (values["pregnant"] == 0.0)
            if "hepatitis" in values:
                mask = mask & (values["hepatitis"] == 0.0)
        return mask & (values[self.only] == 1.0) if self.only else mask

    def population(self, table: SurveyTable) -> str:
        """Return the subpopulation in words."""
        words = "adults"
        if self.liver:
            words += ", not pregnant" + (
                ", no viral hepatitis reported" if "hepatitis" in table.values else ""
            )
        return f"{words}, {self.only.replace('_', ' ')}" if self.only else words


OUTCOMES = (
    Outcome("alt", "A", "linear", "alt", "U/L", "ALT", liver=True),
    Outcome("ln_alt", "A", "linear", "ln_alt", "ln U/L", "logarithm of ALT", liver=True),
    Outcome("cap", "A", "linear", "cap", "dB/m", "attenuation (liver fat)", liver=True),
    Outcome("stiffness", "A", "linear", "stiffness", "kPa", "liver stiffness", liver=True),
    Outcome("ln_stiffness", "A", "linear", "ln_stiffness", "ln kPa", "logarithm of stiffness", liver=True),
    Outcome("steatosis", "A", "logistic", "steatosis", "", "steatosis", liver=True),
    Outcome("stiff_liver", "A", "logistic", "stiff_liver", "", "stiff liver", liver=True),
    Outcome("alt", "C", "linear", "alt", "U/L", "ALT", liver=True),
    Outcome("ln_alt", "C", "linear", "ln_alt", "ln U/L", "logarithm of ALT", liver=True),
    Outcome("mortality", "C", "cox", "died", "", "death of any cause"),
    Outcome(
        "mortality_other",
        "C",
        "cox",
        "died_other",
        "",
        "death in the group of causes that holds liver disease",
    ),
    Outcome(
        "mortality_fib4_high", "C", "cox", "died", "", "death of any cause, FIB-4 high", only="fib4_high"
    ),
)


@dataclass(frozen=True, slots=True)
class Curve:
    """An outcome along magnesium, by a restricted cubic spline.

    Attributes
    ----------
    outcome : Outcome
    model : str
    magnesium : (G,) array, mg/d
    value, low, high : (G,) arrays
        Difference from, or ratio to, the reference; 95 % intervals point by point.
    reference : float, mg/d
        The weighted median.
    knots : (K,) array, mg/d
    overall, nonlinear : tuple of float
        F and p of all terms, and of the bent ones.
    n : int
    df : int
    """

    outcome: Outcome
    model: str
    magnesium: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    reference: float
    knots: np.ndarray
    overall: tuple[float, float]
    nonlinear: tuple[float, float]
    n: int
    df: int


def fit_model(table: SurveyTable, outcome: Outcome, sample: Sample) -> Fit:
    """Return the regression of an outcome on a sample's columns."""
    weights = table.diet.weights[sample.rows]
    events = (
        None if outcome.kind == "linear" else int((table.values[outcome.value][sample.rows] == 1.0).sum())
    )
    names = sample.names if outcome.kind == "cox" else ("intercept", *sample.names)
    return design_based(table.diet, sample.rows, _solve(table, outcome, sample, weights), names, events)


def _solve(table: SurveyTable, outcome: Outcome, sample: Sample, weights: np.ndarray) -> Solved:
    values = table.values[outcome.value][sample.rows]
    if outcome.kind == "cox":
        return hazards(table.values["months"][sample.rows], values == 1.0, sample.columns, weights)
    columns = np.column_stack([np.ones(len(sample.rows)), sample.columns])
    return (logistic if outcome.kind == "logistic" else linear)(values, columns, weights)


def associations(table: SurveyTable, outcome: Outcome) -> list[Estimate]:
    """Return the estimate of every model for one outcome."""
    return [_association(table, outcome, model) for model in MODELS.values()]


def _association(table: SurveyTable, outcome: Outcome, model: Model) -> Estimate:
    sample = assemble_sample(table, model, outcome.domain(table), outcome.known())
    fit = fit_model(table, outcome, sample)
    per = EXPOSURES[model.exposure]
    estimate = of_coefficient(
        (table.name, outcome.name, model.name),
        *fit.of("mg"),
        fit,
        measure=outcome.measure,
        unit=f"{outcome.unit} {per}".strip(),
        weights=diet_weights_in_words(table),
        population=outcome.population(table),
    )
    return _with_e_values(estimate, table, outcome, sample)


def _with_e_values(estimate: Estimate, table: SurveyTable, outcome: Outcome, sample: Sample) -> Estimate:
    values, weights = table.values[outcome.value][sample.rows], table.diet.weights[sample.rows]
    average = float(np.average(values, weights=weights))
    numbers = (estimate.value, estimate.low, estimate.high)
    if estimate.measure not in RATIOS:
        deviation = float(np.sqrt(np.average((values - average) ** 2, weights=weights)))
        numbers = tuple(ratio_of_difference(number, deviation) for number in numbers)
    elif average > _COMMON:
        numbers = tuple(ratio_of_common(number, hazard=outcome.kind == "cox") for number in numbers)
    value, low, high = numbers
    return dataclasses.replace(
        estimate, e_value=e_value(value), e_value_of_limit=e_value(limit_nearest_one(low, high))
    )


def calibrated_association(table: SurveyTable, outcome: Outcome, model: Model) -> tuple[Estimate, Calibrated]:
    """Return a model's estimate per 100 mg of usual intake, named ``<model>_calibrated``, and how it came about."""
    sample = assemble_sample(table, model, outcome.domain(table), outcome.known())
    fit = fit_model(table, outcome, sample)
    place = fit.names.index("mg")
    values = table.values[outcome.value][sample.rows]
    columns = np.column_stack([np.ones(len(sample.rows)), sample.columns])

    def coefficient_of(weights: np.ndarray) -> float:
        if outcome.kind == "linear":
            return float(linear_coefficients(values, columns, weights)[place])
        kept = weights > 0.0
        months = table.values["months"][sample.rows[kept]]
        start = fit.coefficients
        return float(
            hazard_coefficients(months, values[kept] == 1.0, sample.columns[kept], weights[kept], start)[
                place
            ]
        )

    found = calibrate_association(table.diet, sample, table.values["mg_day2"] / 100.0, coefficient_of)
    estimate = of_coefficient(
        (table.name, outcome.name, f"{model.name}_calibrated"),
        found.coefficient,
        found.standard_error,
        fit,
        measure=outcome.measure,
        unit=f"{outcome.unit} per 100 mg/d of usual intake".strip(),
        weights=diet_weights_in_words(table),
        population=outcome.population(table),
        variance="JKn",
    )
    return estimate, found


def spline_curve(table: SurveyTable, outcome: Outcome, model: Model) -> Curve:
    """Return an outcome along magnesium with four knots at weighted quantiles of the sample."""
    sample = assemble_sample(table, model, outcome.domain(table), outcome.known())
    weights = table.diet.weights[sample.rows]
    magnesium = sample.columns[:, 0]
    knots = np.array([weighted_quantile(magnesium, weights, share) for share in KNOT_SHARES])
    bent = restricted_cubic(magnesium, knots)
    names = tuple(f"mg_bent_{number + 1}" for number in range(bent.shape[1]))
    columns = np.column_stack([magnesium, bent, sample.columns[:, 1:]])
    fit = fit_model(table, outcome, Sample(sample.rows, ("mg", *names, *sample.names[1:]), columns))
    reference = weighted_quantile(magnesium, weights, 0.5)
    first, last = (weighted_quantile(magnesium, weights, share) for share in (0.01, 0.99))
    grid = np.linspace(first, last, 81)
    contrast = np.column_stack([grid - reference, restricted_cubic(grid, knots)])
    contrast[:, 1:] -= restricted_cubic(np.array([reference]), knots)
    places = [fit.names.index(name) for name in ("mg", *names)]
    middle = contrast @ fit.coefficients[places]
    covariance = fit.covariance[np.ix_(places, places)]
    half = critical(fit.df) * np.sqrt(np.einsum("gi,ij,gj->g", contrast, covariance, contrast))
    back = np.exp if outcome.measure in RATIOS else np.asarray
    return Curve(
        outcome,
        model.name,
        100.0 * grid,
        back(middle),
        back(middle - half),
        back(middle + half),
        100.0 * reference,
        100.0 * knots,
        wald(fit, ("mg", *names)),
        wald(fit, names),
        fit.n,
        fit.df,
    )
