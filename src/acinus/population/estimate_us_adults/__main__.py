"""``python -m acinus.population.estimate_us_adults FOLDER OUTPUT``."""

from __future__ import annotations

import sys
from pathlib import Path

from acinus.population.estimate_us_adults import population_text, read_adults, summarise
from acinus.population.estimate_us_adults.summary import DIABETES

if len(sys.argv) != 3:
    sys.exit("usage: python -m acinus.population.estimate_us_adults FOLDER OUTPUT")
folder, output = Path(sys.argv[1]), Path(sys.argv[2])
adults = read_adults(folder)
(output / "us_adults.yaml").write_text(population_text(summarise(adults)), encoding="utf-8")
(output / "low_magnesium_diabetes.yaml").write_text(
    population_text(summarise(adults, DIABETES), diabetic=True), encoding="utf-8"
)
