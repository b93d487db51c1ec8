"""Strata of the survey's adults: shares, quantiles, rank correlations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from acinus.population.estimate_us_adults import weighted
from acinus.population.estimate_us_adults.usual_intake import usual_intake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from acinus.population.estimate_us_adults.survey_table import Adults

__all__ = ["DIABETES", "SHARES", "US_ADULTS", "Division", "StratumSummary", "Summary", "summarise"]

SHARES = (0.0, 0.02, 0.05, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.95, 0.98, 1.0)
# The outermost quantiles are not the smallest and largest value: those belong to single people.
_OUTERMOST = 0.005
_LAST_AGE = 200
_DIABETES_HBA1C = 6.5  # percent; the definition of diabetes by this test


@dataclass(frozen=True, slots=True)
class Division:
    """Who is summarised, and by what they are divided besides sex.

    Attributes
    ----------
    columns : tuple of str
    ages : tuple of pairs
        From the first year to before the second.
    races : mapping from name to the survey's codes
        One part without a name where people are not divided by it.
    diabetic : bool
        Only those whose HbA1c is that of diabetes.
    """

    columns: tuple[str, ...]
    ages: tuple[tuple[int, int], ...]
    races: Mapping[str, tuple[int, ...]]
    diabetic: bool = False


_COLUMNS = ("age", "BMI", "height", "magnesium", "alcohol", "alt", "cap")
US_ADULTS = Division(
    _COLUMNS,
    ((20, 40), (40, 60), (60, _LAST_AGE)),
    {"hispanic": (1, 2), "white": (3,), "black": (4,), "other": (6, 7)},
)
DIABETES = Division(
    (*_COLUMNS, "measured_hba1c"), ((20, 60), (60, _LAST_AGE)), {"": (1, 2, 3, 4, 6, 7)}, diabetic=True
)


@dataclass(frozen=True, slots=True)
class StratumSummary:
    """One stratum: shares of `quantiles` differ between columns only where many people have one value."""

    name: str
    band: str
    female: bool
    share: float
    people: int
    quantiles: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that is written.

    Attributes
    ----------
    strata : tuple of StratumSummary
    correlations : mapping from the sex and age of strata to rank correlations by pair
    usual : (n,) array
        Usual intake of magnesium of each adult in mg/d, NaN where not known; with `weights`, for direct estimates.
    weights : (n,) array
    adults : Adults
    reliability : tuple of float
        Of the days' mean as a measure of usual intake, men and women.
    """

    strata: tuple[StratumSummary, ...]
    correlations: Mapping[str, Mapping[tuple[str, str], float]]
    usual: NDArray[np.float64]
    weights: NDArray[np.float64]
    adults: Adults
    reliability: tuple[float, float]

    def share_below(self, requirement: NDArray[np.float64], who: NDArray[np.bool_]) -> float:
        """Return the share of some adults whose usual intake lies below their requirement, from the survey itself."""
        known = who & np.isfinite(self.usual)
        return weighted.mean((self.usual[known] < requirement[known]).astype(np.float64), self.weights[known])


def summarise(adults: Adults, division: Division = US_ADULTS) -> Summary:
    """Return the summary of the adults of the survey."""
    columns = adults.columns
    # Days differ within a person alike in everybody; to tell how much, everybody is better than a part.
    usual, score, reliability = _magnesium(adults, _strata(columns, US_ADULTS)[0])
    number, named = _strata(columns, division)
    measured = {**columns, "magnesium": usual}
    everybody = adults.weight[number >= 0].sum()
    strata = tuple(
        StratumSummary(
            name,
            band,
            band.startswith("women"),
            float(adults.weight[number == k].sum() / everybody),
            int((number == k).sum()),
            {
                column: _quantiles(measured[column], _weights(adults, column), number == k)
                for column in division.columns
            },
        )
        for k, (name, band) in enumerate(named)
    )
    scored = {**measured, "magnesium": score}
    bands = [band for _, band in named]
    correlations = {
        band: _correlations(
            adults,
            {column: scored[column] for column in division.columns},
            number,
            [k for k, own in enumerate(bands) if own == band],
            reliability[band.startswith("women")],
        )
        for band in dict.fromkeys(bands)
    }
    return Summary(strata, correlations, usual, adults.diet_weight, adults, reliability)


