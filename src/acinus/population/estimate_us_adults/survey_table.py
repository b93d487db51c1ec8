"""The survey's table as people: its codes become values with units, its missing answers NaN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Adults", "read_adults"]

_FILE = "nhanes_2017_2018_joined.csv"
_YOUNGEST = 20
_GRAMS_PER_DRINK = 14.0  # the survey's definition of a drink: 12 oz of beer, 5 oz of wine, 1.5 oz of spirits
_DAYS_PER_YEAR = 365.0
# ALQ121, how often in the last year: never, every day, ... , once or twice.
_DRINKING_DAYS = np.array([0, 365, 312, 182, 104, 52, 30, 12, 9, 4.5, 1.5])
_NEVER_DRANK = 2
_MOST_DRINKS = 100  # 777 and 999 are no answers
_FULL_ELASTOGRAPHY = 1
_FEMALE, _PREGNANT = 2, 1
# Zeros of the published SAS files come out as the smallest number of that format.
_SMALLEST = 1e-70


@dataclass(frozen=True, slots=True)
class Adults:
    """People of the survey who were examined, are 20 or older and are not pregnant.

    Attributes
    ----------
    columns : mapping from name to (n,) array
        ``age`` in years, ``female``, ``race`` (the survey's RIDRETH3), ``height`` in cm, ``BMI`` in kg/m^2, ``alcohol``
        in g/d, ``alt`` in U/L, ``cap`` in dB/m, ``measured_hba1c`` in %, ``magnesium_1`` and ``magnesium_2`` in mg on two
        days; NaN if missing.
    weight : (n,) array
        How many people each stands for, for what was examined.
    diet_weight : (n,) array
        The same for what was eaten; 0 without a first day.
    """

    columns: Mapping[str, NDArray[np.float64]]
    weight: NDArray[np.float64]
    diet_weight: NDArray[np.float64]


def read_adults(folder: Path) -> Adults:
    """Return the adults of the joined table of 2017-2018."""
    from pyarrow import csv

    raw = csv.read_csv(folder / _FILE)
    table = {name: _numbers(raw[name].to_numpy()) for name in raw.column_names}
    chosen = (table["RIDAGEYR"] >= _YOUNGEST) & (table["WTMEC2YR"] > 0) & (table["RIDEXPRG"] != _PREGNANT)
    table = {name: values[chosen] for name, values in table.items()}
    columns = {
        "age": table["RIDAGEYR"],
        "female": (table["RIAGENDR"] == _FEMALE).astype(np.float64),
        "race": table["RIDRETH3"],
        "height": table["BMXHT"],
        "BMI": table["BMXBMI"],
        "alcohol": _alcohol(table),
        "alt": table["LBXSATSI"],
        "cap": np.where(table["LUAXSTAT"] == _FULL_ELASTOGRAPHY, table["LUXCAPM"], np.nan),
        "measured_hba1c": table["LBXGH"],
        "magnesium_1": table["MG_d1"],
        "magnesium_2": table["MG_d2"],
    }
    return Adults(columns, table["WTMEC2YR"], np.nan_to_num(table["WTDRD1"]))


def _numbers(values: NDArray[np.generic]) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(np.abs(numbers) < _SMALLEST, 0.0, numbers)


def _alcohol(table: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return grams of alcohol a day: days with drinks in a year times drinks on such a day."""
    often, drinks = table["ALQ121"], table["ALQ130"]
    known = np.isfinite(often) & (often < _DRINKING_DAYS.size)
    days = np.where(known, _DRINKING_DAYS[np.where(known, often, 0).astype(int)], np.nan)
    drinks = np.where(drinks < _MOST_DRINKS, drinks, np.nan)
    grams = _GRAMS_PER_DRINK * days * drinks / _DAYS_PER_YEAR
    return np.where((table["ALQ111"] == _NEVER_DRANK) | (days == 0), 0.0, grams)
