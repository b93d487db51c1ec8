"""The model sets: which adjustments each name stands for, and how magnesium enters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from acinus.evidence.survey.regression import linear

if TYPE_CHECKING:
    from acinus.evidence.survey.tables import SurveyTable

__all__ = ["EXPOSURES", "MODELS", "Model", "Sample", "assemble_sample"]

_M1 = ("age10", "age10_squared", "female", "race")
_LIFE = ("fibre", "alcohol", "bmi", "education", "pir")


@dataclass(frozen=True, slots=True)
class Model:
    """A named set of adjustments.

    Attributes
    ----------
    name : str
    terms : tuple of str
        Keys of `SurveyTable.terms`.
    exposure : str
        A key of `EXPOSURES`.
    sample_of : tuple of str
        Terms that must be known although the model does not use them: the rows of a larger model.
    """

    name: str
    terms: tuple[str, ...]
    exposure: str = "amount"
    sample_of: tuple[str, ...] = ()


EXPOSURES = {
    "amount": "per 100 mg/d",
    "residual": "per 100 mg/d beyond what the energy eaten predicts",
    "log_residual": "per 100 mg/d at the mean energy, from the residual of logarithms",
    "density": "per 100 mg in 1000 kcal",
}

_M1E = (*_M1, "kcal")
_M2 = (*_M1E, *_LIFE)


def _without(terms: tuple[str, ...], term: str) -> tuple[str, ...]:
    return tuple(name for name in terms if name != term)


MODELS = {
    model.name: model
    for model in (
        Model("M0", ()),
        Model("M1", _M1),
        Model("M1lin", _without(_M1, "age10_squared")),
        Model("M1E", _M1E),
        Model("M2", _M2),
        Model("M2noE", _without(_M2, "kcal")),
        Model("M2noFib", _without(_M2, "fibre")),
        Model("M2noBMI", _without(_M2, "bmi")),
        # Energy stays in the model beside the residual or the density.
        Model("M1Eres", _M1E, "residual"),
        Model("M1Elogres", _M1E, "log_residual"),
        Model("M1Edens", _M1E, "density"),
        Model("M2Eres", _M2, "residual"),
        Model("M2Elogres", _M2, "log_residual"),
        Model("M2Edens", _M2, "density"),
        Model("M0_M2sample", (), sample_of=_M2),
        Model("M1_M2sample", _M1, sample_of=_M2),
        Model("M1E_M2sample", _M1E, sample_of=_M2),
    )
}


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of a model and its columns.

    Attributes
    ----------
    rows : (n,) array of int
        Rows of the table with everything known.
    names : tuple of str
        Of the columns; the first is "mg".
    columns : (n, p) array
        Without intercept.
    """

    rows: np.ndarray
    names: tuple[str, ...]
    columns: np.ndarray


def assemble_sample(table: SurveyTable, model: Model, domain: np.ndarray, outcome: tuple[str, ...]) -> Sample:
    """Return the complete cases of a model in a subpopulation.

    Parameters
    ----------
    table : SurveyTable
    model : Model
    domain : (N,) array of bool
        The subpopulation.
    outcome : tuple of str
        Names of values that must be known besides the model's own.
    """
    columns = [name for term in model.terms for name in table.terms[term]]
    more = [name for term in model.sample_of for name in table.terms[term]]
    needs_energy = model.exposure != "amount"
    energy = ("kcal",) if needs_energy else ()
    if model.exposure in ("log_residual", "density"):
        domain = domain & (table.values["kcal"] > 0.0)
    if model.exposure == "log_residual":
        domain = domain & (table.values["mg"] > 0.0)
    rows = table.rows(domain, known=("mg100", *outcome, *columns, *more, *energy))
    exposure = _exposure(table, model.exposure, rows)
    matrix = np.column_stack([exposure, *(table.values[name][rows] for name in columns)])
    return Sample(rows, ("mg", *columns), matrix)


def _exposure(table: SurveyTable, kind: str, rows: np.ndarray) -> np.ndarray:
    magnesium = table.values["mg100"][rows]
    if kind == "amount":
        return magnesium
    energy, weights = table.values["kcal"][rows], table.diet.weights[rows]
    if kind == "density":
        return magnesium / energy
    logarithms = kind == "log_residual"
    outcome, predictor = (np.log(magnesium), np.log(energy)) if logarithms else (magnesium, energy)
    intercept, slope = linear(outcome, np.column_stack([np.ones(len(rows)), predictor]), weights).coefficients
    residual = outcome - intercept - slope * predictor
    if not logarithms:
        return residual
    return np.exp(residual + intercept + slope * np.log(np.average(energy, weights=weights)))
