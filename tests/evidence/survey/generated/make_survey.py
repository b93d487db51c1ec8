"""Make ``survey.csv``: a sample of clusters with all that makes variances go wrong. Run: ``python make_survey.py``.

Two to three units a stratum and one stratum with a single unit; weights that differ a hundredfold, some of them zero;
values missing; a subpopulation that meets one unit alone in some strata; survival in whole months with many ties.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np


def table(seed: int = 20251122) -> dict[str, np.ndarray]:
    """Return the columns of the sample."""
    draw = np.random.default_rng(seed)
    units = [1, 3, 2, 2, 2, 3, 2, 2, 2, 2, 2, 3]
    strata, psus, effects = [], [], []
    for stratum, count in enumerate(units, start=101):
        for unit in range(1, count + 1):
            size = int(draw.integers(18, 32))
            strata += [stratum] * size
            psus += [unit] * size
            effects += [draw.normal(0.0, 0.5)] * size
    n = len(strata)
    effect = np.array(effects)
    age = draw.uniform(20.0, 80.0, n).round(1)
    female = draw.integers(0, 2, n)
    group = draw.integers(1, 5, n)
    first = np.exp(draw.normal(5.5, 0.35, n) + 0.1 * effect)
    second = np.exp(np.log(first) * 0.4 + 5.4 * 0.6 + draw.normal(0.0, 0.35, n))
    exposure = (first / 100.0).round(3)
    later = np.where(draw.random(n) < 0.2, np.nan, (second / 100.0).round(3))
    outcome = (22.0 + 0.15 * (age - 50.0) - 1.1 * exposure + 3.0 * effect + draw.gamma(2.0, 4.0, n)).round(2)
    outcome[draw.random(n) < 0.06] = np.nan
    high = (
        draw.random(n) < 1.0 / (1.0 + np.exp(1.0 + 0.4 * exposure - 0.02 * (age - 50.0) - effect))
    ).astype(float)
    survival = draw.exponential(70.0 * np.exp(-0.05 * (age - 50.0) + 0.15 * exposure - 0.3 * effect))
    end = draw.integers(12, 121, n)
    months = np.minimum(np.ceil(survival), end)
    died = (survival <= end).astype(float)
    months[:3] = 0.0
    died[:3] = 0.0
    weight = np.exp(draw.normal(9.0, 1.0, n)).round(3)
    weight[draw.random(n) < 0.05] = 0.0
    few = ((age > 66.0) & (draw.random(n) < 0.25)).astype(int)
    return {
        "stratum": np.array(strata),
        "psu": np.array(psus),
        "weight": weight,
        "age": age,
        "female": female,
        "group": group,
        "exposure": exposure,
        "later": later,
        "outcome": outcome,
        "high": high.astype(int),
        "months": months.astype(int),
        "died": died.astype(int),
        "few": few,
    }


def main() -> None:
    """Write the file beside this one."""
    columns = table()
    lines = [",".join(columns)]
    lines += [
        ",".join("" if value != value else str(value) for value in row)
        for row in zip(*columns.values(), strict=True)
    ]
    (Path(__file__).parent / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
