"""Stiff models of the liver in three sizes, with seven timed events and 48 log-normal parameters."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.problem import problem_of

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.problem import Problem

__all__ = ["liver_problem"]


def liver_problem(folder: Path, states: int, people: int) -> Problem:
    """Return ``liver<states>.xml`` of a folder with individuals drawn from its ``population.csv``."""
    sbml = (folder / f"liver{states}.xml").read_text(encoding="utf-8")
    with (folder / "population.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    normal = np.random.default_rng(1).standard_normal((people, len(rows)))
    columns = {
        row["parameter"]: float(row["median"]) * np.exp(float(row["sd_log"]) * normal[:, k])
        for k, row in enumerate(rows)
        if f'id="{row["parameter"]}"' in sbml
    }
    return problem_of(f"liver{states}", sbml, people, columns)