def _strata(
    columns: Mapping[str, NDArray[np.float64]], division: Division
) -> tuple[NDArray[np.int64], list[tuple[str, str]]]:
    """Return each adult's stratum, -1 for none, and the names of all, with and without race."""
    number = np.full(columns["age"].shape, -1)
    named: list[tuple[str, str]] = []
    for sex in ("men", "women"):
        for youngest, oldest in division.ages:
            for race, codes in division.races.items():
                here = (
                    (columns["female"] == float(sex == "women"))
                    & (columns["age"] >= youngest)
                    & (columns["age"] < oldest)
                    & np.isin(columns["race"], codes)
                )
                if division.diabetic:
                    here &= columns["measured_hba1c"] >= _DIABETES_HBA1C
                number[here] = len(named)
                ages = f"{youngest}_and_over" if oldest == _LAST_AGE else f"{youngest}_to_{oldest - 1}"
                band = f"{sex}_{ages}"
                named.append((f"{band}_{race}" if race else band, band))
    return number, named


def _magnesium(
    adults: Adults, number: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[float, float]]:
    """Return usual intake, the score it is judged by, and its reliability in men and in women."""
    usual, score = (np.full(number.shape, np.nan) for _ in range(2))
    reliability = []
    for female in (0.0, 1.0):
        here = adults.columns["female"] == female
        found = usual_intake(
            adults.columns["magnesium_1"][here],
            adults.columns["magnesium_2"][here],
            adults.diet_weight[here],
            number[here],
        )
        usual[here], score[here] = found.intake, found.score
        reliability.append(found.reliability)
    return usual, score, (reliability[0], reliability[1])


def _weights(adults: Adults, *columns: str) -> NDArray[np.float64]:
    return adults.diet_weight if "magnesium" in columns else adults.weight


def _quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], here: NDArray[np.bool_]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return shares and values; where the lowest value is that of many, its share stands among the shares."""
    known = here & np.isfinite(values) & (weights > 0)
    values, weights = values[known], weights[known]
    lowest = values.min()
    together = round(float(weights[values == lowest].sum() / weights.sum()), 4)
    shares = sorted({*SHARES, together}) if together > SHARES[1] else list(SHARES)
    inner = np.clip(shares, _OUTERMOST, 1 - _OUTERMOST)
    found = weighted.quantiles(values, weights, inner)
    found[np.array(shares) <= together] = lowest if together > SHARES[1] else found[0]
    return tuple(shares), tuple(found.tolist())


def _correlations(
    adults: Adults,
    scored: Mapping[str, NDArray[np.float64]],
    number: NDArray[np.int64],
    strata: list[int],
    reliability: float,
) -> dict[tuple[str, str], float]:
    """Return rank correlations within strata, averaged over some of them."""
    found = {}
    for one, other in combinations(scored, 2):
        weights = _weights(adults, one, other)
        both = np.isfinite(scored[one]) & np.isfinite(scored[other]) & (weights > 0)
        parts: tuple[list[NDArray[np.float64]], ...] = ([], [], [])
        for k in strata:
            here = both & (number == k)
            for part, values in zip(parts, (scored[one], scored[other]), strict=False):
                part.append(weighted.ranks(values[here], weights[here]))
            parts[2].append(weights[here])
        rank = weighted.correlation(*(np.concatenate(part) for part in parts))
        # What a person ate on one or two days correlates less than what the person usually eats.
        if "magnesium" in (one, other):
            rank /= float(np.sqrt(reliability))
        found[one, other] = rank
    return found
