"""How much magnesium adults eat: means, quantiles, and the share below the requirement on one day and usually."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from acinus.evidence.survey.estimate import Estimate, of_reading
from acinus.evidence.survey.means import Reading, critical, mean, quantile, share
from acinus.evidence.survey.replicates import jackknife
from acinus.evidence.survey.usual_intake import power_towards_normal, towards_normal, usual_intake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from acinus.evidence.survey.tables import SurveyTable

__all__ = ["diet_weights_in_words", "intake_estimates", "liver_prevalences"]

_PROBABILITIES = (0.05, 0.25, 0.50, 0.75, 0.95)
_AGE_CLASSES = (31.0, 51.0, 71.0)  # years; where the tables of requirements begin new lines


def diet_weights_in_words(table: SurveyTable) -> str:
    """Return which weights stand for everyone who recalled a day."""
    return "WTDRD1" if table.name == "A" else f"WTMEC2YR/{len(table.cycles)}"


def _groups(table: SurveyTable) -> Iterator[tuple[str, np.ndarray]]:
    adult = table.values["adult"] == 1.0
    yield "all", adult
    yield "men", adult & (table.values["female"] == 0.0)
    yield "women", adult & (table.values["female"] == 1.0)


def intake_estimates(table: SurveyTable) -> list[Estimate]:
    """Return every estimate of intake in a table, adults of 20 years and over."""
    weights, df = diet_weights_in_words(table), table.diet.df
    found = []
    magnesium = table.values["mg"]
    below = magnesium < table.values["requirement"]
    for group, mask in _groups(table):
        rows = table.rows(mask, known=("mg",))
        population = "adults" if group == "all" else group
        readings = [("mean", mean(table.diet, magnesium, rows), "mean", "mg/d", "Taylor")]
        readings += [
            (f"p{100 * at:02.0f}", quantile(table.diet, magnesium, rows, at), "quantile", "mg/d", "Woodruff")
            for at in _PROBABILITIES
        ]
        readings.append(("below_requirement", share(table.diet, below, rows), "share", "", "Taylor"))
        found += [
            of_reading(
                (table.name, "mg", f"{statistic}_{group}"),
                reading,
                measure=measure,
                unit=unit,
                df=df,
                variance=variance,
                weights=weights,
                population=population,
            )
            for statistic, reading, measure, unit, variance in readings
        ]
    found += _usual(table, weights)
    return found


def _usual(table: SurveyTable, words: str) -> list[Estimate]:
    groups = dict(_groups(table))
    prepared = []
    for sex in ("men", "women"):
        rows = table.rows(groups[sex], known=("mg",))
        first = table.values["mg"][rows]
        classes = np.searchsorted(_AGE_CLASSES, table.values["age"][rows], side="right")
        # Who ate nothing with magnesium counts with the least that anyone ate; a logarithm has no zero.
        least = first[first > 0.0].min()
        first, second = (np.maximum(day, least) for day in (first, table.values["mg_day2"][rows]))
        power = power_towards_normal(first, table.diet.weights[rows], classes)
        one, two = towards_normal(first, power), towards_normal(second, power)
        prepared.append((rows, one, two, classes, power, table.values["requirement"][rows]))

    def estimate(weights: np.ndarray) -> np.ndarray:
        short, total, ratios, means = [], [], [], []
        for rows, one, two, classes, power, needed in prepared:
            chosen = weights[rows]
            found = usual_intake(one, two, chosen, classes, power)
            short.append(chosen @ (found.usual < needed))
            total.append(chosen.sum())
            means.append(chosen @ found.usual)
            ratios.append(found.within / found.between)
        return np.array(
            [
                sum(short) / sum(total),
                short[0] / total[0],
                short[1] / total[1],
                sum(means) / sum(total),
                means[0] / total[0],
                means[1] / total[1],
                *ratios,
            ]
        )

    values, covariance = jackknife(table.diet, estimate)
    errors = np.sqrt(np.diagonal(covariance))
    counts = {group: len(table.rows(mask, known=("mg",))) for group, mask in groups.items()}
    names = [
        *((f"below_requirement_usual_{group}", "share", "", group) for group in ("all", "men", "women")),
        *((f"mean_usual_{group}", "mean", "mg/d", group) for group in ("all", "men", "women")),
        *((f"within_to_between_{group}", "ratio of variances", "", group) for group in ("men", "women")),
    ]
    return [
        of_reading(
            (table.name, "mg", statistic),
            _interval(value, error, table.diet.df, counts[group], logit=measure == "share"),
            measure=measure,
            unit=unit,
            df=table.diet.df,
            variance="JKn",
            weights=words,
            population="adults" if group == "all" else group,
        )
        for (statistic, measure, unit, group), value, error in zip(names, values, errors, strict=True)
    ]


def _interval(value: float, error: float, df: int, n: int, *, logit: bool) -> Reading:
    half = critical(df) * error
    if not logit or not 0.0 < value < 1.0:
        return Reading(float(value), float(error), float(value - half), float(value + half), n)
    middle, half = np.log(value / (1.0 - value)), half / (value * (1.0 - value))
    low, high = 1.0 / (1.0 + np.exp(-(middle + np.array([-half, half]))))
    return Reading(float(value), float(error), float(low), float(high), n)


def liver_prevalences(table: SurveyTable) -> list[Estimate]:
    """Return means of ALT, attenuation and stiffness and shares above the cut-offs, with the examination's weights."""
    adult = table.values["adult"] == 1.0
    weights = "WTMEC2YR" if table.name == "A" else f"WTMEC2YR/{len(table.cycles)}"
    found = []
    for outcome, unit in (
        ("alt", "U/L"),
        ("cap", "dB/m"),
        ("stiffness", "kPa"),
        ("steatosis", ""),
        ("stiff_liver", ""),
    ):
        if outcome not in table.values:
            continue
        rows = table.rows(adult, known=(outcome,), examined=True)
        values = table.values[outcome]
        reading = mean(table.examined, values, rows) if unit else share(table.examined, values == 1.0, rows)
        found.append(
            of_reading(
                (table.name, outcome, "mean" if unit else "share"),
                reading,
                measure="mean" if unit else "share",
                unit=unit,
                df=table.examined.df,
                variance="Taylor",
                weights=weights,
                population="adults",
            )
        )
    return found
