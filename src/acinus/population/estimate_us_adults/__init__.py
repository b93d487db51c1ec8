"""How two files of biology/populations are made: from a survey's table to quantiles and correlations.

In: the folder with the joined table of the National Health and Nutrition Examination Survey of 2017-2018. Out: the
text of us_adults, by sex, age and race or ethnicity, and of low_magnesium_diabetes, by sex and age. The data stay where
they are; only the summaries are shipped.
Knows the codes of the survey. Never knows models or draws.

Run ``python -m acinus.population.estimate_us_adults FOLDER OUTPUT``, both folders.
"""

from __future__ import annotations

from acinus.population.estimate_us_adults import weighted
from acinus.population.estimate_us_adults.summary import Summary, summarise
from acinus.population.estimate_us_adults.survey_table import Adults, read_adults
from acinus.population.estimate_us_adults.written import population_text

__all__ = ["Adults", "Summary", "population_text", "read_adults", "summarise", "weighted"]
