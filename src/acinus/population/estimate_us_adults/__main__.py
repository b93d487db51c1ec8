"""``python -m acinus.population.estimate_us_adults FOLDER OUTPUT``."""

from __future__ import annotations

import sys
from pathlib import Path

from acinus.population.estimate_us_adults import population_text, read_adults, summarise

if len(sys.argv) != 3:
    sys.exit("usage: python -m acinus.population.estimate_us_adults FOLDER OUTPUT")
folder, output = Path(sys.argv[1]), Path(sys.argv[2])
output.write_text(population_text(summarise(read_adults(folder))), encoding="utf-8")
