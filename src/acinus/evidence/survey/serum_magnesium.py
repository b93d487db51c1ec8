"""NHANES I: death after magnesium in serum, in the subset that is passed around for teaching.

It has neither weights nor clusters, so that it says what holds in these people, with intervals as if they had been drawn
one by one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from acinus.evidence.survey.estimate import Estimate
from acinus.evidence.survey.files import find_file, require_columns
from acinus.evidence.survey.hazards import information_errors

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["serum_estimates"]

_NORMAL = 1.959963984540054
_FILLERS = (77.7, 999.0)
_EQUIVALENTS_PER_MOLE = 2.0


def serum_estimates(folder: Path) -> list[Estimate]:
    """Return hazard ratios of death per 0.1 mmol/L of serum magnesium, or nothing where the files are not there."""
    import pandas as pd

    people, follow_up = (find_file(folder, f"NHANESI_subset_{name}.csv") for name in ("X", "y"))
    if people is None or follow_up is None:
        return []
    table = pd.read_csv(people, index_col=0).join(pd.read_csv(follow_up, index_col=0), validate="one_to_one")
    require_columns(table, ("Age", "Sex", "Race", "BMI", "Serum Magnesium", "y"), people.name)
    column = {name: table[name].to_numpy(dtype=float) for name in table.columns}
    serum = np.where(np.isin(column["Serum Magnesium"], _FILLERS), np.nan, column["Serum Magnesium"])
    # Death has a positive time; minus zero is someone censored at once.
    died = column["y"] > 0.0
    # Years came from days by more than one way of rounding; times of one day must be equal to be ties.
    time = np.round(np.abs(column["y"]), 9)
    age = (column["Age"] - 50.0) / 10.0
    serum_tenths = 10.0 * serum / _EQUIVALENTS_PER_MOLE
    race = [(column["Race"] == code).astype(float) for code in (2.0, 3.0)]
    sets = {
        "M0": [serum_tenths],
        "M1": [serum_tenths, age, age**2, (column["Sex"] == 2.0).astype(float), *race],
    }
    found = []
    for model, parts in sets.items():
        columns = np.column_stack(parts)
        kept = np.isfinite(columns).all(axis=1) & np.isfinite(time)
        coefficients, errors = information_errors(time[kept], died[kept], columns[kept])
        value, error = float(coefficients[0]), float(errors[0])
        found.append(
            Estimate(
                name=f"I.mortality.{model}",
                table="I",
                outcome="mortality",
                model=model,
                measure="hazard ratio",
                unit="per 0.1 mmol/L of serum magnesium",
                value=math.exp(value),
                low=math.exp(value - _NORMAL * error),
                high=math.exp(value + _NORMAL * error),
                coefficient=value,
                standard_error=error,
                n=int(kept.sum()),
                events=int(died[kept].sum()),
                df=None,
                p=math.erfc(abs(value / error) / math.sqrt(2.0)),
                variance="information",
                weights="none",
                population="adults of NHANES I, 1971-1975, followed to 1992",
            )
        )
    return found
