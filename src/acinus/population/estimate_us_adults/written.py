"""A summary of the survey -> the text of a population."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from acinus.population.estimate_us_adults.summary import StratumSummary, Summary

__all__ = ["population_text"]

# Name in the population, unit and decimals of each column of the survey.
_COLUMNS = {
    "age": ("age", "year", 0),
    "BMI": ("BMI", "kg/m^2", 1),
    "height": ("height", "cm", 1),
    "magnesium": ("usual_magnesium", "mg/d", 0),
    "alcohol": ("alcohol_intake", "g/d", 2),
    "alt": ("alt_normal", "U/L", 0),
    "cap": ("cap", "dimensionless", 0),
    "measured_hba1c": ("measured_hba1c", "percent", 1),
}
_LEAST_RANK = 0.005  # what would be written as 0.00 is left out

_US_ADULTS = """\
# Made by `python -m acinus.population.estimate_us_adults FOLDER FOLDER`; change the script, not this file.
name: us_adults
title: Adults of the United States, 2017-2018
source: chen_2020
note: >
  Quantiles and rank correlations of {people} examined, non-pregnant adults of 20 and over in the National Health and Nutrition
  Examination Survey of 2017-2018, with the survey's weights, by sex, age and race or ethnicity. Straight lines join the
  quantiles; the outermost are the percentiles 0.5 and 99.5. Correlations are those within strata, averaged over race and
  ethnicity. Age 80 stands for 80 and over. usual_magnesium is the usual intake from food and drink without supplements: the
  variation from day to day is taken out (dodd_2006; the mean of the days recalled has a reliability of {men:.2f} in men and
  {women:.2f} in women), and its correlations are corrected for it. alcohol_intake is what people say, which is less than
  what is sold. alt_normal is the ALT that was measured, in whatever health. cap is the controlled attenuation of the liver, a
  measure of steatosis, in dB/m. Strata called `other` hold Asian people and those of other or several races. Parameters vary
  as their rows in the tables say, independently of all of this.

parameters: all

derived:
  BW: {{product: {{BMI: 1, height: 2}}}}
  ethanol_habit:
    product: {{alcohol_intake: 1}}
    factor: 21.706 mmol/g
    note: One over the molar mass of ethanol.
  magnesium_food:
    product: {{usual_magnesium: 1}}
    factor: 0.041144 mmol/mg
    unit: mmol/h
    note: One over the molar mass of magnesium; food and drink without supplements.

plausible:
  - {{rule: "BMI between 13 and 80 kg/m^2", note: Outside lie slips of the scale.}}
  - {{rule: "BW between 30 and 250 kg", note: BMI and height are drawn by rank and could meet in a body nobody has.}}
"""

_DIABETES = """\
# Made by `python -m acinus.population.estimate_us_adults FOLDER FOLDER`; change the script, not this file.
name: low_magnesium_diabetes
title: Adults with diabetes and little magnesium in serum
source: chen_2020;rodriguez_moran_2003
note: >
  Two sources that did not see the same people. Age, body, diet, alcohol, ALT, cap and HbA1c are quantiles and rank
  correlations of {people} adults of the National Health and Nutrition Examination Survey of 2017-2018 whose HbA1c was
  6.5 percent or more, by sex and age, made as in us_adults; types of diabetes are not told apart, and people whose treatment
  brought them below 6.5 percent are missing. Serum magnesium is that of people with type 2 diabetes who were chosen for a
  level of 0.74 mmol/L or less and got placebo, 0.65 (SD 0.07) mmol/L at the end; its correlations with the rest are not
  known and taken to be none. The mean of the days recalled measures usual magnesium intake with a reliability of {men:.2f}
  in men and {women:.2f} in women. Parameters vary as their rows in the tables say; f_diabetes is 1 for a model that
  has it.

columns:
  f_diabetes: {{distribution: fixed, value: 1}}
  measured_magnesium:
    distribution: normal
    mean: 0.65 mmol/L
    sd: 0.07 mmol/L
    low: 0.4 mmol/L
    high: 0.74 mmol/L
    source: rodriguez_moran_2003
    note: Mean and SD before the cut; the upper bound is the trial's criterion of entry, the lower one is assumed.

parameters: all

derived:
  BW: {{product: {{BMI: 1, height: 2}}}}
  ethanol_habit:
    product: {{alcohol_intake: 1}}
    factor: 21.706 mmol/g
    note: One over the molar mass of ethanol.
  magnesium_food:
    product: {{usual_magnesium: 1}}
    factor: 0.041144 mmol/mg
    unit: mmol/h
    note: One over the molar mass of magnesium; food and drink without supplements.

plausible:
  - {{rule: "BMI between 13 and 80 kg/m^2", note: Outside lie slips of the scale.}}
  - {{rule: "BW between 30 and 250 kg", note: BMI and height are drawn by rank and could meet in a body nobody has.}}
"""


def population_text(summary: Summary, *, diabetic: bool = False) -> str:
    """Return the YAML of the population that a summary describes."""
    men, women = summary.reliability
    head = _DIABETES if diabetic else _US_ADULTS
    lines = [
        head.format(people=f"{sum(s.people for s in summary.strata):,}", men=men, women=women),
        "strata:",
    ]
    written: set[str] = set()
    shares = _shares([stratum.share for stratum in summary.strata])
    for stratum, share in zip(summary.strata, shares, strict=True):
        lines += [
            f"  {stratum.name}:",
            f"    share: {share}",
            f"    note: {stratum.people} people.",
            *_columns(stratum),
        ]
        # Strata of one sex and age share their correlations; YAML writes them once and refers to them after that.
        if stratum.band in written:
            lines.append(f"    correlations: *{stratum.band}")
        else:
            ranks = _correlations(summary.correlations[stratum.band])
            lines += [f"    correlations: &{stratum.band}", *ranks]
            written.add(stratum.band)
    return "\n".join(lines) + "\n"


def _shares(shares: Sequence[float]) -> list[float]:
    """Return shares of five decimals that add up to 1."""
    written = [round(share, 5) for share in shares]
    largest = written.index(max(written))
    written[largest] = round(written[largest] + 1 - sum(written), 5)
    return written


def _columns(stratum: StratumSummary) -> list[str]:
    lines = ["    columns:", f"      female: {{distribution: fixed, value: {int(stratum.female)}}}"]
    for column, (shares, values) in stratum.quantiles.items():
        name, unit, decimals = _COLUMNS[column]
        lines += [
            f"      {name}:",
            f"        {{distribution: quantiles, unit: {unit},",
            f"         shares: [{', '.join(f'{share:g}' for share in shares)}],",
            f"         values: [{', '.join(f'{value:.{decimals}f}' for value in values)}]}}",
        ]
    return lines


def _correlations(ranks: Mapping[tuple[str, str], float]) -> list[str]:
    return [
        f"      - {{between: [{_COLUMNS[one][0]}, {_COLUMNS[other][0]}], rank: {rank:.2f}}}"
        for (one, other), rank in ranks.items()
        if abs(rank) >= _LEAST_RANK
    ]
